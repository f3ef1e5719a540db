"""Pictures of charts of every kind, to be looked at: dense, sparse, halted, gapped, empty, odd.

    python -m bench.chart_pictures [--out DIR] [--scale 1 1.5 2] [NAME ...]

No screen is needed. What tests cannot see is seen here: clipped texts, missing glyphs, crowds.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench import charts
from tradeplat.visualizer.board import Board
from tradeplat.visualizer.detail import DetailChart
from tradeplat.visualizer.equity import EquityView
from tradeplat.visualizer.head import Cross
from tradeplat.visualizer.link import LineKind
from tradeplat.visualizer.model import ChartModel
from tradeplat.visualizer.qt import QtGui, QtWidgets


def models() -> dict[str, ChartModel]:
    """One chart of each kind."""
    day, dense = charts.walk(390), charts.walk(100_000, seed=3)
    cheap = charts.walk(60, 0.0006, 0.0001, seed=4)
    dear = charts.walk(200, 500_000, 0.01, seed=5)
    gapped = charts.walk(500, 20.0, seed=6)
    for name in ("open", "high", "low", "close"):
        gapped[name][390:] *= 1.4
    halted = charts.with_halt(charts.walk(300, 7.5, seed=7), 100, 15)
    flat = charts.walk(30, 5.0, seed=8)
    flat["open"] = flat["high"] = flat["low"] = flat["close"] = 5.0
    daily = charts.walk(250, 150.0, seed=9, span=86_400, first="2026-01-02T09:30")
    stale = charts.traded(charts.studied(charts.model(day, "STAL"), day), day)
    stale.set_stale(True)
    return {
        "session": charts.traded(charts.studied(charts.model(day), day), day),
        "dense": charts.studied(charts.model(dense, "DENS"), dense),
        "halted": charts.traded(charts.model(halted, "HALT"), halted, halted=True),
        "gapped": charts.with_average(charts.model(gapped, "GAPP"), gapped),
        "cheap": charts.traded(charts.model(cheap, "PENY", 0.0001, 4), cheap),
        "dear": charts.traded(charts.model(dear, "BRK.A"), dear),
        "crowded": charts.traded(charts.model(day, "CRWD"), day, fills=180),
        "one": charts.model(charts.walk(1, 12.34), "ONE"),
        "none": charts.model(charts.walk(0), "NONE"),
        "flat": charts.model(flat, "FLAT"),
        "daily": charts.model(daily, "DAYS"),
        "stale": stale,
    }


def board(count: int, width: int, height: int, bars: int) -> QtWidgets.QWidget:
    """A board of the kinds, then of ordinary sessions."""
    shown = list(models().values())
    for k, name in enumerate(charts.NAMES):
        rows = charts.walk(390, 20.0 + 17 * k, seed=20 + k)
        shown.append(charts.with_average(charts.model(rows, name), rows))
    made = Board(count)
    made.show_models(shown[:count] if count > 4 else shown)
    made.resize(width, height)
    for chart in made.charts:
        chart.viewport.fit(len(chart.model.bars) if chart.model else 0, bars=bars)
    cross = made.charts[0].model
    if count > 4 and cross is not None:
        made.charts[0].set_cross(Cross(int(cross.bars.ts[-40]), cross.last * 1.001))
    return made


def wide(name: str, bars: int) -> QtWidgets.QWidget:
    """One chart that fills its window."""
    made = Board(1)
    made.show_models([models()[name]])
    made.resize(1280, 600)
    made.charts[0].viewport.fit(len(models()[name].bars), bars=bars or None)
    return made


def detail(name: str, width: int = 1280, height: int = 720) -> QtWidgets.QWidget:
    """The large chart, a stop in the hand."""
    made = DetailChart()
    made.resize(width, height)
    shown = models()[name]
    made.show_model(shown)
    if shown.levels:
        made.take_line(LineKind.STOP)
        made.sheet.ghosts[2].nudge(4)
        made.set_cross(Cross(int(shown.bars.ts[-50]), shown.last * 1.001))
        made.set_stop_cursor(shown.last * 0.9995)
    return made


def equity(width: int, height: int, count: int) -> QtWidgets.QWidget:
    """The account's curve."""
    made = EquityView()
    made.resize(width, height)
    made.load(charts.account(count))
    return made


PICTURES: dict[str, Callable[[], QtWidgets.QWidget]] = {
    "detail": lambda: detail("session"),
    "detail_stale": lambda: detail("stale"),
    "detail_dear": lambda: detail("dear", 900, 500),
    "detail_dense": lambda: detail("dense"),
    "detail_none": lambda: detail("none", 700, 400),
    "equity": lambda: equity(900, 300, 900),
    "equity_low": lambda: equity(520, 160, 900),
    "equity_long": lambda: equity(900, 300, 50_000),
    "equity_none": lambda: equity(500, 160, 0),
    "board4": lambda: board(4, 1280, 720, 120),
    "board9": lambda: board(9, 1600, 900, 100),
    "board20": lambda: board(20, 1920, 1080, 90),
    "session": lambda: wide("session", 160),
    "dense": lambda: wide("dense", 0),
    "halted": lambda: wide("halted", 0),
    "gapped": lambda: wide("gapped", 260),
    "crowded": lambda: wide("crowded", 0),
}


def main() -> int:
    """Draw, and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help="some of " + ", ".join(PICTURES))
    parser.add_argument("--out", type=Path, default=Path("bench/out/charts"))
    parser.add_argument("--scale", nargs="*", default=["1"])
    options = parser.parse_args()
    if len(options.scale) > 1:  # Qt takes its scale when it starts
        for scale in options.scale:
            call = [
                sys.executable,
                "-m",
                "bench.chart_pictures",
                *options.name,
                "--out",
                str(options.out),
            ]
            subprocess.run([*call, "--scale", scale], check=True)
        return 0
    scale = options.scale[0]
    os.environ["QT_SCALE_FACTOR"] = scale
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QtWidgets.QApplication([])
    font = QtGui.QFont("DejaVu Sans")
    font.setPixelSize(12)
    app.setFont(font)
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.name or PICTURES:
        widget = PICTURES[name]()
        widget.show()
        app.processEvents()
        widget.grab().save(str(options.out / f"{name}@{scale}.png"))
        widget.close()
    return 0


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    sys.exit(main())
