"""A scan of the whole market: 11,000 snapshots of Polygon decoded, filtered and ranked.

    python -m bench scan [--quick]

The bytes are those of the vendor's answer for the whole market, one ticker in 200 moves enough to
be looked into; facts of those are in the cache, as in every scan but the first. performance.md W4
allows 100 ms. The loop's thread waits for the decoding only where the interpreter makes it.
"""

import asyncio
import time

import msgspec
import numpy as np

from bench.figures import Figure
from tradeplat.core.clock import ReplayClock
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.history.sessions import nyse_calendar
from tradeplat.scanners.enrichment import Enrichment
from tradeplat.scanners.facts import Sources
from tradeplat.scanners.polygon_data import decoded
from tradeplat.scanners.polygon_top_gainer import PolygonTopGainerStockListManager
from tradeplat.scanners.sources import DailyBar, Details, MinuteVolume, SharesFloat, TickerSnapshot

TICKERS = 11_000
LIMIT_MS = 100.0
NOW = 1_767_623_400 * SECOND


def body(tickers: int) -> tuple[bytes, dict[str, DailyBar]]:
    """The vendor's answer for a market, and its last closes."""
    rng = np.random.default_rng(4)
    shots, closes = [], {}
    for n in range(tickers):
        symbol = "".join(chr(65 + n // 26**k % 26) for k in range(4))
        before = round(float(rng.uniform(1.0, 90.0)), 2)
        change = 0.12 if n % 200 == 0 else float(rng.normal(0.0, 0.01))
        price = round(before * (1.0 + change), 2)
        day = {"o": before, "h": price, "l": before, "c": price, "v": 1.2e6, "vw": price}
        shots.append(
            {
                "ticker": symbol,
                "todaysChange": price - before,
                "todaysChangePerc": change * 100.0,
                "updated": NOW - SECOND,
                "day": day,
                "lastQuote": {"P": price + 0.01, "S": 3, "p": price, "s": 2, "t": NOW - SECOND},
                "lastTrade": {"c": [14, 41], "i": "1", "p": price, "s": 9, "t": NOW, "x": 4},
                "min": day | {"av": 1_200_000, "t": NOW // 1_000_000, "n": 12},
                "prevDay": day | {"c": before},
            }
        )
        closes[symbol] = DailyBar(before, 1e6)
    return msgspec.json.encode({"status": "OK", "count": tickers, "tickers": shots}), closes


class Whole:
    """Answers with the bytes; knows every ticker as a share that trades more than usual."""

    name, feed = "bench", "bench"

    def __init__(self, raw: bytes, closes: dict[str, DailyBar]) -> None:
        self._raw = raw
        self._closes = closes

    async def snapshots(self, symbols: object = ()) -> list[TickerSnapshot]:
        return decoded(self._raw)

    async def gainers(self) -> list[TickerSnapshot]:
        return []

    async def grouped(self, day: int) -> dict[str, DailyBar]:
        return self._closes

    async def minutes(self, symbol: str, first: int, last: int) -> list[MinuteVolume]:
        session = nyse_calendar().previous(NOW)
        assert session is not None
        return [MinuteVolume(session.pre_open + MINUTE, 4e5)]

    async def details(self, symbol: str) -> Details | None:
        return Details(symbol, kind="CS", sic="3826", shares_outstanding=1e7)

    async def shares_float(self, symbol: str) -> SharesFloat | None:
        return None


def measure(quick: bool) -> list[Figure]:
    tickers = TICKERS // 10 if quick else TICKERS
    raw, closes = body(tickers)
    market = Whole(raw, closes)
    clock = ReplayClock(NOW)
    sources = Sources(market, Enrichment(None, "bench", clock), (market,))
    scan = PolygonTopGainerStockListManager(sources, clock, nyse_calendar(), calls=100_000)
    asyncio.run(scan.update())
    assert scan.get_active_stock_list(), scan.last_error
    whole: list[float] = []
    decoding: list[float] = []
    for _ in range(3 if quick else 15):
        # Time of our own on the processor: what others do to the machine is not the scan's.
        start = time.process_time_ns()
        decoded(raw)
        decoding.append((time.process_time_ns() - start) / 1e6)
        start = time.process_time_ns()
        asyncio.run(scan.update())
        whole.append((time.process_time_ns() - start) / 1e6)
    what = f"whole market of {tickers:,} tickers ({len(raw) / 1e6:.1f} MB)"
    total = float(np.median(whole))
    told = f"{what} decoded, filtered and ranked"
    return [
        Figure("scan", told, total, "ms", LIMIT_MS, "<="),
        Figure("scan", "decoding of it, off the loop", float(np.median(decoding)), "ms"),
    ]
