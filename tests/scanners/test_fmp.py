from pathlib import Path

import pytest

from scanners.vendor import KEY, NOW, StandingClock, rest
from tradeplat.core.errors import Denied, Throttled, TradeplatError, Transient
from tradeplat.core.market import SECOND
from tradeplat.scanners.budget import Budget
from tradeplat.scanners.fmp import FLOAT, GAINERS, PROFILE, Fmp, ours
from tradeplat.scanners.quota import DAY, Quota
from tradeplat.scanners.sources import Details, SharesFloat, TickerSnapshot

ACME = {
    "symbol": "AAA",
    "price": 5.1,
    "marketCap": 51_000_000,
    "companyName": "Acme Inc.",
    "ipoDate": "2021-03-04",
    "isEtf": False,
    "isAdr": False,
    "isFund": False,
    "sector": "Industrials",
    "fullTimeEmployees": "12",
}
ASK = {
    "profile": (PROFILE, lambda client: client.details("AAA")),
    "shares-float": (FLOAT, lambda client: client.shares_float("AAA")),
    "biggest-gainers": (GAINERS, lambda client: client.gainers()),
}


async def test_a_profile_tells_what_a_ticker_is() -> None:
    async with rest("fmp") as (vendor, client):
        vendor.say(PROFILE, [ACME])
        found = await Fmp(client).details("AAA")
        assert found == Details("AAA", "Acme Inc.", market_cap=51e6, listed_on=20210304)
        assert vendor.requests == [(PROFILE, {"symbol": "AAA"})]
        assert vendor.headers[0]["apikey"] == KEY


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({"isEtf": True}, "ETF"), ({"isFund": True}, "FUND"), ({"isAdr": True}, "ADRC")],
)
async def test_what_is_no_common_share_is_called_so(changes: dict[str, bool], kind: str) -> None:
    async with rest("fmp") as (vendor, client):
        vendor.say(PROFILE, [ACME | changes])
        found = await Fmp(client).details("AAA")
        assert found is not None
        assert found.kind == kind


async def test_what_a_profile_leaves_out_is_not_known() -> None:
    async with rest("fmp") as (vendor, client):
        empty = {"companyName": "", "marketCap": None, "ipoDate": "", "isEtf": None}
        vendor.say(PROFILE, [{"symbol": "AAA"} | empty])
        assert await Fmp(client).details("AAA") == Details("AAA")


async def test_the_float_is_told_with_its_date() -> None:
    async with rest("fmp") as (vendor, client):
        row = {"symbol": "AAA", "freeFloat": 71.2, "floatShares": 7_120_000}
        vendor.say(FLOAT, [row | {"date": "2026-01-05 14:30:00", "outstandingShares": 10_000_000}])
        fmp = Fmp(client)
        assert await fmp.shares_float("AAA") == SharesFloat(7_120_000.0, NOW)
        vendor.say(FLOAT, [row | {"date": "2026-01-05"}])
        told = await fmp.shares_float("AAA")
        assert told == SharesFloat(7_120_000.0, NOW - 52_200 * SECOND)
        vendor.say(FLOAT, [row | {"date": None}])
        assert await fmp.shares_float("AAA") == SharesFloat(7_120_000.0, 0)


@pytest.mark.parametrize(
    "body",
    [
        [],
        [{"symbol": "BBB", "floatShares": 5}],
        [{"symbol": "AAA", "floatShares": 0}],
        [{"symbol": "AAA", "floatShares": None}],
        [{"symbol": "AAA", "floatShares": -3}],
        [{"symbol": "AAA"}, {"floatShares": 7}, 3],
    ],
)
async def test_a_float_that_is_not_told_is_none(body: object) -> None:
    async with rest("fmp") as (vendor, client):
        vendor.say(FLOAT, body)
        assert await Fmp(client).shares_float("AAA") is None


async def test_a_page_that_is_not_there_is_a_ticker_the_vendor_does_not_know() -> None:
    async with rest("fmp") as (_, client):
        assert await Fmp(client).details("AAA") is None


async def test_a_class_of_shares_is_asked_for_as_the_vendor_writes_it() -> None:
    async with rest("fmp") as (vendor, client):
        vendor.say(FLOAT, [{"symbol": "BRK-B", "floatShares": 9.0}])
        assert await Fmp(client).shares_float("BRK.B") == SharesFloat(9.0, 0)
        assert vendor.requests == [(FLOAT, {"symbol": "BRK-B"})]
    assert ours(" brk-b ") == "BRK.B"


async def test_gainers_come_best_first_with_the_close_before() -> None:
    async with rest("fmp") as (vendor, client):
        rows = [
            {"symbol": "AAA", "price": 11.0, "change": 1.0, "changesPercentage": 10.0},
            {"symbol": "BBB", "price": 15.0, "changesPercentage": 50.0},
            {"symbol": "CCC", "price": 3.0},
            {"symbol": "DDD", "price": None},
            {"symbol": "EEE", "price": "high"},
            {"symbol": "FFF", "price": 2.0, "change": 5.0},
        ]
        vendor.say(GAINERS, rows)
        fmp = Fmp(client)
        assert await fmp.gainers() == [
            TickerSnapshot("BBB", price=15.0, previous=10.0),
            TickerSnapshot("AAA", price=11.0, previous=10.0),
            TickerSnapshot("CCC", price=3.0),
            TickerSnapshot("FFF", price=2.0),
        ]
        assert fmp.unreadable == 1


@pytest.mark.parametrize("subject", ASK)
@pytest.mark.parametrize(
    ("status", "body", "error", "told"),
    [
        (401, {"Error Message": "Invalid API KEY."}, Denied, "HTTP 401 for {}: Invalid API KEY."),
        (402, b"Premium Endpoint: upgrade", Denied, "HTTP 402 for {}: Premium Endpoint: upgrade"),
        (403, {"Error Message": "Exclusive Endpoint"}, Denied, "HTTP 403 for {}: Exclusive"),
        (429, {"Error Message": "Limit Reach ."}, Throttled, "HTTP 429 for {}: Limit Reach ."),
        (500, b"", Transient, "HTTP 500 for {}"),
        (502, b"<html>", Transient, "HTTP 502 for {}"),
        (503, b"", Transient, "HTTP 503 for {}"),
        (200, {"Error Message": "Limit Reach . Please upgrade"}, Throttled, "too many requests"),
        (200, {"Error Message": "Special Endpoint : no"}, Denied, "refused {}: Special Endpoint"),
        (200, {"Error Message": "what"}, Transient, "unreadable {}: what"),
        (200, b"<html>", Transient, "unreadable {}: "),
        (200, b"[1", Transient, "unreadable {}: "),
        (200, b"", Transient, "unreadable {}: "),
    ],
)
async def test_every_fault_says_what_must_follow_and_stands_in_a_line(
    subject: str, status: int, body: object, error: type[TradeplatError], told: str
) -> None:
    path, ask = ASK[subject]
    async with rest("fmp") as (vendor, client):
        vendor.say(path, body, status)
        fmp = Fmp(client)
        with pytest.raises(TradeplatError) as caught:
            await ask(fmp)
        assert type(caught.value) is error
        assert str(caught.value).startswith(f"fmp: {told.format(subject)}")
        assert client.told().startswith(f"fmp: {told.format(subject)}")
        for _ in range(20):
            with pytest.raises(TradeplatError):
                await ask(fmp)
        assert len(vendor.requests) <= 2


async def test_the_days_quota_is_counted_across_runs_and_never_passed(tmp_path: Path) -> None:
    def budget(clock: StandingClock) -> Budget:
        return Budget(300, clock, allowance=Quota(tmp_path / "fmp.count", 3))

    for asked in (2, 1):
        async with rest("fmp", budget) as (vendor, client):
            vendor.say(FLOAT, [])
            fmp = Fmp(client)
            for _ in range(asked):
                await fmp.shares_float("AAA")
    async with rest("fmp", budget) as (vendor, client):
        with pytest.raises(Throttled, match="3 of 3 requests in 24 hours") as caught:
            await Fmp(client).details("AAA")
        assert caught.value.wait == DAY / SECOND
        assert vendor.requests == []
        assert "3 of 3 requests in 24 hours" in client.told()


async def test_a_day_in_weeks_is_a_day_and_one_that_is_none_is_unknown() -> None:
    async with rest("fmp") as (vendor, client):
        for told, day in (
            ("2021-W09-4", 20210304),
            ("soon", None),
            ("2021-02-30", None),
            ("", None),
        ):
            vendor.say(PROFILE, [{**ACME, "ipoDate": told}])
            found = await Fmp(client).details("AAA")
            assert found is not None
            assert found.listed_on == day
