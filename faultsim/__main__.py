"""`python -m faultsim`: the simulated sessions of a tier, or the schedules one asks for.

A campaign ends with 0 when every invariant held, with 1 when one did not, with 2 for bad input.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import msgspec

from faultsim import keeping
from faultsim.campaign import jobs, mixed
from faultsim.phases import Phases, Told, Wanted
from faultsim.progress import Fuzzed, Ledger
from faultsim.schedule import Kind, Schedule, schedule
from faultsim.shrink import shrink
from faultsim.world import Outcome, simulate
from tradeplat.core.errors import BadInput

TIERS = {
    "slice": (30, 60, 10, 0, 0),
    "commit": (500, 2_000, 50, 100, 0),
    "nightly": (10_000, 20_000, 1_000, 1_000, 1_000_000),
}
"""Plain seeds, crash schedules, how many of both are run again elsewhere, real deaths, and fuzz
inputs a parser of each tier.
"""
_LINES = 60
_MOST_TOLD = 5


def main(argv: list[str] | None = None) -> int:
    """Run what was asked for."""
    asked = _parser().parse_args(argv)
    try:
        if asked.schedule:
            return _repeat(keeping.read(asked.schedule), asked)
        if asked.seed is not None:
            return _repeat(schedule(asked.seed, Kind(asked.kind or Kind.PLAIN)), asked)
        return _campaign(asked)
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


def _campaign(asked: argparse.Namespace) -> int:
    """Run it all, or up to the first violation where that is enough, and sum it up."""
    wanted = _wanted(asked)
    told = f"{asked.seeds or asked.tier} {asked.kind or ''}".strip()
    with Ledger(asked.state, told) as ledger:
        phases = Phases(ledger, asked.processes, until_violation=asked.until_violation)
        phases.run(wanted)
    for failed in phases.tally.failed[:_MOST_TOLD]:
        outcome = simulate(schedule(failed.seed, failed.kind))
        _tell(outcome if asked.no_shrink else shrink(outcome), asked)
    for dead in phases.tally.killed:
        print(f"kill round {dead.seed}:", *dead.violations, sep="\n  ", file=sys.stderr)
    for other in phases.failed:
        name = other.test if isinstance(other, Fuzzed) else f"{other.kind} seed {other.seed}"
        print(f"{name}:", other.failed, sep="\n  ", file=sys.stderr)
    numbers = phases.tally.numbers()
    numbers["broken"] = sum(told.broken for told in phases.told)
    if asked.json:
        print(json.dumps({**numbers, "phases": msgspec.to_builtins(phases.told)}))
    else:
        print("\n".join((*map(_phase, phases.told), "", _summary(numbers))))
    return 0 if phases.passed else 1


def _phase(told: Told) -> str:
    minutes, seconds = divmod(round(told.seconds), 60)
    took = f"{minutes:3} min {seconds:02} s"
    return f"{told.phase:>16}  {took}  {told.done} of {told.wanted}, broken {told.broken}"


def _wanted(asked: argparse.Namespace) -> Wanted:
    """Schedules, how many of them twice, real deaths and fuzz inputs."""
    plain, crash, again, kills, inputs = TIERS[asked.tier]
    first = 0
    if asked.seeds:
        low, _, high = asked.seeds.partition(":")
        if not low.isdecimal() or not high.isdecimal() or int(low) >= int(high):
            raise BadInput(f"--seeds {asked.seeds}: expected two numbers such as 0:500")
        first, plain = int(low), int(high) - int(low)
        crash, again, kills, inputs = plain, 0, 0, 0
    parts = {Kind.PLAIN: jobs(Kind.PLAIN, first, plain), Kind.CRASH: jobs(Kind.CRASH, first, crash)}
    if asked.kind:
        return Wanted(parts[Kind(asked.kind)], 0, asked.kills or 0, 0)
    kills = kills if asked.kills is None else asked.kills
    return Wanted(mixed(*parts.values()), again, kills, inputs)


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


if __name__ == "__main__":
    raise SystemExit(main())
