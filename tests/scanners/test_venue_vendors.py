"""News and FMP as the built-in venue serves them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from facts import HOUR, finished, played
from markets import KEY, OPEN, SECRET
from scanners.vendor import NOW, StandingClock
from tradeplat.app.place import Place
from tradeplat.app.rests import Rests, newsroom
from tradeplat.app.settings import load
from tradeplat.app.vendors import at_venue
from tradeplat.core.clock import ReplayClock
from tradeplat.scanners.alpaca_data import AlpacaScreener
from tradeplat.scanners.alpaca_news import AlpacaNews
from tradeplat.scanners.fmp import Fmp
from tradeplat.scanners.news import mood
from tradeplat.scanners.polygon_news import MOODS, PolygonNews
from tradeplat.scanners.top_gainer import TopGainerStockListManager
from tradeplat.venue.server import Venue


@asynccontextmanager
async def rests() -> AsyncIterator[tuple[Venue, Rests]]:
    """The vendors of a venue that stands still after three minutes of trading."""
    async with finished(played()) as served:
        where = Place(
            "built-in venue", served.url, served.url, "", "builtin", KEY, SECRET,
            vendors=at_venue(served.url, KEY, SECRET),
        )  # fmt: skip
        async with Rests(where, load(None), StandingClock(NOW)) as made:
            yield served, made


async def test_both_vendors_of_news_tell_the_same_headlines() -> None:
    async with rests() as (_, vendors):
        alpaca, polygon = await vendors.of("alpaca_news"), await vendors.of("polygon")
        assert alpaca is not None
        assert polygon is not None
        for source in (AlpacaNews(alpaca), PolygonNews(polygon)):
            lines = await source.since(["AAA"], OPEN - 24 * HOUR)
            told = [(line.ts, line.title, line.symbols) for line in lines]
            assert told == [
                (OPEN - HOUR, "Alder Bio Announces FDA Approval", ("AAA",)),
                (OPEN - 2 * HOUR, "A Day for Two", ("AAA", "BBB")),
            ]
            assert [line.ts for line in await source.since(["AAA"], OPEN - HOUR)] == [OPEN - HOUR]
            assert len(await source.since(["AAA", "BBB"], OPEN - 24 * HOUR)) == 3
            assert await source.since(["ZZZ"], 0) == []


async def test_the_newsroom_judges_by_both_and_by_the_hour() -> None:
    async with rests() as (served, vendors):
        now = served.clock.now()
        room = await newsroom(vendors, ReplayClock(now))
        await room.news.refresh(["AAA", "BBB"])
        assert room.news.faults() == []
        good = mood(room.news.about("AAA"), "AAA", now, room.scorer)
        bad = mood(room.news.about("BBB"), "BBB", now, room.scorer)
        assert good.score is not None
        assert good.score > 0.5
        assert bad.score == MOODS["negative"]
        early = await newsroom(vendors, ReplayClock(OPEN - HOUR - 1))
        await early.news.refresh(["AAA"])
        assert [line.title for line in early.news.about("AAA")] == ["A Day for Two"] * 2
        assert [line.split(";")[0] for line in room.told()] == [
            "alpaca news: answers",
            "polygon: answers",
        ]


async def test_fmp_tells_facts_and_risers() -> None:
    async with rests() as (_, vendors):
        rest = await vendors.of("fmp")
        assert rest is not None
        fmp = Fmp(rest)
        details, fund = await fmp.details("AAA"), await fmp.details("BBB")
        assert details is not None
        assert fund is not None
        assert (details.name, details.market_cap, details.listed_on, details.kind) == (
            "Alder Bio Inc", 52.9e6, 20200203, None,
        )  # fmt: skip
        assert fund.kind == "ETF"
        assert await fmp.details("ZZZ") is None
        told = await fmp.shares_float("AAA")
        assert told is not None
        assert told.shares == 4_000_000
        assert await fmp.shares_float("BBB") is None
        risers = [(row.symbol, row.price, row.previous) for row in await fmp.gainers()]
        assert risers == [("AAA", 5.29, pytest.approx(5.0)), ("BBB", 6.29, pytest.approx(6.0))]
        assert fmp.unreadable == 0


async def test_the_top_gainers_of_a_venue_pass_the_gate_of_their_news() -> None:
    async with (
        rests() as (served, vendors),
        AlpacaScreener(served.url, served.url, KEY, SECRET, "builtin") as screener,
    ):
        clock = ReplayClock(served.clock.now())
        room = await newsroom(vendors, clock)
        settings = {"min_volume": 1_000.0, "min_change": 1.0, "min_sentiment": 0.0}
        scan = TopGainerStockListManager(screener, clock, room, **settings)
        await scan.update()
        assert scan.last_error == ""
        assert scan.get_active_stock_list() == ["AAA"]
        told = {row.symbol: row.reason for row in scan.explain()}
        assert "sentiment +0." in told["AAA"]
        assert told["BBB"] == "sentiment -0.60 below +0.00: Later"
