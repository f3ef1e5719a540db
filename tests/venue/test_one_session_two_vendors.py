"""Both vendors tell of one session: a made-up morning, by every path it can be asked on."""

import asyncio
from contextlib import asynccontextmanager
from datetime import date, datetime

import msgspec
import pytest
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.historical.news import NewsClient
from alpaca.data.requests import NewsRequest, StockBarsRequest, StockSnapshotRequest
from alpaca.data.timeframe import TimeFrame

from facts import fetch, get
from markets import KEY, SECRET
from polygons import NAMES, package
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.history.synthetic import morning
from tradeplat.venue.hub import Receiver
from tradeplat.venue.invented_facts import invented
from tradeplat.venue.market import Timing
from tradeplat.venue.playing import script_of
from tradeplat.venue.polygon_stream import FEED
from tradeplat.venue.polygon_tape import CHANNELS
from tradeplat.venue.server import Venue, VenueOptions

SEED = 7
PRICES = ("o", "h", "l", "c", "v", "vw")
STOCKS = "/v2/snapshot/locale/us/markets/stocks"


@asynccontextmanager
async def told(end: str = "09:33"):
    """A venue that has played its morning, and what Polygon's socket said of it."""
    played = morning(SEED, tickers=16, start="09:27", end=end)
    options = VenueOptions(
        speed=float("inf"), seed=SEED, reference=invented(played, SEED), timing=Timing()
    )
    served = Venue(script_of(played), options)
    heard: list[dict] = []
    ear = Receiver(FEED, KEY, lambda data: heard.append(msgspec.json.decode(data)), CHANNELS)
    served.floor.join(ear)
    served.floor.hub.subscribe(ear, {channel: ["*"] for channel in CHANNELS})
    async with served:
        await served.player.finished.wait()
        yield served, heard, played


def day_of(played) -> str:
    return str(date(played.day // 10_000, played.day // 100 % 100, played.day % 100))


async def test_the_sockets_bars_are_the_pages_bars():
    async with told() as (served, heard, played):
        for symbol in served.market.symbols:
            for kind, unit in (("A", "second"), ("AM", "minute")):
                path = f"/v2/aggs/ticker/{symbol}/range/1/{unit}/{day_of(played)}/{day_of(played)}"
                rows = (await get(served, path, limit="50000"))[1]["results"]
                bars = {row["t"]: [row[key] for key in PRICES] for row in rows}
                said = {
                    one["s"]: [one[key] for key in PRICES]
                    for one in heard if one["ev"] == kind and one["sym"] == symbol
                }  # fmt: skip
                closed = (served.clock.now() - SECOND) // 10**6
                span = 1_000 if kind == "A" else 60_000
                assert said == {
                    t: bar for t, bar in bars.items()
                    if t >= played.start // 10**6 and t + span <= closed
                }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_the_official_clients_of_both_vendors_agree(name):
    async with told() as (served, _, played):
        alpaca = StockHistoricalDataClient(KEY, SECRET, url_override=served.url)
        polygon = package(name).RESTClient(KEY, base=served.url, retries=0)
        day, symbols = day_of(played), served.market.symbols
        start = datetime.fromisoformat(f"{day}T13:27:00+00:00")
        bars = await asyncio.to_thread(
            alpaca.get_stock_bars,
            StockBarsRequest(symbol_or_symbols=symbols, timeframe=TimeFrame.Minute, start=start),
        )
        shots = await asyncio.to_thread(
            alpaca.get_stock_snapshot, StockSnapshotRequest(symbol_or_symbols=symbols)
        )
        for symbol in symbols:
            ours = await asyncio.to_thread(
                polygon.get_aggs, symbol, 1, "minute", int(start.timestamp() * 1000), day
            )
            assert [
                (one.timestamp, one.open, one.high, one.low, one.close, one.volume, one.vwap)
                for one in ours
            ] == [
                (one.timestamp.timestamp() * 1000, one.open, one.high, one.low, one.close,
                 one.volume, one.vwap) for one in bars.data.get(symbol, [])
            ]  # fmt: skip
            shot = await asyncio.to_thread(polygon.get_snapshot_ticker, "stocks", symbol)
            theirs = shots[symbol]
            if shot.day.volume:
                assert (shot.day.close, shot.day.volume, shot.last_trade.price) == (
                    theirs.daily_bar.close, theirs.daily_bar.volume, theirs.latest_trade.price,
                )  # fmt: skip


async def test_snapshots_and_gainers_follow_from_the_bars():
    async with told() as (served, _, played):
        everyone = (await get(served, f"{STOCKS}/tickers"))[1]["tickers"]
        gainers = (await get(served, f"{STOCKS}/gainers"))[1]["tickers"]
        day = day_of(played)
        grouped = (await get(served, f"/v2/aggs/grouped/locale/us/market/stocks/{day}"))[1]
        days = {row["T"]: row for row in grouped["results"]}
        for one in everyone:
            symbol, base = one["ticker"], one["prevDay"]["c"]
            row = days.get(symbol)
            assert row is None or [one["day"][key] for key in PRICES] == [
                row[key] for key in PRICES
            ]
            before = (await get(served, f"/v2/aggs/ticker/{symbol}/prev", adjusted="false"))[1]
            assert [base] == [row["c"] for row in before["results"]]
            if "lastTrade" in one:
                change = (one["lastTrade"]["p"] / base - 1) * 100
                assert abs(one["todaysChangePerc"] - change) < 1e-2
    known = {one["ticker"]: one for one in everyone}
    strong = [one for one in everyone if one["day"]["v"] >= 10_000 and one["todaysChangePerc"] > 0]
    strong.sort(key=lambda one: -one["todaysChangePerc"])
    assert [one["ticker"] for one in gainers] == [one["ticker"] for one in strong]
    assert gainers == [known[one["ticker"]] for one in gainers]
    (split,) = served.options.reference.splits
    assert known[split.symbol]["todaysChangePerc"] > 500


async def test_what_is_known_of_a_ticker_is_the_same_everywhere():
    async with told() as (served, _, _played):
        for symbol in served.market.symbols:
            details = (await get(served, f"/v3/reference/tickers/{symbol}"))[1]["results"]
            floats = (await get(served, "/stocks/vX/float", ticker=symbol))[1]["results"]
            query = {"symbol": symbol, "apikey": KEY}
            ours = (await fetch(f"{served.url}/stable/shares-float", {}, query))[1]
            assert [row["free_float"] for row in floats] == [row["floatShares"] for row in ours]
            for row in ours:
                assert row["outstandingShares"] == details["share_class_shares_outstanding"]
                assert row["floatShares"] <= row["outstandingShares"]
            before = (await get(served, f"/v2/aggs/ticker/{symbol}/prev"))[1]["results"][0]["c"]
            cap = before * details["share_class_shares_outstanding"]
            assert abs(details["market_cap"] / cap - 1) < 1e-6


async def test_headlines_are_the_same_by_both_vendors_and_none_is_from_the_future():
    counts = []
    for end in ("09:28", "09:33"):
        async with told(end) as (served, _, _played):
            client = NewsClient(KEY, SECRET, url_override=served.url)
            found = (await asyncio.to_thread(client.get_news, NewsRequest(limit=50))).data["news"]
            rows = (await get(served, "/v2/reference/news", limit="1000"))[1]["results"]
            assert [(one.headline, one.symbols) for one in found] == [
                (row["title"], row["tickers"]) for row in rows
            ]
            assert all(one.created_at.timestamp() * SECOND <= served.clock.now() for one in found)
            counts.append(len(found))
            assert len(found) == len(served.vendors.almanac.headlines(served.clock.now()))
    assert 0 < counts[0] <= counts[1]


async def test_no_page_tells_what_is_still_to_come():
    played = morning(SEED, tickers=4, start="09:27", end="09:33")
    half = played.start + 3 * MINUTE
    options = VenueOptions(speed=1.0, seed=SEED, reference=invented(played, SEED))
    script = script_of(played)
    async with Venue(msgspec.structs.replace(script, start=half), options) as served:
        while not any(len(book.prints) for book in served.market.books.values()):
            await asyncio.sleep(0)
        for symbol in served.market.symbols:
            day = day_of(played)
            for unit in ("second", "minute", "hour"):
                path = f"/v2/aggs/ticker/{symbol}/range/1/{unit}/{day}/2030-01-01"
                rows = (await get(served, path, limit="50000"))[1]["results"]
                assert all(row["t"] * 10**6 <= served.clock.now() for row in rows)
            for kind in ("trades", "quotes"):
                rows = (await get(served, f"/v3/{kind}/{symbol}", limit="50000"))[1]["results"]
                assert all(row["sip_timestamp"] <= served.clock.now() for row in rows)
