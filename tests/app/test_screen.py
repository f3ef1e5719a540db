import asyncio
import io
from decimal import Decimal

import pytest

from tradeplat.app.display import Snapshot, look
from tradeplat.app.screen import Screen
from worlds import DAY, Script, World


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def snapshot() -> Snapshot:
    world = World(lambda _: {"s": Script()})
    world.floor.open_desk("BAC", 0)
    return look(world.floor, "paper on test", DAY.open, Decimal(100_000), [])


@pytest.mark.parametrize(("out", "part"), [(io.StringIO(), "desks 1"), (Terminal(), "paper on")])
async def test_a_terminal_gets_the_table_and_a_pipe_a_line(out: io.StringIO, part: str) -> None:
    task = asyncio.create_task(Screen(snapshot, out).run())
    while part not in out.getvalue():
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert "BAC" in out.getvalue() or part == "desks 1"


async def test_a_change_is_shown_at_once() -> None:
    shown = 0

    def look_again() -> Snapshot:
        nonlocal shown
        shown += 1
        return snapshot()

    changed = asyncio.Event()
    task = asyncio.create_task(Screen(look_again, Terminal(), changed).run())
    for wanted in (1, 2, 3):
        while shown < wanted:
            await asyncio.sleep(0)
        changed.set()
    task.cancel()
    await asyncio.wait([task])
