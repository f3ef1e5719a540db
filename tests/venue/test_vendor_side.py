"""Conformance: the vendor's own REST client, under both its names, reads every page."""

import asyncio
import logging
from datetime import UTC, date, datetime
from inspect import signature

import pytest

from facts import finished, known, played
from markets import KEY, OPEN, control
from polygons import NAMES, package

pytestmark = pytest.mark.parametrize("name", NAMES)


async def asked(served, name: str, method: str, *args, key: str = KEY, **options):
    """What a method of the client returns, its pages followed to the end."""
    client = package(name).RESTClient(key, base=served.url, retries=0)

    def call():
        found = getattr(client, method)(*args, **options)
        return list(found) if hasattr(found, "__next__") else found

    return await asyncio.to_thread(call)


async def test_aggregates(name):
    async with finished(played()) as served:
        day = "2026-01-05"
        listed = await asked(served, name, "list_aggs", "AAA", 1, "second", day, day, limit=50)
        got = await asked(served, name, "get_aggs", "AAA", 1, "minute", day, day)
        grouped = await asked(served, name, "get_grouped_daily_aggs", day)
        previous = await asked(served, name, "get_previous_close_agg", "AAA")
    assert len(listed) == 180
    assert {type(one).__name__ for one in (*listed, *got)} == {"Agg"}
    assert got[0].timestamp == OPEN // 1_000_000
    assert (got[0].open, got[0].transactions) == (5.0, 60)
    assert [one.ticker for one in grouped] == ["AAA", "BBB"]
    assert (previous[0].ticker, previous[0].close) == ("AAA", 5.0)


async def test_snapshots(name):
    async with finished(played()) as served:
        everyone = await asked(served, name, "get_snapshot_all", "stocks")
        some = await asked(served, name, "get_snapshot_all", "stocks", tickers=["BBB"])
        one = await asked(served, name, "get_snapshot_ticker", "stocks", "AAA")
        gainers = await asked(served, name, "get_snapshot_direction", "stocks", "gainers")
        losers = await asked(served, name, "get_snapshot_direction", "stocks", "losers")
    assert {type(row).__name__ for row in (*everyone, *gainers, one)} == {"TickerSnapshot"}
    assert [row.ticker for row in everyone] == ["AAA", "BBB"]
    assert [row.ticker for row in some] == ["BBB"]
    assert (one.last_trade.price, one.last_quote.bid_price) == (5.29, 5.28)
    assert (one.prev_day.close, one.todays_change_percent) == (5.0, 5.8)
    assert (one.day.volume, one.min.accumulated_volume) == (34_110, 34_110)
    assert ([row.ticker for row in gainers], losers) == (["BBB", "AAA"], [])


async def test_reference_data(name):
    async with finished(played()) as served:
        tickers = await asked(served, name, "list_tickers", market="stocks", active=True, limit=1)
        details = await asked(served, name, "get_ticker_details", "AAA")
        kinds = await asked(served, name, "get_ticker_types")
        splits = await asked(served, name, "list_splits", ticker="BBB")
        news = await asked(served, name, "list_ticker_news", "AAA", order="desc", limit=1)
        status = await asked(served, name, "get_market_status")
        assert await asked(served, name, "list_dividends", ticker="AAA", limit=1_000) == []
    assert [row.ticker for row in tickers] == ["AAA", "BBB"]
    assert (details.sic_code, details.market_cap, details.list_date) == (
        "2834", 50_000_000, "2020-02-03",
    )  # fmt: skip
    assert "CS" in {row.code for row in kinds}
    assert [(row.split_from, row.split_to) for row in splits] == [(10, 1)]
    assert [row.title for row in news] == ["Alder Bio Announces FDA Approval", "A Day for Two"]
    assert news[0].insights[0].sentiment == "positive"
    assert news[0].publisher.name == "venue"
    assert (status.market, status.exchanges.nasdaq) == ("open", "open")


async def test_prints_quotes_and_days(name):
    async with finished(played(1)) as served:
        trades = await asked(served, name, "list_trades", "AAA", limit=25, order="asc")
        since = datetime.fromtimestamp(OPEN / 1e9 + 30, UTC)
        late = await asked(served, name, "list_quotes", "AAA", timestamp_gte=since)
        trade = await asked(served, name, "get_last_trade", "AAA")
        quote = await asked(served, name, "get_last_quote", "AAA")
        day = await asked(served, name, "get_daily_open_close_agg", "AAA", "2026-01-05")
        holidays = await asked(served, name, "get_market_holidays")
    assert (len(trades), trades[0].price, len(late)) == (60, 5.0, 30)
    assert trades[-1].sip_timestamp == trade.sip_timestamp
    assert late[0].sip_timestamp == quote.sip_timestamp
    assert (trade.ticker, trade.price, quote.bid_price) == ("AAA", 5.29, 5.28)
    assert (day.symbol, day.open, day.close) == ("AAA", 5.0, 5.29)
    assert {row.name for row in holidays} >= {"Good Friday", "Thanksgiving"}


async def test_codes(name):
    async with finished(played(1)) as served:
        exchanges = await asked(served, name, "get_exchanges", asset_class="stocks", locale="us")
        conditions = await asked(served, name, "list_conditions", asset_class="stocks", limit=7)
        odd = await asked(served, name, "list_conditions", id=37)
    assert {row.mic for row in exchanges} >= {"XNAS", "XNYS", "IEXG"}
    assert len({row.id for row in conditions}) == len(conditions) == 30
    assert [(row.name, row.update_rules.consolidated.updates_volume) for row in odd] == [
        ("Odd Lot Trade", True)
    ]


async def test_universal_snapshots(name):
    async with finished(played()) as served:
        named = await asked(served, name, "list_universal_snapshots", type="stocks",
                            ticker_any_of=["AAA", "ZZZ"])  # fmt: skip
        everyone = await asked(served, name, "list_universal_snapshots", limit=1)
    assert [(row.ticker, row.error) for row in named] == [("AAA", None), ("ZZZ", "NOT_FOUND")]
    assert (named[0].session.change_percent, named[0].last_trade.price) == (5.8, 5.29)
    assert [row.ticker for row in everyone] == ["AAA", "BBB"]


async def test_every_timespan_is_read_and_adds_up(name):
    volumes = {}
    async with finished(played()) as served:
        for unit in ("second", "minute", "hour", "day", "week", "month", "quarter", "year"):
            bars = await asked(served, name, "list_aggs", "AAA", 1, unit, date(2026, 1, 5),
                               datetime(2026, 1, 5, 20, tzinfo=UTC), limit=100)  # fmt: skip
            volumes[unit] = sum(bar.volume for bar in bars)
        few = await asked(served, name, "get_aggs", "AAA", 2, "minute", OPEN // 10**6,
                          "2026-01-05", adjusted=False, sort="desc", limit=2)  # fmt: skip
    today = {volumes.pop(unit) for unit in ("second", "minute", "hour", "day", "week")}
    assert today == {34_110}
    # The Friday before is of the same month.
    assert set(volumes.values()) == {1_034_110}
    assert [(bar.timestamp, bar.transactions) for bar in few] == [(OPEN // 10**6 + 120_000, 60)]


async def test_the_newer_pages_are_in_the_newer_client(name):
    async with finished(played()) as served:
        if name == "polygon":
            assert not hasattr(package(name).RESTClient, "list_stocks_floats")
            return
        floats = await asked(served, name, "list_stocks_floats", ticker="AAA")
        splits = await asked(served, name, "list_stocks_splits", ticker="AAA")
        assert await asked(served, name, "list_stocks_dividends", ticker="AAA") == []
    assert [(row.free_float, row.free_float_percent) for row in floats] == [(4_000_000, 40.0)]
    assert [row.adjustment_type for row in splits] == ["forward_split"]


async def test_refusals_are_the_clients_own_error(name):
    bad = package(name).exceptions.BadResponse
    async with known() as served:
        with pytest.raises(bad, match="Unknown API Key"):
            await asked(served, name, "get_market_status", key="wrong")
        with pytest.raises(bad, match="Ticker not found"):
            await asked(served, name, "get_ticker_details", "ZZZ")
        await control(served, "fault", name="http_status", status=403, path="/v2/aggs", times=1)
        with pytest.raises(bad):
            await asked(served, name, "get_previous_close_agg", "AAA")


async def test_a_body_that_is_no_json_vanishes_in_the_client(name, caplog):
    # protocols.md, trap 30: why the platform has a client of its own.
    async with finished(played()) as served:
        await control(served, "fault", name="garbage_body", path="/v2/aggs", body="<html>")
        with caplog.at_level(logging.CRITICAL):
            assert await asked(served, name, "get_aggs", "AAA", 1, "minute", "2026-01-05",
                               "2026-01-05") == []  # fmt: skip


SERVED = {
    "get_aggs", "get_daily_open_close_agg", "get_exchanges", "get_grouped_daily_aggs",
    "get_last_quote", "get_last_trade", "get_market_holidays", "get_market_status",
    "get_previous_close_agg", "get_snapshot_all", "get_snapshot_direction", "get_snapshot_ticker",
    "get_ticker_details", "get_ticker_types", "list_aggs", "list_conditions", "list_dividends",
    "list_quotes", "list_splits", "list_ticker_news", "list_tickers", "list_trades",
    "list_universal_snapshots", "list_stocks_dividends", "list_stocks_floats",
    "list_stocks_splits",
}  # fmt: skip
DAY = "2026-01-05"
GIVEN = {
    "get_aggs": ("AAA", 1, "minute", DAY, DAY), "list_aggs": ("AAA", 1, "minute", DAY, DAY),
    "get_grouped_daily_aggs": (DAY,), "get_daily_open_close_agg": ("AAA", DAY),
    "get_snapshot_all": ("stocks",), "get_snapshot_direction": ("stocks", "gainers"),
    "get_snapshot_ticker": ("stocks", "AAA"), "get_ticker_details": ("AAA",),
}  # fmt: skip


async def test_each_method_is_served_or_ends_with_the_clients_own_error(name):
    client = package(name).RESTClient
    methods = [one for one in dir(client) if one.startswith(("get_", "list_"))]
    served_by_it, refused = set(), set()
    async with finished(played(1)) as served:
        for method in methods:
            needed = [
                one for one in list(signature(getattr(client, method)).parameters.values())[1:]
                if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
            ]  # fmt: skip
            try:
                await asked(served, name, method, *GIVEN.get(method, ["AAA"] * len(needed)))
            except package(name).exceptions.BadResponse as error:
                refused.add(str(error))
            else:
                served_by_it.add(method)
    assert served_by_it == SERVED & set(methods)
    assert refused == {"404 page not found"}
