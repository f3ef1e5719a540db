"""Account, assets, clock, calendar, activities and history through the vendor's client."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from alpaca.trading.enums import AccountStatus, AssetExchange, AssetStatus
from alpaca.trading.models import (
    AccountConfiguration,
    Asset,
    Calendar,
    Clock,
    PortfolioHistory,
    TradeAccount,
    TradeActivity,
)
from alpaca.trading.requests import (
    GetAssetsRequest,
    GetCalendarRequest,
    GetPortfolioHistoryRequest,
    MarketOrderRequest,
)
from pydantic import ValidationError

from loopback_venue import KEY, SECRET, loopback
from tradeplat.venue.accounts import AccountTerms


def buy(**given):
    given = {"symbol": "AAA", "qty": 10, "side": "buy", "time_in_force": "day"} | given
    return MarketOrderRequest(**given)


async def test_the_account_is_fresh_and_moves_with_the_market():
    async with loopback() as venue:
        account = await venue.call(venue.client.get_account)
        assert isinstance(account, TradeAccount)
        assert account.status is AccountStatus.ACTIVE
        assert (account.cash, account.buying_power) == ("100000", "200000")
        assert account.pattern_day_trader is None
        await venue.call(venue.client.submit_order, buy())
        venue.wait()
        venue.trade(5.1)
        account = await venue.call(venue.client.get_account)
        assert (account.cash, account.equity, account.long_market_value) == (
            "99950",
            "100001",
            "51",
        )


async def test_old_day_trade_fields_come_back_on_request():
    terms = AccountTerms(key=KEY, secret=SECRET, legacy_fields=True)
    async with loopback(terms=terms) as venue:
        account = await venue.call(venue.client.get_account)
        assert account.pattern_day_trader is False
        assert account.daytrade_count == 0


@pytest.mark.parametrize(
    ("key", "needed"),
    [("id", True), ("account_number", True), ("status", True), ("cash", False), ("sma", False)],
)
async def test_the_sdk_needs_exactly_these_keys_of_an_account(key, needed):
    async with loopback() as venue:
        body = await venue.call(venue.raw.get_account)
        assert all(isinstance(value, str | bool) for value in body.values())
        del body[key]
        if needed:
            with pytest.raises(ValidationError):
                TradeAccount(**body)
        else:
            TradeAccount(**body)


async def test_configurations_are_read_and_changed():
    async with loopback() as venue:
        settings = await venue.call(venue.client.get_account_configurations)
        assert isinstance(settings, AccountConfiguration)
        settings.no_shorting = True
        settings.max_margin_multiplier = "1"
        changed = await venue.call(venue.client.set_account_configurations, settings)
        assert changed.no_shorting
        account = await venue.call(venue.client.get_account)
        assert (account.multiplier, account.shorting_enabled) == ("1", False)
        error = await venue.refused(
            venue.client.patch, "/account/configurations", {"max_margin_multiplier": "9"}
        )
        assert (error.status_code, error.code) == (422, 40010001)


async def test_assets_are_listed_filtered_and_found():
    async with loopback() as venue:
        assets = await venue.call(venue.client.get_all_assets)
        assert [asset.symbol for asset in assets] == ["AAA", "BBB", "CCC", "DDD"]
        wanted = GetAssetsRequest(status=AssetStatus.ACTIVE, exchange=AssetExchange.NYSE)
        (asset,) = await venue.call(venue.client.get_all_assets, wanted)
        assert asset.symbol == "BBB"
        by_id = await venue.call(venue.client.get_asset, asset.id)
        assert by_id.shortable is False
        error = await venue.refused(venue.client.get_asset, "ZZZ")
        assert (error.status_code, error.code) == (404, 40410000)


@pytest.mark.parametrize(
    "key",
    ["id", "class", "exchange", "symbol", "status", "tradable", "marginable", "shortable",
     "easy_to_borrow", "fractionable"],
)  # fmt: skip
async def test_the_sdk_needs_each_of_these_keys_of_an_asset(key):
    async with loopback() as venue:
        body = await venue.call(venue.raw.get_asset, "AAA")
        del body[key]
        with pytest.raises(ValidationError):
            Asset(**body)


async def test_the_clock_is_the_venues():
    async with loopback() as venue:
        clock = await venue.call(venue.client.get_clock)
        assert isinstance(clock, Clock)
        assert clock.is_open
        assert clock.timestamp == datetime(2026, 1, 5, 15, tzinfo=UTC)
        venue.until("17:00")
        body = await venue.call(venue.raw.get_clock)
        assert body["is_open"] is False
        assert body["next_open"] == "2026-01-06T09:30:00-05:00"
        for key in body:
            with pytest.raises(ValidationError):
                Clock(**{k: v for k, v in body.items() if k != key})


async def test_the_calendar_lists_trading_days_in_naive_new_york_time():
    async with loopback() as venue:
        wanted = GetCalendarRequest(start=date(2025, 11, 26), end=date(2025, 11, 28))
        days = await venue.call(venue.client.get_calendar, wanted)
        assert [day.date for day in days] == [date(2025, 11, 26), date(2025, 11, 28)]
        assert days[1].close == datetime(2025, 11, 28, 13)  # noqa: DTZ001  # naive is the point
        error = await venue.refused(
            venue.client.get, "/calendar", {"start": "2026-01-02", "end": "2026-01-01"}
        )
        assert error.status_code == 422
        body = (await venue.call(venue.raw.get_calendar, wanted))[0]
        for key in ("date", "open", "close"):
            with pytest.raises((ValidationError, KeyError)):
                Calendar(**{k: v for k, v in body.items() if k != key})


async def test_fills_are_paged_and_parse_as_the_vendors_model():
    async with loopback() as venue:
        for _ in range(5):
            await venue.call(venue.client.submit_order, buy())
            venue.wait()
            venue.quote(4.99, 5.00)
        seen, token = [], None
        while rows := await venue.call(
            venue.client.get,
            "/account/activities/FILL",
            {"page_size": 2} | ({"page_token": token} if token else {}),
        ):
            seen += rows
            token = rows[-1]["id"]
        assert len({row["id"] for row in seen}) == 5
        activity = TradeActivity(**seen[0])
        assert (activity.symbol, activity.qty, activity.price) == ("AAA", 10.0, 5.0)
        assert seen[0]["transaction_time"] > seen[-1]["transaction_time"]
        listed = await venue.call(
            venue.client.get,
            "/account/activities",
            {"activity_types": "FILL,DIV", "direction": "asc", "date": "2026-01-05"},
        )
        assert listed == seen[::-1]
        assert await venue.call(venue.client.get, "/account/activities/DIV") == []
        after = {"after": seen[1]["transaction_time"]}
        assert await venue.call(venue.client.get, "/account/activities/FILL", after) == seen[:1]


@pytest.mark.parametrize("query", [{"page_size": "101"}, {"page_token": "x"}, {"until": "x"}])
async def test_a_wrong_page_is_refused(query):
    async with loopback() as venue:
        error = await venue.refused(venue.client.get, "/account/activities/FILL", query)
        assert (error.status_code, error.code) == (422, 40010001)


async def test_the_history_of_the_portfolio_follows_equity():
    async with loopback() as venue:
        await venue.call(venue.client.submit_order, buy(qty=100))
        venue.wait(120)
        venue.trade(6.0)
        history = await venue.call(
            venue.client.get_portfolio_history,
            GetPortfolioHistoryRequest(period="1D", timeframe="1Min"),
        )
        assert isinstance(history, PortfolioHistory)
        assert history.base_value == 100_000
        assert history.equity[-1] == 100_100
        assert history.profit_loss[-1] == 100
        whole = await venue.call(venue.client.get_portfolio_history)
        assert whole.timeframe == "1D"
        error = await venue.refused(
            venue.client.get, "/account/portfolio/history", {"period": "soon"}
        )
        assert error.status_code == 422


@pytest.mark.parametrize("query", [{"date_end": "2026-01-05"}, {"start": "2026-01-05T14:00:00Z"}])
async def test_the_history_may_be_bounded(query):
    async with loopback() as venue:
        body = await venue.call(venue.client.get, "/account/portfolio/history", query)
        assert Decimal(str(body["base_value"])) == 100_000
