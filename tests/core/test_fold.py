from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tradeplat.core.errors import Corrupt
from tradeplat.core.fold import fold, moved
from tradeplat.core.orders import (
    OPEN_STATES,
    TRANSITIONS,
    Order,
    OrderState,
    OrderType,
    Purpose,
    Report,
)

S = OrderState
VENUE_STATES = sorted(set(S) - {S.INTENT, S.SENDING, S.DENIED, S.ABANDONED, S.NOT_PLACED})


def order(quantity: int = 10, state: OrderState = S.SENDING) -> Order:
    return Order(
        "tp1-a-0",
        "AAA",
        "ema",
        Decimal(quantity),
        OrderType.MARKET,
        Purpose.ENTRY,
        1,
        2,
        state=state,
    )


def said(state: OrderState, filled: int = 0, price: int = 5) -> Report:
    average = Decimal(price) if filled else None
    return Report("tp1-a-0", "AAA", state, 7, Decimal(filled), average, venue_id="v1")


def reports(size: int = 10) -> st.SearchStrategy[Report]:
    return st.builds(said, st.sampled_from(VENUE_STATES), st.integers(0, size), st.integers(1, 9))


def test_a_report_of_nobody_says_nothing() -> None:
    assert fold(None, said(S.WORKING)) is None


def test_a_description_opens_an_order_without_booking_what_it_had_filled() -> None:
    told = replace(order(), filled=Decimal(4), average=Decimal(5))
    change = fold(None, replace(said(S.PARTIAL, 4), order=told))
    assert change is not None
    assert (change.order.state, change.order.filled, change.fill) == (S.PARTIAL, 4, None)


def test_growth_becomes_one_fill_on_the_orders_side() -> None:
    change = fold(order(-10), said(S.PARTIAL, 3))
    assert change is not None
    assert change.fill is not None
    assert (change.fill.quantity, change.fill.price) == (-3, 5)
    assert fold(change.order, said(S.PARTIAL, 3)) is None
    assert fold(change.order, said(S.WORKING, 2)) is None


def test_the_whole_quantity_is_filled_whatever_the_venue_calls_it() -> None:
    change = fold(order(state=S.CANCELED), said(S.CANCELED, 10))
    assert change is not None
    assert change.order.state is S.FILLED


@pytest.mark.parametrize(
    "report", [said(S.FILLED, 11), replace(said(S.PARTIAL, 3), average=None)], ids=["more", "free"]
)
def test_what_cannot_be_is_corrupt(report: Report) -> None:
    with pytest.raises(Corrupt, match="tp1-a-0"):
        fold(order(), report)


def test_an_order_that_was_never_sent_cannot_fill() -> None:
    for report in (said(S.PARTIAL, 3), said(S.FILLED, 10)):
        with pytest.raises(Corrupt, match="never sent"):
            fold(order(state=S.DENIED), report)


@given(st.sampled_from(sorted(S)), st.sampled_from(sorted(S)))
def test_a_move_of_ours_keeps_to_the_table(before: OrderState, after: OrderState) -> None:
    item = moved(order(state=before), after, "why")
    if after == before or before not in OPEN_STATES or after not in TRANSITIONS[before]:
        assert item is None  # what was given up comes back to life by the venue's word alone
    else:
        assert item is not None
        assert (item.state, item.reason) == (after, "why")


@given(st.lists(reports(), max_size=12))
def test_what_is_booked_is_the_highest_cumulative_whatever_the_order(heard: list[Report]) -> None:
    item = order()
    booked = Decimal(0)
    for report in heard:
        change = fold(item, report)
        if change is None:
            continue
        assert change.order.filled >= item.filled
        item = change.order
        booked += change.fill.quantity if change.fill else 0
    assert booked == item.filled == max((report.filled for report in heard), default=0)


@given(st.lists(reports(), max_size=12))
def test_hearing_everything_twice_changes_nothing(heard: list[Report]) -> None:
    item = order()
    for report in heard:
        change = fold(item, report)
        item = change.order if change else item
        assert fold(item, replace(report, state=item.state)) is None


def taken_back(filled: int, average: str = "5", state: OrderState = S.FILLED) -> Report:
    told = Decimal(average) if filled else None
    return Report("tp1-a-0", "AAA", state, 9, Decimal(filled), told, corrects=True)


@pytest.mark.parametrize("side", [1, -1])
def test_a_bust_takes_back_quantity_and_money_and_leaves_the_state(side: int) -> None:
    full = replace(order(10 * side), state=S.FILLED, filled=Decimal(10), average=Decimal(5))
    change = fold(full, taken_back(6))
    assert change is not None
    assert change.fill is not None
    assert (change.order.state, change.order.filled) == (S.FILLED, 6)
    assert (change.fill.quantity, change.fill.price) == (-4 * side, 5)
    assert fold(change.order, taken_back(6)) is None
    whole = fold(full, taken_back(0))
    assert whole is not None
    assert whole.order.average is None


def test_a_price_told_anew_is_money_and_no_quantity() -> None:
    full = replace(order(), state=S.FILLED, filled=Decimal(10), average=Decimal(5))
    change = fold(full, taken_back(10, "5.1"))
    assert change is not None
    assert change.fill is not None
    assert (change.fill.quantity, change.fill.fee) == (0, Decimal("1.0"))
    assert change.order.average == Decimal("5.1")


def test_without_confirmation_nothing_is_ever_taken_back() -> None:
    full = replace(order(), state=S.FILLED, filled=Decimal(10), average=Decimal(5))
    assert fold(full, replace(taken_back(6), corrects=False)) is None


def test_what_was_taken_back_may_fill_again() -> None:
    part = replace(order(), state=S.PARTIAL, filled=Decimal(6), average=Decimal(5))
    back = fold(part, taken_back(2, state=S.PARTIAL))
    assert back is not None
    again = fold(back.order, said(S.FILLED, 10))
    assert again is not None
    assert again.fill is not None
    assert (again.order.state, again.fill.quantity) == (S.FILLED, 8)
