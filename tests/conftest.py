"""Fixtures every test may use."""

import gc
import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# How long an example takes is the machine's affair: nothing is to fail because others compute too.
settings.register_profile("tradeplat", deadline=None)
settings.load_profile("tradeplat")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def no_windows() -> str:
    """Why the windows cannot be tested here; empty where they can."""
    try:
        for name in ("PyQt6.QtCore", "PyQt6.QtGui", "PyQt6.QtWidgets", "PyQt6.QtTest"):
            importlib.import_module(name)
        for name in ("pyqtgraph", "qasync", "pytestqt.plugin"):
            if importlib.util.find_spec(name) is None:
                return f"the extra 'gui' is not installed: no {name}"
    except ImportError as error:
        return f"the extra 'gui' or Debian's libraries for it are missing (scripts/gui.sh): {error}"
    return ""


WITHOUT_WINDOWS = no_windows()
pytest_plugins = [] if WITHOUT_WINDOWS else ["pytestqt.plugin"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """pytest-qt stops every run on a machine where Qt cannot be loaded, so it is loaded by hand."""
    if WITHOUT_WINDOWS:
        parser.addini("qt_api", "which binding pytest-qt would take")


class Unseen(pytest.Module):
    """Tests of the windows on a machine without them: skipped before they are imported."""

    def collect(self) -> list[pytest.Item]:
        pytest.skip(WITHOUT_WINDOWS)


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    if WITHOUT_WINDOWS and module_path.parent.name == "visualizer":
        return Unseen.from_parent(parent, path=module_path)
    return None


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
