"""Reference data over REST, as of the venue's clock."""

import json
from pathlib import Path

import pytest

from facts import finished, get, known, played
from markets import OPEN, SECOND, trade
from tradeplat.core.market import MINUTE
from tradeplat.venue.reference import Reference

TICKERS, NEWS, SPLITS = "/v3/reference/tickers", "/v2/reference/news", "/v3/reference/splits"


async def test_tickers_are_listed_by_what_they_are():
    async with known() as served:
        everyone = (await get(served, TICKERS))[1]["results"]
        asked = {
            "funds": {"type": "ETF"},
            "gone": {"active": "false"},
            "named": {"search": "alder"},
            "above": {"ticker.gt": "AAA"},
            "at": {"exchange": "XNYS"},
            "last": {"order": "desc", "limit": "1"},
        }
        found = {
            name: [row["ticker"] for row in (await get(served, TICKERS, **query))[1]["results"]]
            for name, query in asked.items()
        }
    assert [row["ticker"] for row in everyone] == ["AAA", "BBB"]
    assert everyone[0]["primary_exchange"] == "XNAS"
    assert found == {
        "funds": ["BBB"], "gone": ["GONE"], "named": ["AAA"], "above": ["BBB"], "at": ["BBB"],
        "last": ["BBB"],
    }  # fmt: skip


async def test_details_leave_out_what_nobody_knows():
    async with known() as served:
        status, body = await get(served, f"{TICKERS}/AAA")
        fund = (await get(served, f"{TICKERS}/BBB"))[1]["results"]
        missing = await get(served, f"{TICKERS}/ZZZ")
    told = body["results"]
    assert status == 200
    assert (told["sic_code"], told["market_cap"], told["share_class_shares_outstanding"]) == (
        "2834", 50_000_000, 10_000_000,
    )  # fmt: skip
    assert told["list_date"] == "2020-02-03"
    assert not {"sic_code", "market_cap", "cik"} & set(fund)
    assert (missing[0], missing[1]["status"]) == (404, "NOT_FOUND")


async def test_keys_are_among_the_recorded_ones(shared_data: Path):
    folder = shared_data / "wire/polygon/rest"
    details = json.loads((folder / "v3_reference_tickers_AAPL.json").read_text())["results"]
    row = json.loads((folder / "v3_reference_tickers.json").read_text())["results"][0]
    status = json.loads((folder / "v1_marketstatus_now.json").read_text())
    async with known() as served:
        told = (await get(served, f"{TICKERS}/AAA"))[1]["results"]
        listed = (await get(served, TICKERS))[1]["results"][0]
        now = (await get(served, "/v1/marketstatus/now"))[1]
    assert set(told) <= set(details)
    assert set(listed) <= set(row)
    assert set(status) == set(now) - {"status", "request_id"}


async def test_splits_are_known_from_their_day_on():
    async with known() as served:
        found = (await get(served, SPLITS))[1]["results"]
        one = (await get(served, SPLITS, ticker="AAA"))[1]["results"]
        reverse = (await get(served, SPLITS, reverse_split="true"))[1]["results"]
        today = (await get(served, SPLITS, execution_date="2026-01-05"))[1]["results"]
        newer = (await get(served, "/stocks/v1/splits"))[1]["results"]
        bad = await get(served, SPLITS, **{"execution_date.gte": "today"})
    assert [(row["ticker"], row["execution_date"]) for row in found] == [
        ("BBB", "2026-01-05"), ("AAA", "2024-03-01"),
    ]  # fmt: skip
    assert (found[0]["split_from"], found[0]["split_to"]) == (10, 1)
    assert [row["ticker"] for row in one] == ["AAA"]
    assert reverse == today == found[:1]
    assert [row["adjustment_type"] for row in newer] == ["reverse_split", "forward_split"]
    assert newer[0]["historical_adjustment_factor"] == 10.0
    assert bad[0] == 400


async def test_a_float_is_told_where_it_is_known():
    async with known() as served:
        rows = (await get(served, "/stocks/vX/float"))[1]["results"]
        none = (await get(served, "/stocks/vX/float", ticker="BBB"))[1]["results"]
        some = (await get(served, "/stocks/vX/float", **{"ticker.any_of": "AAA,BBB"}))[1]["results"]
    assert rows == some == [
        {"ticker": "AAA", "free_float": 4_000_000, "free_float_percent": 40.0,
         "effective_date": "2025-12-20"}
    ]  # fmt: skip
    assert none == []


async def test_a_headline_is_told_once_it_is_out():
    events = [trade(OPEN + 1), trade(OPEN + MINUTE)]
    async with known(events, speed=0.0001) as served:
        before = (await get(served, NEWS))[1]["results"]
    async with finished(known(events, speed=float("inf"))) as served:
        after = (await get(served, NEWS))[1]["results"]
    assert [row["title"] for row in before] == [
        "Alder Bio Announces FDA Approval", "Nobody's", "A Day for Two",
    ]  # fmt: skip
    assert [row["title"] for row in after] == ["Later", *(row["title"] for row in before)]
    first = before[0]
    assert first["published_utc"] == "2026-01-05T13:30:00Z"
    assert first["insights"] == [
        {"ticker": "AAA", "sentiment": "positive",
         "sentiment_reasoning": "the announcement is favourable for the company"}
    ]  # fmt: skip
    assert "insights" not in before[1]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"ticker": "BBB"}, [3, 2]),
        ({"ticker": "AAA", "order": "asc"}, [2, 1]),
        ({"published_utc.gte": "2026-01-05T13:30:00Z"}, [3, 1]),
        ({"published_utc.gt": "2026-01-05T13:30:00Z"}, [3]),
        ({"published_utc.lt": "2026-01-05T13:30:00Z"}, [4, 2]),
        ({"published_utc": "2026-01-05"}, [3, 1, 4, 2]),
        ({"published_utc.gt": "2026-01-05"}, []),
        ({"limit": "1"}, [3]),
    ],
)
async def test_headlines_are_found_by_ticker_and_time(query, ids):
    async with finished(played()) as served:
        rows = (await get(served, NEWS, **query))[1]["results"]
        bad = await get(served, NEWS, published_utc="noon")
    assert [int(row["id"], 16) for row in rows] == ids
    assert bad[0] == 400


@pytest.mark.parametrize(
    ("start", "market", "early", "late"),
    [(OPEN - MINUTE, "extended-hours", True, False), (OPEN + SECOND, "open", False, False),
     (OPEN + 400 * MINUTE, "extended-hours", False, True),
     (OPEN - 600 * MINUTE, "closed", False, False)],
)  # fmt: skip
async def test_the_markets_status_follows_the_calendar(start, market, early, late):
    async with known(start=start, past=(), speed=0.0001, reference=Reference()) as served:
        status, body = await get(served, "/v1/marketstatus/now")
    assert status == 200
    assert (body["market"], body["earlyHours"], body["afterHours"]) == (market, early, late)
    assert body["serverTime"].endswith("-05:00")
