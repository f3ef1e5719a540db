"""The top gainers behind the gate of their news."""

import pytest

from scanners.screener_venue import ScreenerVenue, screener
from scanners.vendor import Vendor, rest
from tradeplat.app.plugins import build
from tradeplat.core.errors import BadInput
from tradeplat.scanners.alpaca_data import AlpacaScreener
from tradeplat.scanners.alpaca_news import PATH, AlpacaNews
from tradeplat.scanners.news import News, Newsroom
from tradeplat.scanners.rest import Rest
from tradeplat.scanners.sentiment import Sentiment
from tradeplat.scanners.top_gainer import TopGainerStockListManager

GOOD, BAD = "Acme wins $20 million contract", "Acme files for bankruptcy"


@pytest.fixture(scope="module")
def scorer() -> Sentiment:
    return Sentiment.load()


def gated(
    client: AlpacaScreener, vendor: Vendor, source: Rest, scorer: Sentiment | None, **more: object
) -> TopGainerStockListManager:
    news = News({"alpaca": AlpacaNews(source)}, vendor.clock)
    room = Newsroom(news, scorer, lambda: [source.told()])
    settings = {"min_sentiment": 0.0, **more}
    return TopGainerStockListManager(client, vendor.clock, room, **settings)


def market(venue: ScreenerVenue) -> None:
    venue.put("AAA", 5.0, 30.0)
    venue.put("BBB", 5.0, 20.0)
    venue.put("CCC", 5.0, 15.0)
    venue.put("DDD", 5.0, 1.0)


def published(vendor: Vendor, **headlines: str) -> None:
    rows = [
        {"id": n, "headline": title, "created_at": "2026-01-05T14:29:00Z", "symbols": [symbol]}
        for n, (symbol, title) in enumerate(headlines.items())
    ]
    vendor.say(PATH, {"news": rows})


async def test_bad_news_keep_a_riser_out_and_the_row_says_which(scorer: Sentiment) -> None:
    async with screener() as (venue, client), rest("alpaca news") as (vendor, source):
        market(venue)
        published(vendor, AAA=BAD, BBB=GOOD)
        scan = gated(client, vendor, source, scorer)
        await scan.update()
        assert scan.get_active_stock_list() == ["BBB", "CCC"]
        told = {row.symbol: row.reason for row in scan.explain()}
        assert told["AAA"].startswith("sentiment -0.")
        assert told["AAA"].endswith(f"below +0.00: {BAD}")
        assert "sentiment +0." in told["BBB"]
        assert told["CCC"].endswith("no news in 24 h")
        assert told["DDD"] == "change +1.00 % below +5 %"
        assert vendor.requests[0][1]["symbols"] == "AAA,BBB,CCC"
        assert scan.told() == [source.told()]
        assert scan.last_error == ""


async def test_news_that_turn_bad_take_a_ticker_off_the_list(scorer: Sentiment) -> None:
    async with screener() as (venue, client), rest("alpaca news") as (vendor, source):
        market(venue)
        published(vendor)
        scan = gated(client, vendor, source, scorer)
        await scan.update()
        assert scan.get_active_stock_list() == ["AAA", "BBB", "CCC"]
        published(vendor, BBB=BAD)
        await scan.update()
        assert scan.get_active_stock_list() == ["AAA", "BBB", "CCC"]
        vendor.clock.after(30)
        await scan.update()
        assert scan.get_active_stock_list() == ["AAA", "CCC"]


@pytest.mark.parametrize(("gate", "listed"), [("open", ["AAA", "BBB", "CCC"]), ("closed", [])])
@pytest.mark.parametrize("status", [401, 402, 403, 404, 429, 500, 503])
async def test_news_that_cannot_be_had_leave_the_gate_as_it_is_and_the_scan_incomplete(
    scorer: Sentiment, gate: str, listed: list[str], status: int
) -> None:
    async with screener() as (venue, client), rest("alpaca news") as (vendor, source):
        market(venue)
        vendor.say(PATH, {}, status)
        scan = gated(client, vendor, source, scorer, gate=gate)
        for _ in range(5):
            await scan.update()
        assert scan.get_active_stock_list() == listed
        passing = [row.reason for row in scan.explain() if row.symbol != "DDD"]
        assert all(f"gate {gate}: incomplete, no news (" in reason for reason in passing)
        assert scan.last_error.startswith("incomplete: alpaca news: ")
        assert scan.told()[0].startswith(f"{scan.last_error}; since ")
        assert scan.told()[1:] == [source.told()]
        assert len(vendor.requests) <= (5 if status == 404 else 2)


async def test_without_a_wish_no_news_are_asked_for(scorer: Sentiment) -> None:
    async with screener() as (venue, client), rest("alpaca news") as (vendor, source):
        market(venue)
        scan = gated(client, vendor, source, scorer, min_sentiment=-1.0)
        await scan.update()
        assert scan.get_active_stock_list() == ["AAA", "BBB", "CCC"]
        assert vendor.requests == []


async def test_a_gate_without_news_or_judge_says_so() -> None:
    async with screener() as (venue, client), rest("alpaca news") as (vendor, source):
        market(venue)
        published(vendor, AAA=BAD)
        scan = gated(client, vendor, source, None, gate="closed")
        await scan.update()
        assert scan.get_active_stock_list() == ["BBB", "CCC"]
        assert scan.last_error == "incomplete: sentiment: the extra 'nlp' is missing"
        alone = TopGainerStockListManager(client, vendor.clock, min_sentiment=0.0)
        await alone.update()
        assert alone.get_active_stock_list() == ["AAA", "BBB", "CCC"]
        assert "no source of news" in alone.explain()[0].reason


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"gate": "ajar"}, "gate: found 'ajar', expected open or closed"),
        ({"min_sentiment": 2.0}, "min_sentiment: found 2, expected -1 to 1"),
    ],
)
def test_settings_that_cannot_be_are_answered_in_one_line(
    settings: dict[str, object], message: str
) -> None:
    services = {"screener": object(), "clock": None, "newsroom": None}
    with pytest.raises(BadInput, match=message):
        build("scanner", "top_gainer", settings, services)
