"""How much of a goal of the catalogue is shown: all of it, or with every run of the tests a sample.

A test marked with `whole` runs over `many(few, all)` seeds: the few with `make test`, all that the
goal asks for with `make faults`, which sets GOALS.
"""

import os

import pytest

whole = pytest.mark.goals
"""What `make faults` runs once more, in full."""
ASKED = os.environ.get("GOALS", "")


def many(few: int, all_of_them: int) -> range:
    """So many seeds, or all of them where the whole goal is asked for."""
    return range(all_of_them if ASKED else few)
