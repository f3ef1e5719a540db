"""Many worlds in one process: what each leaves behind is not looked through by those after it."""

import gc
from collections.abc import Iterator

import pytest

import goals


@pytest.fixture(autouse=True)
def settled() -> Iterator[None]:
    """Where a goal is shown in full, a test's leftovers count as there for good: the sweep behind
    each of fifteen hundred worlds else takes longer than the world.
    """
    yield
    if goals.ASKED:
        gc.freeze()
