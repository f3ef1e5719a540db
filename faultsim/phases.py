"""A whole tier, phase after phase: schedules, some of them again, real deaths, broken inputs."""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import msgspec

from faultsim import again, fuzzing
from faultsim.campaign import Job, Result, Tally, campaign, spread
from faultsim.kills import ROUND, kill_round
from faultsim.progress import (
    DEATHS,
    FUZZ,
    REPEATS,
    SCHEDULES,
    Fuzzed,
    Ledger,
    Line,
    Meter,
    Repeated,
)

_T = TypeVar("_T")

_TOGETHER = 50
"""Schedules that one other process runs again."""


class Wanted(NamedTuple):
    """What a campaign is asked for: schedules, how many of them twice, deaths, inputs a parser."""

    todo: list[Job]
    again: int = 0
    kills: int = 0
    inputs: int = 0


class Told(msgspec.Struct, frozen=True):
    """How a phase ended; `seconds` are those of every process that worked on it in turn."""

    phase: str
    done: int
    wanted: int
    broken: int
    seconds: float


class Phases:
    """Runs what is wanted and not in the ledger yet. A phase that finds something ends none of the
    others, but where the first violation is enough.
    """

    def __init__(self, ledger: Ledger, processes: int, *, until_violation: bool = False) -> None:
        self.tally = Tally()
        self.told: list[Told] = []
        self.failed: list[Fuzzed | Repeated] = []
        """Parsers and traces that failed."""
        self._ledger = ledger
        self._processes = processes
        self._until = until_violation
        self._traces: dict[Job, str] = {}

    @property
    def passed(self) -> bool:
        """True while nothing broke anything."""
        return self.tally.passed and not self.failed

    def run(self, wanted: Wanted) -> None:
        """Run it all."""
        self._schedules(wanted.todo)
        if wanted.again and self._goes_on:
            stride = max(1, len(wanted.todo) // wanted.again)
            self._again(wanted.todo[::stride][: wanted.again])
        if wanted.kills and self._goes_on:
            self._deaths(max(1, wanted.kills // ROUND))
        if wanted.inputs and self._goes_on:
            self._fuzz(wanted.inputs)

    @property
    def _goes_on(self) -> bool:
        return self.passed or not self._until

    def _meter(self, phase: str, total: int, done: int) -> Meter:
        return Meter(phase, total, done=done, spent=self._ledger.spent(phase))

    def _over(self, meter: Meter) -> None:
        seconds = round(meter.seconds, 1)
        self.told.append(Told(meter.what, meter.done, meter.total, meter.broken, seconds))

    def _schedules(self, todo: list[Job]) -> None:
        wanted, before = set(todo), _of(line.result for line in self._ledger.lines)
        known = {(result.kind, result.seed): result for result in before}
        meter = self._meter(SCHEDULES, len(wanted), len(known.keys() & wanted))
        for job in known.keys() & wanted:
            self._took(known[job], meter)

        def told(result: Result) -> bool:
            self._took(result, meter)
            self._ledger.add(Line(meter.seconds, result=result))
            meter.step()
            return not (self._until and result.violations)

        campaign([job for job in todo if job not in known], self._processes, told)
        self._over(meter)

    def _took(self, result: Result, meter: Meter) -> None:
        self.tally.take(result)
        self._traces[result.kind, result.seed] = result.digest
        meter.broken += bool(result.violations)

    def _again(self, todo: list[Job]) -> None:
        before = _of(line.repeated for line in self._ledger.lines)
        known = {(one.kind, one.seed): one for one in before}
        todo = [job for job in todo if job in self._traces]
        left = [job for job in todo if (job[0].value, job[1]) not in known]
        meter = self._meter(REPEATS, len(todo), len(todo) - len(left))
        for one in known.values():
            self._compared(one, meter)
        chunks = [left[at : at + _TOGETHER] for at in range(0, len(left), _TOGETHER)]
        for chunk, traces in spread(_traced, chunks, self._processes):
            for job in chunk:
                mine, other = self._traces[job], traces.get(job, "nothing")
                words = f"I17: trace {mine} here, {other} in another process"
                one = Repeated(job[0].value, job[1], "" if mine == other else words)
                self._compared(one, meter)
                self._ledger.add(Line(meter.seconds, repeated=one))
                meter.step()
        self._over(meter)

    def _compared(self, one: Repeated, meter: Meter) -> None:
        if one.failed:
            meter.broken += 1
            self.failed.append(one)

    def _deaths(self, rounds: int) -> None:
        known = {one.seed: one for one in _of(line.round for line in self._ledger.lines)}
        before = [known[seed] for seed in range(rounds) if seed in known]
        meter = self._meter(DEATHS, rounds * ROUND, sum(one.kills for one in before))
        for one in before:
            self.tally.take_kills(one)
            meter.broken += bool(one.violations)
        seeds = [seed for seed in range(rounds) if seed not in known]
        # Processes that are killed mostly sleep: one more of them finds room.
        for one in spread(kill_round, seeds, self._processes + 1):
            self.tally.take_kills(one)
            self._ledger.add(Line(meter.seconds, round=one))
            meter.step(one.kills, broken=bool(one.violations))
            if self._until and one.violations:
                break
        self._over(meter)

    def _fuzz(self, inputs: int) -> None:
        tests = fuzzing.tests()
        known = {one.test: one for one in _of(line.fuzzed for line in self._ledger.lines)}
        left = [(test, inputs) for test in tests if test not in known]
        meter = self._meter(FUZZ, len(tests), len(tests) - len(left))
        for test in tests:
            if test in known:
                self._shown(known[test], meter)
        for one in spread(fuzzing.fuzz, left, self._processes):
            self._shown(one, meter)
            self._ledger.add(Line(meter.seconds, fuzzed=one))
            meter.step()
        if not tests:
            self.failed.append(Fuzzed("no test", "nothing was found that fuzzes a parser"))
        self._over(meter)

    def _shown(self, one: Fuzzed, meter: Meter) -> None:
        if one.failed:
            meter.broken += 1
            self.failed.append(one)


def _traced(chunk: list[Job]) -> tuple[list[Job], dict[Job, str]]:
    return chunk, again.traces(chunk)


def _of(found: Iterable[_T | None]) -> list[_T]:
    return [one for one in found if one is not None]
