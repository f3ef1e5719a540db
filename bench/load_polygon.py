"""W4 on Polygon's wire: 20,000 messages a second over 500 tickers, as bench.load has it.

    python -m bench.load_polygon [--json] [--quick]

The vendor makes the bars: of each ticker comes a second at the end of every second of the market,
which goes ten times as fast as the wall's, and a minute at the end of every minute; the rest are
quotes. Before the measured stretch comes a flood of seconds, as many as are remembered of each
ticker. Nothing is lost when the volume of the seconds, the count of the minutes, and the quotes
shown or replaced by newer ones are what was sent.
"""

import asyncio
import os
import sys

import msgspec
from aiohttp import web

from bench import load
from bench.figures import Figure
from bench.load import FASTER, FLOOD_RATE, RATE, START, SYMBOLS, TICKERS
from bench.loopback import framed
from tradeplat.core.market import SECOND
from tradeplat.streams.client import Services, TickerStreams, Tuning
from tradeplat.streams.connection import Access
from tradeplat.streams.ordering import SHORT_CORRECTED, SHORT_KEPT
from tradeplat.streams.polygon import AsyncPolygonAggClient

PAST = SHORT_CORRECTED + SHORT_KEPT
CHANNELS = 4
"""Asked for of each ticker: minutes, seconds, bands and quotes."""


class Server(load.Server):
    """Speaks as Polygon does."""

    rate = RATE - FASTER * TICKERS

    def __init__(self, clock: load.MarketClock, seconds: float) -> None:
        super().__init__(clock, seconds)
        self.second = 0

    async def admitted(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(max_msg_size=0)
        await ws.prepare(request)
        await ws.send_bytes(self.status("connected", "Connected Successfully"))
        await ws.receive()
        await ws.send_bytes(self.status("auth_success", "authenticated"))
        granted: set[str] = set()
        while len(granted) < CHANNELS * TICKERS:
            topics = msgspec.json.decode((await ws.receive()).data)["params"].split(",")
            granted.update(topics)
            await ws.send_bytes(self.status("success", *(f"subscribed to: {t}" for t in topics)))
        return ws

    def status(self, code: str, *messages: str) -> bytes:
        rows = [{"ev": "status", "status": code, "message": message} for message in messages]
        return msgspec.json.encode(rows)

    def frame(self, rows: list[dict]) -> bytes:
        return framed(msgspec.json.encode(rows), text=True)

    async def flood(self, transport) -> None:
        first = START // SECOND - PAST
        for second in range(first, first + PAST):
            transport.write(self.frame([self.bar_of(symbol, second, 1) for symbol in SYMBOLS]))
            await asyncio.sleep(TICKERS / FLOOD_RATE)

    def row(self, k: int, ts: int) -> dict:
        price = 100.0 + (k * 7 % 50) / 100
        self.sent["quotes"] += 1
        return {
            "ev": "Q", "sym": SYMBOLS[k % TICKERS], "bx": 4, "bp": price, "bs": 100, "ax": 7,
            "ap": price + 0.01, "as": 200, "c": 0, "t": ts // 1_000_000, "q": k, "z": 3,
        }  # fmt: skip

    def closed(self, now: int) -> list[dict]:
        """The seconds that are over, one after the other, and the minutes among them."""
        rows: list[dict] = []
        self.second = self.second or now // SECOND
        while self.second < now // SECOND:
            rows += [self.bar_of(symbol, self.second, 1) for symbol in SYMBOLS]
            self.second += 1
            if self.second % 60 == 0:
                rows += [self.bar(symbol, self.second // 60) for symbol in SYMBOLS]
        return rows

    def bar(self, symbol: str, minute: int) -> dict:
        return self.bar_of(symbol, (minute - 1) * 60, 60)

    def bar_of(self, symbol: str, start: int, span: int) -> dict:
        if span == 1:
            self.sent["volume"] += 100
        else:
            self.sent["bars"] += 1
        return {
            "ev": "A" if span == 1 else "AM", "sym": symbol, "v": 100, "av": 8_642_007,
            "op": 100.0, "vw": 100.1, "o": 100.0, "c": 100.2, "h": 100.5, "l": 99.5, "a": 100.3,
            "z": 50, "s": start * 1_000, "e": (start + span) * 1_000,
        }  # fmt: skip


class Inside(load.Inside):
    """The inside with Polygon's client; the flood is shown to desks as bars, one by one."""

    before = PAST * TICKERS

    def stream(self, access: Access, services: Services) -> TickerStreams:
        return AsyncPolygonAggClient(access, "polygon", services, (1, 60), Tuning())


def measure(quick: bool = False) -> list[Figure]:
    what = f"Polygon, {RATE:,}/s of {TICKERS} tickers"
    return load.steady("bench.load_polygon", what, quick=quick)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(load.command("bench.load_polygon", Server, Inside, measure))
