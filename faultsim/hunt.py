"""Bugs on purpose: each patch of `mutants/` has to be caught by the seeds of the commit tier."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from tradeplat.core.errors import BadInput

ROOT = Path(__file__).resolve().parents[1]
MUTANTS = Path(__file__).resolve().parent / "mutants"
SEEDS = "0:500"
"""The plain seeds of the commit tier and as many crash schedules: what one mutant may cost, beside
the schedule that its patch names.
"""
_KNOWN = re.compile(r"Dies of (plain|crash) (\d+)\.")
PATIENCE = 900.0
"""Wall seconds after which a mutant counts as having survived."""


class Verdict(msgspec.Struct, frozen=True):
    """What became of one mutant: `killed` by `violation`, after so many schedules and seconds."""

    name: str
    about: str
    killed: bool
    violation: str
    schedules: int
    seconds: float


def mutants(wanted: Iterable[str] = ()) -> list[Path]:
    """The patches by name, all of them when none is named. BadInput for a name there is not."""
    found = {path.stem: path for path in sorted(MUTANTS.glob("*.patch"))}
    names = list(wanted) or list(found)
    for name in names:
        if name not in found:
            raise BadInput(f"mutant {name}: expected one of {', '.join(found)}")
    return [found[name] for name in names]


def about(patch: Path) -> str:
    """What the bug is: the first line of the patch."""
    return patch.read_text(encoding="utf-8").partition("\n")[0]


def known(patch: Path) -> list[str]:
    """The schedule that is known to catch the bug, as arguments; empty when none is named.

    It only comes first: where it catches nothing any more, all the others follow.
    """
    words = patch.read_text(encoding="utf-8").split("\n", 2)[1]
    found = _KNOWN.fullmatch(words)
    if found is None:
        return []
    kind, seed = found[1], int(found[2])
    return ["--kind", kind, "--seeds", f"{seed}:{seed + 1}"]


def planted(patch: Path, folder: Path) -> Path:
    """A copy of the source in `folder` with the bug in it; BadInput when the patch does not fit."""
    tree = folder / patch.stem
    for name in ("src", "faultsim"):
        shutil.copytree(
            ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "mutants")
        )
    fit(patch, tree)
    return tree


def fit(patch: Path, tree: Path, *, only_check: bool = False) -> None:
    """Put the bug into the source in `tree`, or only see that it fits there; else BadInput."""
    done = subprocess.run(
        ["git", "apply", "--recount", *(["--check"] if only_check else []), str(patch)],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)},
    )
    if done.returncode:
        raise BadInput(f"{patch.name} does not fit the source any more: {done.stderr.strip()}")


def hunt(patch: Path, seeds: str = SEEDS, *, hinted: bool = True) -> Verdict:
    """Run the simulator on the mutant until something breaks, or the seeds are through.

    The schedule that the patch itself names goes first, unless it is not to be `hinted` at.
    """
    began = time.monotonic()
    asked = [first] if hinted and (first := known(patch)) else []
    violation, schedules = "", 0
    with tempfile.TemporaryDirectory() as folder:
        tree = planted(patch, Path(folder))
        for more in (*asked, ["--seeds", seeds]):
            left = PATIENCE - (time.monotonic() - began)
            told = _campaign(tree, more, left)
            schedules += sum(told["schedules"].values())
            if told["failed"]:
                violation = told["failed"][0][2]
                break
    seconds = round(time.monotonic() - began, 1)
    return Verdict(patch.stem, about(patch), bool(violation), violation, schedules, seconds)


def _campaign(tree: Path, asked: Sequence[str], patience: float) -> dict[str, Any]:
    """What a campaign in `tree` counted; BadInput when it did not even run."""
    command = [sys.executable, "-m", "faultsim", *asked, "--until-violation"]
    command += ["--no-shrink", "--processes", "1", "--json", "--lines", "0"]
    path = os.pathsep.join((str(tree / "src"), str(tree)))
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=max(1.0, patience),
        )
    except subprocess.TimeoutExpired:
        return {"failed": [], "schedules": {}}
    if done.returncode not in (0, 1):
        raise BadInput(f"{tree.name}: the simulator did not run: {done.stderr.strip()[-400:]}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def main(argv: Sequence[str] | None = None) -> int:
    """Hunt the mutants asked for; 0 when all of them died, 1 when one lives, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="faultsim.hunt", description=__doc__)
    parser.add_argument("name", nargs="*", help="patches by name, such as 01-journal-after-send")
    parser.add_argument("--seeds", default=SEEDS, metavar="A:B")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1), metavar="N")
    parser.add_argument("--unaided", action="store_true", help="seeds in their order alone")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    asked = parser.parse_args(argv)
    verdicts: list[Verdict] = []
    try:
        patches = mutants(asked.name)
        hinted = not asked.unaided

        def one(patch: Path) -> Verdict:
            return hunt(patch, asked.seeds, hinted=hinted)

        with ThreadPoolExecutor(asked.processes) as pool:
            for verdict in pool.map(one, patches):
                verdicts.append(verdict)
                print(_line(verdict), file=sys.stderr, flush=True)
    except BadInput as error:
        print(f"faultsim.hunt: {error}", file=sys.stderr)
        return 2
    alive = [verdict.name for verdict in verdicts if not verdict.killed]
    if asked.json:
        print(json.dumps({"mutants": msgspec.to_builtins(verdicts), "alive": alive}))
    else:
        print(f"{len(verdicts) - len(alive)} of {len(verdicts)} mutants killed", *alive, sep="\n  ")
    return 1 if alive else 0


def _line(verdict: Verdict) -> str:
    end = f"killed after {verdict.schedules}: {verdict.violation}" if verdict.killed else "ALIVE"
    return f"{verdict.name:32} {verdict.seconds:6.1f} s  {end[:100]}"


if __name__ == "__main__":
    raise SystemExit(main())
