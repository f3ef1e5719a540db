"""R1, R2, R4: the common work through the whole platform, beside the engines people use.

    python -m bench replay [--quick]

P is a plain strategy class behind desk, gate, tracker, simulated broker, score and digests
(peers/tradeplat_sma.py). Every engine is given the bars in memory in its own native form, and only
its run is timed; ours also with the making of its events inside. Every run is a process of its
own, all take turns, and the best of each counts. The fills of backtesting.py must be ours, bar by
bar and price by price.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.figures import Figure, in_turn
from bench.peers import Told, python_for, run
from bench.work import save_columns

SYMBOLS = 50
OURS = "tradeplat_sma.py"


class Peer(NamedTuple):
    """An engine to compare with: how to install and run it, and what we ask of ourselves."""

    name: str
    script: str
    requirements: tuple[str, ...]
    target: float
    floor: float = 0.0
    argument: str = ""


BACKTESTING = Peer("backtesting.py", "backtesting_sma.py", ("backtesting==0.6.6",), 5, 3)
RAPTORBT = Peer("raptorbt's strategy class", "raptorbt_sma.py", ("raptorbt==0.13.4", "numpy"), 2)
BACKTRADER = Peer("backtrader", "backtrader_sma.py", ("backtrader==1.9.78.123", "numpy"), 50)
# The newest release that installs on this Python: the script says which it was.
NAUTILUS = ("nautilus_trader>=1.221,<2",)
LEAN = Peer("nautilus_trader at its best", "nautilus_sma.py", NAUTILUS, 30, argument="lean")
SHIPPED = Peer("nautilus_trader as shipped", "nautilus_sma.py", NAUTILUS, 100)


def measure(quick: bool) -> list[Figure]:
    """R1, R2 and the symbols' half of R4."""
    with tempfile.TemporaryDirectory() as folder:
        small = save_columns(Path(folder) / "small.npz", 100_000)
        large = small if quick else save_columns(Path(folder) / "large.npz", 1_000_000)
        figures = [*_against(large, quick), *_slow_peers(small, 1 if quick else 3)]
        if not quick:
            # Its cost grows with the square of closed trades: only a long run shows it.
            figures += _beside(SHIPPED, large, 1, "1M bars, one run")
        return figures


def _against(data: Path, quick: bool) -> list[Figure]:
    """The fast engines and our own drives, in turn."""
    size = "100k bars" if quick else "1M bars"
    ours, theirs = Runs(data), Runs(data, BACKTESTING)
    task, many = Runs(data, drive="orchestrated"), Runs(data, symbols=SYMBOLS)
    made = Runs(data, ready=False)
    third = Runs(data, RAPTORBT)
    runs = [side for side in (ours, theirs, task, many, made, third) if side.usable]
    best = in_turn(*(side.seconds for side in runs), rounds=5, of=min)
    taken = dict(zip(runs, best, strict=True))
    bars = 100_000 if quick else 1_000_000
    figures = []
    if theirs in taken:
        _same_fills(ours.told, theirs.told)
        figures.append(_ratio(BACKTESTING, taken[theirs] / taken[ours], size))
        what = "the same, our events made from columns inside the run"
        figures.append(Figure("R1", what, taken[theirs] / taken[made], "x"))
    if third in taken:
        figures.append(_ratio(RAPTORBT, taken[third] / taken[ours], size))
    if ours.told["decisions_sha256"] != task.told["decisions_sha256"]:
        raise SystemExit("the drives decided differently on the same bars")
    if ours.told["fills_sha256"] != task.told["fills_sha256"]:
        raise SystemExit("the drives filled differently on the same bars")
    return [
        *figures,
        Figure("R1", f"P, research drive, {size}", bars / taken[ours], "bars/s"),
        Figure("R1", "P, the same with its events made inside", bars / taken[made], "bars/s"),
        Figure("R1", f"P, fills in {size}", float(ours.told["fills"]), "fills"),
        Figure("R2", "orchestrated over research drive", taken[task] / taken[ours], "x", 3, "<="),
        Figure(
            "R4",
            f"a bar with {SYMBOLS} symbols over one with one, {size} in all",
            taken[many] / taken[ours],
            "x",
            1.2,
            "<=",
        ),
    ]


def _slow_peers(data: Path, rounds: int) -> list[Figure]:
    """Engines that are given a tenth of the work; what is compared is the cost of a bar."""
    figures = []
    for peer in (LEAN, BACKTRADER):
        figures += _beside(peer, data, rounds, "100k bars")
    return figures


def _beside(peer: Peer, data: Path, rounds: int, size: str) -> list[Figure]:
    ours, theirs = Runs(data), Runs(data, peer)
    if not theirs.usable:
        return []
    mine, other = in_turn(ours.seconds, theirs.seconds, rounds=rounds, of=min)
    fills = float(theirs.told["fills"])
    # An order of the last bar fills at its close in some engines, never in others.
    if abs(fills - float(ours.told["fills"])) > 1:
        raise SystemExit(f"{peer.name}: {fills:.0f} fills, ours {ours.told['fills']}")
    version = theirs.told.get("version", "")
    return [_ratio(peer, other / mine, f"{size}, {version}" if version else size)]


class Runs:
    """Runs of one engine over one file; `told` is what the last one said."""

    def __init__(
        self,
        data: Path,
        peer: Peer | None = None,
        *,
        drive: str = "research",
        symbols: int = 1,
        ready: bool = True,
    ) -> None:
        self.told: Told = {}
        self.usable = True
        self._run: Callable[[], Told]
        if peer is None:
            options = ["--drive", drive, "--symbols", str(symbols)]
            if ready:
                options.append("--ready")
            self._run = lambda: run(OURS, str(data), *options)
            return
        python = python_for(peer.script.removesuffix("_sma.py"), *peer.requirements)
        self.usable = python is not None
        if python is None:
            print(f"{peer.name}: left out, it could not be installed", file=sys.stderr)
        given = (str(data), peer.argument) if peer.argument else (str(data),)
        self._run = lambda: run(peer.script, *given, python=python)

    def seconds(self) -> float:
        """Run once; the seconds it says its run took."""
        self.told = self._run()
        return float(self.told["seconds"])


def _ratio(peer: Peer, value: float, size: str) -> Figure:
    return Figure(
        "R1", f"P over {peer.name}, run only, {size}", value, "x", peer.target, ">=", peer.floor
    )


def _same_fills(ours: Told, theirs: Told) -> None:
    if (ours["fills"], ours["sha256"]) != (theirs["fills"], theirs["sha256"]):
        raise SystemExit(
            f"fills differ from backtesting.py's: {ours['fills']} {ours['sha256']} here,"
            f" {theirs['fills']} {theirs['sha256']} there"
        )
    print(f"the same {ours['fills']} fills as backtesting.py: {ours['sha256']}", file=sys.stderr)
