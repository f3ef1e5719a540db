from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from scanners.vendor import NOW, Said, rest
from tradeplat.core.errors import Throttled, Transient
from tradeplat.core.market import SECOND
from tradeplat.scanners.alpaca_news import PATH, AlpacaNews


def row(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "id": number,
        "headline": f"Acme wins contract {number}",
        "author": "A",
        "created_at": "2026-01-05T14:00:00Z",
        "updated_at": "2026-01-05T14:00:01Z",
        "summary": "",
        "content": "",
        "source": "benzinga",
        "symbols": ["AAA"],
        "url": "https://",
        "images": [],
        **changes,
    }


async def test_headlines_are_asked_for_since_an_instant_and_come_newest_first() -> None:
    async with rest() as (vendor, client):
        rows = [row(1), row(2, updated_at="2026-01-05T14:10:00Z"), row(3, updated_at=None)]
        vendor.say(PATH, {"news": rows, "next_page_token": None})
        lines = await AlpacaNews(client).since(["AAA", "BBB"], NOW - 3_600 * SECOND)
        assert [line.id for line in lines] == ["2", "1", "3"]
        assert lines[0].ts == NOW - 1_200 * SECOND
        assert vendor.requests == [
            (
                PATH,
                {
                    "symbols": "AAA,BBB",
                    "start": "2026-01-05T13:30:00Z",
                    "sort": "desc",
                    "limit": "50",
                },
            )
        ]


async def test_pages_are_followed_and_an_endless_token_is_not() -> None:
    async with rest() as (vendor, client):

        def page(request: web.Request) -> Said:
            token = request.query.get("page_token")
            number = int(token or "0")
            return Said(body={"news": [row(number)], "next_page_token": str(min(number + 1, 3))})

        vendor.answers[PATH] = page
        lines = await AlpacaNews(client).since(["AAA"], 0)
        assert {line.id for line in lines} == {"0", "1", "2", "3"}
        assert len(vendor.requests) == 4


async def test_pages_without_end_are_given_up() -> None:
    async with rest() as (vendor, client):

        def page(request: web.Request) -> Said:
            number = int(request.query.get("page_token", "0"))
            return Said(body={"news": [row(number)], "next_page_token": str(number + 1)})

        vendor.answers[PATH] = page
        assert len(await AlpacaNews(client).since(["AAA"], 0)) == 8


async def test_many_tickers_are_asked_in_batches() -> None:
    async with rest() as (vendor, client):
        vendor.say(PATH, {"news": []})
        await AlpacaNews(client).since([f"S{n}" for n in range(120)], 0)
        assert [len(query["symbols"].split(",")) for _, query in vendor.requests] == [50, 50, 20]
        vendor.requests.clear()
        assert await AlpacaNews(client).since([], 0) == []
        assert vendor.requests == []


async def test_a_row_that_cannot_be_read_loses_no_neighbour() -> None:
    async with rest() as (vendor, client):
        bad = [{"id": 5}, 7, None, row(6, created_at="soon"), row(7, headline=None)]
        vendor.say(PATH, {"news": [row(1), *bad, row(2)], "new_field": 1})
        news = AlpacaNews(client)
        assert {line.id for line in await news.since(["AAA"], 0)} == {"1", "2"}
        assert news.unreadable == 5


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"news":3}', b"\xff"])
async def test_a_page_that_cannot_be_read_is_transient(body: bytes) -> None:
    async with rest("alpaca news") as (vendor, client):
        vendor.say(PATH, body)
        with pytest.raises(Transient, match="alpaca news: unreadable news"):
            await AlpacaNews(client).since(["AAA"], 0)


async def test_a_spent_budget_is_raised() -> None:
    async with rest() as (vendor, client):
        vendor.say(PATH, {}, 429)
        with pytest.raises(Throttled):
            await AlpacaNews(client).since(["AAA"], 0)


async def test_the_vendors_recorded_answers_are_read(shared_data: Path) -> None:
    raw = (shared_data / "wire/alpaca/rest_historical_news_data.json").read_bytes()
    bodies = [one["body"] for one in msgspec.json.decode(raw)]
    async with rest() as (vendor, client):
        vendor.say(PATH, bodies[-1])
        [line] = await AlpacaNews(client).since(["CWAN"], 0)
        assert line.symbols == ("CWAN",)
        assert line.source == "benzinga"
        assert line.title.startswith("Piper Sandler Maintains Neutral")
