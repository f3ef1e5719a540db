"""Peers run in environments of their own, each script on its own interpreter."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent / ".envs"


def python_for(name: str, *requirements: str) -> Path | None:
    """An interpreter with `requirements` in an environment of its own; None where pip cannot."""
    home = ENVIRONMENTS / name
    python = home / "bin" / "python"
    mark = home / "installed.txt"
    wanted = "\n".join(requirements)
    if mark.exists() and mark.read_text() == wanted:
        return python
    print(f"installing {', '.join(requirements)} for comparison ...", file=sys.stderr, flush=True)
    venv.create(home, with_pip=True, clear=True)
    command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run([*command, *requirements], check=False, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr[-500:], file=sys.stderr)
        return None
    mark.write_text(wanted)
    return python


def run(script: str, *arguments: str, python: Path | None = None) -> dict[str, float]:
    """Run a peer's script; it prints one JSON object as its last line."""
    command = [str(python or sys.executable), str(HERE / script), *arguments]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "TQDM_DISABLE": "1"}
    )
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert isinstance(found, dict)
    return found
