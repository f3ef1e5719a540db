"""The tests that show parsers broken inputs, each in a process of its own with more of them."""

import os
import subprocess
import sys
from pathlib import Path

from faultsim.progress import Fuzzed

_TESTS = Path(__file__).resolve().parents[1] / "tests"
_PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout", "0"]
_TOLD = 2_000


def tests() -> list[str]:
    """Every test that fuzzes, by the name that runs it alone."""
    files = [
        str(path)
        for path in sorted(_TESTS.rglob("test_*.py"))
        if "from fuzz import" in path.read_text(encoding="utf-8")
    ]
    asked = [*_PYTEST, "--collect-only", "-k", "fuzz or broken", *files]
    told = _run(asked, {})
    return [line for line in told.stdout.splitlines() if "::" in line]


def fuzz(job: tuple[str, int]) -> Fuzzed:
    """Run one of them with so many inputs a parser."""
    test, inputs = job
    done = _run([*_PYTEST, test], {"FUZZ_INPUTS": str(inputs)})
    said = "" if done.returncode == 0 else (done.stdout + done.stderr)[-_TOLD:]
    return Fuzzed(test, said or ("" if done.returncode == 0 else f"exit {done.returncode}"))


def _run(command: list[str], more: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own tests
        command,
        env={**os.environ, **more},
        cwd=_TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
