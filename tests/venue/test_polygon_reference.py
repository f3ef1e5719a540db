"""Reference data over REST, as of the venue's clock."""

import json
from pathlib import Path

import pytest

from facts import fetch, finished, get, known, played
from markets import KEY, OPEN, SECOND, trade
from tradeplat.core.market import MINUTE
from tradeplat.venue.reference import Facts, Headline, Reference

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


def dated(symbol: str, **known) -> Reference:
    return Reference(facts=(Facts(symbol=symbol, shares=1_000, float_shares=400, **known),))


async def test_facts_are_those_of_the_venues_day():
    gone = dated("LATER", delisted_day="2026-01-06", float_day="2026-01-05", active=False)
    async with known(reference=gone, past=()) as served:
        row = (await get(served, TICKERS, ticker="LATER"))[1]["results"][0]
        inactive = (await get(served, TICKERS, active="false"))[1]["results"]
        floats = (await get(served, "/stocks/vX/float"))[1]["results"]
    assert (row["active"], "delisted_utc" in row, inactive) == (True, False, [])
    assert [one["ticker"] for one in floats] == ["LATER"]

    coming = dated("NEW", list_day="2026-01-06", float_day="2026-01-06")
    async with known(reference=coming, past=()) as served:
        assert (await get(served, TICKERS, ticker="NEW"))[1]["results"] == []
        assert (await get(served, f"{TICKERS}/NEW"))[0] == 404
        assert (await get(served, "/stocks/vX/float"))[1]["results"] == []
        page = f"{served.url}/stable/shares-float"
        assert await fetch(page, {}, {"symbol": "NEW", "apikey": KEY}) == (200, [])


async def test_an_earlier_day_can_be_asked_for():
    async with known() as served:
        assert (await get(served, f"{TICKERS}/AAA", date="2019-01-01"))[0] == 404
        assert (await get(served, f"{TICKERS}/AAA", date="2030-01-01"))[0] == 200
        alive = (await get(served, TICKERS, date="2025-01-01"))[1]["results"]
        bad = await get(served, TICKERS, date="yesterday")
    assert "GONE" in [row["ticker"] for row in alive]
    assert bad[0] == 400


async def test_lists_are_sorted_as_asked():
    async with known() as served:
        split = {
            key: [row["ticker"] for row in (await get(served, path, **query))[1]["results"]]
            for key, (path, query) in {
                "old": (SPLITS, {"sort": "ticker"}),
                "down": (SPLITS, {"sort": "ticker", "order": "desc"}),
                "new": ("/stocks/v1/splits", {"sort": "execution_date.asc"}),
                "kind": ("/stocks/v1/splits", {"adjustment_type": "forward_split"}),
            }.items()
        }
        statuses = [
            (await get(served, path, sort=sort))[0]
            for path, sort in ((SPLITS, "size"), ("/stocks/v1/splits", "ticker.up"), (NEWS, "tone"))
        ]
    assert split == {
        "old": ["AAA", "BBB"], "down": ["BBB", "AAA"], "new": ["AAA", "BBB"], "kind": ["AAA"],
    }  # fmt: skip
    assert statuses == [400, 400, 400]


async def test_headlines_of_one_second_are_in_their_order():
    times = (OPEN, OPEN + 500_000_000, OPEN - SECOND // 2)
    found = tuple(Headline(id=at, ts=ts, title=str(at), symbols=()) for at, ts in enumerate(times))
    async with finished(
        known([trade(OPEN + MINUTE)], reference=Reference(headlines=found), speed=float("inf"))
    ) as served:
        rows = (await get(served, NEWS))[1]["results"]
    assert [row["title"] for row in rows] == ["1", "0", "2"]


async def test_the_day_of_a_headline_is_one_of_utc():
    # Half past two in London is the day before in New York; the vendor's own example has it so.
    ts = OPEN - 12 * 3600 * SECOND + 3 * MINUTE  # 02:33 UTC
    one = Headline(id=1, ts=ts, title="At Night", symbols=())
    async with known(reference=Reference(headlines=(one,))) as served:
        counts = [
            len((await get(served, NEWS, **query))[1]["results"])
            for query in ({"published_utc": "2026-01-05"}, {"published_utc": "2026-01-04"},
                          {"published_utc.gte": "2026-01-05"})
        ]  # fmt: skip
    assert counts == [1, 0, 1]


async def test_a_number_that_nobody_has_finds_nobody():
    async with known() as served:
        assert (await get(served, TICKERS, cusip="037833100"))[1]["results"] == []


async def test_floats_are_found_by_their_percentage():
    async with known() as served:
        path, found = "/stocks/vX/float", {}
        for name, value in (("lt", "40"), ("lte", "40"), ("gt", "39.9"), ("gte", "40.1")):
            query = {f"free_float_percent.{name}": value}
            found[name] = len((await get(served, path, **query))[1]["results"])
        exact = (await get(served, path, free_float_percent="40"))[1]["results"]
        bad = await get(served, path, free_float_percent="much")
    assert found == {"lt": 0, "lte": 1, "gt": 1, "gte": 0}
    assert (len(exact), bad[0]) == (1, 400)


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
