"""Makes the pictures of the windows from running systems: a paper session and a replay.

    python scripts/gui_pictures.py [--out docs/pictures] [--only paper scaled wrong board replay]

Nothing is shown on a screen; each scene is played in a process of its own, for a scale of its own.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tradeplat.visualizer.client import Clocks, Fresh
from tradeplat.visualizer.keydialog import KeyDialog
from tradeplat.visualizer.program import Wish, run
from tradeplat.visualizer.qt import Qt, QtWidgets
from tradeplat.visualizer.statistics import StatisticsDialog
from tradeplat.visualizer.ticks import clock_text
from tradeplat.visualizer.window import MainWindow

SESSION = ("run", "--on-exit", "flatten", "--speed", "30")
MANY = (*SESSION, "--set", "venue.tickers=120")
REPLAY = (
    *("replay", "backtest_data", "--serve", "--strategy", "ema_cross"),
    *(
        "--param",
        "span=60",
        "--param",
        "fast_span=2",
        "--param",
        "slow_span=5",
        "--param",
        "atr_span=3",
    ),
)
PATIENCE = 240.0
"""Seconds until what a scene waits for has to be there."""

Story = Callable[[MainWindow, Path], Awaitable[None]]


async def until(there: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Come back when it is there; TimeoutError where it does not come."""
    async with asyncio.timeout(seconds):
        while not there():  # noqa: ASYNC110  # what windows show has no event
            await asyncio.sleep(0.05)


async def shown(window: MainWindow, clock: str) -> None:
    """Come back when the market's clock in New York shows `clock` (HH:MM:SS) or more."""
    mirror = window.engine.mirror
    await until(lambda: mirror.pulse.ts and clock_text(mirror.pulse.ts) >= clock)


async def taken(widget: QtWidgets.QWidget, path: Path) -> None:
    """Have everything painted once more, and keep the picture."""
    await asyncio.sleep(0.5)
    if not widget.grab().save(str(path)):
        raise OSError(f"{path} cannot be written")
    print(path, flush=True)


async def sent(window: MainWindow, do: str, body: object) -> None:
    """Have the engine do something and wait for what comes of it."""
    came: list[object] = []
    window.send(do, body, came.append)
    await until(lambda: came)


async def armed(window: MainWindow) -> None:
    """Arm, and come back when the window shows it."""
    await sent(window, "arm", {})
    await until(lambda: window.armed, 10)


def held(window: MainWindow, strategy: str) -> str:
    """The ticker in which a strategy stands best."""
    rows = [row for row in window.engine.mirror.positions.rows if row.strategy == strategy]
    rows = [row for row in rows if row.quantity]
    return max(rows, key=lambda row: row.open).symbol if rows else ""


def look(window: MainWindow) -> None:
    """Look at the ticker that moved most today, among those that nobody holds."""
    mirror = window.engine.mirror
    free = [name for name in mirror.symbols if not mirror.position(name)]
    window.chart.show_symbol(max(free, key=lambda name: moved(window, name)))


async def bought(window: MainWindow) -> None:
    """Arm and buy, as a person does who tries another ticker where one is refused."""
    for _ in range(5):
        await until(lambda: not window.engine.mirror.trading.blocked)
        look(window)
        await armed(window)
        window.hotkeys.press("buy")
        try:
            await until(lambda: held(window, "manual"), 4)
        except TimeoutError:
            continue
        return
    raise TimeoutError("no order by hand was filled")


def moved(window: MainWindow, symbol: str) -> float:
    """How far a ticker is above its close of the day before."""
    model = window.engine.mirror.model(symbol)
    return model.last / model.reference if model is not None and model.reference > 0 else 0.0


async def paper(window: MainWindow, out: Path) -> None:
    """A morning of paper trading, with an order by hand."""
    await shown(window, "09:44:00")
    await bought(window)
    await asyncio.sleep(2.0)
    await taken(window, out / "window.png")
    await asked(window, out)
    await dialog(window, KeyDialog, out / "hot_keys.png")
    await panel(window, out)


async def panel(window: MainWindow, out: Path) -> None:
    """What may be drawn on a ticker: one strategy is off, and an indicator was added."""
    tree, (on, off) = window.panel.tree, (Qt.CheckState.Checked, Qt.CheckState.Unchecked)
    ticker = tree.findItems(window.chart.symbol, Qt.MatchFlag.MatchExactly)[0]
    for group in [ticker.child(at) for at in range(ticker.childCount())]:
        if group is None:
            continue
        group.setExpanded(True)
        leaf = group.child(0)
        if group.text(0) == "vwap_reversion":
            group.setCheckState(0, off)
        elif group.text(0) == "Indicators" and leaf is not None:
            leaf.setCheckState(0, on)
    dock = window.docks["Visualizers"]
    dock.setFloating(True)
    dock.resize(340, 620)
    await taken(window.panel, out / "control_panel.png")
    dock.setFloating(False)


async def board(window: MainWindow, out: Path) -> None:
    """Twenty charts of a morning with many tickers."""
    await shown(window, "09:50:00")
    window.chart.set_view(20)
    await asyncio.sleep(1.0)
    await taken(window, out / "window_board.png")


async def asked(window: MainWindow, out: Path) -> None:
    """An order by mouse, sized by what it may lose, about to be sent."""
    entry, model = window.panels.entry, window.engine.mirror.model(window.chart.symbol)
    if model is None:
        raise ValueError("the chart shows nothing")
    entry.fields["Stop"].setText(f"{model.last * 0.985:.{model.decimals}f}")
    entry.fields["Risk $"].setText("50")
    entry.buttons["buy"].click()
    await taken(window, out / "window_order.png")
    entry.bar.drop()
    entry.clear()


async def dialog(window: MainWindow, kind: type[QtWidgets.QDialog], path: Path) -> None:
    """Open a dialog of the window, and take it alone."""
    found = window.findChild(kind)
    if found is None:
        raise ValueError(f"no {kind.__name__} is there")
    found.show()
    await taken(found, path)
    found.close()


async def scaled(window: MainWindow, out: Path) -> None:
    """The same session on a screen of 1.5."""
    await shown(window, "09:48:00")
    window.chart.show_symbol(held(window, "opening_range") or window.engine.mirror.symbols[0])
    await taken(window, out / "window_scale_1.5.png")


async def wrong(window: MainWindow, out: Path) -> None:
    """An order that limits forbid; then an engine that does not answer for a while."""
    await shown(window, "09:50:00")
    look(window)
    await armed(window)
    await sent(window, "enter", {"symbol": window.chart.symbol, "side": "buy", "shares": 50_000})
    await taken(window, out / "window_refused.png")
    window.foot.clearMessage()
    folder = Path(sys.argv[sys.argv.index("--run") + 1])
    pid = json.loads((folder / "control.json").read_text())["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        await until(lambda: window.engine.fresh is Fresh.QUIET)
        await taken(window, out / "window_stale.png")
    finally:
        os.kill(pid, signal.SIGCONT)


async def replay(window: MainWindow, out: Path) -> None:
    """A replay of the bundled sample: back behind what was played, with each strategy's state."""
    await until(lambda: window.engine.mirror.replay is not None)
    await sent(window, "step", {"bars": 1_000})
    await until(lambda: window.engine.mirror.fills)
    window.chart.show_symbol(next(iter(window.engine.mirror.fills.values())).symbol)
    await sent(window, "step", {"bars": -40})
    window.docks["Inspector"].raise_()
    await asyncio.sleep(1.0)
    await taken(window, out / "window_replay.png")
    window.playback.show_statistics()
    await asyncio.sleep(1.0)
    await dialog(window, StatisticsDialog, out / "statistics.png")


SCENES: dict[str, tuple[Story, tuple[int, int]]] = {
    "paper": (paper, (1440, 900)),
    "scaled": (scaled, (1280, 800)),
    "wrong": (wrong, (1440, 900)),
    "board": (board, (1440, 900)),
    "replay": (replay, (1440, 900)),
}


def play(scene: str, folder: Path, out: Path) -> None:
    """Play one scene at the engine of a run folder."""
    story, size = SCENES[scene]
    with tempfile.TemporaryDirectory() as kept:
        run(
            Wish(
                find=lambda: folder,
                name=f"pictures-{secrets.token_hex(4)}",
                clocks=Clocks(time.time_ns, time.monotonic_ns),
                folder=Path(kept),
                size=size,
                story=lambda window: story(window, out),
            )
        )


@contextmanager
def engine(command: tuple[str, ...]) -> Iterator[Path]:
    """An engine that runs, by its run folder; it is ended in order."""
    with tempfile.TemporaryDirectory() as logs:
        typed = (*command, "--set", f"run.logs={logs}", "--json")
        process = subprocess.Popen(
            [sys.executable, "-m", "tradeplat", *typed], stdout=subprocess.DEVNULL
        )
        try:
            while not (cards := list(Path(logs).glob("*/control.json"))):
                if process.poll() is not None:
                    sys.exit("gui_pictures: no engine")
                time.sleep(0.1)
            yield cards[0].parent
        finally:
            process.terminate()
            process.wait(60)


def viewed(folder: Path, out: Path) -> None:
    """The C++ viewer on the session, where it is built (`make viewer ARGS=--build-only`)."""
    viewer = Path("build/viewer/viewer")
    if not viewer.exists():
        print(f"{viewer} is not built: no picture of it")
        return
    picture = out / "viewer_session.png"
    shape = ("--board", "20", "--size", "1440x900", "--after", "3000", "--shot", str(picture))
    typed = [str(viewer), "--socket", str(folder / "control.sock"), *shape]
    subprocess.run(typed, check=True, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"})
    print(picture, flush=True)


def staged(scene: str, folder: Path, out: Path, scale: str) -> None:
    """Play a scene in a process of its own, on a screen of that scale."""
    shape = {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    typed = [sys.executable, __file__, "--scene", scene, "--run", str(folder), "--out", str(out)]
    subprocess.run(typed, check=True, env=os.environ | shape)


def main() -> None:
    """Begin the engines, and play every scene at them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--only", nargs="*", choices=[*SCENES], default=[*SCENES])
    parser.add_argument("--scene", choices=[*SCENES], help=argparse.SUPPRESS)
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.scene is not None:
        play(options.scene, options.run, options.out)
        return
    options.out.mkdir(parents=True, exist_ok=True)
    if {"paper", "scaled", "wrong"} & set(options.only):
        with engine(SESSION) as folder:
            for scene, scale in (("paper", "1"), ("scaled", "1.5"), ("wrong", "1")):
                if scene in options.only:
                    staged(scene, folder, options.out, scale)
    if "board" in options.only:
        with engine(MANY) as folder:
            staged("board", folder, options.out, "1")
            viewed(folder, options.out)
    if "replay" in options.only:
        with engine(REPLAY) as folder:
            staged("replay", folder, options.out, "1")


if __name__ == "__main__":
    main()
