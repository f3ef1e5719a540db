"""Peers run in environments of their own, each script on its own interpreter."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENVIRONMENTS = HERE.parent / ".envs"

Told = dict[str, float | str]
"""What a script printed."""


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


def run(script: str, *arguments: str, python: Path | None = None) -> Told:
    """Run a script of this folder; it prints one JSON object as its last line.

    Without `python` it runs on this interpreter, with this project importable.
    """
    command = [str(python or sys.executable), str(HERE / script), *arguments]
    env = {**os.environ, "TQDM_DISABLE": "1"}
    if python is None:
        env["PYTHONPATH"] = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    else:
        env.pop("PYTHONPATH", None)
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env)
    if done.returncode:
        raise SystemExit(f"{script}: {done.stderr[-2000:]}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert isinstance(found, dict)
    return found
