"""UI15: an hour of a session in the main window, as fast as it goes: what memory it gains.

    python -m bench gui_hour [--quick]

Frames as the link sends them: 20 tickers whose bars go on each second and close each minute, with
two studies, quotes, positions, a fill and its order now and then, lines of the log, the account.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.figures import Figure

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[1]
NAMES = [f"SYM{n:02d}" for n in range(20)]
HOUR, MINUTE = 3_600, 60
WARM = 900
"""Seconds after which memory is expected to stand still."""


def measure(quick: bool) -> list[Figure]:
    try:
        from tradeplat.visualizer import qt
    except ImportError as error:
        print(f"gui_hour: left out, the extra 'gui' is not installed: {error}", file=sys.stderr)
        return []
    assert qt is not None
    # In a process of its own: what others measured there is not counted.
    command = [sys.executable, "-m", "bench.gui_hour", "4" if quick else "1"]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    gained, held, spent = (float(part) for part in told.stdout.split())
    return [
        Figure(
            "UI15", "memory that a window gains in the last 45 of 60 minutes", gained, "MB", 5, "<="
        ),
        Figure("UI hour memory", "memory that it holds then", held, "MB"),
        Figure("UI hour", "CPU for a second of the session, board of 20", spent, "ms"),
    ]


class Session:
    """Frames of a session, a second at a time."""

    def __init__(self) -> None:
        sys.path.insert(0, str(ROOT / "tests"))
        from engines import OPEN, Told

        self.told = Told()
        self.start = OPEN
        self.random = np.random.default_rng(5)
        self.last = 20.0 + 9.0 * np.arange(len(NAMES))
        self.opened = self.high = self.low = self.last.copy()
        self.bars = 390

    def begin(self) -> None:
        from tradeplat.control.messages import SeatEntry, StudyEntry, SymbolEntry, SymbolTable
        from tradeplat.control.protocol import FrameType

        named = enumerate(NAMES, start=1)
        symbols = [SymbolEntry(n, name, 60, 0.01, 1.0, 2, "builtin", 20.0) for n, name in named]
        studies = (StudyEntry(1, "vwap", "line", 0, "#ffd479", "orb", "VWAP"),
                   StudyEntry(2, "range", "band", 0, "#7fd6ff", "orb", "Range", 3))  # fmt: skip
        self.told.hello()
        table = SymbolTable(tuple(symbols), (SeatEntry(1, "orb"),), studies)
        self.told.json(FrameType.SYMBOLS, table)
        self.told.trading()
        for n in range(len(NAMES)):
            price = self.last[n] * np.exp(0.001 * np.cumsum(self.random.normal(size=self.bars)))
            rows = [self._bar(n, k, (p, p * 1.001, p * 0.999, p)) for k, p in enumerate(price)]
            self._rows("SNAPSHOT", "BAR", rows, n + 1)

    def _bar(self, n: int, bar: int, prices: tuple[float, ...], revision: int = 0) -> tuple:
        ts = self.start + (bar + 1) * MINUTE * 10**9
        return (ts, *np.round(prices, 2).tolist(), 900.0 + n, 60, revision)

    def _rows(self, kind: str, layout: str, rows: list, symbol: int = 0) -> None:
        from tradeplat.control import records
        from tradeplat.control.protocol import FrameType
        from tradeplat.core import market

        found = getattr(market, layout, None)
        self.told.rows(FrameType[kind], getattr(records, layout, found), rows, symbol)

    def second(self, at: int) -> None:
        """What is told in one second of the hour."""
        bar, now = self.bars + at // MINUTE, self.start + (self.bars * MINUTE + at) * 10**9
        begins, ends = at % MINUTE == 0, at % MINUTE == MINUTE - 1
        self.last = self.last * np.exp(0.0002 * self.random.normal(size=len(NAMES)))
        if begins:
            self.opened = self.high = self.low = self.last
        self.high, self.low = np.maximum(self.high, self.last), np.minimum(self.low, self.last)
        for n, price in enumerate(self.last.tolist()):
            prices = (self.opened[n], self.high[n], self.low[n], price)
            row = self._bar(n, bar, prices, 0 if ends else 0xFFFFFFFF)
            self._rows("APPEND" if begins else "REPLACE", "BAR", [row], n + 1)
            quote = (now, price - 0.01, 300.0, price + 0.01, 500.0)
            self._rows("QUOTE", "QUOTE", [quote], n + 1)
            points = [(row[0], price * (1 + k / 1e3), k, 1, 0) for k in (1, 2, 3)]
            self._rows("STUDY", "STUDY", points if ends else points[:1], n + 1)
        for _ in range(4):
            self._rows("HEARTBEAT", "HEARTBEAT", [(now, 0.2, 3.0, 0, 1)])
        worth = 25_000 + 10 * float(self.random.normal())
        self._rows("EQUITY", "EQUITY", [(now, worth, 0.0, worth - 25_000)])
        self._books(at, now)

    def _books(self, at: int, now: int) -> None:
        from tradeplat.control.messages import (
            FillRow,
            Fills,
            Log,
            LogRow,
            OrderRow,
            Orders,
            PositionRow,
            Positions,
        )  # fmt: skip
        from tradeplat.control.protocol import FrameType

        n = at % len(NAMES)
        name, price = NAMES[n], round(float(self.last[n]), 2)
        held = PositionRow(name, "orb", 100.0, price, price, price - 0.2, None, 0, 0, True)
        self.told.json(FrameType.POSITIONS, Positions(now, (held,)))
        self.told.json(FrameType.LOG, Log(False, (LogRow(at + 1, now, "info", "X", f"line {at}"),)))
        lines = [(n + 1, price - 0.2, -100.0, price, 1, 1, 1, 0)]
        self._rows("PRICE_LINE", "PRICE_LINE", lines, n + 1)
        if at % 20 == 0:
            order = OrderRow(f"o-{at}", name, "orb", 100.0, 100.0, "limit", "entry", "FILLED", now)
            self.told.json(FrameType.ORDERS, Orders(now, False, (order,)))
            fill = FillRow(at + 1, now, f"o-{at}", name, "orb", 100.0, price, 0.1, "entry")
            self.told.json(FrameType.FILLS, Fills(now, False, (fill,)))
            self._rows("MARKER", "MARKER", [(now, price, 100.0, 0, 0, 1, at)], n + 1)


def held() -> float:
    """Memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def hour(every: int) -> tuple[float, float, float]:
    """MB gained after the first quarter, MB held, and CPU ms a second; a frame each `every` s."""
    sys.path.insert(0, str(ROOT / "tests"))
    from tradeplat.visualizer.qt import QtWidgets

    app = QtWidgets.QApplication([])
    from desks import Desk
    from tradeplat.visualizer.layouts import Layouts
    from tradeplat.visualizer.shades import Shades
    from tradeplat.visualizer.window import MainWindow

    session = Session()
    session.begin()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        desk = Desk(told=session.told)
        kept, shades = Layouts(folder / "layouts.json"), Shades(folder / "shades.json")
        window = MainWindow(desk, kept, time.time_ns, shades=shades, steady=desk.steady)
        window.resize(1920, 1080)
        window.show()
        window.refresh()
        window.chart.set_view(20)
        began, spent = 0.0, 0.0
        for at in range(HOUR):
            session.second(at)
            start = time.process_time()
            desk.take()
            if at % every == 0:
                window.refresh()
                window.chart.board.refresh()
                app.processEvents()
            spent += time.process_time() - start
            began = held() if at == WARM else began
        gained, in_all = held() - began, held()
        window.leave() if hasattr(window, "leave") else window.close()
    return gained, in_all, 1000 * spent / HOUR


if __name__ == "__main__":
    print(*hour(int(sys.argv[1])))
    sys.stdout.flush()
    os._exit(0)  # nothing of the window is looked at any more
