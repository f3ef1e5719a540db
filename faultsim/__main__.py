"""`python -m faultsim`: the simulated sessions of a tier, or the schedules one asks for.

A campaign ends with 0 when every invariant held, with 1 when one did not, with 2 for bad input.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from faultsim import keeping, progress
from faultsim.campaign import Job, Result, Tally, campaign, jobs, mixed, spread
from faultsim.kills import ROUND, kill_round
from faultsim.schedule import Kind, Schedule, schedule
from faultsim.shrink import shrink
from faultsim.world import Outcome, simulate
from tradeplat.core.errors import BadInput

TIERS = {
    "slice": (30, 60, 0, 0),
    "commit": (500, 2_000, 100, 0),
    "nightly": (10_000, 20_000, 1_000, 1_000_000),
}
"""Plain seeds, crash schedules, real deaths and fuzz inputs a parser of each tier."""
_LINES = 60
_SAVED = 20


def main(argv: list[str] | None = None) -> int:
    """Run what was asked for."""
    asked = _parser().parse_args(argv)
    try:
        if asked.schedule:
            return _repeat(keeping.read(asked.schedule), asked)
        if asked.seed is not None:
            return _repeat(schedule(asked.seed, Kind(asked.kind or Kind.PLAIN)), asked)
        return _Campaign(asked).run()
    except BadInput as error:
        print(f"faultsim: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="faultsim", description=__doc__)
    add = parser.add_argument
    add("--tier", choices=sorted(TIERS), default="commit", help="how much of everything (commit)")
    add("--seeds", default="", metavar="A:B", help="these schedules alone, of every kind or --kind")
    add("--kind", choices=[kind.value for kind in Kind], help="one kind of schedule only")
    add("--kills", type=int, metavar="N", help="so many real deaths instead of the tier's")
    add("--seed", type=int, help="one schedule, told in full")
    add("--schedule", type=Path, metavar="FILE", help="a kept schedule, told in full")
    add("--until-violation", action="store_true", help="stop at the first that breaks something")
    add("--no-shrink", action="store_true", help="do not look for the fewest faults")
    add("--keep", action="store_true", help="add what breaks something to the corpus")
    add("--state", type=Path, metavar="FILE", help="keep what is done there, and go on from it")
    add("--processes", type=int, default=min(2, os.cpu_count() or 1), metavar="N")
    add("--json", action="store_true", help="the summary as JSON on standard output")
    add("--lines", type=int, default=_LINES, help="lines of the event log that are shown")
    return parser


class _Campaign:
    """One campaign from its first schedule to its summary."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._asked = asked
        self._tally = Tally()
        self._state = progress.load(asked.state)

    def run(self) -> int:
        """Run it all, or up to the first violation where that is enough."""
        asked, tally = self._asked, self._tally
        todo, kills, inputs = _wanted(asked)
        self._schedules(progress.resumed(self._state, todo, tally), len(todo))
        if kills and (tally.passed or not asked.until_violation):
            self._deaths(kills)
        fuzzed = self._fuzz(inputs) if inputs and tally.passed else True
        for failed in tally.failed[:5]:
            outcome = simulate(schedule(failed.seed, failed.kind))
            _tell(outcome if asked.no_shrink else shrink(outcome), asked)
        for dead in tally.killed:
            print(f"kill round {dead.seed}:", *dead.violations, sep="\n  ", file=sys.stderr)
        numbers = tally.numbers()
        print(json.dumps(numbers) if asked.json else _summary(numbers))
        return 0 if tally.passed and fuzzed else 1

    def _schedules(self, todo: list[Job], total: int) -> None:
        tally, state = self._tally, self._state

        def told(result: Result) -> bool:
            tally.take(result)
            state.results.append(result)
            done = sum(tally.schedules.values())
            if done % _SAVED == 0:
                self._save()
            progress.draw("schedules", done, total, len(tally.failed))
            return not (self._asked.until_violation and result.violations)

        campaign(todo, self._asked.processes, told)
        self._save()

    def _deaths(self, kills: int) -> None:
        tally = self._tally
        every = range(max(1, kills // ROUND))
        tally.kills += ROUND * len(set(every) & set(self._state.rounds))
        seeds = [seed for seed in every if seed not in self._state.rounds]
        for done in spread(kill_round, seeds, self._asked.processes):
            tally.take_kills(done)
            if not done.violations:
                self._state.rounds.append(done.seed)
                self._save()
            progress.draw("real deaths", tally.kills, kills, len(tally.killed))
            if self._asked.until_violation and done.violations:
                return

    def _fuzz(self, inputs: int) -> bool:
        """Show every parser a million broken inputs: the tests that fuzz, with more of them."""
        if self._state.fuzzed:
            return True
        tests = Path(__file__).resolve().parents[1] / "tests"
        files = [
            path for path in sorted(tests.rglob("test_*.py")) if "from fuzz import" in _text(path)
        ]
        command = [sys.executable, "-m", "pytest", "-q", "--timeout", "0", "-k", "fuzz or broken"]
        print(f"fuzzing {len(files)} files of parsers, {inputs} inputs each", file=sys.stderr)
        done = subprocess.run(  # noqa: S603  # our own tests
            [*command, *map(str, files)],
            env={**os.environ, "FUZZ_INPUTS": str(inputs)},
            cwd=tests.parent,
            check=False,
        )
        self._state.fuzzed = done.returncode == 0
        self._save()
        return self._state.fuzzed

    def _save(self) -> None:
        self._state.seconds = self._tally.seconds
        progress.save(self._asked.state, self._state)


def _wanted(asked: argparse.Namespace) -> tuple[list[Job], int, int]:
    """Schedules, real deaths and fuzz inputs."""
    plain, crash, kills, inputs = TIERS[asked.tier]
    first = 0
    if asked.seeds:
        low, _, high = asked.seeds.partition(":")
        if not low.isdecimal() or not high.isdecimal() or int(low) >= int(high):
            raise BadInput(f"--seeds {asked.seeds}: expected two numbers such as 0:500")
        first, plain = int(low), int(high) - int(low)
        crash, kills, inputs = plain, 0, 0
    parts = {Kind.PLAIN: jobs(Kind.PLAIN, first, plain), Kind.CRASH: jobs(Kind.CRASH, first, crash)}
    if asked.kind:
        return parts[Kind(asked.kind)], asked.kills or 0, 0
    return mixed(*parts.values()), kills if asked.kills is None else asked.kills, inputs


def _repeat(one: Schedule, asked: argparse.Namespace) -> int:
    outcome = simulate(one)
    if outcome.violations and not asked.no_shrink:
        outcome = shrink(outcome)
    _tell(outcome, asked)
    return 0 if outcome.passed else 1


def _tell(outcome: Outcome, asked: argparse.Namespace) -> None:
    """Seed, configuration, fewest faults and the last lines of the event log."""
    one = outcome.schedule
    lines = [
        f"{one.kind} seed {one.seed}, configuration {one.config}, trace {outcome.digest[:12]}",
        *(f"  BROKEN {violation}" for violation in outcome.violations),
        f"  {len(one.steps)} faults:",
        *(f"    {step}" for step in one.steps),
        "  event log:",
        *(
            f"    {line[:220]}"
            for line in outcome.lines[max(0, len(outcome.lines) - asked.lines) :]
        ),
    ]
    print("\n".join(lines), file=sys.stderr)
    if asked.keep and outcome.violations:
        path = keeping.keep(one, outcome.violations[0].invariant)
        print(f"  kept as {path}", file=sys.stderr)


def _summary(numbers: dict[str, object]) -> str:
    return "\n".join(f"{name:>14}  {value}" for name, value in numbers.items())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
