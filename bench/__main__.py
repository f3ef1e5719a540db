"""`python -m bench [NAME ...] [--quick] [--check] [--add] [--json FILE] [--page FILE]`: measure.

A measurement is a module of this package with `measure(quick) -> list[Figure]`. With --check the
exit code is 1 where a target that is held is missed. With --add its figures are put among those of
the last run. With --page nothing is measured: the page is
made from the JSON of the last run.
"""

import argparse
import importlib
import json
import os
import pkgutil
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

import bench
from bench.figures import Figure, table
from bench.page import Run, joined, machine, page

FIRST = ("replay", "length", "loading", "stream", "order_path", "hotkey", "record", "daemon")
HELPERS = {
    "__main__",
    "chart_pictures",
    "charts",
    "figures",
    "gui_plots",
    "link",
    "loopback",
    "page",
    "peers",
    "work",
}


def names() -> list[str]:
    """Every measurement, in the order of the table."""
    found = {m.name for m in pkgutil.iter_modules(bench.__path__)} - HELPERS
    return [*FIRST, *sorted(found - set(FIRST))]


def measured(wanted: list[str], *, quick: bool) -> Iterator[Run]:
    """What is known after each measurement."""
    figures: list[Figure] = []
    began, load = time.time(), os.getloadavg()[0]
    for name in wanted:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        start = time.perf_counter()
        found = importlib.import_module(f"bench.{name}").measure(quick)
        figures.extend(found)
        print(table(found), file=sys.stderr)
        print(f"{name}: {time.perf_counter() - start:.0f} s\n", file=sys.stderr, flush=True)
        ordered = sorted(figures, key=lambda figure: order(figure.id))
        yield Run(began, time.time() - began, quick, machine(load), ordered)


def order(name: str) -> tuple[int, str]:
    """R1 before L1 before W1, goals (G10) and windows (UI1) after them, and the rest at the end."""
    whole = re.sub(r"\d+", lambda found: found[0].zfill(4), name)
    return ("RLWGU".index(name[0]) if name[-1].isdigit() else 5, whole)


def decoded(path: Path) -> Run:
    """The run that was written there."""
    return msgspec.json.decode(path.read_bytes(), type=Run)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"one of: {', '.join(names())} (default: all)")
    parser.add_argument("--quick", action="store_true", help="smaller work, rougher figures")
    parser.add_argument("--check", action="store_true", help="exit code 1 where a ratio is missed")
    parser.add_argument("--add", action="store_true", help="put them among those of the last run")
    parser.add_argument("--json", type=Path, default=Path("bench/out/figures.json"))
    parser.add_argument("--page", type=Path, help="write the last run as a page; measure nothing")
    options = parser.parse_args()
    unknown = set(options.name) - set(names())
    if unknown:
        parser.error(
            f"unknown measurement {', '.join(sorted(unknown))}; known: {', '.join(names())}"
        )
    if options.page is not None:
        options.page.write_text(page(decoded(options.json), names()))
        return 0
    options.json.parent.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    before = decoded(options.json) if options.add else None
    for run in measured(options.name or names(), quick=options.quick):
        kept = run if before is None else joined(before, run, options.name)
        kept.figures.sort(key=lambda figure: order(figure.id))
        options.json.write_text(json.dumps(msgspec.to_builtins(kept), indent=2) + "\n")
        figures = run.figures
    print(table(figures))
    missed = [figure for figure in figures if figure.held and figure.met == "MISSED"]
    for figure in missed if options.check else ():
        print(f"missed: {figure.id} {figure.what}", file=sys.stderr)
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
