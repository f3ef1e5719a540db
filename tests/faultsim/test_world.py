"""Whole sessions through faults: what a seed does, it does again, in this process and in others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from faultsim import keeping
from faultsim.schedule import Kind, Schedule, Step, schedule
from faultsim.world import simulate

ROOT = Path(__file__).resolve().parents[2]
CALM = Schedule(seed=3, kind=Kind.PLAIN, trading=12.0, chance=0.5)


def test_a_calm_session_trades_settles_and_ends_flat() -> None:
    outcome = simulate(CALM)
    assert outcome.passed, outcome.violations
    assert outcome.orders > 3
    assert outcome.fills > 3
    assert outcome.lives == 1


def test_a_seed_tells_the_same_story_again() -> None:
    for seed in (5, 6):
        one = schedule(seed, Kind.PLAIN)
        assert simulate(one).digest == simulate(one).digest


def test_a_seed_tells_the_same_story_in_any_process() -> None:
    code = (
        "from faultsim.schedule import Kind, schedule\n"
        "from faultsim.world import simulate\n"
        "for kind in Kind:\n"
        "    for seed in (1, 2, 8):\n"
        "        print(simulate(schedule(seed, kind)).digest)\n"
    )
    told = set()
    for hashing in ("0", "4711"):
        path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": hashing},
            capture_output=True,
            text=True,
            check=True,
        )
        told.add(done.stdout)
    assert len(told) == 1


def test_every_connection_may_break_and_the_orders_still_agree() -> None:
    steps = tuple(Step(2.0 + n, "reset") for n in range(8))
    outcome = simulate(Schedule(seed=4, kind=Kind.PLAIN, trading=12.0, chance=0.7, steps=steps))
    assert outcome.passed, outcome.violations


@pytest.mark.parametrize("path", keeping.files(), ids=lambda path: path.stem)
def test_what_once_broke_stays_whole(path: Path) -> None:
    outcome = simulate(keeping.read(path))
    assert outcome.passed, outcome.violations
