"""What the dead of simulated worlds leave behind is swept up before the next tests begin."""

import gc
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def swept() -> Iterator[None]:
    """Processes that were killed never clean up: what their sockets say of it when they are
    collected, in whichever test that is, is no fault of anybody's.
    """
    before, sys.unraisablehook = sys.unraisablehook, lambda _: None
    yield
    gc.collect()
    sys.unraisablehook = before
