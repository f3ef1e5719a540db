"""Drawing: what a frame costs, however many bars it shows, beside pyqtgraph used as it usually is.

    python -m bench gui_draw [--quick]

CPU time of painting without a screen; what is compared is drawn in turn.
"""

import gc
import os
import sys
import time
from collections.abc import Callable

from bench.figures import Figure, in_turn

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

CHARTS, COLUMNS, SHOWN = 20, 5, 1000
FPS = 30
SLICE = 5_000


def measure(quick: bool) -> list[Figure]:
    try:
        from tradeplat.visualizer.qt import QtWidgets
    except ImportError as error:
        print(f"gui_draw: left out, the extra 'gui' is not installed: {error}", file=sys.stderr)
        return []
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    gc.collect()
    gc.freeze()  # what is loaded by now is not looked through in the midst of a frame
    frames, rounds = (10, 3) if quick else (40, 5)
    found = [*one_chart(frames, rounds), *boards(frames, rounds), *loading()]
    app.processEvents()
    return found


def cpu(frame: Callable[[int], None], frames: int) -> Callable[[], float]:
    """Milliseconds of CPU a frame, over some frames after a warm one."""

    def run() -> float:
        frame(0)
        start = time.process_time()
        for k in range(1, frames + 1):
            frame(k)
        return 1000 * (time.process_time() - start) / frames

    return run


def atmost(id_: str, what: str, ratio: float, target: float) -> Figure:
    return Figure(id_, what, ratio, "x", target, "<=", held=True)


def shown(widget, width: int = 1280, height: int = 600):
    from tradeplat.visualizer.qt import QtWidgets

    widget.resize(width, height)
    widget.show()
    QtWidgets.QApplication.processEvents()
    return widget


def ticking(count: int, *, detail: bool = False) -> Callable[[int], None]:
    """A frame of one chart that shows all of `count` bars after its last has changed."""
    from bench.charts import model, walk
    from bench.gui_plots import changed
    from tradeplat.visualizer.chart import BoardChart, Inks
    from tradeplat.visualizer.detail import DetailChart

    rows = walk(count, seed=3)
    made = model(rows)
    chart = shown(DetailChart() if detail else BoardChart(Inks()))
    chart.show_model(made)
    chart.fit()

    def frame(k: int) -> None:
        made.replace(changed(rows, count - 1, k))
        if detail:
            chart.redraw()
            chart.surface.repaint()
        else:
            chart.repaint()

    return frame


def plotted(count: int) -> tuple[Callable[[int], None], Callable[[int], None]]:
    """A frame of pyqtgraph's plot with our candles in it, and of the plot with nothing."""
    from bench.charts import model, walk
    from bench.gui_plots import Plot, changed
    from tradeplat.visualizer.chart import Inks

    rows = walk(count, seed=3)
    made = model(rows)
    full, empty = (shown(Plot(made, Inks(), count, plain=True)) for _ in range(2))
    empty.plotItem.removeItem(empty.pane.content)

    def frame(k: int) -> None:
        made.replace(changed(rows, count - 1, k))
        full.pane.content.update()
        full.viewport().repaint()

    return frame, lambda _k: empty.viewport().repaint()


def looking(count: int) -> Callable[[int], None]:
    """A frame of the large chart while somebody pans and zooms over `count` bars."""
    from bench.charts import model, studied, walk
    from tradeplat.visualizer.detail import DetailChart

    rows = walk(count, seed=3)
    chart = shown(DetailChart())
    chart.show_model(studied(model(rows), rows))
    chart.fit()

    def frame(k: int) -> None:
        if k % 2:
            chart.pan(20 if k % 4 == 1 else -20)
        else:
            chart.zoom(0.8 if k % 20 < 10 else 1.25, count / 2)
        chart.surface.repaint()

    return frame


def bare() -> Callable[[int], None]:
    """A frame of the large chart's layout, two panes with axes, with nothing in it."""
    import pyqtgraph as pg

    layout = shown(pg.GraphicsLayoutWidget())
    for row in range(2):
        layout.addPlot(row, 0)
    return lambda _k: layout.viewport().repaint()


def pictured(count: int) -> Callable[[int], None]:
    """The same frame by an item that keeps every bar in one QPicture."""
    import pyqtgraph as pg

    from bench.charts import walk
    from bench.gui_plots import Pictured

    plot = shown(pg.PlotWidget())
    item = Pictured(walk(count, seed=3))
    plot.addItem(item)

    def frame(_k: int) -> None:
        item.tick()
        plot.viewport().repaint()

    return frame


def one_chart(frames: int, rounds: int) -> list[Figure]:
    full, nothing = plotted(1_000)
    one, hundred, large, panes, plot, empty, looked = in_turn(
        cpu(ticking(1_000), frames),
        cpu(ticking(100_000), frames),
        cpu(ticking(1_000, detail=True), frames),
        cpu(bare(), frames),
        cpu(full, frames),
        cpu(nothing, frames),
        cpu(looking(2_000), frames),
        rounds=rounds,
    )
    ours, naive = in_turn(
        cpu(ticking(10_000), frames), cpu(pictured(10_000), max(frames // 10, 2)), rounds=3
    )
    what = "of one chart, 1280x600, when its last bar changes"
    picture = "one QPicture of 10,000 bars"
    large_beside = "the large chart beside two empty panes with axes"
    return [
        atmost("UI1", "a frame with 100,000 bars in view beside 1,000", hundred / one, 1.5),
        atmost("UI2", "a last bar's frame in a plot beside the empty plot's", plot / empty, 3),
        Figure("UI3", f"{picture} beside the painter", naive / ours, "x", 20, held=True),
        Figure("UI13", "2,000 bars panned and zoomed in the large chart", 1000 / looked, "fps", 30),
        Figure("UI frame", f"CPU {what}, 1,000 bars", one, "ms"),
        Figure("UI frame 100k", f"CPU {what}, 100,000 bars", hundred, "ms"),
        Figure("UI frame detail", f"CPU {what}, the large chart", large, "ms"),
        Figure("UI frame panes", large_beside, large / panes, "x"),
    ]


def boards(frames: int, rounds: int) -> list[Figure]:
    """Twenty charts of 1000 bars with volume, an average and axes: ours and pyqtgraph's."""
    from bench.charts import FAST, NAMES, average, model, points, walk, with_average
    from bench.gui_plots import PlotBoard, changed
    from tradeplat.visualizer.board import Board
    from tradeplat.visualizer.qt import QtWidgets

    length = SHOWN + 2 * rounds * (frames + 1) + 10
    rows = [walk(length, 20.0 + 9 * k, seed=k) for k in range(CHARTS)]
    lines = [points(part, FAST, average(part, 20)) for part in rows]

    def fresh():
        made = []
        for part, name in zip(rows, NAMES, strict=True):
            chart = with_average(model(part[:SHOWN], name), part[:SHOWN])
            made.append(chart)
        return made

    ours, theirs = fresh(), fresh()
    board = shown(Board(CHARTS), 1920, 1080)
    board._timer.stop()
    board.show_models(ours)
    for chart in board.charts:
        chart.viewport.fit(SHOWN, bars=SHOWN)
    plots = shown(PlotBoard(theirs, COLUMNS, SHOWN), 1920, 1080)

    def tick(models, paint) -> Callable[[int], None]:
        def frame(k: int) -> None:
            for made, part in zip(models, rows, strict=True):
                made.replace(changed(part, len(made.bars) - 1, k))
            paint()

        return frame

    def scroll(models, paint) -> Callable[[int], None]:
        def frame(_k: int) -> None:
            for made, part, line in zip(models, rows, lines, strict=True):
                at = len(made.bars)
                made.extend(part[at : at + 1])
                made.points(line[at : at + 1])
            paint()

        return frame

    def paint_board() -> None:
        board.refresh()
        QtWidgets.QApplication.processEvents()

    mine, pg_tick = in_turn(
        cpu(tick(ours, paint_board), frames), cpu(tick(theirs, plots.tick), frames), rounds=rounds
    )
    moved, pg_scroll = in_turn(
        cpu(scroll(ours, paint_board), frames),
        cpu(scroll(theirs, plots.scroll), frames),
        rounds=rounds,
    )
    what = "of 20 charts of 1,000 bars at 1920x1080"
    return [
        atmost("UI4", "raster board beside pyqtgraph's, last bars change", mine / pg_tick, 0.5),
        atmost("UI5", "raster board beside pyqtgraph's, scrolling", moved / pg_scroll, 0.25),
        Figure("UI6", f"{what[3:]}, {FPS} times a second", FPS * mine / 1000, "cores", 0.3, "<="),
        Figure("UI14", f"{what[3:]}, each changed, in one core", 1000 / mine, "fps", 30),
        Figure("UI board", f"CPU a frame {what}, last bars change", mine, "ms"),
        Figure("UI board scroll", f"CPU a frame {what}, scrolling", moved, "ms"),
    ]


def loading() -> list[Figure]:
    """The longest single step while 100,000 bars with a study come in slices, as the link sends."""
    from bench.charts import FAST, average, points, walk
    from tradeplat.visualizer.chart import BoardChart, Inks
    from tradeplat.visualizer.model import ChartModel, Study

    rows = walk(100_000, seed=3)
    line = points(rows, FAST, average(rows, 20))
    chart = shown(BoardChart(Inks()))
    worst = 0.0
    for _ in range(3):
        made = ChartModel("AAPL")
        made.declare(Study(FAST, "SMA 20"))
        chart.show_model(made)
        chart.fit()
        steps = [lambda made=made: made.load(rows[:SLICE]), chart.repaint]
        for at in range(SLICE, len(rows), SLICE):
            steps += [lambda at=at, made=made: made.extend(rows[at : at + SLICE]), chart.repaint]
        for at in range(0, len(rows), SLICE):
            steps += [lambda at=at, made=made: made.points(line[at : at + SLICE]), chart.repaint]
        for step in steps:
            start = time.process_time()
            step()
            worst = max(worst, 1000 * (time.process_time() - start))
    return [Figure("UI7", "the longest step while 100,000 bars load", worst, "ms", 50, "<=")]
