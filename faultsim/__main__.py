"""`python -m faultsim`: the simulated sessions of a tier, or the schedules one asks for."""

import argparse
import json
import os
import sys
from pathlib import Path

from faultsim import keeping
from faultsim.campaign import Job, Result, Tally, campaign, jobs, mixed
from faultsim.schedule import Kind, Schedule, schedule
from faultsim.shrink import shrink
from faultsim.world import Outcome, simulate
from tradeplat.core.errors import BadInput

TIERS = {"slice": (30, 60), "commit": (500, 2_000), "nightly": (10_000, 20_000)}
"""Plain seeds and crash schedules of each tier."""
_LINES = 60


def main(argv: list[str] | None = None) -> int:
    """Run what was asked for; 0 when every invariant held, 1 when one did not, 2 for bad input."""
    asked = _parser().parse_args(argv)
    try:
        if asked.schedule:
            return _repeat(keeping.read(asked.schedule), asked)
        if asked.seed is not None:
            kind = Kind(asked.kind or Kind.PLAIN)
            return _repeat(schedule(asked.seed, kind), asked)
        return _campaign(_todo(asked), asked)
    except BadInput as error:
        print(f"faultsim: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="faultsim", description=__doc__)
    add = parser.add_argument
    add("--tier", choices=sorted(TIERS), default="commit", help="how many schedules (commit)")
    add("--seeds", default="", metavar="A:B", help="these seeds instead, of every kind or --kind")
    add("--kind", choices=[kind.value for kind in Kind], help="one kind of schedule only")
    add("--seed", type=int, help="one schedule, told in full")
    add("--schedule", type=Path, metavar="FILE", help="a kept schedule, told in full")
    add("--until-violation", action="store_true", help="stop at the first that breaks something")
    add("--no-shrink", action="store_true", help="do not look for the fewest faults")
    add("--keep", action="store_true", help="add what breaks something to the corpus")
    add("--processes", type=int, default=min(2, os.cpu_count() or 1), metavar="N")
    add("--json", action="store_true", help="the summary as JSON on standard output")
    add("--lines", type=int, default=_LINES, help="lines of the event log that are shown")
    return parser


def _todo(asked: argparse.Namespace) -> list[Job]:
    plain, crash = TIERS[asked.tier]
    first = 0
    if asked.seeds:
        low, _, high = asked.seeds.partition(":")
        if not low.isdecimal() or not high.isdecimal() or int(low) >= int(high):
            raise BadInput(f"--seeds {asked.seeds}: expected two numbers such as 0:500")
        first, plain = int(low), int(high) - int(low)
        crash = plain
    parts = {Kind.PLAIN: jobs(Kind.PLAIN, first, plain), Kind.CRASH: jobs(Kind.CRASH, first, crash)}
    if asked.kind:
        return parts[Kind(asked.kind)]
    return mixed(*parts.values())


def _campaign(todo: list[Job], asked: argparse.Namespace) -> int:
    tally = Tally()

    def told(result: Result) -> bool:
        tally.take(result)
        done = sum(tally.schedules.values())
        _progress(done, len(todo), len(tally.failed))
        return not (asked.until_violation and result.violations)

    campaign(todo, asked.processes, told)
    _progress(-1, len(todo), len(tally.failed))
    for failed in tally.failed[:5]:
        outcome = simulate(schedule(failed.seed, failed.kind))
        _tell(outcome if asked.no_shrink else shrink(outcome), asked)
    numbers = tally.numbers()
    if asked.json:
        print(json.dumps(numbers))
    else:
        print(_summary(numbers))
    return 1 if tally.failed else 0


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
        *(f"    {line[:220]}" for line in outcome.lines[-asked.lines :]),
    ]
    print("\n".join(lines), file=sys.stderr)
    if asked.keep and outcome.violations:
        path = keeping.keep(one, outcome.violations[0].invariant)
        print(f"  kept as {path}", file=sys.stderr)


def _summary(numbers: dict[str, object]) -> str:
    return "\n".join(f"{name:>14}  {value}" for name, value in numbers.items())


def _progress(done: int, total: int, failed: int) -> None:
    """One line that is drawn over, on a terminal only; the last one ends it."""
    if not sys.stderr.isatty():
        return
    if done < 0:
        print(file=sys.stderr)
        return
    width = 30
    filled = width * done // max(1, total)
    bar = "#" * filled + "." * (width - filled)
    print(f"\r[{bar}] {done}/{total} broken {failed}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
