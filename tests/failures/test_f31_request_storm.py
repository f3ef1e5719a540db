"""F31: a storm of requests: the venue refuses everything with 429, but cancels must get through."""

import asyncio
from decimal import Decimal

import msgspec
import pytest

from covers import enter, protect
from faultsim.running import run_sim
from killing import House, house
from tradeplat.core.intent import HOLD, Holding, Intent
from tradeplat.core.market import MINUTE, SECOND, Bar, Quote
from tradeplat.core.orders import OrderState
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity
from tradeplat.venue.profile import STRICT
from worlds import World, bar, quote

S = OrderState
TIGHT = msgspec.structs.replace(STRICT, rate_limit=60)


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with house(seconds=300, **how) as h:
            await scene(h)

    run_sim(play, seed)


@pytest.mark.parametrize("seed", range(3))
def test_f31_entries_use_up_their_part_and_cancels_still_leave(seed: int) -> None:
    async def scene(h: House) -> None:
        working = await h.resting(3)
        flood = [h.order(1, "1.00") for _ in range(80)]
        for order in flood:
            h.executor.accept(order)
        await h.until(lambda: all(h.state(one.id) is not S.INTENT for one in flood))
        assert h.broker.rationed(h.clock.now()) > h.clock.now()
        began = asyncio.get_running_loop().time()
        for order in working:
            h.executor.cancel(order.id)
        await h.until(lambda: not {order.id for order in working} & set(h.working()), 10.0)
        assert asyncio.get_running_loop().time() - began <= 3.0
        assert len(set(h.posted())) == len(h.posted())
        # Nothing was refused for want of a budget: we kept within it ourselves.
        assert all(line.status != 429 for line in h.venue.trading.log.lines)

    simulated(scene, seed, profile=TIGHT)


def test_f31_while_the_venue_refuses_all_the_reserve_goes_to_cancels() -> None:
    async def scene(h: House) -> None:
        working = await h.resting(3)
        h.harm(name="429", seconds=20.0, path="/v2/orders", method="POST", times=3)
        entry = h.order(1, "1.00")
        h.executor.accept(entry)
        await h.until(lambda: h.venue.faults.struck["http_429"])
        for order in working:
            h.executor.cancel(order.id)
        await h.until(lambda: not {order.id for order in working} & set(h.working()), 5.0)
        await h.until(lambda: not (h.book.order(entry.id) or entry).open, 60.0)
        assert entry.id not in h.posted()

    simulated(scene)


def test_f31_a_flatten_ends_flat_with_the_budget_used_up() -> None:
    async def scene(h: House) -> None:
        await h.filled(5)
        for order in [h.order(1, "1.00") for _ in range(80)]:
            h.executor.accept(order)
        await h.until(lambda: h.broker.rationed(h.clock.now()))
        ended = await h.killer.flatten(None, "test", "drill")
        assert ended.flat, ended
        assert h.held() == 0

    simulated(scene, profile=TIGHT)


def test_f31_a_stop_moved_again_and_again_is_answered_once_a_move() -> None:
    """Each wish is one request at most: a refused move is not sent again by itself."""

    async def scene(h: House) -> None:
        entry = await h.filled(10, stop_loss=Decimal("4.50"))
        leg = f"{entry.id}-sl"
        await h.until(lambda: h.state(leg) is S.WORKING)
        before = h.broker.order_requests
        for _ in range(5):
            h.executor.protect(leg, h.book.order(leg).stop, None)
            await asyncio.sleep(1.0)
        assert h.broker.order_requests - before <= 5

    simulated(scene)


class Restless:
    """Holds on to what it bought, and wants its stop a little elsewhere at each quote."""

    def __init__(self) -> None:
        self.asked = 0

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        return HOLD if holding.quantity or holding.working else enter(1.0, stop=90.0)

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        if not holding.quantity:
            return HOLD
        self.asked += 1
        return protect(stop=90.0 + self.asked % 50 / 100)


def test_f31_a_stop_is_moved_ten_times_a_minute_at_most_and_never_taken_away() -> None:
    restless = Restless()
    limits = Limits(hours=Hours.ANY, replaces_minute=10)
    world = World(lambda _: {"s": restless}, limits, FixedQuantity(10))
    desk, moved = world.floor.open_desk("A", 0), []
    assert world.house.guard is not None
    world.house.guard.journal = lambda _kind, body: moved.append((now, body["stop"]))
    now = MINUTE
    desk.on_market(bar("A", 1), now)
    bought = len(moved)
    for second in range(14 * 60):
        now = MINUTE + second * SECOND
        desk.on_market(quote("A", now, 99.99, 100.01), now)
    times = [at for at, _ in moved[bought:]]
    assert restless.asked == 14 * 60
    assert world.house.refused["CHURN"] >= 600
    assert all(sum(at <= other < at + MINUTE for other in times) <= 10 for at in times)
    assert all(stop is not None for _, stop in moved)
    assert world.tracker.net("A") == 10
