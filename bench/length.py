"""R4 and R5: a longer replay costs no more a bar and holds no more memory.

    python -m bench length [--quick]

The common work streamed from CSV files of two lengths, each run a process of its own, in turn; the
best of each counts.
What a run adds to memory is its peak over that of a process which only imports the same modules.
"""

import tempfile
from pathlib import Path

from bench.figures import Figure, in_turn
from bench.peers import run
from bench.replay import OURS, Runs
from bench.work import write_csv

LENGTHS = {True: (200_000, 1_000_000), False: (1_000_000, 10_000_000)}


def measure(quick: bool) -> list[Figure]:
    """The length's half of R4, and R5."""
    short, long = LENGTHS[quick]
    with tempfile.TemporaryDirectory() as folder:
        sides = [
            Runs(write_csv(Path(folder) / f"{bars}" / "S00_1m.csv", bars), ready=False)
            for bars in (short, long)
        ]
        taken = in_turn(*(side.seconds for side in sides), rounds=3, of=min)
    bare = float(run(OURS)["peak_mb"])
    ratio = (taken[1] / long) / (taken[0] / short)
    what = f"a bar of {long:,} from CSV over one of {short:,}"
    return [
        Figure("R4", what, ratio, "x", 1.1, "<="),
        Figure("R4", f"CSV to profit, {long:,} bars", long / taken[1], "bars/s"),
        *(
            Figure(
                "R5",
                f"memory added by {bars:,} bars from CSV",
                float(side.told["peak_mb"]) - bare,
                "MB",
                50,
                "<=",
            )
            for bars, side in zip((short, long), sides, strict=True)
        ),
    ]
