import asyncio
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from execution.loopback import START, drop, hang, order, then
from execution.trading import S, Trading, trading
from tradeplat.core.journal import Correction
from tradeplat.core.market import SECOND
from tradeplat.core.orders import (
    OPEN_STATES,
    TRANSITIONS,
    Order,
    OrderState,
    OrderType,
    Purpose,
    Report,
)

BRACKET = {"stop_loss": Decimal("4.5"), "take_profit": Decimal(6)}
SL, TP = f"{order().id}-sl", f"{order().id}-tp"
LIMIT = {"type": OrderType.LIMIT, "limit": Decimal(5)}
OUT = order("x", -10, purpose=Purpose.EXIT)


async def entered(t: Trading) -> None:
    t.executor.accept(order(**BRACKET))
    await t.becomes(SL, S.WORKING)
    await t.venue.fill(t.venue.by_client(order().id), "10", "5")
    await t.becomes(order().id, S.FILLED)


async def test_an_order_that_the_desk_registered_is_not_registered_twice() -> None:
    async with trading() as t:
        t.book.register(order())
        t.executor.accept(order())
        await t.becomes(order().id, S.WORKING)
        t.executor.accept(order("b"))
        await t.becomes(order("b").id, S.WORKING)


async def test_an_unfilled_order_is_cancelled_at_its_deadline() -> None:
    async with trading() as t:
        t.executor.accept(order(expires=START + 60 * SECOND, **LIMIT))
        t.executor.accept(order("b", expires=START + 30 * SECOND, **LIMIT))
        await t.becomes(order("b").id, S.WORKING)
        t.clock.advance(31)
        await t.becomes(order("b").id, S.CANCELED)
        assert t.state(order().id) is S.WORKING
        t.clock.advance(30)
        await t.becomes(order().id, S.CANCELED)


async def test_an_order_is_being_withdrawn_until_it_is_over() -> None:
    async with trading() as t:
        for name in ("a", "b"):
            t.executor.accept(order(name, **LIMIT))
            await t.becomes(order(name).id, S.WORKING)
        t.executor.cancel(order("b").id)
        assert t.executor.withdrawing == {order("b").id}
        await t.becomes(order("b").id, S.CANCELED)
        assert not t.executor.withdrawing
        assert t.state(order("a").id) is S.WORKING


async def test_a_deadline_earlier_than_the_one_slept_for_is_kept() -> None:
    async with trading() as t:
        t.executor.accept(order(expires=START + 600 * SECOND, **LIMIT))
        await t.becomes(order().id, S.WORKING)
        t.executor.accept(order("b", expires=START + 1 * SECOND, **LIMIT))
        await t.becomes(order("b").id, S.WORKING)
        t.clock.advance(1)
        await t.becomes(order("b").id, S.CANCELED)
        assert t.state(order().id) is S.WORKING


async def test_a_filled_order_has_no_deadline() -> None:
    async with trading() as t:
        t.executor.accept(order(expires=START + SECOND, **LIMIT))
        await t.becomes(order().id, S.WORKING)
        await t.venue.fill(t.venue.by_client(order().id), "10", "5")
        await t.becomes(order().id, S.FILLED)
        t.clock.advance(2)
        await t.until(lambda: t.executor.idle)
        assert not any(what.startswith("DELETE") for what in t.venue.requests)


async def test_an_exit_waits_for_the_legs_then_closes_the_position() -> None:
    async with trading() as t:
        await entered(t)
        t.venue.autocancel = False
        t.executor.accept(OUT)
        await t.becomes(SL, S.CANCEL_PENDING)
        await t.becomes(TP, S.CANCEL_PENDING)
        assert not t.executor.idle
        assert OUT.id not in t.venue.posts
        for leg in (SL, TP):
            wire = t.venue.orders[t.broker.names.venue_id(leg)]
            await t.venue.tell("canceled", t.venue.set(wire, "canceled"))
        await t.becomes(OUT.id, S.WORKING)
        assert t.venue.posts[OUT.id] == 1
        await t.venue.fill(t.venue.by_client(OUT.id), "10", "5.5")
        await t.becomes(OUT.id, S.FILLED)
        assert t.book.net("AAA") == 0


async def test_an_exit_waits_for_what_replaced_a_leg_before_it_is_known() -> None:
    async with trading() as t:
        await entered(t)
        t.venue.autocancel = False
        t.executor.accept(OUT)
        await t.becomes(SL, S.CANCEL_PENDING)
        leg = t.book.order(SL)
        assert leg is not None
        heir = replace(leg, id=f"{SL}-1", state=S.INTENT, venue_id="v-heir")
        await t.executor.results.report(Report(SL, "AAA", S.REPLACED, 1))
        await t.executor.results.report(Report(TP, "AAA", S.CANCELED, 1))
        await asyncio.sleep(0)
        assert OUT.id not in t.venue.posts
        told = Report(heir.id, "AAA", S.WORKING, 2, venue_id="v-heir", order=heir)
        await t.executor.results.report(told)
        assert OUT.id not in t.venue.posts
        await t.executor.results.report(Report(heir.id, "AAA", S.CANCELED, 3))
        await t.becomes(OUT.id, S.WORKING)
        assert t.venue.posts[OUT.id] == 1


async def test_an_exit_is_abandoned_when_a_leg_closed_the_position_first() -> None:
    async with trading() as t:
        await entered(t)
        t.venue.autocancel = False
        t.executor.accept(OUT)
        await t.becomes(SL, S.CANCEL_PENDING)
        stop = t.venue.orders[t.broker.names.venue_id(SL)]
        await t.venue.fill(stop, "10", "4.4")
        target = t.venue.orders[t.broker.names.venue_id(TP)]
        await t.venue.tell("canceled", t.venue.set(target, "canceled"))
        await t.becomes(OUT.id, S.ABANDONED)
        assert OUT.id not in t.venue.posts
        assert t.book.net("AAA") == 0


async def test_an_exit_closes_only_what_a_leg_left() -> None:
    async with trading() as t:
        await entered(t)
        target = t.venue.orders[t.broker.names.venue_id(TP)]
        await t.venue.fill(target, "4", "6")
        await t.becomes(TP, S.PARTIAL)
        t.executor.accept(OUT)
        await t.becomes(OUT.id, S.WORKING)
        assert t.venue.by_client(OUT.id)["qty"] == "6"
        await t.venue.fill(t.venue.by_client(OUT.id), "6", "5.5")
        await t.becomes(OUT.id, S.FILLED)
        assert t.book.net("AAA") == 0


async def test_an_exit_that_cannot_get_through_is_told_and_goes_on_waiting() -> None:
    async with trading() as t:
        await entered(t)
        t.venue.autocancel = False
        t.executor.accept(OUT)
        await t.until(lambda: "exit_blocked" in t.codes)
        t.venue.autocancel = True
        await t.becomes(OUT.id, S.WORKING)
        assert t.codes.count("exit_blocked") == 1


async def test_an_exit_takes_the_rest_of_its_entry_out_of_the_way() -> None:
    async with trading() as t:
        t.executor.accept(order(**LIMIT))
        await t.becomes(order().id, S.WORKING)
        await t.venue.fill(t.venue.by_client(order().id), "4", "5")
        await t.becomes(order().id, S.PARTIAL)
        t.executor.accept(order("x", -4, purpose=Purpose.EXIT))
        await t.becomes(OUT.id, S.WORKING)
        assert t.state(order().id) is S.CANCELED
        assert t.venue.by_client(OUT.id)["qty"] == "4"


async def test_a_waiting_exit_can_be_withdrawn() -> None:
    async with trading() as t:
        await entered(t)
        t.venue.autocancel = False
        t.executor.accept(OUT)
        t.executor.cancel(OUT.id)
        assert t.state(OUT.id) is S.ABANDONED
        await t.until(lambda: t.executor.idle)
        assert OUT.id not in t.venue.posts


async def test_the_legs_of_another_strategy_are_not_in_the_way() -> None:
    async with trading() as t:
        await entered(t)
        t.book.correct(Correction("AAA", "other", Decimal(10), Decimal(5)))
        t.executor.accept(order("y", -10, purpose=Purpose.EXIT, strategy="other"))
        await t.becomes(order("y").id, S.WORKING)
        assert t.state(SL) is S.WORKING


@pytest.mark.parametrize("purpose", [Purpose.STOP, Purpose.EXIT, Purpose.FLATTEN])
@pytest.mark.parametrize("gone", [1, 10, 12])
async def test_what_closes_more_than_is_left_by_now_is_kept_back(
    purpose: Purpose, gone: int
) -> None:
    """A fill is heard while the order is written down (plain seed 9195, I9)."""
    async with trading() as t:
        t.book.correct(Correction("AAA", "s", Decimal(10), Decimal(5)))
        kind = {"type": OrderType.STOP, "stop": Decimal(4)} if purpose is Purpose.STOP else {}
        closing = order("x", -10, purpose=purpose, **kind)

        async def intent(sent: Order) -> None:
            t.book.correct(Correction("AAA", "s", Decimal(-gone), Decimal(5)))

        t.intent = intent
        t.executor.accept(closing)
        await t.becomes(closing.id, S.ABANDONED)
        kept = t.book.order(closing.id)
        assert kept is not None
        assert kept.reason.startswith("REDUCE_ONLY_QTY: Refused: exit of -10 exceeds")
        assert not t.venue.posts
        await t.until(lambda: t.executor.idle)


async def test_cancel_all_leaves_nothing_working_and_strangers_only_when_asked() -> None:
    async with trading() as t:
        await entered(t)
        t.executor.accept(order("b", **LIMIT))
        await t.becomes(order("b").id, S.WORKING)
        stranger = t.venue.place(
            {
                "symbol": "BBB",
                "qty": "1",
                "side": "buy",
                "type": "limit",
                "client_order_id": "phone",
            }
        )
        t.executor.cancel_all(protective=False)
        await t.becomes(order("b").id, S.CANCELED)
        assert t.state(SL) is S.WORKING
        t.executor.cancel_all()
        await t.until(lambda: not t.book.open_orders)
        assert stranger["status"] == "accepted"
        t.executor.cancel_all(external=True)
        await t.until(lambda: stranger["status"] == "canceled")
        await t.until(lambda: not t.book.open_orders)


async def test_fifty_cancels_leave_within_the_limit() -> None:
    async with trading() as t:
        orders = [order(f"o{n}", **LIMIT) for n in range(50)]
        for item in orders:
            t.executor.accept(item)
        await t.becomes(orders[-1].id, S.WORKING)
        t.executor.cancel_all()
        await t.until(lambda: not t.book.open_orders)


async def test_a_cut_feed_in_mid_session_ends_consistent() -> None:
    async with trading() as t:
        await entered(t)
        t.executor.accept(order("b", **LIMIT))
        await t.becomes(order("b").id, S.WORKING)
        await t.venue.cut()
        await t.until(lambda: not t.executor.account.live)
        stop = t.venue.orders[t.broker.names.venue_id(SL)]
        t.venue.set(stop, "filled", "10", "4.4")
        t.venue.set(t.venue.orders[t.broker.names.venue_id(TP)], "canceled")
        await t.executor.account.until_live()
        await t.becomes(SL, S.FILLED)
        await t.becomes(TP, S.CANCELED)
        assert t.book.net("AAA") == 0
        assert t.state(order("b").id) is S.WORKING


FAULTS = {
    "fine": None,
    "drop": drop(accept=True),
    "lost": drop(accept=False),
    "504": then(504, "", accept=True),
    "hang": hang(accept=True, seconds=0.3),
    "garbage": then(200, "{", accept=True),
}


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_happens_ends_in_one_place_sent_once_and_by_the_table(data: st.DataObject) -> None:
    asyncio.run(_session(data))


async def _session(data: st.DataObject) -> None:
    async with trading() as t:
        items = [order(f"o{n}", **LIMIT) for n in range(4)]
        for item in items:
            fault = FAULTS[data.draw(st.sampled_from(sorted(FAULTS)))]
            if fault is not None:
                t.venue.script["POST"].append(fault)
            t.executor.accept(item)
            await t.becomes(
                item.id, *(OrderState(s) for s in OrderState if s not in ("intent", "sending"))
            )
            if item.id not in {o["client_order_id"] for o in t.venue.orders.values()}:
                continue
            wire = t.venue.by_client(item.id)
            for event in data.draw(st.permutations(["part", "cancel", "fill", "cut"]))[:3]:
                if event == "cancel":
                    t.executor.cancel(item.id)
                elif event == "cut":
                    await t.venue.cut()
                elif wire["status"] not in ("filled", "canceled"):
                    done = "4" if event == "part" else "10"
                    if Decimal(done) > Decimal(wire["filled_qty"]):
                        grown = str(Decimal(done) - Decimal(wire["filled_qty"]))
                        await t.venue.fill(wire, grown, "5", done)
        await t.until(lambda: all(t.state(i.id) not in (S.UNKNOWN, S.SENDING) for i in items))
        t.executor.cancel_all()
        await t.until(lambda: not t.book.open_orders)
        assert set(t.venue.posts.values()) == {1}
        held = sum(Decimal(o["filled_qty"]) for o in t.venue.orders.values())
        await t.executor.account.look()
        await t.until(lambda: t.book.net("AAA") == held)
        for states in t.floor.history.values():
            steps = zip([S.INTENT, *states], states, strict=False)
            assert all(new == old or new in TRANSITIONS[old] for old, new in steps)
            assert states[-1] not in OPEN_STATES
