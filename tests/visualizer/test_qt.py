"""One door to Qt: nothing else of the product names the binding, and the engine never loads it."""

import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"


def test_no_other_module_names_the_binding():
    named = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"^\s*(from|import) (PyQt|PySide|sip\b)", path.read_text(), re.MULTILINE)
    ]
    assert named == ["tradeplat/visualizer/qt.py"]


def test_the_engine_loads_without_the_windows():
    look = (
        "import sys, tradeplat.app.cli, tradeplat.app.live, tradeplat.app.session;"
        "print([n for n in sys.modules if n.startswith(('PyQt6', 'pyqtgraph', 'qasync'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", look],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
