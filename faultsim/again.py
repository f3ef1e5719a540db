"""The same seeds in other processes, whose hashes are other ones: same seed, same trace (I17).

`python -m faultsim.again` reads schedules, one `kind seed` a line, and answers each with its trace.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from faultsim.campaign import Job, run_batch
from faultsim.schedule import Kind

_ROOT = Path(__file__).resolve().parents[1]
HASHING = "4711"
"""PYTHONHASHSEED of the other process."""


def traces(todo: Sequence[Job], hashing: str = HASHING) -> dict[Job, str]:
    """The trace of each by another process; nothing when that process failed."""
    path = os.pathsep.join((str(_ROOT / "src"), str(_ROOT)))
    told = subprocess.run(
        [sys.executable, "-m", "faultsim.again"],
        env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": hashing},
        input="".join(f"{kind} {seed}\n" for kind, seed in todo),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = told.stdout.splitlines()
    return {(Kind(kind), int(seed)): digest for kind, seed, digest in map(str.split, lines)}


def main() -> None:
    """Answer, schedule by schedule."""
    todo = [(Kind(kind), int(seed)) for kind, seed in map(str.split, sys.stdin)]
    for result in run_batch(todo):
        sys.stdout.write(f"{result.kind} {result.seed} {result.digest}\n")


if __name__ == "__main__":
    main()
