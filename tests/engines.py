"""An engine in memory, as its frames: a market of two tickers that windows can be shown."""

import numpy as np

from tradeplat.control.messages import (
    FillRow,
    Fills,
    Hello,
    Log,
    LogRow,
    OrderRow,
    Orders,
    PositionRow,
    Positions,
    SeatEntry,
    Statistics,
    Strategies,
    StrategyRow,
    StudyEntry,
    SymbolEntry,
    SymbolTable,
    Trading,
)
from tradeplat.control.protocol import Frame, FrameReader, FrameType, packed
from tradeplat.control.records import EQUITY, HEARTBEAT, MARKER, PRICE_LINE, STUDY, packed_rows
from tradeplat.core.market import BAR, MINUTE, QUOTE

OPEN = 1_767_364_200_000_000_000
OPEN -= OPEN % MINUTE
TICKERS = ("AAPL", "F", "TSLA", "BRK.B")
PRICES = (98.08, 11.34, 412.5, 502.17)


class Told:
    """Frames of an engine, numbered as it does."""

    def __init__(self, mode: str = "PAPER") -> None:
        self.sequence = 0
        self.mode = mode
        self.frames: list[bytes] = []

    def json(self, kind: FrameType, body: object) -> bytes:
        self.sequence += 1
        return self._kept(packed(kind, body, self.sequence))

    def rows(self, kind: FrameType, layout, rows, symbol: int = 0) -> bytes:
        self.sequence += 1
        return self._kept(packed_rows(kind, np.array(rows, layout), symbol, self.sequence))

    def _kept(self, data: bytes) -> bytes:
        self.frames.append(data)
        return data

    def all(self) -> list[Frame]:
        reader = FrameReader()
        return [frame for data in self.frames for frame in reader.feed(data)]

    def hello(self) -> None:
        limits = {"max_notional": 25_000.0, "max_quantity": 5_000.0, "max_position": 50_000.0}
        said = Hello(1, 7, "run-1", self.mode, "builtin", "PA1", "normal", OPEN, OPEN, limits)
        self.json(FrameType.HELLO, said)

    def table(self) -> None:
        self.json(
            FrameType.SYMBOLS,
            SymbolTable(
                tuple(
                    SymbolEntry(n + 1, name, 60, 0.01, 1.0, 2, "builtin", round(price * 0.97, 2))
                    for n, (name, price) in enumerate(zip(TICKERS, PRICES, strict=True))
                ),
                (SeatEntry(1, "orb"), SeatEntry(2, "manual")),
                (
                    StudyEntry(1, "vwap", "line", 0, "#ffd479", "orb", "VWAP"),
                    StudyEntry(2, "range", "band", 0, "#7fd6ff", "orb", "Opening range", 3),
                ),
            ),
        )

    def bars(self, count: int = 90) -> None:
        random = np.random.default_rng(3)
        for n, last in enumerate(PRICES):
            walk = np.cumsum(random.normal(0, 0.0012, count))
            closes = np.round(last * np.exp(walk - walk[-1]), 2)
            opens = np.concatenate([[closes[0]], closes[:-1]])
            spread = np.abs(random.normal(0, 0.0008, (2, count))) * last
            highs = np.round(np.maximum(opens, closes) + spread[0], 2)
            lows = np.round(np.minimum(opens, closes) - spread[1], 2)
            volumes = np.round(random.lognormal(9, 0.5, count))
            rows = [
                (OPEN + (k + 1) * MINUTE, o, h, lo, c, v, 60, 0)
                for k, (o, h, lo, c, v) in enumerate(
                    zip(opens, highs, lows, closes, volumes, strict=True)
                )
            ]
            self.rows(FrameType.SNAPSHOT, BAR, rows, n + 1)
            ts = [row[0] for row in rows]
            mean = np.cumsum(closes * volumes) / np.cumsum(volumes)
            points = [(t, v, 1, 1, 0) for t, v in zip(ts, mean, strict=True)]
            self.rows(FrameType.STUDY, STUDY, points, n + 1)
            quote = (ts[-1], closes[-1] - 0.01, 300.0, closes[-1] + 0.01, 500.0)
            self.rows(FrameType.QUOTE, QUOTE, [quote], n + 1)
        self.now = ts[-1]

    def trading(self, **changes: object) -> None:
        terms = {"size": 200.0, "risk": 50.0, "offset": 0.05, "offset_part": 0.01, "stop": 0.01}
        said = {"armed": False, "disarmed": "not armed yet", "account_stream": "live"}
        said |= {"terms": terms, "market_streams": {"builtin": "live"}}
        self.json(FrameType.TRADING, Trading(**{**said, **changes}))

    def book(self) -> None:
        at = self.now
        held = PositionRow("AAPL", "manual", 200.0, 97.98, 98.08, 97.74, 98.52, 20.0, 292.4, True)
        rows = (held, PositionRow("TSLA", "orb", -15.0, 413.1, 412.5, 416, None, 9, 0, True, 0.21))
        self.json(FrameType.POSITIONS, Positions(at, rows))
        self.json(
            FrameType.ORDERS,
            Orders(
                at,
                True,
                (
                    OrderRow("m-1", "AAPL", "manual", 200.0, 200.0, "limit", "entry", "FILLED",
                             at - 9 * MINUTE, "day", 97.99, None, 97.98),
                    OrderRow("m-2", "AAPL", "manual", -200.0, 0.0, "stop", "stop", "ACCEPTED",
                             at - 8 * MINUTE, "gtc", None, 97.74, None, "m-1"),
                    OrderRow("o-7", "F", "orb", 900.0, 0.0, "limit", "entry", "REJECTED",
                             at - 2 * MINUTE, "day", 11.3, reason="PRICE_COLLAR"),
                ),
            ),
        )  # fmt: skip
        fills = (FillRow(1, at - 9 * MINUTE, "m-1", "AAPL", "manual", 200.0, 97.98, 0.35, "entry"),)
        self.json(FrameType.FILLS, Fills(at, True, fills))
        self.rows(FrameType.MARKER, MARKER, [(at - 9 * MINUTE, 97.98, 200.0, 0, 0, 2, 1)], 1)
        lines = [
            (11, 97.98, 200.0, 97.98, 0, 1, 2, 0),
            (12, 97.74, -200.0, 97.98, 1, 1, 2, 0),
            (13, 98.52, -200.0, 97.98, 2, 1, 2, 0),
        ]
        self.rows(FrameType.PRICE_LINE, PRICE_LINE, lines, 1)
        rows = tuple(
            StrategyRow(name, "orb", "ready", -15.0 if name == "TSLA" else 0.0, 0,
                        {"vwap": 98.0}, "HOLD", at)
            for name in TICKERS
        )  # fmt: skip
        self.json(FrameType.STRATEGIES, Strategies(at, rows))
        log = (
            LogRow(1, at - 5 * MINUTE, "info", "READY", "all streams are live"),
            LogRow(2, at, "warning", "PRICE_COLLAR", "buy 900 at 11.30: 2.1 % off", "F", "orb"),
        )
        self.json(FrameType.LOG, Log(True, log))
        told = Statistics(at, 25_321.4, 25_000.0, 5_700.0, 292.4, 29.0, 500.0, 25_803.5, 1, 1)
        self.json(FrameType.STATISTICS, told)
        walk = np.cumsum(np.random.default_rng(5).normal(0.7, 12.0, 400))
        walk = walk - walk[-1] + 321.4
        points = [(OPEN + k * 13 * 10**9, 25_000 + v, v, 0.0) for k, v in enumerate(walk.tolist())]
        self.rows(FrameType.EQUITY, EQUITY, points)

    def filled(self, symbol: str, quantity: float, price: float, strategy: str) -> None:
        row = FillRow(99, self.now, "m-9", symbol, strategy, quantity, price, 0.0, "entry")
        self.json(FrameType.FILLS, Fills(self.now, False, (row,)))

    def beat(self, lag: float = 3.0) -> bytes:
        return self.rows(FrameType.HEARTBEAT, HEARTBEAT, [(self.now, 0.2, lag, 0, 1)])


def session(mode: str = "PAPER") -> Told:
    """A whole picture of an engine."""
    told = Told(mode)
    told.hello()
    told.table()
    told.bars()
    told.trading()
    told.book()
    told.beat()
    return told
