"""Tickers that fell silent are closed by the clock."""

import asyncio

from tradeplat.app.evening import LATER, Evening
from tradeplat.core.clock import ReplayClock
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.market import MINUTE
from tradeplat.desk.bells import Bells
from worlds import DAY, LONG, Script, World, bar


class Stepped(ReplayClock):
    """Jumps to whatever is waited for."""

    async def sleep_until(self, ts: int) -> None:
        await asyncio.sleep(0)
        self.advance(max(ts, self.now()))


def holding(bells: Bells | None) -> tuple[World, Stepped]:
    world = World(lambda _: {"s": Script(LONG)})
    world.house.bells = bells
    world.floor.open_desk("A", 0).on_market(bar("A", 400), 400 * MINUTE)
    clock = Stepped()
    clock.advance(401 * MINUTE)
    return world, clock


async def test_a_silent_ticker_is_closed_a_minute_after_the_bell() -> None:
    world, clock = holding(Bells())
    await Evening(world.floor, clock).run()
    assert world.tracker.net("A") == 0
    order = world.executor.accepted[-1]
    assert order.created == DAY.post_close - 5 * MINUTE + LATER


async def test_what_cannot_be_closed_is_told() -> None:
    world, clock = holding(Bells())
    said: list[str] = []
    world.house.tell = lambda code, line: said.append(f"{code}: {line}")
    world.floor.on_condition(Condition("lease", "", Mode.KILLED, "NO_LEASE"), 0)
    await Evening(world.floor, clock).run()
    assert said == ["NOT_FLAT_AT_CLOSE: A s +100"]


async def test_where_days_have_no_end_there_is_no_evening() -> None:
    world, clock = holding(None)
    await Evening(world.floor, clock).run()
    assert world.tracker.net("A") == 100
