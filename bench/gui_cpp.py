"""The C++ viewer beside the raster board and pyqtgraph's, on the same stream of frames.

    python -m bench gui_cpp [--quick]

CPU time of a frame of twenty charts with 1,000 bars in view each, volume, an average and axes, at
1920x1080 without a screen: reading the frames of a flush off the stream counts too.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Figure, in_turn

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[1]
CHARTS, COLUMNS, SHOWN = 20, 5, 1000
WIDTH, HEIGHT = 1920, 1080
WARM = 5


def measure(quick: bool) -> list[Figure]:
    try:
        from tradeplat.visualizer.qt import QtWidgets
    except ImportError as error:
        print(f"gui_cpp: left out, the extra 'gui' is not installed: {error}", file=sys.stderr)
        return []
    command = ["scripts/viewer.sh", sys.executable, "--build-only"]
    built = subprocess.run(command, check=False, cwd=ROOT, capture_output=True)
    if built.returncode:
        print(f"gui_cpp: left out: {built.stderr.decode().strip()}", file=sys.stderr)
        return []
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, kind in enumerate(("tick", "scroll"), start=8):
            stream = Path(folder) / f"{kind}.bin"
            written(stream, kind, seconds=1 if quick else 3)
            found += beside(stream, kind, f"UI{number}", rounds=3)
    app.processEvents()
    return found


def written(stream: Path, kind: str, seconds: int) -> None:
    size = ["--symbols", str(CHARTS), "--bars", str(SHOWN), "--seconds", str(seconds)]
    script = ROOT / "scripts" / "demo_frames.py"
    command = [sys.executable, str(script), str(stream), "--kind", kind, *size]
    subprocess.run(command, check=True, capture_output=True)


def beside(stream: Path, kind: str, id_: str, rounds: int) -> list[Figure]:
    cpp, raster, plots = in_turn(
        lambda: in_cpp(stream), lambda: on(raster_board, stream), lambda: on(plot_board, stream),
        rounds=rounds,
    )  # fmt: skip
    what = "last bars change" if kind == "tick" else "scrolling"
    return [
        Figure(id_, f"C++ board beside the raster board, {what}", cpp / raster, "x", 1, "<="),
        Figure(f"UI C++ {kind}", f"CPU a frame of the C++ board, {what}", cpp, "ms"),
        Figure(f"UI raster {kind}", "of the raster board, same stream", raster, "ms"),
        Figure(f"UI pyqtgraph {kind}", "of pyqtgraph's board, same stream", plots, "ms"),
    ]


def in_cpp(stream: Path) -> float:
    size = ["--size", f"{WIDTH}x{HEIGHT}", "--board", str(CHARTS), "--bars", str(SHOWN)]
    command = [str(ROOT / "build/viewer/viewer"), "--replay", str(stream), "--bench", *size]
    told = subprocess.run(command, check=True, capture_output=True)
    return float(json.loads(told.stdout)["cpu_ms_median"])


def on(make: Callable, stream: Path) -> float:
    """The median of CPU milliseconds a flush, of a board that `make` opens over the models."""
    session = Session()
    flushes = cut(stream)
    for frame in next(flushes):
        session.take(frame)
    models = [session.models[symbol] for symbol in sorted(session.models)]
    board, paint = make(models)
    spent = []
    for flush in flushes:
        start = time.process_time()
        for frame in flush:
            session.take(frame)
        paint()
        spent.append(1000 * (time.process_time() - start))
    board.close()
    board.deleteLater()
    return statistics.median(spent[WARM:])


def cut(stream: Path) -> Iterator[list]:
    """Frames up to the first change of a bar, then what one picture shows at a time: until a
    symbol's bars would change a second time.
    """
    from tradeplat.control.protocol import FrameReader, FrameType

    changes = {FrameType.APPEND, FrameType.REPLACE}
    flush: list = []
    changed: set[int] = set()
    loading = True
    for frame in FrameReader().feed(stream.read_bytes()):
        if frame.type in changes and (loading or frame.symbol in changed):
            yield flush
            flush, loading = [], False
            changed.clear()
        if frame.type in changes:
            changed.add(frame.symbol)
        flush.append(frame)
    yield flush


class Session:
    """What the frames of a stream come to, in models of charts."""

    def __init__(self) -> None:
        self.models: dict = {}

    def take(self, frame) -> None:
        from tradeplat.control.protocol import FrameType
        from tradeplat.control.records import LAYOUTS, rows_of

        if frame.type == FrameType.SYMBOLS:
            self._declare(json.loads(frame.payload))
            return
        model = self.models.get(frame.symbol)
        if model is None or frame.type not in LAYOUTS:
            return
        rows = rows_of(frame)
        if frame.type == FrameType.SNAPSHOT:
            model.load(rows)
        elif frame.type == FrameType.APPEND:
            model.extend(rows)
        elif frame.type == FrameType.REPLACE:
            model.replace(rows)
        elif frame.type == FrameType.STUDY:
            model.points(rows)

    def _declare(self, table) -> None:
        from tradeplat.visualizer.model import ChartModel, Study

        average = table["studies"][0]
        for entry in table["symbols"]:
            made = ChartModel(entry["name"], entry["span"], entry["tick"], entry["decimals"])
            made.declare(Study(average["id"], average["label"]))
            made.reference = entry["reference"]
            self.models[entry["id"]] = made


def raster_board(models):
    from tradeplat.visualizer.board import Board
    from tradeplat.visualizer.qt import QtWidgets

    board = Board(CHARTS)
    board.resize(WIDTH, HEIGHT)
    board.show()
    board._timer.stop()
    board.show_models(models)
    for chart in board.charts:
        chart.viewport.fit(SHOWN, bars=SHOWN)
    QtWidgets.QApplication.processEvents()

    def paint() -> None:
        board.refresh()
        QtWidgets.QApplication.processEvents()

    return board, paint


def plot_board(models):
    from bench.gui_plots import PlotBoard
    from tradeplat.visualizer.qt import QtWidgets

    board = PlotBoard(models, COLUMNS, SHOWN)
    board.resize(WIDTH, HEIGHT)
    board.show()
    QtWidgets.QApplication.processEvents()
    counts = [len(model.bars) for model in models]

    def paint() -> None:
        now = [len(model.bars) for model in models]
        if now == counts:
            board.tick()
        else:
            counts[:] = now
            board.scroll()

    return board, paint
