"""The universal snapshot, against the older ones."""

import pytest

from facts import finished, get, known, played
from markets import OPEN, quote, trade
from tradeplat.core.market import MINUTE

PATH = "/v3/snapshot"


async def test_it_says_what_the_older_snapshot_says():
    async with finished(played()) as served:
        old = (await get(served, "/v2/snapshot/locale/us/markets/stocks/tickers/AAA"))[1]["ticker"]
        row = (await get(served, PATH, **{"ticker.any_of": "AAA"}))[1]["results"][0]
    session = row["session"]
    assert (row["ticker"], row["type"], row["name"]) == ("AAA", "stocks", "Alder Bio Inc")
    assert row["market_status"] == "open"
    assert (session["change"], session["change_percent"], session["previous_close"]) == (
        old["todaysChange"], old["todaysChangePerc"], old["prevDay"]["c"],
    )  # fmt: skip
    names = {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}
    assert {name: session[name] for name in names} == {
        name: old["day"][key] for name, key in names.items()
    }
    assert (row["last_trade"]["price"], row["last_quote"]["bid"]) == (5.29, 5.28)
    assert row["last_minute"]["transactions"] == old["min"]["n"]
    assert row["last_minute"]["last_updated"] == old["min"]["t"] * 1_000_000


async def test_each_part_of_the_day_has_its_own_change():
    events = [trade(OPEN - MINUTE, 5.5), trade(OPEN + MINUTE, 6.0), trade(OPEN + 395 * MINUTE, 6.6)]
    async with finished(
        known(events, start=OPEN - 5 * MINUTE, speed=float("inf"))
    ) as served:  # fmt: skip
        row = (await get(served, PATH, **{"ticker.any_of": "AAA"}))[1]["results"][0]
    session = row["session"]
    assert row["market_status"] == "late_trading"
    assert [
        (session[f"{part}_trading_change"], session[f"{part}_trading_change_percent"])
        for part in ("early", "regular", "late")
    ] == [(0.5, 10.0), (1.0, 20.0), (0.6, 10.0)]


async def test_who_is_not_listed_is_an_error_of_its_own_row():
    async with finished(played()) as served:
        rows = (await get(served, PATH, **{"ticker.any_of": "ZZZ,bbb"}))[1]["results"]
        other = (await get(served, PATH, type="crypto"))[1]["results"]
    assert [row["ticker"] for row in rows] == ["BBB", "ZZZ"]
    assert (rows[1]["error"], "session" in rows[1], other) == ("NOT_FOUND", False, [])


async def test_all_tickers_are_told_page_by_page():
    async with finished(played()) as served:
        body = (await get(served, PATH, limit="1"))[1]
        above = (await get(served, PATH, **{"ticker.gt": "AAA"}))[1]["results"]
    assert [row["ticker"] for row in body["results"]] == ["AAA"]
    assert "next_url" in body
    assert [row["ticker"] for row in above] == ["BBB"]


async def test_who_has_not_traded_has_no_last_minute():
    async with finished(known([quote(OPEN + 1)], past=(), speed=float("inf"))) as served:
        row = (await get(served, PATH, **{"ticker.any_of": "AAA"}))[1]["results"][0]
    assert not {"last_trade", "last_minute"} & set(row)
    assert row["last_quote"]["midpoint"] == 5.0


@pytest.mark.parametrize(
    "query", [{"type": "bonds"}, {"sort": "price"}, {"limit": "251"}, {"order": "up"},
              {"ticker.any_of": ",".join(f"T{number}" for number in range(251))}]
)  # fmt: skip
async def test_what_cannot_be_read_is_400(query):
    async with known() as served:
        assert (await get(served, PATH, **query))[0] == 400
