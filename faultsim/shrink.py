"""Finds the fewest faults that still break what a schedule broke."""

from collections.abc import Callable

from faultsim.schedule import Schedule
from faultsim.world import Outcome, simulate

MOST = 80
"""Worlds that are run at most to shrink one schedule."""


def shrink(
    found: Outcome, run: Callable[[Schedule], Outcome] = simulate, most: int = MOST
) -> Outcome:
    """The outcome of a schedule with fewer steps that violates one of the same invariants.

    Steps are left out in halves, quarters and so on down to single ones (delta debugging), until
    none can be spared or `most` worlds were run.
    """
    broken = {violation.invariant for violation in found.violations}
    best = found
    size = max(1, len(best.schedule.steps) // 2)
    runs = 0
    while size >= 1 and best.schedule.steps and runs < most:
        at, smaller = 0, False
        while at < len(best.schedule.steps) and runs < most:
            places = set(range(at, min(at + size, len(best.schedule.steps))))
            tried = run(best.schedule.without(places))
            runs += 1
            if broken & {violation.invariant for violation in tried.violations}:
                best, smaller = tried, True
            else:
                at += size
        if size == 1 and not smaller:
            break
        size = max(1, size // 2)
    return best
