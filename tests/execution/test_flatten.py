"""Kill stops everything at once, flatten ends flat, whatever else is broken."""

import asyncio
from decimal import Decimal

import msgspec
import pytest

from faultsim.running import run_sim
from killing import PRE, QUIET, DeadJournal, House, house
from tradeplat.core.calendar import Phase
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.errors import Throttled
from tradeplat.core.ids import is_flatten
from tradeplat.core.orders import OrderState, Report
from tradeplat.core.tape import Tapes
from tradeplat.execution.flatten import COMMIT
from tradeplat.execution.timings import NoJournal
from tradeplat.execution.tracker import PositionTracker
from tradeplat.venue.profile import PAPER

S = OrderState


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with house(**how) as h:
            await scene(h)

    run_sim(play, seed)


def openings(h: House, before: int) -> list[str]:
    """Orders that reached the venue since, and are no closing ones."""
    return [i for i in h.posted(before) if not is_flatten(i)]


async def flat(h: House, *symbols: str, within: float = 15.0) -> None:
    began = asyncio.get_running_loop().time()
    ended = await h.killer.flatten(symbols or None, "test", "drill")
    took = asyncio.get_running_loop().time() - began
    assert ended.flat, ended
    assert took <= within
    for symbol in symbols or ("AAA", "BBB"):
        assert h.held(symbol) == 0
    assert not [i for i in h.working() if not symbols]
    await h.until(lambda: not any(h.book.net(s) for s in symbols or ("AAA", "BBB")))


@pytest.mark.parametrize("seed", range(3))
def test_the_last_cancel_of_fifty_orders_leaves_within_a_second(seed: int) -> None:
    async def scene(h: House) -> None:
        orders = await h.resting(50)
        loop = asyncio.get_running_loop()
        began, before = loop.time(), len(h.posted())
        await h.killer.trip("trader", "drill").wait()
        assert loop.time() - began <= 1.0
        late = h.order(1, "1.00")
        h.executor.accept(late)
        await h.until(lambda: not h.working())
        await h.until(lambda: all(h.state(o.id) is S.CANCELED for o in orders))
        assert h.state(late.id) is S.ABANDONED
        assert openings(h, before) == []
        assert h.floor.conditions.mode() is Mode.KILLED
        assert "KILLED" in h.codes

    simulated(scene, seed)


@pytest.mark.parametrize("harm", ["http_status", "request_lost", "response_lost", "slow"])
def test_cancels_leave_one_by_one_where_the_venue_does_not_take_them_all_at_once(harm) -> None:
    async def scene(h: House) -> None:
        await h.resting(50)
        h.harm(harm, path="/v2/orders", method="DELETE", times=1, seconds=8.0)
        began = asyncio.get_running_loop().time()
        await h.killer.trip("trader", "drill").wait()
        assert asyncio.get_running_loop().time() - began <= 1.0
        await h.until(lambda: not h.working())

    simulated(scene)


def test_an_order_on_its_way_when_killed_is_cancelled_when_it_is_seen() -> None:
    async def scene(h: House) -> None:
        h.harm("slow", path="/v2/orders", method="POST", seconds=2.0)
        order = h.order(1, "1.00")
        h.executor.accept(order)
        await h.until(lambda: h.state(order.id) is S.SENDING)
        await h.killer.kill("trader", "drill")
        await h.until(lambda: h.state(order.id) is S.CANCELED)
        assert h.working() == []

    simulated(scene)


def test_only_resume_lifts_a_kill() -> None:
    async def scene(h: House) -> None:
        await h.killer.kill("trader", "drill")
        await h.killer.flatten(None, "trader", "drill")
        assert h.floor.conditions.mode() is Mode.KILLED
        assert (
            await h.killer.resume("trader", "it was a drill")
            == "resumed by trader; lifted operator"
        )
        assert h.floor.conditions.mode() is Mode.NORMAL
        assert await h.killer.resume("trader", "again") == "nothing was stopped"
        await h.filled(1)

    simulated(scene)


def test_resume_lifts_what_waits_for_a_person_and_nothing_else() -> None:
    lock, killed = Mode.REDUCE_ONLY, Mode.KILLED
    waiting = [
        Condition("risk:MAX_DRAWDOWN", "", lock, "MAX_DRAWDOWN", ts=1),
        Condition("risk:RUNAWAY", "@s", lock, "ORDER_RATE", ts=1),
        Condition("risk:LOSS_STREAK", "@s", lock, "LOSS_STREAK", ts=1, until=2**62),
        Condition("unexplained", "A", lock, ts=1),
        Condition("lifecycle", "B", lock, ts=1),
        Condition("watchdog", "@s", lock, ts=1),
    ]
    for_others = [
        Condition("risk:DAILY_LOSS", "", lock, "DAILY_LOSS", ts=1, until=2**62),
        Condition("reconcile", "", lock, "NOT_RECONCILED", ts=1),
        Condition("stream", "A", lock, "STREAM_DOWN", ts=1),
    ]
    lost = Condition("risk:DAILY_LOSS", "", killed, "DAILY_LOSS", ts=1)

    async def scene(h: House) -> None:
        for condition in (*waiting, *for_others):
            h.floor.on_condition(condition, 1)
        said = await h.killer.resume("trader", "seen")
        assert said.startswith("resumed by trader; lifted risk:MAX_DRAWDOWN, risk:RUNAWAY @s, ")
        assert list(h.floor.conditions.standing.values()) == for_others
        assert await h.killer.resume("trader", "again") == "nothing was stopped"
        h.floor.on_condition(lost, 1)
        assert (
            await h.killer.resume("trader", "after a kill")
            == "resumed by trader; lifted risk:DAILY_LOSS"
        )

    simulated(scene)


@pytest.mark.parametrize("seed", range(4))
def test_flatten_ends_flat_in_regular_hours(seed: int) -> None:
    async def scene(h: House) -> None:
        await h.filled(100)
        await h.filled(-30, "BBB")
        await h.resting(3)
        await flat(h)
        assert h.book.held("s", "AAA").quantity == 0
        assert h.book.held("s", "BBB").quantity == 0
        assert h.floor.conditions.mode() is Mode.NORMAL

    simulated(scene, seed)


def test_flatten_of_one_symbol_leaves_the_others() -> None:
    async def scene(h: House) -> None:
        await h.filled(10)
        await h.filled(10, "BBB")
        kept = await h.resting(1, symbol="BBB")
        await flat(h, "AAA")
        assert h.held("BBB") == 10
        assert h.working() == [kept[0].id]
        assert h.floor.conditions.mode("AAA") is Mode.NORMAL

    simulated(scene)


def test_bracket_legs_are_gone_before_the_position_is_closed() -> None:
    async def scene(h: House) -> None:
        await h.filled(20, stop_loss=Decimal("4.5"), take_profit=Decimal(6))
        await h.until(lambda: len(h.book.open_orders) == 2)
        await flat(h)
        assert not h.book.open_orders

    simulated(scene)


@pytest.mark.parametrize("seed", range(4))
def test_partial_fills_of_closing_orders_are_followed_to_the_last_share(seed: int) -> None:
    async def scene(h: House) -> None:
        await h.filled(500)
        await flat(h)

    simulated(scene, seed, profile=msgspec.structs.replace(PAPER, partial_rate=0.9))


def test_before_the_open_limits_go_through_the_market_and_further_each_time() -> None:
    async def scene(h: House) -> None:
        entry = h.order(50, "5.10", extended=True)
        h.executor.accept(entry)
        await h.until(lambda: h.state(entry.id) is S.FILLED)
        await flat(h)
        placed = [o for o in h.account.orders if is_flatten(o.client_id)]
        assert [o.limit for o in placed] == [Decimal("4.90")]
        assert all(o.extended for o in placed)

    simulated(scene, start=PRE, phase=Phase.PRE)


def test_parts_of_a_share_close_by_the_exact_quantity() -> None:
    async def scene(h: House) -> None:
        await h.filled("10.123456789")
        assert h.held() == Decimal("10.123456789")
        await flat(h)

    simulated(scene)


def test_parts_of_a_share_wait_for_the_open_where_only_whole_ones_trade() -> None:
    async def scene(h: House) -> None:
        await h.filled("10.5")
        h.phase = Phase.POST
        ended = await h.killer.flatten(None, "test", "drill")
        # The venue itself is in regular hours here; it refuses parts with the extended flag.
        assert ended.left == (("AAA", Decimal("0.5")),)
        assert "FRACTION" in h.codes
        h.phase = Phase.REGULAR
        await flat(h)

    simulated(scene)


def test_a_halted_symbol_rests_as_one_limit_and_is_told() -> None:
    async def scene(h: House) -> None:
        await h.filled(10)
        await h.filled(10, "BBB")
        h.halt()
        h.halted.add("AAA")
        ended = await h.killer.flatten(None, "test", "drill")
        assert (ended.left, ended.halted) == ((("AAA", Decimal(10)),), ("AAA",))
        assert h.held("BBB") == 0
        assert len(h.working()) == 1
        assert "HALTED" in h.codes
        assert h.floor.conditions.mode("AAA") is Mode.CANCEL_ONLY

    simulated(scene)


def test_a_halt_that_nobody_told_of_ends_with_the_brokers_own_close_and_a_report() -> None:
    async def scene(h: House) -> None:
        await h.filled(10)
        h.halt()
        ended = await h.killer.flatten(None, "test", "drill")
        assert ended.left == (("AAA", Decimal(10)),)
        assert {"CLOSE_ALL", "FLATTEN_LATE", "NOT_FLAT"} <= set(h.codes)

    simulated(scene)


def test_the_journal_may_be_dead() -> None:
    async def scene(h: House) -> None:
        await h.filled(10)
        await h.resting(2)
        await h.killer.kill("trader", "drill")
        await flat(h)
        assert any("MODE KILLED" in line for line in h.kept)
        assert any("tpF-3-AAA-1" in line for line in h.kept)

    simulated(scene, journal=DeadJournal())


def test_a_journal_that_hangs_holds_up_nothing() -> None:
    class Hanging(DeadJournal):
        async def intent(self, order) -> None:
            await asyncio.sleep(3600)

        async def mode(self, condition) -> None:
            await asyncio.sleep(3600)

    async def scene(h: House) -> None:
        await h.filled(10)
        began = asyncio.get_running_loop().time()
        await h.killer.kill("trader", "drill")
        assert asyncio.get_running_loop().time() - began <= 1.0
        assert COMMIT < 1.0
        await flat(h)

    simulated(scene, journal=Hanging())


def test_the_account_feed_may_be_down() -> None:
    async def scene(h: House) -> None:
        order = h.order(10)
        h.executor.accept(order)
        await h.until(lambda: h.held() == 10)
        began = asyncio.get_running_loop().time()
        ended = await h.killer.flatten(None, "test", "drill")
        assert ended.flat
        assert h.held() == 0
        assert asyncio.get_running_loop().time() - began <= 15.0

    simulated(scene, without=QUIET)


@pytest.mark.parametrize("status", [500, 504])
def test_lost_and_failing_answers_never_close_twice(status: int) -> None:
    async def scene(h: House) -> None:
        await h.filled(100)
        h.harm("response_lost", path="/v2/orders", method="POST", times=2)
        h.harm(path="/v2/positions", method="GET", status=status, times=2)
        await flat(h, within=25.0)
        closing = [o for o in h.account.orders if is_flatten(o.client_id)]
        assert sum(o.filled for o in closing) == 100

    simulated(scene)


def test_too_many_requests_are_waited_out() -> None:
    async def scene(h: House) -> None:
        await h.filled(100)
        headers = {"Retry-After": "2"}
        h.harm(path="/v2/", status=429, times=6, headers=headers)
        await flat(h, within=25.0)

    simulated(scene)


async def spend(h: House) -> None:
    """Read the account until nobody but those who may touch the reserve may ask any more."""
    while True:
        await h.broker.account()


def test_the_request_budget_may_be_spent() -> None:
    async def scene(h: House) -> None:
        await h.filled(100)
        await h.filled(-30, "BBB")
        await h.resting(10)
        with pytest.raises(Throttled):
            await spend(h)
        began = asyncio.get_running_loop().time()
        await h.killer.kill("trader", "drill")
        assert asyncio.get_running_loop().time() - began <= 1.0
        await flat(h)

    simulated(scene, profile=msgspec.structs.replace(PAPER, rate_limited=True))


def test_whoever_does_not_own_the_account_touches_nothing_of_it() -> None:
    async def scene(h: House) -> None:
        await h.filled(10)
        (order,) = await h.resting(1)
        before = len(h.posted())
        await h.killer.kill("trader", "drill")
        ended = await h.killer.flatten(None, "trader", "drill")
        assert (ended.flat, ended.why) == (False, "NO_LEASE: not ours")
        assert h.held() == 10
        assert len(h.posted()) == before
        assert "CANCELS_REFUSED" in h.codes
        assert order.id

    simulated(scene, barred="NO_LEASE: not ours")


def test_rejections_are_tried_again() -> None:
    async def scene(h: House) -> None:
        await h.filled(100)
        body = '{"code":40310000,"message":"insufficient qty available"}'
        h.harm(path="/v2/orders", method="POST", status=403, body=body, times=2)
        await flat(h)

    simulated(scene)


def test_after_three_attempts_in_vain_the_broker_closes_all_itself() -> None:
    async def scene(h: House) -> None:
        await h.filled(100)
        body = '{"code":40310000,"message":"no"}'
        h.harm(path="/v2/orders", method="POST", status=403, body=body, times=9)
        await flat(h)
        assert "CLOSE_ALL" in h.codes

    simulated(scene)


def test_a_flatten_outlasts_a_venue_that_is_away_for_longer_than_anybody_waits() -> None:
    async def scene(h: House) -> None:
        await h.filled(100)
        h.harm(path="/v2/", status=503, times=1_000_000)
        ended = await h.killer.flatten(None, "test", "drill")
        assert not ended.flat
        h.venue.faults.clear()
        await h.until(lambda: h.held() == 0)
        await h.until(lambda: h.killer.idle)
        assert h.floor.conditions.mode() is Mode.NORMAL

    simulated(scene)


def test_resuming_ends_a_flatten_that_goes_on() -> None:
    async def scene(h: House) -> None:
        await h.filled(10)
        h.halt()
        await h.killer.flatten(None, "test", "drill")
        assert not h.killer.idle
        await h.killer.resume("trader", "I close it myself")
        await h.until(lambda: h.killer.idle)
        assert h.held() == 10

    simulated(scene)


def test_a_kill_while_trading_is_resumed_stands() -> None:
    class Slow(NoJournal):
        async def mode(self, condition) -> None:
            modes.append(condition.mode)
            await asyncio.sleep(0.05)

    async def scene(h: House) -> None:
        await h.killer.flatten(["AAA"], "trader", "drill")
        await h.killer.kill("trader", "drill")
        h.killer._want("AAA", "trader")
        resumed = asyncio.ensure_future(h.killer.resume("trader", "over"))
        await asyncio.sleep(0.01)
        await h.killer.kill("trader", "no, wait")
        await resumed
        assert h.floor.conditions.mode() is Mode.KILLED
        assert modes[-1] is Mode.KILLED

    modes: list[Mode] = []
    simulated(scene, journal=Slow())


def test_positions_of_strangers_are_closed_too() -> None:
    async def scene(h: House) -> None:
        h.by_hand(7)
        await h.until(lambda: h.book.net("AAA") == 7)
        await flat(h)

    simulated(scene)


def closed_for(h: House) -> dict[str, Decimal]:
    """What closing orders have filled, by whom they were sent for."""
    filled: dict[str, Decimal] = {}
    for order in map(h.book.order, filter(is_flatten, h.posted())):
        assert order is not None
        filled[order.strategy] = filled.get(order.strategy, Decimal(0)) + order.filled * order.side
    return filled


def test_shares_of_fills_that_nobody_heard_of_are_closed_for_whoever_ordered_them() -> None:
    async def scene(h: House) -> None:
        for strategy, quantity in (("a", 10), ("b", 5)):
            h.executor.accept(h.order(quantity, strategy=strategy))
        await h.until(lambda: h.held() == 15)
        await flat(h)
        assert closed_for(h) == {"a": -10, "b": -5}

    simulated(scene, without=QUIET)


def test_strategies_that_hold_against_each_other_are_all_flat_in_the_end() -> None:
    class Heard(NoJournal):
        def heard(self, report) -> None:
            told.append(report)

        async def intent(self, order) -> None:
            told.append(Report(order.id, order.symbol, S.INTENT, order.created, order=order))

        async def reports(self, reports) -> None:
            told.extend(reports)

    told: list[Report] = []

    async def scene(h: House) -> None:
        await h.filled(100, strategy="a")
        await h.filled(-40, strategy="b")
        await h.filled(10, strategy="c")
        await flat(h)
        await h.until(lambda: not any(p.quantity for p in h.book.holdings.values()))
        assert h.book.cash == h.account.figures(h.venue.trading.exchange.board.mark).cash
        journaled = PositionTracker(Decimal(0), Tapes())
        for report in told:
            journaled.apply(report)
        assert not any(p.quantity for p in journaled.holdings.values())

    journal = Heard()
    simulated(scene, journal=journal, kept=journal)


def test_what_fills_after_all_was_closed_is_closed_as_well() -> None:
    async def scene(h: House) -> None:
        await h.filled(10)
        h.killer.trip("trader", "drill", flatten=True)
        await h.until(lambda: h.killer.idle)
        h.by_hand(10)
        await h.until(lambda: h.held() == 10)
        await h.until(lambda: h.held() == 0 and h.killer.idle and not h.working())
        assert h.killer.last is not None
        assert h.killer.last.flat
        assert h.floor.conditions.mode() is Mode.KILLED

    simulated(scene)


def test_what_a_bust_leaves_open_after_all_was_closed_is_closed_as_well() -> None:
    async def scene(h: House) -> None:
        h.harm("bust", times=1, seconds=5.0)
        await h.filled(10)
        h.killer.trip("trader", "drill", flatten=True)
        await h.until(lambda: h.killer.idle and h.held() == 0)
        await h.until(lambda: h.held() == -10)
        await h.until(lambda: h.held() == 0 and h.killer.idle)
        assert not any(p.quantity for p in h.book.holdings.values())

    simulated(scene)


@pytest.mark.parametrize("strategy", ["a", "external"])
def test_positions_that_lag_behind_the_fills_hide_nothing_from_a_flatten(strategy: str) -> None:
    async def scene(h: House) -> None:
        await h.filled(10, strategy=strategy)
        h.harm("positions_lag", times=3, seconds=60.0)
        ended = await h.killer.flatten(None, "test", "drill")
        assert ended.flat
        assert ended.orders == 1
        assert h.held() == 0
        assert not any(p.quantity for p in h.book.holdings.values())

    simulated(scene)


@pytest.mark.parametrize("killed", [True, False])
def test_shares_closed_as_nobodys_are_settled_with_whoever_turns_out_to_hold_them(
    *, killed: bool
) -> None:
    """A venue that denies an order when asked: it may tell only after all was closed."""

    async def scene(h: House) -> None:
        order = h.order(10, strategy="a")
        h.executor.accept(order)
        await h.until(lambda: h.held() == 10)
        h.harm("forgotten_id", times=1, seconds=6.0)
        if killed:
            h.killer.trip("trader", "drill", flatten=True)
            await h.until(lambda: h.killer.idle)
        else:
            assert (await h.killer.flatten(None, "test", "drill")).flat
        assert closed_for(h) == {"external": -10}
        assert h.state(order.id) is not S.FILLED
        await h.until(lambda: h.state(order.id) is S.FILLED)
        await h.until(lambda: h.killer.idle)
        assert not any(p.quantity for p in h.book.holdings.values())
        assert h.floor.conditions.mode("AAA") is (Mode.KILLED if killed else Mode.NORMAL)
        assert h.held() == 0
        assert len(h.posted()) == 2

    simulated(scene, without=QUIET)


def test_two_who_ask_at_once_both_hear_how_it_ended() -> None:
    async def scene(h: House) -> None:
        await h.filled(10)
        await h.filled(10, "BBB")
        one = h.killer.flatten(["AAA"], "a", "drill")
        two = h.killer.flatten(["BBB"], "b", "drill")
        three = h.killer.flatten([], "c", "nothing")
        ended = await asyncio.gather(one, two, three)
        assert all(e.flat for e in ended)
        assert (h.held(), h.held("BBB")) == (0, 0)

    simulated(scene)
