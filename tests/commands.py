"""The command line for tests: typed in this process, or run in one of its own."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from tradeplat.app.cli import main

SOURCE = Path(__file__).resolve().parents[1] / "src"


class Said(NamedTuple):
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def numbers(self) -> dict[str, Any]:
        """The one JSON object on standard output, and nothing else there."""
        assert self.out.count("\n") == 1, self.out
        found: dict[str, Any] = json.loads(self.out)
        return found


def typed(*words: object) -> Said:
    """`tradeplat` with `words`, in this process."""
    out, err = io.StringIO(), io.StringIO()
    argv = ["tradeplat", *(str(word) for word in words)]
    # A process that the command starts has to find the package as well.
    path = {"PYTHONPATH": str(SOURCE)}
    with (
        patch.object(sys, "argv", argv),
        patch.dict(os.environ, path),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = main()
    return Said(code, out.getvalue(), err.getvalue())


def environment(**more: str) -> dict[str, str]:
    """This process's environment, with the package and without any keys."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("APCA_", "TRADEPLAT_"))}
    return {**kept, "PYTHONPATH": str(SOURCE), "NO_PROXY": "127.0.0.1,localhost", **more}


def command(*words: object) -> list[str]:
    """The words that run `tradeplat` as a process of its own."""
    return [sys.executable, "-m", "tradeplat", *(str(word) for word in words)]


def ran(*words: object, cwd: Path, **more: str) -> Said:
    """`tradeplat` with `words` as a process of its own in `cwd`, to its end."""
    done = subprocess.run(
        command(*words),
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def refusal(said: Said) -> str:
    """The one line with which bad input was refused, with exit code 2 and nothing beside it."""
    assert said.code == 2, said
    assert said.out == "", said.out
    assert said.err.count("\n") == 1, said.err
    assert said.err.startswith("tradeplat: "), said.err
    return said.err.removeprefix("tradeplat: ").rstrip("\n")
