from collections.abc import Iterable
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.market import MINUTE
from tradeplat.core.orders import EXTERNAL, MANUAL, Fill, Purpose
from tradeplat.core.position import NOTHING, Position
from tradeplat.core.rounds import MOST, NONE, Counted, Rounds

DAY = 24 * 60 * MINUTE
Traded = tuple[str, str, int, int]


class Books:
    """Positions, and the rounds that are counted beside them."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], Position] = {}
        self.rounds = Rounds()
        self.now = 0

    def fill(self, strategy: str, symbol: str, quantity: int, price: int, fee: int = 0):
        self.now += MINUTE
        key = (strategy, symbol)
        made = Fill(
            "o", symbol, strategy, self.now, Decimal(quantity), Decimal(price),
            Decimal(fee), Purpose.ENTRY,
        )  # fmt: skip
        before = self.held.get(key, NOTHING)
        held = self.held[key] = before.after(made.quantity, made.price, made.fee)
        net = sum((at.quantity for (_, s), at in self.held.items() if s == symbol), Decimal(0))
        worth = held.realised - before.realised - held.fees + before.fees
        self.rounds.earned(strategy, worth)
        return self.rounds.trade(made, held), self.rounds.trip(made, net, self.now)

    def killed(self) -> None:
        """Only what was kept is left of the counts."""
        self.rounds = Rounds(through_the_wire(self.rounds.counted()))


def through_the_wire(counted: Counted) -> Counted:
    plain = msgspec.json.encode(msgspec.to_builtins(counted, enc_hook=str))
    return msgspec.json.decode(plain, type=Counted)


def test_a_trade_is_what_lies_between_flat_and_flat_costs_included() -> None:
    books = Books()
    assert books.fill("s", "A", 10, 100, 1) == (None, None)
    assert books.fill("s", "A", -4, 101)[0] is None
    assert books.fill("s", "A", -6, 100, 2)[0] == 1
    assert books.fill("s", "A", 10, 100, 1)[0] is None
    made, trip = books.fill("s", "A", -10, 100, 1)
    assert (made, trip) == (-2, (4 * MINUTE, 5 * MINUTE))
    assert books.rounds.losses == {"s": 1}
    assert books.rounds.made == {"s": -1}


def test_turning_over_ends_one_trade_and_begins_the_next() -> None:
    books = Books()
    books.fill("s", "A", 10, 100)
    assert books.fill("s", "A", -20, 99) == (-10, (MINUTE, 2 * MINUTE))
    assert books.fill("s", "A", 10, 100) == (-10, (2 * MINUTE, 3 * MINUTE))
    assert books.rounds.losses["s"] == 2
    books.fill("s", "A", 10, 100)
    books.fill("s", "A", -10, 100)
    assert books.rounds.losses["s"] == 0


@pytest.mark.parametrize("strategy", [EXTERNAL, MANUAL])
def test_neither_a_stranger_nor_a_person_has_a_streak(strategy: str) -> None:
    books = Books()
    books.fill(strategy, "A", 10, 100)
    made, trip = books.fill(strategy, "A", -10, 90)
    assert made is None
    assert (trip is None) == (strategy == EXTERNAL)
    assert not books.rounds.losses


def test_what_was_opened_before_our_time_is_held_against_nobody() -> None:
    books = Books()
    books.held["s", "A"] = Position(Decimal(10), Decimal(100))
    assert books.fill("s", "A", -10, 90) == (None, None)
    books.fill("s", "A", 10, 100)
    assert books.fill("s", "A", -10, 90)[0] == -100


def test_what_lasts_a_day_is_no_round_trip_and_only_the_newest_are_kept() -> None:
    books = Books()
    books.fill("s", "A", 10, 100)
    books.now += DAY
    assert books.fill("s", "A", -10, 90)[1] is None
    for _ in range(MOST + 5):
        books.fill("s", "A", 10, 100)
        books.fill("s", "A", -10, 100)
    assert len(books.rounds.trips) == MOST


def test_whoever_counts_on_from_nothing_leaves_nothing_as_it_was() -> None:
    books = Books()
    books.rounds = Rounds(NONE)
    books.fill("s", "A", 10, 100)
    assert Rounds().counted() == NONE


trades = st.lists(
    st.tuples(
        st.sampled_from(("s", "t", MANUAL, EXTERNAL)),
        st.sampled_from("AB"),
        st.integers(-3, 3).filter(bool),
        st.integers(8, 12),
    ),
    max_size=40,
)


@given(trades, st.sets(st.integers(0, 39)))
def test_however_often_the_process_dies_the_counts_are_the_same(
    wanted: Iterable[Traded], deaths: set[int]
) -> None:
    whole, mortal = Books(), Books()
    for n, traded in enumerate(wanted):
        if n in deaths:
            mortal.killed()
        assert mortal.fill(*traded) == whole.fill(*traded)
    assert mortal.rounds.counted() == whole.rounds.counted()
