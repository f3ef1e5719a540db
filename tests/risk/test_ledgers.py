from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.core.market import SECOND
from tradeplat.core.orders import MANUAL, Order, OrderState, OrderType, Purpose, Report
from tradeplat.core.position import Position
from tradeplat.core.tape import Tapes
from tradeplat.execution.tracker import PositionTracker
from tradeplat.risk.ledgers import Ledger, by_strategy, disagreements
from worlds import CASH, EXIT, LONG, SHORT, World, bar

TRADERS = ("s", "t", MANUAL)


def of_account(book: PositionTracker) -> Ledger:
    """The ledger of the account, its positions netted."""
    whole = Ledger()
    for symbol, held in book.positions.items():
        whole = whole.plus(held, book.mark(symbol))
    return whole


TRADES = st.lists(
    st.tuples(
        st.sampled_from(TRADERS),
        st.sampled_from("AB"),
        st.integers(-300, 300).filter(bool),
        st.lists(st.tuples(st.integers(1, 100), st.integers(1, 40_000)), min_size=1, max_size=3),
        st.integers(0, 200),
    ),
    max_size=25,
)
"""Who, what, signed quantity, partial fills as (part in hundredths, price in cents), fee."""


def traded(book: PositionTracker, trades) -> None:
    for number, (who, symbol, quantity, parts, fee) in enumerate(trades):
        order = Order(
            f"o{number}", symbol, who, Decimal(quantity), OrderType.MARKET, Purpose.ENTRY,
            number, number,
        )  # fmt: skip
        book.register(order)
        filled, paid = Decimal(0), Decimal(0)
        for at, (part, cents) in enumerate(parts):
            last = at == len(parts) - 1
            grown = (abs(order.quantity) - filled) * (1 if last else Decimal(part) / 100)
            filled += grown
            paid += grown * Decimal(cents) / 100
            state = OrderState.FILLED if last else OrderState.PARTIAL
            average = paid / filled
            book.apply(Report(order.id, symbol, state, number, filled, average, Decimal(fee) / 100))


@settings(max_examples=150)
@given(TRADES, st.tuples(st.integers(1, 40_000), st.integers(1, 40_000)))
def test_two_strategies_and_a_person_on_one_ticker_add_up_to_the_account(trades, marks) -> None:
    tapes = Tapes()
    for symbol, cents in zip("AB", marks, strict=True):
        tapes[symbol].on_bar(bar(symbol, 1, cents / 100))
    book = PositionTracker(CASH, tapes)
    traded(book, trades)
    assert disagreements(book) == {}
    parts, whole = by_strategy(book), of_account(book)
    near = Decimal("1e-6")
    assert abs(sum((ledger.made for ledger in parts.values()), Decimal(0)) - whole.made) < near
    assert abs(CASH + whole.made - book.equity()) < near
    assert sum((ledger.fees for ledger in parts.values()), Decimal(0)) == whole.fees
    if not any(held.quantity for held in book.holdings.values()):
        realised = sum((ledger.realised for ledger in parts.values()), Decimal(0))
        assert abs(realised - whole.realised) < near
    for symbol in "AB":
        mine = sum((book.held(who, symbol).quantity for who in TRADERS), Decimal(0))
        assert mine == book.net(symbol)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TRADERS), st.sampled_from([LONG, SHORT, EXIT]),
                          st.integers(90, 110)), max_size=30))  # fmt: skip
def test_whatever_passes_the_gate_adds_up_and_each_closes_only_its_own(asked) -> None:
    world = World(lambda _: {})
    now = SECOND
    for who, intent, price in asked:
        now += 61 * SECOND
        world.market.tapes["A"].on_bar(bar("A", 1, float(price)))
        others = {w: world.tracker.held(w, "A").quantity for w in TRADERS if w != who}
        verdict = world.gate.review("A", who, intent, now, now)
        if isinstance(verdict, Order):
            world.tracker.register(verdict)
            world.executor.accept(verdict)
        assert {w: world.tracker.held(w, "A").quantity for w in others} == others
        assert disagreements(world.tracker) == {}
    made = sum((ledger.made for ledger in by_strategy(world.tracker).values()), Decimal(0))
    assert abs(CASH + made - world.tracker.equity()) < Decimal("1e-6")


def test_opposite_sides_are_open_for_strategies_and_closed_for_the_account() -> None:
    tapes = Tapes()
    tapes["A"].on_bar(bar("A", 1, 11.0))
    book = PositionTracker(CASH, tapes)
    traded(book, [("s", "A", 100, [(100, 1_000)], 0), ("t", "A", -100, [(100, 1_200)], 0)])
    assert of_account(book) == Ledger(Decimal(200), Decimal(0), Decimal(0))
    assert by_strategy(book) == {
        "s": Ledger(Decimal(0), Decimal(100), Decimal(0)),
        "t": Ledger(Decimal(0), Decimal(100), Decimal(0)),
    }


class Wrong:
    """A book whose parts are not the whole."""

    def __init__(self, part: Position, whole: Position) -> None:
        self.holdings = {("s", "A"): part}
        self.positions = {"A": whole}

    def mark(self, symbol: str) -> Decimal:
        return Decimal(10)


def test_a_book_that_does_not_add_up_is_named() -> None:
    ten, one = Decimal(10), Decimal(1)
    assert disagreements(Wrong(Position(ten, ten), Position(one, ten))) == {
        "A": "strategies hold +10 A, the account +1"
    }
    assert disagreements(Wrong(Position(ten, ten), Position(ten, one))) == {
        "A": "strategies made +0.00 in A, the account +90.00"
    }
    assert disagreements(Wrong(Position(ten, ten), Position(ten, ten))) == {}
