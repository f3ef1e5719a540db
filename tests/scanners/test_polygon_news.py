from pathlib import Path

import msgspec
import pytest

from scanners.vendor import NOW, rest
from tradeplat.core.errors import Denied, Transient
from tradeplat.core.market import SECOND
from tradeplat.scanners.polygon_news import MOODS, PATH, PolygonNews


def row(name: str = "a", **changes: object) -> dict[str, object]:
    return {
        "id": name,
        "publisher": {"name": "Wire"},
        "title": f"Acme wins contract {name}",
        "author": "A",
        "published_utc": "2026-01-05T14:00:00Z",
        "article_url": "https://",
        "tickers": ["AAA"],
        "description": "It did.",
        "keywords": [],
        "insights": [{"ticker": "AAA", "sentiment": "positive", "sentiment_reasoning": "won"}],
        **changes,
    }


async def test_one_ticker_is_asked_for_by_name_and_its_mood_comes_along() -> None:
    async with rest() as (vendor, client):
        vendor.say(PATH, {"results": [row()], "status": "OK"})
        [line] = await PolygonNews(client).since(["AAA"], NOW - 3_600 * SECOND)
        assert line.sentiment == {"AAA": MOODS["positive"]}
        assert (line.source, line.body) == ("Wire", "It did.")
        assert vendor.requests[0][1] == {
            "ticker": "AAA",
            "published_utc.gte": "2026-01-05T13:30:00Z",
            "order": "desc",
            "sort": "published_utc",
            "limit": "1000",
        }


async def test_for_several_the_whole_markets_news_are_sifted() -> None:
    async with rest() as (vendor, client):
        rows = [row("a"), row("b", tickers=["ZZZ"]), row("c", tickers=["BBB", "ZZZ"])]
        vendor.say(PATH, {"results": rows})
        lines = await PolygonNews(client).since(["AAA", "BBB"], 0)
        assert [line.id for line in lines] == ["a", "c"]
        assert "ticker" not in vendor.requests[0][1]
        assert await PolygonNews(client).since([], 0) == []


async def test_pages_are_followed_on_our_own_host_and_not_without_end() -> None:
    async with rest() as (vendor, client):
        further = "https://elsewhere.example/v2/reference/news?cursor=x"
        vendor.say(PATH, {"results": [row()], "next_url": further})
        await PolygonNews(client).since(["AAA"], 0)
        assert len(vendor.requests) == 5
        assert vendor.requests[1] == (PATH, {"cursor": "x"})


async def test_a_row_that_cannot_be_read_loses_no_neighbour() -> None:
    async with rest() as (vendor, client):
        strange = row("s", insights=[{"ticker": "AAA", "sentiment": "euphoric"}, {}], publisher={})
        bad = [{"id": 5}, None, row("x", published_utc="soon"), row("y", title="")]
        vendor.say(PATH, {"results": [*bad, row("a", insights=None, description=None), strange]})
        news = PolygonNews(client)
        lines = await news.since(["AAA"], 0)
        assert [line.id for line in lines] == ["a", "s"]
        assert [line.sentiment for line in lines] == [{}, {}]
        assert news.unreadable == 4


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"status":"OK"}', b'{"results":{}}'])
async def test_a_page_without_results_is_no_answer(body: bytes) -> None:
    async with rest("polygon") as (vendor, client):
        vendor.say(PATH, body)
        with pytest.raises(Transient, match="polygon: unreadable news"):
            await PolygonNews(client).since(["AAA"], 0)


async def test_a_plan_without_news_is_denied() -> None:
    async with rest("polygon") as (vendor, client):
        vendor.say(PATH, {"status": "NOT_AUTHORIZED", "message": "upgrade your plan"}, 403)
        with pytest.raises(Denied, match="polygon: HTTP 403 for news: upgrade your plan"):
            await PolygonNews(client).since(["AAA"], 0)


async def test_the_vendors_recorded_answer_is_read(shared_data: Path) -> None:
    raw = (shared_data / "wire/polygon/rest_spec_examples.json").read_bytes()
    body = next(one["body"] for one in msgspec.json.decode(raw) if one["path"] == PATH)
    async with rest() as (vendor, client):
        vendor.say(PATH, body | {"next_url": None})
        [line] = await PolygonNews(client).since(["UBS"], 0)
        assert line.sentiment == {"UBS": 0.6}
        assert line.title.startswith("Markets are underestimating")
