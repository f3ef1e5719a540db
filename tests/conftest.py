"""Fixtures every test may use."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real market data beside the checkout; a clone without it skips."""
    if not SHARED.is_dir():
        pytest.skip("no real market data beside this checkout (../shared/data)")
    return SHARED
