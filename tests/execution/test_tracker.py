from decimal import Decimal
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.errors import Corrupt
from tradeplat.core.intent import FLAT
from tradeplat.core.journal import Correction
from tradeplat.core.orders import EXTERNAL, Order, OrderState, OrderType, Purpose, Report
from tradeplat.core.position import Position
from tradeplat.core.tape import Tapes
from tradeplat.execution.tracker import PositionTracker
from worlds import filled, found, with_cash

CASH = Decimal(100_000)
TEN = Decimal(10)


def order(
    order_id: str = "e", quantity: int = 100, purpose: Purpose = Purpose.ENTRY, **more: object
) -> Order:
    made = Order(order_id, "A", "s", Decimal(quantity), OrderType.MARKET, purpose, 1, 1)
    return made if not more else _with(made, more)


def _with(made: Order, more: dict[str, object]) -> Order:
    from msgspec.structs import replace

    return replace(made, **more)


def tracker(*orders: Order, keep_closed: int = 100) -> PositionTracker:
    made = PositionTracker(CASH, Tapes(), keep_closed)
    for item in orders:
        made.register(item)
    return made


def report(state: OrderState, cumulative: int = 0, order_id: str = "e") -> Report:
    return Report(order_id, "A", state, 5, Decimal(cumulative), TEN, venue_id="v")


def test_an_approved_order_counts_before_anything_is_sent() -> None:
    book = tracker(order())
    assert book.campaigns() == 1
    assert book.holding("s", "A").working == 1
    with pytest.raises(Corrupt, match="used twice"):
        book.register(order())


def test_growth_is_booked_once_whatever_is_repeated_or_late() -> None:
    book = tracker(order())
    assert book.apply(report(OrderState.PARTIAL, 40)) is not None
    assert book.apply(report(OrderState.PARTIAL, 40)) is None
    assert book.apply(report(OrderState.WORKING)) is None
    done = book.apply(report(OrderState.FILLED, 100))
    assert done is not None
    assert done.fill is not None
    assert done.fill.quantity == 60
    assert book.apply(report(OrderState.PARTIAL, 40)) is None
    assert (book.net("A"), book.cash, book.stale_reports) == (100, CASH - 1_000, 3)


def test_a_fill_after_the_cancel_is_never_lost() -> None:
    book = tracker(order())
    book.apply(report(OrderState.CANCELED))
    assert not book.open_orders
    late = book.apply(report(OrderState.PARTIAL, 30))
    assert late is not None
    assert late.order.state is OrderState.CANCELED
    assert book.net("A") == 30
    full = book.apply(report(OrderState.FILLED, 100))
    assert full is not None
    assert full.order.state is OrderState.FILLED


def test_the_price_of_growth_follows_from_the_averages() -> None:
    book = tracker(order())
    book.apply(Report("e", "A", OrderState.PARTIAL, 5, Decimal(40), Decimal(10)))
    change = book.apply(Report("e", "A", OrderState.FILLED, 6, Decimal(100), Decimal("10.6")))
    assert change is not None
    assert change.fill is not None
    assert change.fill.price == 11


def test_more_filled_than_ordered_and_fills_without_a_price_are_corrupt() -> None:
    with pytest.raises(Corrupt, match="filled 101"):
        tracker(order()).apply(report(OrderState.FILLED, 101))
    with pytest.raises(Corrupt, match="without a price"):
        tracker(order()).apply(Report("e", "A", OrderState.FILLED, 5, Decimal(100)))


def test_evidence_resurrects_an_order_we_gave_up() -> None:
    book = tracker(order())
    book.move("e", OrderState.SENDING)
    book.move("e", OrderState.UNKNOWN)
    book.move("e", OrderState.NOT_PLACED, "nobody knows it")
    assert not book.open_orders
    found = book.apply(report(OrderState.WORKING))
    assert found is not None
    assert list(book.open_orders) == ["e"]


def test_illegal_moves_of_our_own_change_nothing() -> None:
    book = tracker(order())
    book.apply(report(OrderState.FILLED, 100))
    assert book.move("e", OrderState.SENDING) is None
    assert book.move("nobody", OrderState.SENDING) is None


def test_legs_and_strangers_are_adopted_with_their_description() -> None:
    book = tracker(order())
    leg = order("e-sl", -100, Purpose.STOP, parent="e", stop=Decimal(9))
    placed = Report("e-sl", "A", OrderState.WORKING, 5, order=leg)
    assert book.apply(placed) is not None
    assert book.apply(Report("who", "A", OrderState.WORKING, 5)) is None
    assert book.unknown_reports == 1
    book.apply(filled(order(), TEN))
    holding = book.holding("s", "A")
    assert (holding.quantity, holding.price, holding.working, holding.stop) == (100, 10, 0, 9)
    assert isnan(holding.target)


def test_legs_of_an_entry_that_has_not_filled_are_no_levels_of_a_position() -> None:
    told = tracker(order()).holding("s", "A")
    book = tracker(order())
    for leg in (
        order("e-sl", -100, Purpose.STOP, parent="e", stop=Decimal(9)),
        order("e-tp", -100, Purpose.TARGET, parent="e", limit=Decimal(12)),
    ):
        book.apply(Report(leg.id, "A", OrderState.WORKING, 5, order=leg))
    holding = book.holding("s", "A")
    assert holding.working == told.working == 1
    assert isnan(holding.stop)
    assert isnan(holding.target)
    book.apply(report(OrderState.PARTIAL, 40))
    assert (book.holding("s", "A").stop, book.holding("s", "A").target) == (9, 12)


def test_what_a_stranger_filled_before_we_met_is_not_booked_again() -> None:
    book = tracker()
    met = order("x", filled=Decimal(40), average=TEN, strategy=EXTERNAL)
    book.apply(Report("x", "A", OrderState.PARTIAL, 5, Decimal(40), TEN, order=met))
    assert book.net("A") == 0
    book.apply(report(OrderState.FILLED, 100, "x"))
    assert book.net("A") == 60


def test_adopted_positions_belong_to_nobodys_strategy() -> None:
    book = tracker()
    with_cash(book, Decimal(500))
    found(book, "A", Decimal(-5), TEN)
    assert (book.held(EXTERNAL, "A").quantity, book.net("A"), book.cash) == (-5, -5, 500)
    assert book.equity() == 450
    assert book.exposure() == 50
    assert book.holding("s", "A") is FLAT


def test_closed_orders_are_forgotten_oldest_first() -> None:
    book = tracker(*(order(f"o{n}") for n in range(5)), keep_closed=2)
    for n in range(5):
        book.apply(report(OrderState.CANCELED, order_id=f"o{n}"))
    assert [n for n in range(5) if book.order(f"o{n}")] == [3, 4]


@given(st.lists(st.integers(0, 100), max_size=20), st.randoms())
def test_the_position_is_the_highest_cumulative_seen_in_any_order(
    cumulatives: list[int], rng: object
) -> None:
    book = tracker(order())
    seen = 0
    fills = Decimal(0)
    for cumulative in cumulatives:
        state = OrderState.FILLED if cumulative == 100 else OrderState.PARTIAL
        change = book.apply(report(state, cumulative))
        if change is not None and change.fill is not None:
            fills += change.fill.quantity
        seen = max(seen, cumulative)
        assert book.net("A") == fills == seen
        assert book.cash == CASH - 10 * seen


def test_a_leg_that_the_venue_resized_or_moved_is_known_as_it_now_is() -> None:
    leg = order("e-sl", -30, Purpose.STOP, stop=Decimal(95), parent="e")
    book = tracker()
    told = Report("e-sl", "A", OrderState.WORKING, 5, order=leg)
    assert book.apply(told) is not None
    grown = _with(leg, {"quantity": Decimal(-100), "stop": Decimal(96)})
    assert book.apply(Report("e-sl", "A", OrderState.WORKING, 6, order=grown)) is not None
    known = book.order("e-sl")
    assert known is not None
    assert (known.quantity, known.stop) == (-100, 96)
    assert book.apply(Report("e-sl", "A", OrderState.WORKING, 7, order=grown)) is None
    assert book.apply(report(OrderState.FILLED, 100, "e-sl")) is not None


def test_a_restored_book_is_the_book_that_was_left() -> None:
    was = tracker(order("a"), order("b", -40, Purpose.STOP))
    was.apply(report(OrderState.FILLED, 100, "a"))
    was.register(order("c"))
    was.apply(report(OrderState.CANCELED, 0, "c"))
    again = tracker()
    orders = [known for name in "abc" if (known := was.order(name)) is not None]
    again.restore(orders, was.holdings, was.cash)
    assert (again.open_orders, again.holdings) == (was.open_orders, was.holdings)
    assert (again.positions, again.cash) == (was.positions, was.cash)
    assert again.order("c") == was.order("c")
    assert again.holding("s", "A") == was.holding("s", "A")
    assert again.equity() == was.equity()
    assert again.apply(report(OrderState.FILLED, 100, "a")) is None
    with pytest.raises(Corrupt, match="cannot be restored"):
        again.restore([], {}, CASH)


def test_strategies_positions_in_one_symbol_are_one_net_position() -> None:
    held = {
        ("s", "A"): Position(Decimal(100), TEN),
        ("t", "A"): Position(Decimal(100), Decimal(12)),
        (EXTERNAL, "A"): Position(Decimal(-50), Decimal(20)),
        ("s", "B"): Position(Decimal(5), TEN),
        ("t", "B"): Position(Decimal(-5), TEN),
    }
    book = tracker()
    book.restore([], held, CASH)
    assert (book.net("A"), book.positions["A"].average) == (150, 11)
    assert book.net("B") == 0
    assert book.held("t", "A").quantity == 100


def test_a_correction_moves_quantity_at_its_price_and_only_the_money_it_names() -> None:
    book = tracker()
    book.restore([], {("s", "A"): Position(Decimal(100), TEN)}, CASH)
    book.correct(Correction("A", "s", Decimal(100), Decimal(0), why="split"))
    assert book.held("s", "A") == Position(Decimal(200), Decimal(5))
    assert (book.net("A"), book.cash) == (200, CASH)
    book.correct(Correction("", EXTERNAL, Decimal(0), Decimal(0), cash=Decimal(-3)))
    assert book.cash == CASH - 3
    assert book.holding("s", "A").quantity == 200
