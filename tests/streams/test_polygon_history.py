"""Polygon's aggregates as history: by their close, page after page, and every failure told."""

import gzip
import json

import pytest
from aiohttp import web

from tradeplat.core.errors import BadInput, Corrupt, Denied, Transient
from tradeplat.core.market import MINUTE, SECOND, Bar
from tradeplat.streams.connection import Access
from tradeplat.streams.polygon_history import PolygonHistory, next_page, timeframe

START = 1_767_623_400 * SECOND


def rows(count, span=60, start=START):
    return [
        {"v": 10.0 + k, "vw": 1.0, "o": 1.0, "c": 1.5, "h": 2.0, "l": 0.5,
         "t": start // 1_000_000 + k * span * 1000, "n": 3}
        for k in range(count)
    ]  # fmt: skip


@pytest.fixture
async def history(polygon):
    async with PolygonHistory(Access(polygon.data_url, "KEY", ""), "polygon", 6_000) as made:
        yield made


async def test_bars_are_named_by_their_close_and_asked_for_by_their_start(history, polygon):
    polygon.rest["aggs"]["AAA", "minute"] = rows(5)
    found = await history.bars("AAA", 60, START + MINUTE, START + 3 * MINUTE)
    assert [bar.ts for bar in found] == [START + 2 * MINUTE, START + 3 * MINUTE]
    assert found[0] == Bar("AAA", START + 2 * MINUTE, 1.0, 2.0, 0.5, 1.5, 11.0, 60, "polygon")
    assert polygon.auth == ["Bearer KEY"]
    assert polygon.queries[0][1]["adjusted"] == "true"
    assert await history.bars("AAA", 60, START, START) == []


async def test_pages_are_followed_on_our_own_host(history, polygon):
    polygon.rest["aggs"]["AAA", "second"] = rows(25, 1)
    polygon.page = 10
    found = await history.bars("AAA", 1, START, START + 25 * SECOND)
    assert [bar.ts for bar in found] == [START + k * SECOND for k in range(1, 26)]
    assert history.requests == 3


async def test_the_last_bars_come_by_number_oldest_first(history, polygon):
    polygon.rest["aggs"]["AAA", "minute"] = rows(30)
    polygon.rest["aggs"]["AAA", "day"] = rows(4, 86_400, START - 4 * 86_400 * SECOND)
    found = await history.recent("AAA", 60, START + 20 * MINUTE, 3)
    assert [bar.ts for bar in found] == [START + k * MINUTE for k in (18, 19, 20)]
    days = await history.days("AAA", START, 2)
    assert [bar.ts for bar in days] == [START - 86_400 * SECOND, START]
    assert (days[0].span, days[0].feed) == (86_400, "polygon")


async def test_of_a_thin_ticker_the_last_bars_are_looked_for_over_weeks(history, polygon):
    day = 1_440 * MINUTE
    starts = [START + k * day - MINUTE for k in (-25, -12, -3, 0)]
    polygon.rest["aggs"]["AAA", "minute"] = [rows(1, 60, start)[0] for start in starts]
    found = await history.recent("AAA", 60, START + MINUTE, 3)
    assert [bar.ts for bar in found] == [start + MINUTE for start in starts[1:]]
    assert history.requests == 2


async def test_a_symbol_without_bars_has_none_and_a_spoilt_row_costs_itself(history, polygon):
    assert await history.bars("NONE", 60, START, START + MINUTE) == []
    good = rows(3)
    good[1]["o"] = 3.0
    polygon.rest["aggs"]["AAA", "minute"] = good
    assert len(await history.bars("AAA", 60, START, START + 3 * MINUTE)) == 2
    assert history.refused == 1


FAULTS = [
    (web.Response(status=401, text='{"status":"ERROR"}'), Denied),
    (web.Response(status=403, text='{"status":"NOT_AUTHORIZED"}'), Denied),
    (web.Response(status=500), Transient),
    (web.Response(status=400), Corrupt),
    (web.Response(text="<html>"), Transient),
    (web.Response(text='{"status":"OK"}'), Corrupt),
    (web.Response(text='{"status":"ERROR","error":"oops"}'), Transient),
    (web.Response(text='{"status":"NOT_AUTHORIZED","message":"your plan"}'), Denied),
    (web.Response(text='{"status":"OK","results":[{"o":1}]}'), Corrupt),
    (
        web.Response(text='{"status":"OK","results":[{"v":1,"o":1,"c":1,"h":1,"l":1,"t":-1}]}'),
        Corrupt,
    ),
]


@pytest.mark.parametrize(("fault", "error"), FAULTS, ids=range(len(FAULTS)))
async def test_each_failure_is_one_of_ours(history, polygon, fault, error):
    polygon.rest_faults.append(fault)
    with pytest.raises(error):
        await history.bars("AAA", 60, START, START + MINUTE)


async def test_a_venue_that_asks_to_slow_down_is_asked_again(history, polygon):
    polygon.rest["aggs"]["AAA", "minute"] = rows(1)
    polygon.rest_faults.append(web.Response(status=429, headers={"Retry-After": "0"}))
    assert len(await history.bars("AAA", 60, START, START + MINUTE)) == 1


async def test_a_page_that_leads_to_itself_ends(history, polygon):
    body = (
        '{"status":"OK","resultsCount":0,"next_url":"http://x/v2/aggs/ticker/A/range/1/minute/0/1"}'
    )
    polygon.rest_faults += [web.Response(text=body) for _ in range(3)]
    with pytest.raises(Corrupt, match="itself"):
        await history.bars("AAA", 60, START, START + MINUTE)


def test_spans_are_named_as_the_vendor_does():
    assert timeframe(1) == (1, "second", 1)
    assert timeframe(300) == (5, "minute", 5)
    assert timeframe(3_600) == (1, "hour", 60)
    with pytest.raises(BadInput, match="span 7"):
        timeframe(7)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/v2/aggs/ticker/A/range/1/minute/0/1?cursor=1",
        "@evil.example/v2/aggs/x",
        ".evil.example/v2/aggs/x",
        "evil.example/v2",
        "//evil.example/v2/aggs/x?a=b",
        ":9@evil.example/",
        "http://user:pass@evil.example",
    ],
)
def test_the_next_page_is_behind_our_own_host_whatever_is_written_there(address):
    path, _ = next_page("AAA", address)
    assert path.startswith("/")
    assert not path.startswith("//")


def test_an_address_that_is_none_is_told():
    with pytest.raises(Corrupt, match="AAA"):
        next_page("AAA", "http://[half")


async def test_an_answer_that_was_cut_while_packed_is_asked_for_again(history, polygon):
    rows = [{"v": 1, "o": 1, "c": 1, "h": 1, "l": 1, "t": n} for n in range(1000)]
    body = gzip.compress(json.dumps({"status": "OK", "results": rows}).encode())
    for size in (10, 40, len(body) // 2):
        cut = web.Response(body=body[:size], headers={"Content-Encoding": "gzip"})
        polygon.rest_faults.append(cut)
        with pytest.raises(Transient):
            await history.recent("AAA", 60, START + MINUTE, 10)


async def test_rows_in_another_unit_and_bad_ones_cost_themselves(history, polygon):
    body = {
        "status": "OK",
        "resultsCount": 4,
        "results": [
            {"v": 1, "o": 1, "c": 1, "h": 1, "l": 1, "t": START // 1_000_000_000},
            {"v": 1, "o": "1", "c": 1, "h": 1, "l": 1, "t": START // 1_000_000},
            {"v": 1, "o": 1, "c": 1, "h": 1, "l": 1, "t": START // 1_000_000},
            {"v": -1, "o": 1, "c": 1, "h": 1, "l": 1, "t": START // 1_000_000},
        ],
    }
    polygon.rest_faults.append(web.json_response(body))
    (bar,) = await history.recent("AAA", 60, START + MINUTE, 10)
    assert bar.ts == START + MINUTE
    assert history.refused == 3
    assert "AAA" in history.last_refused
