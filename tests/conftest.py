"""Fixtures every test may use."""

import gc
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_finish() -> None:
    """What is there before the first test is kept for good: simulated worlds, of which each is
    swept up behind it, need not look through it again and again.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real market data beside the checkout; a clone without it skips."""
    if not SHARED.is_dir():
        pytest.skip("no real market data beside this checkout (../shared/data)")
    return SHARED
