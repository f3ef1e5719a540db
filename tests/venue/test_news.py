"""Headlines over REST and on the socket, judged by the broker's own client."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from alpaca.data.historical.news import NewsClient
from alpaca.data.live.news import NewsDataStream
from alpaca.data.models.news import News
from alpaca.data.requests import NewsRequest

from facts import HOUR, REFERENCE, fetch, finished, known, played
from markets import KEY, OPEN, SECRET, control, trade
from tradeplat.core.market import MINUTE
from tradeplat.venue.agenda import Agenda
from tradeplat.venue.alpaca_stream import NEWS
from tradeplat.venue.data_door import Query
from tradeplat.venue.hub import Hub, Receiver
from tradeplat.venue.news import NewsPages, Newsroom, message
from tradeplat.venue.reference import Almanac
from tradeplat.venue.refusals import Refusal
from waits import until

ALMANAC = Almanac(REFERENCE, {}, {}, ("AAA", "BBB"))


def titles(now: int = OPEN + HOUR, **query: str) -> list[int]:
    found = NewsPages(ALMANAC, lambda: now).news(Query(query))
    return [one.id for one in found["news"]]


def test_headlines_come_latest_first_and_none_before_its_time():
    assert titles() == [3, 1, 4, 2]
    assert titles(OPEN) == [1, 4, 2]
    assert titles(sort="asc") == [2, 4, 1, 3]
    assert titles(symbols="BBB") == [3, 2]
    assert titles(start="2026-01-05T13:30:00Z") == [3, 1]
    assert titles(end="2026-01-05T13:00:00Z") == [4, 2]


@pytest.mark.parametrize("query", [{"limit": "51"}, {"sort": "up"}, {"page_token": "x"},
                                   {"start": "noon"}])  # fmt: skip
def test_what_cannot_be_read_is_refused(query):
    with pytest.raises(Refusal):
        titles(**query)


def test_pages_follow_each_other():
    pages = NewsPages(ALMANAC, lambda: OPEN + HOUR)
    found, token = [], ""
    while True:
        page = pages.news(Query({"limit": "1", "page_token": token}))
        found += [one.id for one in page["news"]]
        token = page["next_page_token"]
        if token is None:
            break
    assert found == [3, 1, 4, 2]


async def test_the_official_client_reads_a_page():
    async with finished(played()) as served:
        client = NewsClient(KEY, SECRET, url_override=served.url)
        request = NewsRequest(symbols="AAA", start=datetime(2026, 1, 1, tzinfo=UTC), limit=10)
        found = await asyncio.to_thread(client.get_news, request)
        status, _ = await fetch(f"{served.url}/v1beta1/news", {}, {})
    articles = found.data["news"]
    assert [one.headline for one in articles] == [
        "Alder Bio Announces FDA Approval",
        "A Day for Two",
    ]
    assert all(isinstance(one, News) for one in articles)
    assert articles[0].created_at == datetime(2026, 1, 5, 13, 30, tzinfo=UTC)
    assert status == 401


@asynccontextmanager
async def listener(served, *symbols):
    stream = NewsDataStream(KEY, SECRET, url_override=f"{served.ws_url}/v1beta1/news")
    heard: list[News] = []

    async def take(article) -> None:
        heard.append(article)

    for symbol in symbols:
        stream._handlers["news"][symbol] = take
    async with asyncio.TaskGroup() as group:
        task = group.create_task(stream._run_forever())
        try:
            yield heard
        finally:
            await stream.stop_ws()
            await stream.close()
            task.cancel()


async def test_the_official_client_hears_a_headline_as_it_comes_out():
    async with known([trade(OPEN + MINUTE)], speed=0.01) as served, listener(served, "*") as heard:
        await until(lambda: any(one.topics["news"] for one in served.floor.hub.receivers))
        await control(served, "speed", speed=600)
        await until(lambda: heard)
    assert [(one.headline, one.symbols) for one in heard] == [("Later", ["BBB"])]


def test_a_headline_about_two_is_told_once_to_who_wants_both():
    hub, heard = Hub(), []
    receiver = Receiver(NEWS, KEY, heard.append, (NEWS,))
    hub.join(receiver)
    hub.subscribe(receiver, {NEWS: ["AAA", "BBB"]})
    other = Receiver(NEWS, KEY, heard.append, (NEWS,))
    hub.join(other)
    hub.subscribe(other, {NEWS: ["ZZZ"]})
    hub.publish([message(REFERENCE.headlines[0])], (NEWS,))
    assert len(heard) == 1
    assert b'"symbols":["AAA","BBB"]' in heard[0]


def test_the_newsroom_tells_each_in_its_time():
    hub, heard, agenda = Hub(), [], Agenda()
    receiver = Receiver(NEWS, KEY, heard.append, (NEWS,))
    hub.join(receiver)
    hub.subscribe(receiver, {NEWS: ["*"]})
    Newsroom(ALMANAC, agenda, hub, OPEN - 2 * HOUR)
    agenda.run(OPEN)
    assert len(heard) == 1
    agenda.run(OPEN + HOUR)
    assert len(heard) == 2
    assert agenda.next_due is None
