"""Alpaca's data REST: every page, exact windows, and each failure as what it is."""

import pytest
from aiohttp import web

from tradeplat.core.errors import BadInput, Corrupt, Denied, Transient
from tradeplat.core.market import MINUTE, SECOND, Bar
from tradeplat.streams.alpaca_history import AlpacaHistory, timeframe
from tradeplat.streams.connection import Access

DAY = 1_767_571_200 * SECOND  # 2026-01-05T00:00:00Z


def row(minute, close=1.0):
    return {"t": DAY + minute * MINUTE, "o": 1.0, "h": 2.0, "l": 0.5, "c": close, "v": 7, "n": 1}


def trade(ns, price, size=1, **more):
    return {"t": DAY + ns, "p": price, "s": size, "x": "V", "c": ["@"], "z": "C", **more}


@pytest.fixture
async def history(alpaca):
    async with AlpacaHistory(Access(alpaca.data_url, "K", "S"), "iex", 6_000) as made:
        yield made


async def test_closes_within_the_window_come_oldest_first_over_all_pages(alpaca, history):
    alpaca.page = 3
    alpaca.rest["bars"]["AAA"] = [row(k) for k in range(10)]
    got = await history.bars("AAA", 60, DAY + 2 * MINUTE, DAY + 9 * MINUTE)
    assert [b.ts for b in got] == [DAY + k * MINUTE for k in range(3, 10)]
    assert got[0] == Bar("AAA", DAY + 3 * MINUTE, 1.0, 2.0, 0.5, 1.0, 7.0, 60, "iex")
    assert history.requests == 3
    kind, query = alpaca.queries[0]
    assert (kind, query["timeframe"], query["feed"], query["symbols"]) == (
        "bars",
        "1Min",
        "iex",
        "AAA",
    )


async def test_the_last_bars_are_recalled_in_one_request_however_far_back(alpaca, history):
    alpaca.rest["bars"]["AAA"] = [row(k) for k in (-2_000, -1_999, -3, 0, 1, 2, 3)]
    got = await history.recent("AAA", 60, DAY + 3 * MINUTE, 5)
    assert [(b.ts - DAY) // MINUTE for b in got] == [-1_998, -2, 1, 2, 3]
    assert history.requests == 1


async def test_of_a_thin_ticker_the_last_bars_are_looked_for_over_weeks(alpaca, history):
    days = [-25, -12, -3, 0]
    alpaca.rest["bars"]["AAA"] = [row(1_440 * day) for day in days]
    got = await history.recent("AAA", 60, DAY + MINUTE, 3)
    assert [(b.ts - DAY) // (1_440 * MINUTE) for b in got] == days[1:]
    assert history.requests == 2


async def test_days_come_from_the_whole_market_whatever_the_feed(alpaca, history):
    alpaca.rest["bars"]["AAA"] = [row(k * 1_440) for k in (-3, -2, -1, 0)]
    got = await history.days("AAA", DAY - 1, 2)
    assert [(b.ts - DAY) // (1_440 * MINUTE) for b in got] == [-1, 0]
    assert {(b.span, b.feed, b.volume) for b in got} == {(86_400, "sip", 7.0)}
    _, query = alpaca.queries[0]
    assert (query["timeframe"], query["feed"], query["sort"]) == ("1Day", "sip", "desc")


async def test_where_the_plan_denies_the_whole_market_the_feeds_own_days_come(alpaca, history):
    alpaca.rest["bars"]["AAA"] = [row(-1_440)]
    alpaca.rest_faults = [web.json_response({"message": "not in the plan"}, status=403)]
    (day,) = await history.days("AAA", DAY, 20)
    assert day.feed == "iex"
    assert [query["feed"] for _, query in alpaca.queries][-1] == "iex"


async def test_a_feed_of_another_name_is_asked_for_days_as_it_is(alpaca):
    alpaca.rest["bars"]["AAA"] = [row(-1_440)]
    async with AlpacaHistory(Access(alpaca.data_url, "K", "S"), "builtin", 6_000) as made:
        (day,) = await made.days("AAA", DAY, 20)
    assert day.feed == "builtin"
    assert "feed" not in alpaca.queries[0][1]


async def test_seconds_are_folded_from_prints_by_the_live_rules(alpaca, history):
    alpaca.rest["trades"]["AAA"] = [
        trade(SECOND // 2, 5.0, 2),
        trade(SECOND - 1, 5.5, 1),
        trade(SECOND, 6.0, 1, i=7),
        trade(SECOND + 1, 9.0, 1, u="canceled"),
        trade(SECOND + 2, 9.0, 4, c=["I"]),
        trade(3 * SECOND, 7.0, 1),
        trade(4 * SECOND, 8.0, 1),
    ]
    got = await history.bars("AAA", 1, DAY, DAY + 4 * SECOND)
    assert got == [
        Bar("AAA", DAY + SECOND, 5.0, 5.5, 5.0, 5.5, 3.0, 1, "iex"),
        Bar("AAA", DAY + 2 * SECOND, 6.0, 6.0, 6.0, 6.0, 5.0, 1, "iex"),
        Bar("AAA", DAY + 4 * SECOND, 7.0, 7.0, 7.0, 7.0, 1.0, 1, "iex"),
    ]


async def test_nothing_traded_is_no_bars(alpaca, history):
    assert await history.bars("AAA", 60, DAY, DAY + MINUTE) == []
    assert await history.bars("AAA", 60, DAY, DAY) == []
    alpaca.rest_faults = [web.json_response({"bars": None, "next_page_token": None})]
    assert await history.bars("AAA", 60, DAY, DAY + MINUTE) == []


@pytest.mark.parametrize(
    ("fault", "error", "told"),
    [
        (web.json_response({"message": "unauthorized."}, status=401), Denied, "unauthorized."),
        (web.json_response({"message": "recent SIP data"}, status=403), Denied, "recent SIP"),
        (web.json_response({"message": "invalid symbol"}, status=400), Corrupt, "invalid symbol"),
        (web.Response(status=502, text="<html>bad gateway</html>"), Transient, "502"),
        (web.Response(status=504), Transient, "504"),
        (web.Response(text="{"), Transient, "truncated"),
        (web.Response(body=b"\x00\xff<garbage>"), Transient, "history of AAA"),
        (web.Response(text='{"quotes":{}}'), Corrupt, "bars"),
        (web.json_response({"bars": {"AAA": [{"t": "x"}]}}), Corrupt, "o"),
        (
            web.json_response(
                {"bars": {"AAA": [{"t": "noon", "o": 1, "h": 1, "l": 1, "c": 1, "v": 1}]}}
            ),
            Corrupt,
            "time stamp",
        ),
    ],
)
async def test_each_failure_says_what_has_to_happen_next(alpaca, history, fault, error, told):
    alpaca.rest_faults = [fault]
    with pytest.raises(error, match=told):
        await history.bars("AAA", 60, DAY, DAY + MINUTE)


async def test_a_request_to_slow_down_is_obeyed_and_then_reported(alpaca, history):
    alpaca.rest["bars"]["AAA"] = [row(0)]
    slow = {"status": 429, "headers": {"Retry-After": "0"}}
    alpaca.rest_faults = [web.Response(**slow), web.Response(**slow)]
    assert len(await history.bars("AAA", 60, DAY, DAY + MINUTE)) == 1
    alpaca.rest_faults = [web.Response(**slow) for _ in range(9)]
    with pytest.raises(Transient, match="429"):
        await history.bars("AAA", 60, DAY, DAY + MINUTE)


async def test_a_page_that_leads_back_to_itself_is_noticed(alpaca, history):
    looped = {"bars": {"AAA": []}, "next_page_token": "again"}
    alpaca.rest_faults = [web.json_response(looped) for _ in range(3)]
    with pytest.raises(Corrupt, match="leads back"):
        await history.bars("AAA", 60, DAY, DAY + MINUTE)


async def test_nobody_there_is_transient(alpaca, history):
    await alpaca.stop()
    with pytest.raises(Transient, match="history"):
        await history.bars("AAA", 60, DAY, DAY + MINUTE)


async def test_outside_its_context_it_is_a_bug():
    history = AlpacaHistory(Access("http://127.0.0.1:9", "K", "S"), "iex")
    with pytest.raises(Corrupt, match="outside"):
        await history.bars("AAA", 60, DAY, DAY + MINUTE)


def test_spans_have_the_vendors_names_or_none():
    assert [timeframe(60), timeframe(300), timeframe(3_600)] == ["1Min", "5Min", "1Hour"]
    for span in (0, 5, 90, 86_400):
        with pytest.raises(BadInput, match="span"):
            timeframe(span)


async def test_a_row_that_makes_no_sense_costs_itself(alpaca, history):
    good = {"t": "2026-01-05T00:01:00Z", "o": 1, "h": 2, "l": 0.5, "c": 1, "v": 7}
    rows = [
        {**good, "o": 3},
        {**good, "t": "1970-01-01T00:01:00Z"},
        {**good, "t": "noon"},
        {**good, "v": None},
        good,
        {**good, "t": "2026-01-05T00:02:00Z", "n": None, "new": {}},
    ]
    alpaca.rest_faults = [web.json_response({"bars": {"AAA": rows}})]
    found = await history.bars("AAA", 60, DAY, DAY + 5 * MINUTE)
    assert [bar.ts for bar in found] == [DAY + 2 * MINUTE, DAY + 3 * MINUTE]
    assert history.refused == 4
    assert "AAA" in history.last_refused
    ticks = [{"t": "2026-01-05T00:00:01Z", "p": 1, "s": 1, "z": None, "u": None}, {"t": "x"}]
    alpaca.rest_faults = [web.json_response({"trades": {"AAA": ticks}})]
    assert len(await history.bars("AAA", 1, DAY, DAY + 5 * SECOND)) == 1
