"""Snapshots and movers, against what was played and the vendor's recorded ones."""

import json
from pathlib import Path

import pytest

from facts import DAY, PAST, finished, get, known, played
from markets import OPEN, SECOND, quote, trade
from tradeplat.core.market import MINUTE

STOCKS = "/v2/snapshot/locale/us/markets/stocks"


async def test_a_snapshot_says_all_that_is_new():
    async with finished(played()) as served:
        status, body = await get(served, f"{STOCKS}/tickers/AAA")
    assert (status, body["status"]) == (200, "OK")
    told = body["ticker"]
    assert (told["ticker"], told["prevDay"]["c"], told["prevDay"]["v"]) == ("AAA", 5.0, 1_000_000)
    last = OPEN + 179 * SECOND + 250_001_000
    assert told["lastTrade"] == {
        "p": 5.29, "s": 279, "t": last, "i": "180", "x": 15, "c": [],
    }  # fmt: skip
    assert told["lastQuote"] == {"p": 5.28, "s": 200, "P": 5.3, "S": 300, "t": last - 1000}
    assert (told["todaysChange"], told["todaysChangePerc"]) == (0.29, 5.8)
    assert told["updated"] == last
    assert told["min"]["t"] == (OPEN + 2 * MINUTE) // 1_000_000
    assert told["min"]["av"] == told["day"]["v"] == sum(range(100, 280))


async def test_keys_are_the_recorded_ones(shared_data: Path):
    file = shared_data / "wire/polygon/rest/v2_snapshot_locale_us_markets_stocks_tickers_AAPL.json"
    recorded = json.loads(file.read_text())["ticker"]
    async with finished(played()) as served:
        told = (await get(served, f"{STOCKS}/tickers/AAA"))[1]["ticker"]
    assert set(recorded) - {"fmv"} == set(told)
    for part in ("day", "prevDay", "min", "lastTrade", "lastQuote"):
        assert set(recorded[part]) == set(told[part])


async def test_all_or_those_named_are_told_and_who_is_not_listed_is_not():
    async with finished(played()) as served:
        everyone = (await get(served, f"{STOCKS}/tickers"))[1]
        some = (await get(served, f"{STOCKS}/tickers", tickers="bbb,ZZZ"))[1]
        status, body = await get(served, f"{STOCKS}/tickers/ZZZ")
    assert [one["ticker"] for one in everyone["tickers"]] == ["AAA", "BBB"]
    assert (everyone["count"], [one["ticker"] for one in some["tickers"]]) == (2, ["BBB"])
    assert (status, body["status"]) == (404, "NOT_FOUND")


async def test_a_ticker_that_has_not_traded_today_has_zeros():
    async with finished(
        known([quote(OPEN - DAY)], start=OPEN - MINUTE, speed=float("inf"))
    ) as served:
        told = (await get(served, f"{STOCKS}/tickers/AAA"))[1]["ticker"]
    assert set(told["day"].values()) == {0}
    assert (told["todaysChange"], told["todaysChangePerc"], told["updated"]) == (0, 0, 0)
    assert "lastTrade" not in told
    assert "lastQuote" not in told


async def test_a_reverse_split_looks_like_a_leap_as_at_the_vendor():
    events = [trade(OPEN + 1, 6.3, 20_000, "BBB"), trade(OPEN + 2, 5.5, 20_000)]
    async with finished(known(events, speed=float("inf"))) as served:
        found = (await get(served, f"{STOCKS}/gainers"))[1]["tickers"]
    assert [one["ticker"] for one in found] == ["BBB", "AAA"]
    assert found[0]["prevDay"]["c"] == 0.6
    assert found[0]["todaysChangePerc"] == 950.0
    assert found[1]["todaysChangePerc"] == 10.0


async def test_movers_are_the_twenty_strongest_of_those_that_traded_enough():
    names = [f"S{chr(65 + at)}" for at in range(25)]
    events = [trade(OPEN + at + 1, 10.0 + at, 9_999 if at == 24 else 10_000, name)
              for at, name in enumerate(names)]  # fmt: skip
    events += [trade(OPEN + 50, 4.0, 10_000)]
    closes = dict.fromkeys(names, 9.0)
    served = known(events, closes={**closes, "AAA": 5.0}, past=(), speed=float("inf"))
    async with finished(served):
        gainers = (await get(served, f"{STOCKS}/gainers"))[1]["tickers"]
        losers = (await get(served, f"{STOCKS}/losers"))[1]["tickers"]
    assert [one["ticker"] for one in gainers] == list(reversed(names[4:24]))
    assert [(one["ticker"], one["todaysChangePerc"]) for one in losers] == [("AAA", -20.0)]


@pytest.mark.parametrize(
    "path", [f"{STOCKS}/risers", "/v2/snapshot/locale/us/markets/crypto/tickers"]
)
async def test_there_is_no_other_direction_or_market(path):
    async with known() as served:
        with pytest.raises(Exception, match="404"):
            await get(served, path)


def test_the_past_of_these_tests_ends_on_a_friday():
    assert all(bar.ts == OPEN - 3 * DAY + 390 * MINUTE for bar in PAST)
