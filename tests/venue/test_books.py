from decimal import Decimal

import msgspec
import numpy as np
import pytest

from markets import KEY, OPEN, SECOND, quote, script
from tradeplat.core.errors import BadInput
from tradeplat.venue.accounts import account_wire
from tradeplat.venue.activities import OtherActivity
from tradeplat.venue.faults import Fault
from tradeplat.venue.order_book import order_wire
from tradeplat.venue.order_request import read_order
from tradeplat.venue.profile import PAPER
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.replacing import read_change
from tradeplat.venue.server import Venue, VenueOptions
from waits import until

EXITS = {"take_profit": {"limit_price": "6"}, "stop_loss": {"stop_price": "4"}}
QUOTES = [quote(OPEN + n * SECOND) for n in range(30)]


PLAIN = msgspec.structs.replace(PAPER, self_crosses_refused=False, partial_rate=0.0)
MADE: list[Venue] = []


@pytest.fixture(autouse=True)
def close_all():
    """A killed venue closes nothing; its file is closed for it."""
    yield
    while MADE:
        books = MADE.pop().books
        assert books is not None
        books.close()


def served(path, **options) -> Venue:
    start = options.pop("start", OPEN)
    asked = VenueOptions(speed=1, books=path, profile=PLAIN, **options)
    # Time passes when the test says so.
    MADE.append(Venue(script(QUOTES, start=start), asked, lambda: 0))
    return MADE[-1]


class Trader:
    def __init__(self, made: Venue) -> None:
        self.venue = made
        self.account = made.accounts[0]
        self.exchange = made.trading.exchange

    def post(self, **fields) -> dict:
        body = {"symbol": "AAA", "qty": "10", "side": "buy", "type": "market",
                "time_in_force": "day"} | fields  # fmt: skip
        return self.exchange.submit(self.account, read_order(body, 48))

    def order(self, wire: dict):
        return self.account.orders.get(wire["id"])

    def pass_to(self, ts: int) -> None:
        """Move the venue's own clock."""
        self.venue.clock.limit = None
        self.venue.clock.advance(ts)
        self.exchange.settle(ts)

    def begin(self) -> None:
        """The first instant, as the player plays it."""
        self.exchange.on_event(quote(self.venue.script.start))
        self.exchange.resume(self.venue.script.start)

    def shown(self) -> dict:
        """All that a client can read of the account."""
        mark = self.exchange.board.mark
        return {
            "orders": [order_wire(one, nested=True) for one in self.account.orders],
            "cash": account_wire(self.account, mark)["cash"],
            "held": {s: (p.quantity, p.average) for s, p in self.account.positions.items()},
            "history": self.account.history,
            "id": self.account.id,
        }


def opened(path, **options) -> Trader:
    made = Trader(served(path, **options))
    made.begin()
    return made


def test_a_venue_that_was_killed_shows_what_it_had_shown(tmp_path):
    path = tmp_path / "books"
    first = opened(path)
    first.post()
    first.post(side="sell", qty="3", type="limit", limit_price="7")
    first.post(order_class="bracket", type="limit", limit_price="4.5", **EXITS)
    gone = first.post(type="limit", limit_price="4")
    first.pass_to(OPEN + 2 * SECOND)
    first.exchange.cancel(first.account, first.order(gone))
    first.pass_to(OPEN + 3 * SECOND)
    other = OtherActivity(number=1, ts=OPEN + SECOND, kind="JNLS", symbol="BBB", qty=Decimal(3))
    first.account.receive(other)
    before = first.shown()
    assert before["held"]["BBB"] == (3, 0)
    again = Trader(served(path))
    assert again.shown() == before
    assert again.account.opened == OPEN
    assert again.venue.script.start == OPEN + 2 * SECOND + 20_000_000


def test_open_orders_go_on_working(tmp_path):
    path = tmp_path / "books"
    first = opened(path)
    rests = first.post(type="limit", limit_price="4.8")
    bracket = first.post(order_class="bracket", **EXITS)
    first.pass_to(OPEN + 2 * SECOND)
    leaving = first.post(type="limit", limit_price="4.1")
    first.pass_to(OPEN + 3 * SECOND)
    first.exchange.cancel(first.account, first.order(leaving))
    again = opened(path)
    assert again.order(leaving).status == "canceled"
    again.exchange.on_event(quote(OPEN + 5 * SECOND, 4.7, 4.75))
    again.pass_to(OPEN + 6 * SECOND)
    assert again.order(rests).filled > 0
    target, stop = again.order(bracket).legs
    assert {target.status, stop.status} == {"new"}
    again.exchange.on_event(quote(OPEN + 7 * SECOND, 6.1, 6.2))
    again.pass_to(OPEN + 8 * SECOND)
    assert target.filled > 0


def test_a_replacement_in_flight_is_carried_out(tmp_path):
    path = tmp_path / "books"
    first = opened(path)
    old = first.post(type="limit", limit_price="4.8")
    first.pass_to(OPEN + SECOND)
    change = read_change({"limit_price": "4.7"}, 48)
    made = first.exchange.replace(first.account, first.order(old), change)
    assert first.order(old).status == "pending_replace"
    again = opened(path)
    assert (again.order(old).status, again.order(made).status) == ("replaced", "new")


def test_ids_fall_back_when_the_venue_is_started_again(tmp_path):
    path = tmp_path / "books"
    first = opened(path)
    done = first.post()
    first.pass_to(OPEN + SECOND)
    assert first.order(done).status in {"filled", "partially_filled"}
    first.exchange.cancel_all(first.account, at_once=True)
    fault = Fault(name="restart_id_rollback")
    again = opened(path, faults=(fault,))
    new = again.post(type="limit", limit_price="4")
    assert again.venue.faults.struck["restart_id_rollback"] == (0 if new["id"] != done["id"] else 1)


async def test_the_fault_strikes_at_the_restart_itself(tmp_path):
    path = tmp_path / "books"
    first = opened(path)
    done = first.post()
    first.pass_to(OPEN + SECOND)
    first.exchange.cancel_all(first.account, at_once=True)
    async with served(path, faults=(Fault(name="restart_id_rollback"),)) as again:
        await until(lambda: again.faults.struck["restart_id_rollback"])
        assert Trader(again).post(type="limit", limit_price="4")["id"] == done["id"]


def test_whatever_is_done_is_there_again(tmp_path):
    for seed in range(8):
        path = tmp_path / f"books-{seed}"
        rng = np.random.default_rng(seed)
        trader = opened(path)
        trader.venue.faults.arm(
            *(Fault(name=name, probability=0.3, seconds=1)
              for name in ("bust", "correction", "late_reject", "fill_races_cancel"))
        )  # fmt: skip
        for step in range(1, 40):
            _act(trader, rng)
            trader.pass_to(OPEN + step * SECOND // 4)
            trader.exchange.on_event(quote(OPEN + step * SECOND // 4 + 1))
        kept, shown = Trader(served(path)).shown(), trader.shown()
        for one, other in zip(kept["orders"], shown["orders"], strict=True):
            assert one == other
        assert kept == shown


def _act(trader: Trader, rng: np.random.Generator) -> None:
    open_ = trader.account.orders.open_orders()
    try:
        match int(rng.integers(4)) if open_ else 0:
            case 0 | 1:
                price = str(round(float(rng.uniform(4.8, 5.2)), 2))
                side = "buy" if rng.random() < 0.7 else "sell"
                more = {"order_class": "bracket", **EXITS} if rng.random() < 0.3 else {}
                trader.post(type="limit", limit_price=price, side=side, qty="4", **more)
            case 2:
                trader.exchange.cancel(trader.account, open_[int(rng.integers(len(open_)))])
            case _:
                order = open_[int(rng.integers(len(open_)))]
                change = read_change({"limit_price": "4.77"}, 48)
                trader.exchange.replace(trader.account, order, change)
    except Refusal:
        return


def test_a_torn_last_line_is_left_out_and_cut_off(tmp_path):
    path = tmp_path / "books"
    opened(path).post()
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"key":"PK')
    again = opened(path)
    assert len(again.account.orders) == 1
    again.post()
    assert len(opened(path).account.orders) == 2


@pytest.mark.parametrize("text", [b"{}", b"[]", b"\xff", b'{"key":"K","ts":1,"x":2}'])
def test_a_file_that_is_no_books_is_one_clear_line(tmp_path, text):
    path = tmp_path / "books"
    path.write_bytes(text + b"\n")
    with pytest.raises(BadInput, match=r"books:1: found .* expected a line of books"):
        served(path)
    with pytest.raises(BadInput, match="expected a venue's books"):
        served(tmp_path)


def test_books_that_end_after_what_is_played_are_refused(tmp_path):
    path = tmp_path / "books"
    opened(path).post()
    with pytest.raises(BadInput, match="the books end at 2026-01-05T14:30:00"):
        served(path, end=OPEN - 1, start=OPEN - 5)


def test_another_key_opens_an_account_of_its_own(tmp_path):
    path = tmp_path / "books"
    opened(path).post()
    text = path.read_text().replace(KEY, "OTHER")
    path.write_text(text)
    assert len(opened(path).account.orders) == 0
