"""A screener on 127.0.0.1 whose market a test writes down."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web

from tradeplat.scanners.alpaca_data import AlpacaScreener


class ScreenerVenue:
    """Serves `rows`: symbol -> (price, previous close, volume, bid, ask)."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[float, float, float, float, float]] = {}
        self.assets: dict[str, bool] = {}
        self.requests: Counter[str] = Counter()
        self.queries: list[dict[str, str]] = []
        self.fail: dict[str, tuple[int, str]] = {}
        self.body: dict[str, Any] = {}
        self.gainers: list[str] | None = None
        self.url = ""

    def put(self, symbol: str, price: float, change: float, volume: float = 1e6) -> None:
        self.rows[symbol] = (
            price,
            price / (1 + change / 100),
            volume,
            price - 0.005,
            price + 0.005,
        )
        self.assets.setdefault(symbol, True)

    async def handle(self, request: web.Request) -> web.Response:
        name = request.path.rsplit("/", 1)[-1]
        self.requests[name] += 1
        self.queries.append(dict(request.query))
        if name in self.fail:
            status, text = self.fail[name]
            return web.Response(status=status, text=text)
        return web.Response(
            body=msgspec.json.encode(self.body.get(name, self.answer(name, request)))
        )

    def answer(self, name: str, request: web.Request) -> object:
        if name == "movers":
            named = self.rows if self.gainers is None else self.gainers
            rows = [
                {"symbol": s, "price": r[0], "percent_change": (r[0] / r[1] - 1) * 100, "change": 1}
                for s, r in self.rows.items()
                if s in named
            ]
            return {"gainers": rows, "losers": [], "market_type": "stocks"}
        if name == "most-actives":
            rows = [{"symbol": s, "volume": r[2], "trade_count": 1} for s, r in self.rows.items()]
            return {"most_actives": rows}
        if name == "snapshots":
            wanted = request.query["symbols"].split(",")
            return {s: self.snapshot(s) if s in self.rows else None for s in wanted}
        return [
            {"symbol": s, "status": "active", "tradable": t, "class": "us_equity"}
            for s, t in self.assets.items()
        ]

    def snapshot(self, symbol: str) -> dict[str, object]:
        price, previous, volume, bid, ask = self.rows[symbol]
        return {
            "latestTrade": {"t": "2026-01-05T14:30:00.1Z", "p": price},
            "latestQuote": {"t": "2026-01-05T14:30:00.1Z", "bp": bid, "ap": ask},
            "minuteBar": None,
            "dailyBar": {"t": "2026-01-05T05:00:00Z", "c": price, "v": volume},
            "prevDailyBar": {"t": "2026-01-02T05:00:00Z", "c": previous, "v": 1},
        }


@asynccontextmanager
async def screener(feed: str = "iex") -> AsyncIterator[tuple[ScreenerVenue, AlpacaScreener]]:
    venue = ScreenerVenue()
    app = web.Application()
    app.router.add_get("/{tail:.*}", venue.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    venue.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with AlpacaScreener(venue.url, venue.url + "/", "KEY", "SECRET", feed) as client:
            yield venue, client
    finally:
        await runner.cleanup()
