"""One door to the engine's frames."""

import re
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "tradeplat" / "visualizer"


def test_no_other_module_of_the_windows_names_the_control_plane():
    named = [
        path.name
        for path in SOURCE.glob("*.py")
        if re.search(r"^\s*(from|import) tradeplat\.control", path.read_text(), re.MULTILINE)
    ]
    assert named == ["link.py"]
