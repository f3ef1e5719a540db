"""FMP's three pages under both of their spellings, and their quota."""

import msgspec
import pytest

from facts import fetch, finished, known, played
from markets import KEY, OPEN, SECOND
from tradeplat.venue.fmp import Quota
from tradeplat.venue.plan import FREE
from tradeplat.venue.profile import PAPER


async def page(served, path: str, key: str = KEY, **query):
    return await fetch(served.url + path, {}, {"apikey": key, **query})


@pytest.mark.parametrize(
    ("path", "query"), [("/stable/profile", {"symbol": "AAA"}), ("/api/v3/profile/AAA", {})]
)
async def test_a_profile_is_a_list_of_one(path, query):
    async with finished(played()) as served:
        status, body = await page(served, path, **query)
    assert (status, len(body)) == (200, 1)
    told = body[0]
    assert (told["symbol"], told["companyName"], told["price"]) == ("AAA", "Alder Bio Inc", 5.29)
    assert (told["marketCap"], told["change"], told["changePercentage"]) == (52_900_000, 0.29, 5.8)
    assert (told["sector"], told["industry"], told["ipoDate"]) == (
        "Healthcare", "Biotechnology", "2020-02-03",
    )  # fmt: skip
    assert (told["isEtf"], told["isActivelyTrading"], told["exchange"]) == (False, True, "NASDAQ")


@pytest.mark.parametrize("path", ["/stable/shares-float", "/api/v4/shares_float"])
async def test_a_float_is_told_with_its_date_or_not_at_all(path):
    async with known() as served:
        assert (await page(served, path, symbol="AAA"))[1] == [
            {"symbol": "AAA", "date": "2025-12-20 00:00:00", "freeFloat": 40.0,
             "floatShares": 4_000_000, "outstandingShares": 10_000_000, "source": None}
        ]  # fmt: skip
        for symbol in ("BBB", "ZZZ"):
            assert await page(served, path, symbol=symbol) == (200, [])
        status, body = await page(served, path)
    assert (status, list(body)) == (400, ["Error Message"])


@pytest.mark.parametrize("path", ["/stable/biggest-gainers", "/api/v3/stock_market/gainers"])
async def test_gainers_are_measured_against_the_last_close(path):
    async with finished(played()) as served:
        status, body = await page(served, path)
    assert status == 200
    assert body == [
        {"symbol": "AAA", "price": 5.29, "name": "Alder Bio Inc", "change": 0.29,
         "changesPercentage": 5.8, "exchange": "NASDAQ"},
        {"symbol": "BBB", "price": 6.29, "name": "Boreal Fund", "change": 0.29,
         "changesPercentage": 4.83, "exchange": "NYSE"},
    ]  # fmt: skip


async def test_the_key_may_come_as_a_header_and_a_wrong_one_is_401():
    async with known() as served:
        url = f"{served.url}/stable/biggest-gainers"
        assert (await fetch(url, {"apikey": KEY}, {}))[0] == 200
        for headers in ({}, {"apikey": "no"}):
            status, body = await fetch(url, headers, {})
            assert (status, "Invalid API KEY" in body["Error Message"]) == (401, True)


async def test_a_day_has_a_quota():
    plan = msgspec.structs.replace(FREE, fmp_requests=2)
    profile = msgspec.structs.replace(PAPER, rate_limited=True)
    async with known(plan=plan, profile=profile) as served:
        found = [(await page(served, "/stable/biggest-gainers"))[0] for _ in range(3)]
    assert found == [200, 200, 429]


def test_a_quota_begins_again_with_the_next_day():
    now = OPEN
    quota = Quota(1, lambda: now)
    assert [quota.take("a"), quota.take("a"), quota.take("b")] == [True, False, True]
    now += 86_400 * SECOND
    assert quota.take("a")
