"""G12: each task that a session registers is killed, and fails, in turn: none dies silently."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from faultsim import world as worlds_of_faults
from faultsim.loop import SimLoop
from faultsim.schedule import Kind, Schedule
from faultsim.world import World, simulate
from tradeplat.app.live import Live

CALM = Schedule(seed=3, kind=Kind.PLAIN, trading=500.0, chance=0.1)
SOON = 3.0
"""Virtual seconds within which somebody has to have noticed."""
SPARED = {"alerts", "collector", "keys", "listings", "volumes", "display"}
"""Tasks without which a session can go on; a person is told."""


class Bug(Exception):
    """What no task expects."""


def fail(task: asyncio.Task) -> None:
    """Let what `task` waits for fail."""
    waiter = task._fut_waiter
    if waiter is None:
        task.cancel()
    else:
        waiter.set_exception(Bug())


def kill(task: asyncio.Task) -> None:
    task.cancel()


class Harmed(World):
    """A world whose daemon loses one task after the other, `harm` by harm."""

    harm: Callable[[asyncio.Task], None]
    seen: dict[str, str]

    def __init__(self, schedule: Schedule, loop: SimLoop, root: Path) -> None:
        super().__init__(schedule, loop, root)
        self.done = False

    def _judge_end(self, fault: Exception) -> None:
        """That a harmed process ends is what has to happen."""

    def _tasks(self, live: Live) -> None:
        """The last session goes on without those that can be spared."""

    async def _during(self, seconds: float) -> None:
        session = await self.up()
        for name in list(session.supervisor.running):
            session = await self.up()
            task = session.supervisor._tasks.get(name)
            if task is None or task.done():
                continue
            type(self).harm(task)
            type(self).seen[name] = await self.noticed(session, name)
        await super()._during(1.0)

    async def up(self) -> Live:
        """The session that trades, once it has for a while."""
        while True:
            session, daemon = self.live, self.daemon
            if session is not None and daemon is not None and daemon.trading:
                await asyncio.sleep(1.0)
                if self.live is session and daemon.trading:
                    return session
            await asyncio.sleep(0.1)

    async def noticed(self, session: Live, name: str) -> str:
        """What came of it, empty when nothing did."""
        for _ in range(int(SOON * 10)):
            await asyncio.sleep(0.1)
            if session.supervisor.fatal is not None:
                return "ended"
            if name in session.supervisor.quarantined:
                return "quarantined"
            if session.supervisor.restarts.get(name):
                return "restarted"
        return ""


@pytest.mark.parametrize("harm", [kill, fail])
def test_g12_whatever_befalls_a_task_somebody_hears_of_it(
    monkeypatch: pytest.MonkeyPatch, harm: Callable[[asyncio.Task], None]
) -> None:
    monkeypatch.setattr(Harmed, "harm", staticmethod(harm), raising=False)
    monkeypatch.setattr(Harmed, "seen", {}, raising=False)
    monkeypatch.setattr(worlds_of_faults, "World", Harmed)
    outcome = simulate(CALM)
    assert outcome.passed, outcome.violations
    assert len(Harmed.seen) > 25
    silent = {name for name, how in Harmed.seen.items() if not how}
    # A socket's own read takes any fault for the loss of the socket, and connects again.
    assert silent <= ({"stream"} if harm is fail else set())
    spared = [name for name, how in Harmed.seen.items() if how == "quarantined"]
    assert outcome.alarms["QUARANTINED"] == len(spared)
    assert set(spared) <= SPARED | {name for name in spared if name.startswith("desk:")}
    assert outcome.alarms["STOPPED_BY_FAULT"] == list(Harmed.seen.values()).count("ended")
