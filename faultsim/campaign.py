"""Runs many schedules over several processes, and tells of each that broke something."""

import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import islice
from typing import TypeVar

import msgspec

from faultsim.kills import Killed
from faultsim.loop import muted
from faultsim.schedule import Kind, schedule
from faultsim.world import simulate

_J = TypeVar("_J")
_R = TypeVar("_R")

BATCH = 10
"""Schedules a process runs before it reports and clears its garbage."""
LIFE = 40
"""Batches after which a process is replaced by a fresh one."""


class Result(msgspec.Struct, frozen=True):
    """What a batch needs to tell of one schedule."""

    kind: Kind
    seed: int
    violations: tuple[str, ...]
    digest: str
    lives: int
    orders: int
    fills: int
    seconds: float
    struck: dict[str, int]
    deaths: tuple[str, ...]


class Tally:
    """What a campaign has seen so far."""

    def __init__(self) -> None:
        self.schedules: Counter[str] = Counter()
        self.orders = 0
        self.fills = 0
        self.lives = 0
        self.virtual_seconds = 0.0
        self.struck: Counter[str] = Counter()
        self.phases: Counter[str] = Counter()
        self.awaits: Counter[str] = Counter()
        """Deaths by the place that was waited at."""
        self.failed: list[Result] = []
        self.kills = 0
        self.killed: list[Killed] = []
        """Rounds of real deaths that ended badly."""

    def take(self, result: Result) -> None:
        """Count one schedule."""
        self.schedules[result.kind.value] += 1
        self.orders += result.orders
        self.fills += result.fills
        self.lives += result.lives
        self.virtual_seconds += result.seconds
        self.struck.update(result.struck)
        for death in result.deaths:
            how, awaits, place = death.partition(" await ")
            if awaits:
                self.awaits[place] += 1
            # "at record 12, synced" and "before message 40" count by their phase alone.
            self.phases["".join(c for c in how + awaits if not c.isdigit()).strip()] += 1
        if result.violations:
            self.failed.append(result)

    def take_kills(self, round_: Killed) -> None:
        """Count one round of real deaths."""
        self.kills += round_.kills
        self.orders += round_.orders
        self.fills += round_.fills
        if round_.violations:
            self.killed.append(round_)

    @property
    def passed(self) -> bool:
        """True while every invariant held."""
        return not self.failed and not self.killed

    def numbers(self) -> dict[str, object]:
        """Everything counted, as plain values."""
        return {
            "schedules": dict(self.schedules),
            "kills": self.kills,
            "violations": len(self.failed) + len(self.killed),
            "failed": [
                *([r.kind.value, r.seed, r.violations[0]] for r in self.failed),
                *(["kill", r.seed, r.violations[0]] for r in self.killed),
            ],
            "orders": self.orders,
            "fills": self.fills,
            "lives": self.lives,
            "virtual_hours": round(self.virtual_seconds / 3600, 2),
            "deaths": dict(sorted(self.phases.items())),
            "awaits": len(self.awaits),
            "struck": dict(sorted(self.struck.items())),
        }


Job = tuple[Kind, int]


def jobs(kind: Kind, first: int, count: int) -> list[Job]:
    """Schedules of one kind with seeds in a row."""
    return [(kind, seed) for seed in range(first, first + count)]


def mixed(*lists: Sequence[Job]) -> list[Job]:
    """Several lists as one, each spread evenly over the whole."""
    placed = [
        ((at + 0.5) / len(each), number, job)
        for number, each in enumerate(lists)
        for at, job in enumerate(each)
    ]
    return [job for _, _, job in sorted(placed)]


def campaign(
    todo: Sequence[Job],
    processes: int,
    told: Callable[[Result], bool],
) -> None:
    """Run `todo`, telling each result as it comes; `told` answers False to stop at once."""
    batches = list(_batches(todo))
    if processes <= 1:
        _prepare()
        try:
            for batch in batches:
                if not all(told(result) for result in run_batch(batch)):
                    return
        finally:
            gc.enable()
            gc.unfreeze()
        return
    for results in spread(run_batch, batches, processes):
        goes_on = [told(result) for result in results]
        if not all(goes_on):
            return


def spread(work: Callable[[_J], _R], todo: Sequence[_J], processes: int) -> Iterator[_R]:
    """`work` done on each of `todo` by several processes, as it is done; these may start others.

    Processes are replaced by fresh ones after a while. Whoever stops listening stops the work.
    """
    context = multiprocessing.get_context("fork")
    for begin in range(0, len(todo), LIFE * processes):
        wave = todo[begin : begin + LIFE * processes]
        pool = ProcessPoolExecutor(processes, context, _begin)
        try:
            for done in as_completed([pool.submit(work, one) for one in wave]):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def run_batch(batch: Sequence[Job]) -> list[Result]:
    """Run each schedule of a batch, in this process."""
    results = [run_one(kind, seed) for kind, seed in batch]
    with muted():
        return results


def run_one(kind: Kind, seed: int) -> Result:
    """Run the schedule of a seed."""
    outcome = simulate(schedule(seed, kind))
    return Result(
        kind,
        seed,
        tuple(map(str, outcome.violations)),
        outcome.digest,
        outcome.lives,
        outcome.orders,
        outcome.fills,
        outcome.seconds,
        outcome.struck,
        outcome.deaths,
    )


def _begin() -> None:
    """A process that only simulates: alarms tell people over standard error, here nobody reads."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    _prepare()


def _prepare() -> None:
    """Collect garbage between batches only: what exists now is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.disable()


def _batches(todo: Iterable[Job]) -> Iterator[list[Job]]:
    source = iter(todo)
    while batch := list(islice(source, BATCH)):
        yield batch
