from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tradeplat.core.orders import Order, OrderState, OrderType, Purpose
from tradeplat.execution.brokers.alpaca_codec import (
    Unreadable,
    WireOrder,
    decode_frame,
    decode_order,
    decode_update,
    stamp,
)
from tradeplat.execution.brokers.alpaca_names import EXTERNAL, Names, next_id, parent_of

FRAMES = Path(__file__).parents[2] / "frames" / "alpaca"
PARENT = "tp1-260105-0123456789abcd-0"
ENTRY = Order(
    PARENT,
    "AAA",
    "s",
    Decimal(10),
    OrderType.LIMIT,
    Purpose.ENTRY,
    1,
    2,
    limit=Decimal("5.01"),
    stop_loss=Decimal("4.5"),
    take_profit=Decimal(6),
)
BRACKET = decode_order((FRAMES / "bracket.json").read_bytes())
FILL = decode_update(decode_frame((FRAMES / "partial_fill.json").read_bytes()))


def names() -> Names:
    made = Names()
    made.remember(ENTRY)
    return made


def test_an_id_given_a_second_time_names_the_order_that_says_who_it_is() -> None:
    """A venue that was restarted without its memory counts from the beginning."""
    known = names()
    first = known.reports(BRACKET)
    other = PARENT.replace("-0123", "-9876")
    known.remember(replace(ENTRY, id=other))
    again = known.reports(replace(BRACKET, client_order_id=other))
    assert [report.order_id for report in again] == [other, f"{other}-tp", f"{other}-sl"]
    assert known.venue_id(other) == BRACKET.id
    assert [known.venue_id(report.order_id) for report in first] == ["", "", ""]


def test_two_legs_of_one_id_are_told_apart_by_when_each_was_made() -> None:
    """Nothing else in a message about the old leg alone says that it is not the new one."""
    known = names()
    known.reports(BRACKET)
    old = (BRACKET.legs or [])[1]
    other, later = PARENT.replace("-0123", "-9876"), "2026-01-05T15:00:00.1Z"
    known.remember(replace(ENTRY, id=other))
    legs = [replace(leg, created_at=later) for leg in BRACKET.legs or []]
    known.reports(replace(BRACKET, client_order_id=other, created_at=later, legs=legs))
    assert [r.order_id for r in known.reports(old)] == [f"{PARENT}-sl"]
    assert [r.order_id for r in known.reports(legs[1])] == [f"{other}-sl"]
    assert known.is_another(old, f"{other}-sl")
    assert not known.is_another(legs[1], f"{other}-sl")
    assert known.known(old)
    assert not known.known(replace(old, created_at="2026-01-05T16:00:00Z"))


@pytest.mark.parametrize(
    ("state", "awaited"),
    [(OrderState.UNKNOWN, True), (OrderState.NOT_PLACED, True), (OrderState.REJECTED, False)],
)
def test_legs_are_awaited_of_whatever_may_still_arrive(state: OrderState, *, awaited: bool) -> None:
    known = Names()
    known.recall(replace(ENTRY, state=state))
    assert known.awaiting("AAA") == ([PARENT] if awaited else [])


@pytest.mark.parametrize("taken", [0, 1])
@pytest.mark.parametrize("with_births", [True, False])
def test_a_leg_of_an_earlier_life_keeps_its_name_though_its_id_was_given_again(
    taken: int, *, with_births: bool
) -> None:
    """Told under its entry it would else be a leg nobody knew, and its fill be booked twice."""
    before = names()
    told = before.reports(BRACKET)
    legs = [report.order for report in told[1:] if report.order is not None]
    other = PARENT.replace("-0123", "-9876")
    later = replace(
        legs[1 - taken], id=f"{other}-sl", parent=other, venue_id=legs[taken].venue_id, created=9
    )
    known = Names()
    for order in (replace(ENTRY, venue_id=BRACKET.id), *legs, later):
        known.recall(order)
    assert known.shared == {legs[taken].venue_id}
    bare = (
        BRACKET
        if with_births
        else replace(BRACKET, legs=[replace(leg, created_at=None) for leg in BRACKET.legs or []])
    )
    for _ in range(2):
        assert [r.order_id for r in known.reports(bare)] == [r.order_id for r in told]


def test_a_bracket_answers_for_itself_and_for_legs_under_local_ids() -> None:
    known = names()
    assert known.awaiting("AAA") == [PARENT]
    entry, target, stop = known.reports(BRACKET)
    assert (entry.order_id, entry.state, entry.order) == (PARENT, OrderState.WORKING, None)
    assert entry.ts == stamp("2026-01-05T14:30:00.2Z")
    assert (target.order_id, stop.order_id) == (f"{PARENT}-tp", f"{PARENT}-sl")
    assert target.order is not None
    assert stop.order is not None
    assert (target.order.purpose, target.order.limit) == (Purpose.TARGET, 6)
    assert (stop.order.purpose, stop.order.stop) == (Purpose.STOP, Decimal("4.5"))
    assert (stop.order.quantity, stop.order.parent, stop.order.strategy) == (-10, PARENT, "s")
    assert (stop.order.cause, stop.order.created) == (1, 2)
    assert stop.state is OrderState.WORKING
    assert known.awaiting("AAA") == []
    assert known.open_ids == {PARENT, f"{PARENT}-tp", f"{PARENT}-sl"}


def test_a_leg_keeps_its_name_when_it_comes_alone() -> None:
    known = names()
    known.reports(BRACKET)
    assert BRACKET.legs is not None
    leg = replace(
        BRACKET.legs[1], status="filled", filled_qty=Decimal(10), filled_avg_price=Decimal(4)
    )
    assert known.known(leg)
    [report] = known.reports(leg)
    assert (report.order_id, report.state, report.filled) == (f"{PARENT}-sl", OrderState.FILLED, 10)
    assert f"{PARENT}-sl" not in known.open_ids


def test_the_first_name_of_a_venue_order_stays() -> None:
    known = names()
    assert BRACKET.legs is not None
    leg = BRACKET.legs[1]
    assert not known.known(leg)
    [alone] = known.reports(leg)
    assert alone.order is not None
    assert (alone.order_id, alone.order.strategy) == (leg.client_order_id, EXTERNAL)
    assert known.reports(BRACKET)[2].order_id == leg.client_order_id


def test_a_replacement_continues_the_chain_whatever_the_venue_calls_it() -> None:
    known = names()
    known.reports(BRACKET)
    assert BRACKET.legs is not None
    old = BRACKET.legs[1]
    moved = replace(
        old, id="v2", client_order_id="venue's own", replaces=old.id, stop_price=Decimal(5)
    )
    [report] = known.reports(moved)
    assert (report.order_id, report.order and report.order.stop) == (f"{PARENT}-sl-1", 5)
    assert report.order is not None
    assert (report.order.parent, report.order.strategy) == (PARENT, "s")
    again = replace(moved, id="v3", client_order_id=f"{PARENT}-sl-2", replaces="v2")
    assert known.reports(again)[0].order_id == f"{PARENT}-sl-2"
    nested = replace(BRACKET, legs=[replace(old, id="v9", replaces=None)])
    assert known.reports(nested)[1].order_id == f"{PARENT}-sl-3"


def test_a_replaced_entry_keeps_strategy_and_purpose() -> None:
    known = names()
    known.reports(BRACKET)
    moved = replace(
        BRACKET, id="v2", client_order_id=f"{PARENT}-r1", replaces=BRACKET.id, legs=None
    )
    [report] = known.reports(moved)
    assert report.order is not None
    assert (report.order.strategy, report.order.purpose) == ("s", Purpose.ENTRY)
    assert report.order.parent == ""


def test_what_replaces_a_stop_that_no_entry_made_is_still_ours() -> None:
    # Legs filled past their position leave one without an entry; its stop is ours all the same.
    known = Names()
    guard = replace(ENTRY, id=f"{PARENT}-sl-10000", parent=PARENT, purpose=Purpose.STOP)
    known.recall(replace(guard, venue_id="v1"))
    moved = WireOrder(
        "v2",
        f"{PARENT}-sl-10001",
        "AAA",
        "new",
        "buy",
        "stop",
        qty=Decimal(1),
        stop_price=Decimal(5),
        replaces="v1",
    )
    [report] = known.reports(moved)
    assert report.order is not None
    assert (report.order.strategy, report.order.purpose) == (ENTRY.strategy, Purpose.STOP)
    assert (report.order.parent, report.order.cause) == (PARENT, ENTRY.cause)


def test_a_fill_tells_its_own_price_and_the_cumulative_truth() -> None:
    known = Names()
    known.remember(replace(ENTRY, id=FILL.order.client_order_id or "", quantity=Decimal(100)))
    [report] = known.reports(FILL.order, FILL)
    assert (report.state, report.filled, report.last_quantity) == (OrderState.PARTIAL, 60, 40)
    assert (report.last_price, report.average) == (Decimal("5.11"), Decimal("5.1066666667"))
    assert (report.fee, report.exec_id) == (Decimal("1.25"), "44444444-0000-4000-8000-000000000001")
    assert report.ts == stamp("2026-01-05T14:31:07.123456789Z")


def test_strangers_are_described_in_full() -> None:
    known = Names()
    wire = WireOrder(
        "v1",
        "phone-1",
        "BBB",
        "new",
        "sell",
        "limit",
        qty=Decimal(5),
        limit_price=Decimal(9),
        position_intent="sell_to_close",
    )
    [report] = known.reports(wire)
    assert report.order is not None
    assert (report.order_id, report.order.strategy) == ("phone-1", EXTERNAL)
    assert (report.order.quantity, report.order.purpose) == (-5, Purpose.EXIT)
    [nameless] = known.reports(replace(wire, id="v2", client_order_id=None))
    assert nameless.order_id == "v2"


def test_fills_from_before_we_met_belong_to_the_position() -> None:
    wire = WireOrder(
        "v1",
        "phone-1",
        "BBB",
        "partially_filled",
        "buy",
        "limit",
        qty=Decimal(5),
        filled_qty=Decimal(2),
        filled_avg_price=Decimal(9),
    )
    [met] = Names().reports(wire, adopting=True)
    [new] = Names().reports(wire)
    assert met.order is not None
    assert new.order is not None
    assert (met.order.filled, met.order.average, new.order.filled) == (2, 9, 0)
    known = names()
    assert BRACKET.legs is not None
    quick = replace(
        BRACKET.legs[0], status="filled", filled_qty=Decimal(10), filled_avg_price=Decimal(6)
    )
    leg = known.reports(replace(BRACKET, legs=[quick]), adopting=True)[1]
    assert leg.order is not None
    assert leg.order.filled == 0


def test_an_order_for_a_sum_of_money_is_told_once_its_quantity_is_known() -> None:
    known = Names()
    wire = WireOrder("v1", "phone-1", "BBB", "partially_filled", "buy", "market")
    assert known.reports(wire) == []
    done = replace(wire, status="filled", filled_qty=Decimal("1.5"), filled_avg_price=Decimal(2))
    [report] = known.reports(done)
    assert report.order is not None
    assert report.order.quantity == Decimal("1.5")


def test_unknown_words_mean_unknown() -> None:
    [report] = names().reports(replace(BRACKET, status="parked", legs=None))
    assert report.state is OrderState.UNKNOWN
    assert "parked" in report.reason


def test_a_rejection_says_why_where_the_venue_does() -> None:
    known = names()
    [plain] = known.reports(replace(BRACKET, status="rejected", legs=None))
    assert plain.reason == "rejected by the venue"
    [told] = known.reports(replace(BRACKET, status="rejected", legs=None, reject_reason="halted"))
    assert told.reason == "halted"


@pytest.mark.parametrize(
    "junk",
    [
        replace(BRACKET, id=""),
        replace(BRACKET, filled_qty=Decimal(5)),
        replace(BRACKET, filled_qty=Decimal(-5)),
        replace(BRACKET, filled_qty=Decimal("NaN")),
        replace(BRACKET, updated_at="yesterday"),
    ],
)
def test_what_cannot_be_is_unreadable(junk: WireOrder) -> None:
    with pytest.raises(Unreadable):
        names().reports(junk)


@given(st.integers(0, 60), st.sampled_from([PARENT, f"{PARENT}-sl", f"{PARENT}-tp"]))
def test_chains_never_repeat_an_id_and_stay_short(length: int, start: str) -> None:
    ids = [start]
    for _ in range(length):
        ids.append(next_id(ids[-1]))
    assert len(set(ids)) == len(ids)
    assert all(len(name) <= 48 for name in ids)
    assert {parent_of(name) for name in ids} == {PARENT if start != PARENT else ""}


def test_legs_of_an_earlier_life_are_learnt_from_their_entry() -> None:
    known = Names()
    known.learn(replace(BRACKET, status="filled"))
    assert BRACKET.legs is not None
    [leg] = known.reports(BRACKET.legs[1], adopting=True)
    assert leg.order is not None
    assert (leg.order_id, leg.order.parent, leg.order.purpose) == (
        f"{PARENT}-sl",
        PARENT,
        Purpose.STOP,
    )
    known.learn(replace(BRACKET, id="v7", client_order_id="phone-1"))
    assert known.venue_id("phone-1") == ""


def test_a_strangers_id_that_looks_like_a_leg_has_no_parent() -> None:
    assert parent_of("phone-sl") == ""


def test_memory_is_bounded() -> None:
    known = Names(keep=2)
    for n in range(5):
        known.reports(WireOrder(f"v{n}", f"c{n}", "A", "filled", "buy", qty=Decimal(1)))
    assert known.venue_id("c4") == "v4"
    assert known.venue_id("c0") == ""
