from app.test_closing import Way
from tradeplat.app.levers import Levers
from tradeplat.core.conditions import Mode
from tradeplat.core.market import MINUTE
from tradeplat.runtime.wall_clock import WallClock
from worlds import LONG, Script, World, bar


async def test_kill_flatten_resume() -> None:
    world = World(lambda _: {"s": Script(LONG)}, executor=Way)
    world.floor.open_desk("A", 0).on_market(bar("A", 1), MINUTE)
    levers = Levers(world.floor, world.tracker, world.executor, WallClock())  # type: ignore[arg-type]
    await levers.kill("me", "now")
    assert world.house.conditions.mode() is Mode.KILLED
    ended = await levers.flatten(None, "me", "now")
    assert (ended.flat, ended.words()) == (True, "flat")
    await levers.resume("me", "again")
    assert world.house.conditions.mode() is Mode.NORMAL
