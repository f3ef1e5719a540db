"""One measured figure beside its target, and the ways to show many of them."""

import json
import statistics
import time
from collections.abc import Callable, Sequence

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """A measured value. `target` 0 means it is shown for comparison only.

    `better` says whether `value` should be at least (`>=`) or at most (`<=`) the target; a target
    that is `held` fails `python -m bench --check` where it is missed.
    """

    id: str
    what: str
    value: float
    unit: str
    target: float = 0.0
    better: str = ">="
    floor: float = 0.0
    held: bool = False

    @property
    def met(self) -> str:
        if not self.target:
            return ""
        reached = self.value >= self.target if self.better == ">=" else self.value <= self.target
        if reached:
            return "met"
        if self.floor:
            above = self.value >= self.floor if self.better == ">=" else self.value <= self.floor
            return "floor" if above else "MISSED"
        return "MISSED"


def table(figures: Sequence[Figure]) -> str:
    rows = [("id", "what", "value", "target", "")]
    for f in figures:
        target = f"{f.better} {f.target:g}" if f.target else ""
        rows.append((f.id, f.what, f"{f.value:,.4g} {f.unit}", target, f.met))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def tell(figures: Sequence[Figure], *, as_they_are: bool = False) -> None:
    """Print `figures` as a table, or as JSON with `as_they_are`."""
    print(as_json(figures) if as_they_are else table(figures))


def as_json(figures: Sequence[Figure]) -> str:
    rows = [{**msgspec.to_builtins(f), "met": f.met} for f in figures]
    return json.dumps({"figures": rows}, indent=2)


def median_seconds(work: Callable[[], object], rounds: int = 5) -> float:
    """Median wall time of `work` over `rounds` calls."""
    return statistics.median(seconds(work) for _ in range(rounds))


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(
    *works: Callable[[], float],
    rounds: int = 3,
    of: Callable[[Sequence[float]], float] = statistics.median,
) -> list[float]:
    """Median of what each work returns, the works taken in turn so that drift hits all alike.

    `of=min` takes the best instead: right for work that only ever loses by what else runs.
    """
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for kept, work in zip(taken, works, strict=True):
            kept.append(work())
    return [of(kept) for kept in taken]
