"""`python -m bench [NAME ...] [--quick] [--json FILE]`: measure, print a table, write the JSON.

A measurement is a module of this package with `measure(quick) -> list[Figure]`.
"""

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

import bench
from bench.figures import Figure, as_json, table


def names() -> list[str]:
    helpers = {"__main__", "figures", "peers", "work"}
    return sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if m.name not in helpers)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"one of: {', '.join(names())} (default: all)")
    parser.add_argument("--quick", action="store_true", help="smaller work, rougher figures")
    parser.add_argument("--json", type=Path, default=Path("bench/out/figures.json"))
    options = parser.parse_args()
    unknown = set(options.name) - set(names())
    if unknown:
        parser.error(
            f"unknown measurement {', '.join(sorted(unknown))}; known: {', '.join(names())}"
        )
    figures: list[Figure] = []
    for name in options.name or names():
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        module = importlib.import_module(f"bench.{name}")
        if not hasattr(module, "measure"):
            continue
        figures.extend(module.measure(options.quick))
        print(table(figures[-50:]), file=sys.stderr, flush=True)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(as_json(figures) + "\n")
    print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
