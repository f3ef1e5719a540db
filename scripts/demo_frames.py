"""Write a file of frames as an engine would send them: an invented day, for the C++ viewer's tests
and demos and for benches of any window that reads the link.

    python scripts/demo_frames.py OUT [--kind demo|tick|scroll] [--symbols 20] [--bars 390]

`demo` is a paper session with studies, positions, fills and a halt; `tick` changes the last bar of
every symbol 30 times a second, `scroll` adds one to every symbol as often.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from tradeplat.control import messages as m  # noqa: E402  # the source tree is found just above
from tradeplat.control.protocol import FrameType, packed  # noqa: E402  # found just above, too
from tradeplat.control.records import (  # noqa: E402  # found just above, too
    FORMING,
    HEARTBEAT,
    MARKER,
    PRICE_LINE,
    STUDY,
    LineKind,
    LineState,
    MarkerKind,
    packed_rows,
    sliced,
)
from tradeplat.core.market import BAR, MINUTE, SECOND  # noqa: E402  # found just above, too

START = 1_767_364_200_000_000_000
"""2026-01-02 09:30 in New York."""
BEAT = SECOND // 4
FLUSHES = 30
NAN = float("nan")
TICKERS = """
AAPL AMD AMZN AVGO BAC COIN CRWD DIS F GOOG HOOD INTC JPM META MSFT MU NFLX NIO NVDA ORCL
PLTR PYPL QCOM RIVN ROKU SHOP SMCI SNAP SOFI SQ T TSLA TSM UBER V WFC WMT XOM Z ZM
"""
STUDIES = (
    m.StudyEntry(1, "vwap", "line", 0, "#c3a6ff", "vwap_reversion", "VWAP"),
    m.StudyEntry(2, "upper", "band", 0, "#8fd3ff", "vwap_reversion", "Bands", 3),
    m.StudyEntry(4, "rsi", "line", 1, "#7fd6b0", "vwap_reversion", "RSI"),
)
AVERAGE = m.StudyEntry(2, "sma", "line", 0, "#ffd479", "ema_cross", "SMA 20")
Rows = npt.NDArray[np.void]


def bars_of(rng: np.random.Generator, count_: int) -> Rows:
    """A morning of one-minute bars: loud at the open, calmer later, some trend."""
    price = float(rng.uniform(8, 240))
    loud = 0.0007 + 0.0016 * np.exp(-np.arange(count_) / 45)
    trend = np.cumsum(rng.normal(0, 0.00006, count_))
    close = price * np.exp(np.cumsum(rng.normal(0, 1, count_) * loud + trend / 20))
    rows = np.zeros(count_, BAR)
    rows["ts"] = START + (np.arange(count_) + 1) * MINUTE
    rows["close"] = np.round(close, 2)
    rows["open"] = np.round(np.concatenate(([price], close[:-1])), 2)
    reach = np.abs(rng.normal(0, 0.6, (2, count_))) * loud * close
    rows["high"] = np.round(np.maximum(rows["open"], rows["close"]) + reach[0], 2)
    rows["low"] = np.round(np.minimum(rows["open"], rows["close"]) - reach[1], 2)
    rows["volume"] = np.round(rng.lognormal(9, 0.5, count_) * loud / loud.min())
    rows["span"] = 60
    return rows


def points_of(rows: Rows) -> Rows:
    """VWAP, a band around it, and a relative strength, for every bar."""
    typical = (rows["high"] + rows["low"] + rows["close"]) / 3
    vwap = np.cumsum(typical * rows["volume"]) / np.cumsum(rows["volume"])
    recent = [typical[max(0, place - 19) : place + 1] for place in range(len(rows))]
    middle = np.array([np.mean(part) for part in recent])
    spread = np.array([np.std(part) for part in recent])
    change = np.diff(rows["close"], prepend=rows["open"][0])
    weights = np.ones(14)
    gain = np.convolve(np.maximum(change, 0), weights)[: len(rows)]
    loss = np.convolve(np.maximum(-change, 0), weights)[: len(rows)]
    strength = 100 * gain / np.maximum(gain + loss, 1e-9)
    strength[:13] = NAN
    points = np.zeros(4 * len(rows), STUDY)
    for place, values in enumerate((vwap, middle + 2 * spread, middle - 2 * spread, strength)):
        part = points[place :: len(points) // len(rows)]
        part["ts"], part["value"], part["study"], part["seat"] = rows["ts"], values, place + 1, 1
    return points


def averages_of(rows: Rows) -> Rows:
    """The mean of the last twenty closes, for every bar: all that benches draw over the candles."""
    points = np.zeros(len(rows), STUDY)
    points["ts"], points["study"], points["seat"] = rows["ts"], AVERAGE.id, 1
    points["value"] = [rows["close"][max(0, at - 19) : at + 1].mean() for at in range(len(rows))]
    return points


def trades_of(rows: Rows, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Some round trips, one position that is open, and the levels around it."""
    places = np.sort(rng.choice(np.arange(len(rows) // 2, len(rows) - 5), 7, replace=False))
    markers = np.zeros(len(places), MARKER)
    for number, place in enumerate(places):
        buys = number % 2 == 0
        markers[number] = (
            rows["ts"][place] - 20 * SECOND,
            rows["close"][place],
            200.0 if buys else -200.0,
            MarkerKind.FILL,
            0,
            1,
            number + 1,
        )
    entry = float(rows["close"][places[-1]])
    last = float(rows["close"][-1])
    wide = float(np.ptp(rows["close"][-60:])) * 0.3
    stop, target = round(min(entry, last) - wide, 2), round(max(entry, last) + 2 * wide, 2)
    lines = np.array(
        [
            (1, entry, 200.0, NAN, LineKind.ENTRY, LineState.WORKING, 1, 0),
            (2, stop, -200.0, entry, LineKind.STOP, LineState.WORKING, 1, 0),
            (3, target, -200.0, entry, LineKind.TARGET, LineState.SENT, 1, 0),
        ],
        PRICE_LINE,
    )
    return markers, lines


class Day:
    """Writes the frames of one invented day."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._rng = np.random.default_rng(7)
        self._sequence = count(1)
        self._bars = [bars_of(self._rng, args.bars) for _ in range(args.symbols)]

    def frames(self) -> Iterator[bytes]:
        """All of them, in order."""
        yield from self._greeting()
        for symbol in range(1, self._args.symbols + 1):
            yield from self._snapshot(symbol)
        yield from self._moving()

    def _rows(self, type_: FrameType, rows: Rows, symbol: int = 0) -> bytes:
        return packed_rows(type_, rows, symbol, next(self._sequence))

    def _greeting(self) -> Iterator[bytes]:
        mode = "PAPER" if self._args.kind == "demo" else "REPLAY"
        hello = m.Hello(1, 1, f"invented {self._args.kind}", mode, account_mode="normal")
        yield packed(FrameType.HELLO, hello, next(self._sequence))
        names = TICKERS.split()
        entries = tuple(
            m.SymbolEntry(n + 1, names[n], 60, 0.01, 1.0, 2, "demo", float(bars["open"][0]))
            for n, bars in enumerate(self._bars)
        )
        studies = STUDIES if self._args.kind == "demo" else (AVERAGE,)
        table = m.SymbolTable(entries, (m.SeatEntry(1, studies[0].strategy),), studies)
        yield packed(FrameType.SYMBOLS, table, next(self._sequence))

    def _snapshot(self, symbol: int) -> Iterator[bytes]:
        rows = self._bars[symbol - 1]
        for type_, part in sliced(rows):
            yield self._rows(type_, part, symbol)
        points = points_of(rows) if self._args.kind == "demo" else averages_of(rows)
        yield self._rows(FrameType.STUDY, points, symbol)
        if self._args.kind == "demo" and symbol % 3 == 1:
            markers, lines = trades_of(rows, self._rng)
            yield self._rows(FrameType.MARKER, markers, symbol)
            yield self._rows(FrameType.PRICE_LINE, lines, symbol)
        if self._args.kind == "demo" and symbol == 2:
            yield self._rows(FrameType.MARKER, self._halt(rows), symbol)

    def _halt(self, rows: Rows) -> Rows:
        at, back = len(rows) // 3 * 2, len(rows) // 3 * 2 + 5
        told = [
            (rows["ts"][i], rows["close"][i], 0.0, kind, 0, 0, 100 + i)
            for i, kind in ((at, MarkerKind.HALT), (back, MarkerKind.RESUME))
        ]
        return np.array(told, MARKER)

    def _moving(self) -> Iterator[bytes]:
        now, beaten = int(self._bars[0]["ts"][-1]), 0
        for flush in range(self._args.seconds * FLUSHES):
            at = now + flush * SECOND // FLUSHES
            if at - beaten >= BEAT:
                beaten = at
                lag = float(self._rng.uniform(2, 9))
                yield self._rows(FrameType.HEARTBEAT, np.array([(at, 0.3, lag, 0, 2)], HEARTBEAT))
            for symbol, bars in enumerate(self._bars, start=1):
                yield self._moved(symbol, bars, flush)
                if self._args.kind == "scroll":
                    yield self._point(symbol)

    def _point(self, symbol: int) -> bytes:
        """The average of a bar that has closed."""
        return self._rows(FrameType.STUDY, averages_of(self._bars[symbol - 1][-20:])[-1:], symbol)

    def _moved(self, symbol: int, bars: Rows, flush: int) -> bytes:
        """The symbol's last bar after another trade, or a new one."""
        row = bars[-1:].copy()
        scrolls = self._args.kind == "scroll"
        begins = scrolls or flush % (60 * FLUSHES) == 0
        price = round(float(row["close"][0]) * float(np.exp(self._rng.normal(0, 0.0002))), 2)
        if begins:
            row["ts"] += MINUTE
            row["open"] = row["high"] = row["low"] = row["close"]
            row["volume"] = 0
        row["close"] = price
        row["high"], row["low"] = max(row["high"][0], price), min(row["low"][0], price)
        row["volume"] += round(float(self._rng.exponential(90)))
        row["revision"] = 0 if scrolls else FORMING
        self._bars[symbol - 1] = np.concatenate((bars[-1:] if begins else bars[:-1], row))
        return self._rows(FrameType.APPEND if begins else FrameType.REPLACE, row, symbol)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--kind", choices=("demo", "tick", "scroll"), default="demo")
    most = len(TICKERS.split())
    parser.add_argument("--symbols", type=int, default=20, choices=range(1, most + 1))
    parser.add_argument("--bars", type=int, default=390)
    parser.add_argument("--seconds", type=int, default=60)
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with args.out.open("wb") as file:
        for frame in Day(args).frames():
            file.write(frame)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
