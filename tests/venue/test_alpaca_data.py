"""The data REST, judged by the vendor's own clients and by its recorded bodies."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from alpaca.common.exceptions import APIError
from alpaca.data.enums import DataFeed, MostActivesBy
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.historical.screener import ScreenerClient
from alpaca.data.requests import (
    MarketMoversRequest,
    MostActivesRequest,
    StockBarsRequest,
    StockLatestBarRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
    StockQuotesRequest,
    StockSnapshotRequest,
    StockTradesRequest,
)
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit

from facts import fetch, finished, known
from markets import KEY, OPEN, SECOND, SECRET, bar, morning, quote, trade, venue
from tradeplat.core.market import MINUTE
from tradeplat.venue.clock import MAX
from tradeplat.venue.faults import Fault
from tradeplat.venue.market import Timing
from tradeplat.venue.plan import FREE
from tradeplat.venue.profile import STRICT

START = datetime.fromtimestamp(OPEN // SECOND, UTC)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


async def ask(served, method, request):
    """What the vendor's client makes of the answer, off the loop for it blocks."""
    client = StockHistoricalDataClient(KEY, SECRET, url_override=served.url)
    return await asyncio.to_thread(getattr(client, method), request)


async def get(served, path, **query):
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.get(served.url + path, params=query) as answer,
    ):
        return answer.status, await answer.json(), answer.headers


async def played(served):
    await served.player.finished.wait()
    return served


async def test_bars_of_any_timeframe_are_made_of_the_prints():
    async with venue(morning(3), speed=MAX) as served:
        await played(served)
        for amount, unit, counts in (
            (1, TimeFrameUnit.Minute, [60, 60, 60]),
            (2, TimeFrameUnit.Minute, [120, 60]),
            (1, TimeFrameUnit.Hour, [180]),
            (1, TimeFrameUnit.Day, [180]),
            (1, TimeFrameUnit.Week, [180]),
            (3, TimeFrameUnit.Month, [180]),
        ):
            start = None if unit is TimeFrameUnit.Day else START - timedelta(days=40)
            request = StockBarsRequest(
                symbol_or_symbols=["AAA", "BBB"], timeframe=TimeFrame(amount, unit), start=start
            )
            bars = await ask(served, "get_stock_bars", request)
            assert [one.trade_count for one in bars["AAA"]] == counts
            assert set(bars.data) == {"AAA", "BBB"}
        (first, *_) = (
            await ask(
                served,
                "get_stock_bars",
                StockBarsRequest(symbol_or_symbols="AAA", timeframe=TimeFrame.Minute),
            )
        )["AAA"]
    prints = [one for one in morning(1) if hasattr(one, "price") and one.symbol == "AAA"]
    volume = sum(one.size for one in prints)
    assert first.timestamp == START
    assert (first.open, first.close) == (prints[0].price, prints[-1].price)
    assert (first.high, first.low) == (max(p.price for p in prints), min(p.price for p in prints))
    assert first.volume == volume
    assert first.vwap == pytest.approx(sum(p.price * p.size for p in prints) / volume, abs=1e-6)


async def test_the_clients_paging_gathers_every_row_once_whatever_the_page():
    async with venue(morning(2), speed=MAX) as served:
        await played(served)
        whole = await ask(
            served, "get_stock_trades", StockTradesRequest(symbol_or_symbols=["BBB", "AAA"])
        )
        rows = {}
        token = ""
        while True:
            query = {"symbols": "BBB,AAA", "limit": "77"} | ({"page_token": token} if token else {})
            _, body, _ = await get(served, "/v2/stocks/trades", **query)
            for symbol, found in body["trades"].items():
                rows.setdefault(symbol, []).extend(one["i"] for one in found)
            token = body["next_page_token"]
            if token is None:
                break
        assert list(rows) == ["AAA", "BBB"]
        assert rows == {s: [one.id for one in whole[s]] for s in rows}
        assert all(len(found) == 120 for found in rows.values())
        some = await ask(
            served,
            "get_stock_trades",
            StockTradesRequest(symbol_or_symbols=["AAA", "BBB"], limit=125),
        )
        assert (len(some["AAA"]), len(some["BBB"])) == (120, 5)


async def test_pages_split_rows_of_one_instant_and_go_backwards_too():
    same = [trade(OPEN + SECOND, 5 + n / 100) for n in range(7)]
    async with venue(same, speed=MAX) as served:
        await played(served)
        for sort, expected in (("asc", range(1, 8)), ("desc", range(7, 0, -1))):
            ids, token = [], ""
            while token is not None:
                query = {"symbols": "AAA", "limit": "3", "sort": sort}
                _, body, _ = await get(
                    served, "/v2/stocks/trades", **query, **({"page_token": token} if token else {})
                )
                ids += [one["i"] for one in body["trades"]["AAA"]]
                token = body["next_page_token"]
            assert ids == list(expected)


async def test_quotes_trades_and_their_newest_forms_are_models():
    async with venue(morning(2), speed=MAX) as served:
        await played(served)
        quotes = await ask(served, "get_stock_quotes", StockQuotesRequest(symbol_or_symbols="AAA"))
        assert len(quotes["AAA"]) == 120
        newest = await ask(
            served, "get_stock_latest_quote", StockLatestQuoteRequest(symbol_or_symbols=["AAA"])
        )
        assert newest["AAA"].timestamp == quotes["AAA"][-1].timestamp
        last = await ask(
            served, "get_stock_latest_trade", StockLatestTradeRequest(symbol_or_symbols=["AAA"])
        )
        assert last["AAA"].id == 120
        minute = await ask(
            served, "get_stock_latest_bar", StockLatestBarRequest(symbol_or_symbols=["AAA", "ZZZ"])
        )
        assert minute["AAA"].timestamp == START + timedelta(minutes=1)
        assert "ZZZ" not in minute


async def test_snapshots_hold_five_parts_and_null_where_nothing_is_known():
    async with venue([trade(OPEN + SECOND, 6.0)], speed=MAX, closes={"AAA": 5.0}) as served:
        await played(served)
        found = await ask(
            served, "get_stock_snapshot", StockSnapshotRequest(symbol_or_symbols=["AAA", "BBB"])
        )
        one = found["AAA"]
        assert (one.latest_trade.price, one.daily_bar.close) == (6.0, 6.0)
        assert (one.previous_daily_bar.close, one.latest_quote) == (5.0, None)
        assert one.previous_daily_bar.timestamp == datetime(2026, 1, 2, 5, tzinfo=UTC)
        _, body, _ = await get(served, "/v2/stocks/snapshots", symbols="BBB,NONE")
        assert body == {
            "BBB": dict.fromkeys(
                ("latestTrade", "latestQuote", "minuteBar", "dailyBar", "prevDailyBar")
            )
        }


async def test_the_screener_ranks_by_change_and_by_activity():
    events = [
        trade(OPEN + SECOND, 6.0, 100, "AAA"),
        trade(OPEN + SECOND, 4.0, 900, "BBB"),
        trade(OPEN + 2 * SECOND, 7.5, 10, "CCC"),
        trade(OPEN + 3 * SECOND, 8.0, 10, "CCC"),
    ]
    async with venue(events, speed=MAX, closes={"AAA": 5.0, "BBB": 5.0, "DDD": 1.0}) as served:
        await played(served)
        client = ScreenerClient(KEY, SECRET, url_override=served.url)
        movers = await asyncio.to_thread(client.get_market_movers, MarketMoversRequest(top=5))
        assert [(m.symbol, m.percent_change, m.change, m.price) for m in movers.gainers] == [
            ("AAA", 20.0, 1.0, 6.0),
            ("CCC", 6.67, 0.5, 8.0),
        ]
        assert [(m.symbol, m.percent_change) for m in movers.losers] == [("BBB", -20.0)]
        active = await asyncio.to_thread(
            client.get_most_actives, MostActivesRequest(top=2, by=MostActivesBy.VOLUME)
        )
        assert [(a.symbol, a.volume) for a in active.most_actives] == [("BBB", 900), ("AAA", 100)]
        active = await asyncio.to_thread(
            client.get_most_actives, MostActivesRequest(top=1, by=MostActivesBy.TRADES)
        )
        assert [(a.symbol, a.trade_count) for a in active.most_actives] == [("CCC", 2)]


async def test_nothing_past_the_venues_now_is_told():
    events = [trade(OPEN + SECOND), quote(OPEN + SECOND), trade(OPEN + 3600 * SECOND, 9.0)]
    async with venue(events, speed=1) as served:
        served.clock.advance(OPEN + SECOND)
        served.player.wake()
        await asyncio.sleep(0.05)
        far = START + timedelta(days=1)
        for method, request in (
            ("get_stock_trades", StockTradesRequest(symbol_or_symbols="AAA", end=far)),
            ("get_stock_quotes", StockQuotesRequest(symbol_or_symbols="AAA", end=far)),
            (
                "get_stock_bars",
                StockBarsRequest(symbol_or_symbols="AAA", timeframe=TimeFrame.Minute, end=far),
            ),
        ):
            assert len((await ask(served, method, request))["AAA"]) == 1


async def test_the_past_is_history_before_the_first_event():
    past = (
        bar(OPEN - 30 * MINUTE, span=60),
        bar(OPEN - 29 * MINUTE, span=60),
        bar(OPEN - 3 * 86_400 * SECOND - 1000 * MINUTE, (4, 4.5, 3.5, 4.2), span=86_400),
    )
    async with venue(speed=1, past=past) as served:
        request = StockBarsRequest(symbol_or_symbols="AAA", timeframe=TimeFrame.Minute)
        assert len((await ask(served, "get_stock_bars", request))["AAA"]) == 2
        long_ago = START - timedelta(days=9)
        request = StockBarsRequest(symbol_or_symbols="AAA", timeframe=TimeFrame.Day, start=long_ago)
        assert [b.close for b in (await ask(served, "get_stock_bars", request))["AAA"]] == [
            4.2,
            5.1,
        ]


async def test_the_free_plan_keeps_recent_consolidated_data_back():
    late = OPEN + 20 * MINUTE
    events = [trade(OPEN + SECOND), trade(late, 6.0)]
    async with venue(events, speed=MAX, plan=FREE, timing=Timing(bar_delay=0)) as served:
        await played(served)
        recent = StockTradesRequest(symbol_or_symbols="AAA", feed=DataFeed.SIP)
        with pytest.raises(APIError) as refused:
            await ask(served, "get_stock_trades", recent)
        assert refused.value.status_code == 403
        assert "does not permit querying recent SIP data" in str(refused.value)
        with pytest.raises(APIError):
            await ask(
                served,
                "get_stock_latest_trade",
                StockLatestTradeRequest(symbol_or_symbols="AAA", feed=DataFeed.SIP),
            )
        old = recent.model_copy(update={"end": START + timedelta(minutes=1)})
        assert len((await ask(served, "get_stock_trades", old))["AAA"]) == 1
        for feed, count in ((None, 2), (DataFeed.IEX, 2), (DataFeed.DELAYED_SIP, 1)):
            request = StockTradesRequest(symbol_or_symbols="AAA", feed=feed)
            assert len((await ask(served, "get_stock_trades", request))["AAA"]) == count
        delayed = StockLatestTradeRequest(symbol_or_symbols="AAA", feed=DataFeed.DELAYED_SIP)
        assert (await ask(served, "get_stock_latest_trade", delayed))["AAA"].price == 5.0


async def test_a_wrong_key_is_401_and_every_answer_tells_the_budget():
    async with venue(speed=1, profile=STRICT, plan=FREE) as served:
        client = StockHistoricalDataClient("nobody", "x", url_override=served.url)
        with pytest.raises(APIError) as refused:
            await asyncio.to_thread(
                client.get_stock_latest_bar, StockLatestBarRequest(symbol_or_symbols="AAA")
            )
        assert refused.value.status_code == 401
        left = []
        for _ in range(FREE.requests):
            status, _, headers = await get(served, "/v2/stocks/bars/latest", symbols="AAA")
            assert status == 200
            left.append(int(headers["X-RateLimit-Remaining"]))
        if left == sorted(left, reverse=True):  # else a minute of the wall began in between
            status, body, headers = await get(served, "/v2/stocks/bars/latest", symbols="AAA")
            assert (status, body) == (429, {"code": 42910000, "message": "too many requests."})
            assert int(headers["X-RateLimit-Reset"]) % 60 == 0


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("bars", {"timeframe": "1Min"}, 400),
        ("bars", {"symbols": "AAA"}, 400),
        ("bars", {"symbols": "AAA", "timeframe": "60Min"}, 400),
        ("bars", {"symbols": "AAA", "timeframe": "5Month"}, 400),
        ("bars", {"symbols": "AAA", "timeframe": "1Min", "limit": "0"}, 400),
        ("bars", {"symbols": "AAA", "timeframe": "1Min", "limit": "10001"}, 400),
        ("trades", {"symbols": "AAA", "start": "yesterday"}, 400),
        ("trades", {"symbols": "AAA", "sort": "up"}, 400),
        ("trades", {"symbols": "AAA", "page_token": "?"}, 400),
        ("quotes", {"symbols": "AAA", "feed": "none"}, 400),
        ("quotes", {"symbols": "AAA", "feed": "otc"}, 403),
        ("snapshots", {}, 400),
    ],
)
async def test_a_bad_query_is_one_clear_message(path, query, status):
    async with venue(speed=1) as served:
        found, body, _ = await get(served, f"/v2/stocks/{path}", **query)
        assert found == status
        assert set(body) == {"message"}


async def test_bodies_have_the_vendors_keys(shared_data):
    async with venue(morning(2), speed=MAX, closes={"AAA": 5.0}) as served:
        await played(served)
        ours = {}
        for path in ("bars", "quotes", "trades"):
            query = {"symbols": "AAA", "timeframe": "1Min"}
            _, body, _ = await get(served, f"/v2/stocks/{path}", **query)
            ours[path] = set(body["AAA" if path == "x" else path]["AAA"][0])
        _, snapshots, _ = await get(served, "/v2/stocks/snapshots", symbols="AAA")
        _, movers, _ = await get(served, "/v1beta1/screener/stocks/movers")
        _, actives, _ = await get(served, "/v1beta1/screener/stocks/most-actives")
    folder = shared_data / "wire" / "alpaca"
    rows = json.loads((folder / "rest_historical_stock_data.json").read_bytes())
    bodies = {row["test"]: row["body"] for row in rows}
    for path, test in (
        ("bars", "test_get_bars"),
        ("quotes", "test_get_quotes"),
        ("trades", "test_get_trades"),
    ):
        assert ours[path] == set(bodies[test][path]["AAPL"][0])
    theirs = bodies["test_get_snapshot"]["AAPL"]
    assert set(snapshots["AAA"]) == set(theirs)
    for part, value in snapshots["AAA"].items():
        assert set(value) == set(theirs[part])
    screener = {
        row["test"]: row["body"] for row in json.loads((folder / "rest_screener.json").read_bytes())
    }
    assert set(movers) == set(screener["test_get_market_movers"])
    assert set(movers["gainers"][0]) == set(screener["test_get_market_movers"]["gainers"][0])
    assert set(actives) == set(screener["test_get_most_actives"])
    assert set(actives["most_actives"][0]) == set(
        screener["test_get_most_actives"]["most_actives"][0]
    )


async def test_pages_that_point_on_and_on_keep_the_sdk_asking():
    # A fault of the vendor's kind (protocols.md 12): the venue only has to be able to make it.
    bodies = [json.dumps({"trades": {}, "next_page_token": token}) for token in ("a", "b", None)]
    async with venue(speed=1) as served:
        for body in bodies:
            path = "/v2/stocks/trades"
            served.faults.arm(Fault(name="http_status", path=path, status=200, body=body))
        found = await ask(served, "get_stock_trades", StockTradesRequest(symbol_or_symbols="AAA"))
        assert found.data == {}
        assert served.faults.struck["http_status"] == 3


async def test_bars_are_as_they_were_unless_splits_are_adjusted_for():
    events = [trade(OPEN + 1, 6.3, 1000, "BBB")]
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    found = {}
    async with finished(known(events, speed=float("inf"))) as served:
        for adjustment in ("", "raw", "dividend", "split", "all", "split,dividend"):
            query = {"symbols": "BBB", "timeframe": "1Day", "start": "2026-01-01"}
            query |= {"adjustment": adjustment} if adjustment else {}
            body = (await fetch(f"{served.url}/v2/stocks/bars", headers, query))[1]
            found[adjustment] = [(row["c"], row["v"]) for row in body["bars"]["BBB"]]
        query["adjustment"] = "both"
        status, body = await fetch(f"{served.url}/v2/stocks/bars", headers, query)
    raw, adjusted = [(0.6, 20_000_000), (6.3, 1000)], [(6.0, 2_000_000), (6.3, 1000)]
    assert [found[name] for name in ("", "raw", "dividend")] == [raw] * 3
    assert [found[name] for name in ("split", "all", "split,dividend")] == [adjusted] * 3
    assert (status, body) == (400, {"message": "invalid adjustment: both"})
