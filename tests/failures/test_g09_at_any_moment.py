"""G9: told to end at any moment of any session, faults and all, it ends in time and says what is
left.
"""

import asyncio
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

import goals
from faultsim import world as worlds_of_faults
from faultsim.loop import SimLoop
from faultsim.oracle import name_of
from faultsim.schedule import Kind, Schedule, schedule
from faultsim.world import ENDING, World, simulate
from tradeplat.app.closing import Remains

UNTOLD = {"accepted_late", "bust", "correction", "both_exits", "late_reject", "restart_id_rollback"}
"""Faults by which a venue does more later on than it says now: no list can be of that."""
BLOCK = 20


class Told(World):
    """A world whose daemon is told to end while it trades."""

    ends: list[Remains | None]

    def __init__(self, plan: Schedule, loop: SimLoop, root: Path) -> None:
        super().__init__(plan, loop, root)
        rng = np.random.default_rng([plan.seed, 20])
        self._moment = float(rng.uniform(0.5, plan.trading))
        self._told = False

    async def _during(self, seconds: float) -> None:
        await super()._during(self._moment)
        while not self._over and self.seconds < 1000.0 + seconds:
            daemon = self.daemon
            if daemon is not None and daemon.trading and daemon.host.alive:
                await self._end()
                return
            await asyncio.sleep(0.05)

    async def _settle(self) -> None:
        """Nobody is left to settle anything, but where it never traded up to the end."""
        if not self._told:
            await super()._settle()

    async def _end(self) -> None:
        if self._told:
            return
        daemon, self._told, self._leaving = self.daemon, True, True
        assert daemon is not None
        began = self.loop.time()
        daemon.stop.set()
        with suppress(TimeoutError):  # judged below
            async with asyncio.timeout(2 * ENDING):
                await worlds_of_faults._first(daemon.ended, daemon.host.died)
        took = self.loop.time() - began
        if took > ENDING:
            self.oracle.blame("I20", f"the end took {took:.1f} s")
        remains = daemon.remains if daemon.fault is None else None
        type(self).ends.append(remains)
        if remains is not None:
            self._exact(remains)

    def _exact(self, remains: Remains) -> None:
        """Whatever the venue has is on the list, by its name or by the order that may have made
        it.
        """
        names = {order.id for order in remains.orders}
        about = {order.symbol for order in remains.orders} | {s for s, _ in remains.positions}
        left = [name_of(order) for order in self.account.orders.open_orders()]
        if missing := [name for name in left if name not in names]:
            self.oracle.blame("I20", f"{missing} are open and not on the list {sorted(names)}")
        held = {s for s, at in self.account.positions.items() if at.quantity}
        if held - about:
            self.oracle.blame("I20", f"{held - about} is held and not on the list")


@goals.whole
@pytest.mark.parametrize("block", goals.many(1, 10))
def test_g09_told_to_end_at_any_moment_of_any_session(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(Told, "ends", [], raising=False)
    monkeypatch.setattr(worlds_of_faults, "World", Told)
    for seed in range(block * BLOCK, block * BLOCK + BLOCK):
        plan = schedule(70_000 + seed, Kind.PLAIN)
        kept = tuple(step for step in plan.steps if step.body.get("name") not in UNTOLD)
        outcome = simulate(replace(plan, steps=kept))
        assert outcome.passed, (plan.seed, outcome.violations)
    # Most of them end amid a session, and some with something left to tell.
    told = [remains for remains in Told.ends if remains is not None]
    assert len(told) >= BLOCK // 2
    assert block or not all(remains.nothing for remains in told)
