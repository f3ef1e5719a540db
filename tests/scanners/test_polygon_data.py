import pytest

from scanners.vendor import Vendor, rest
from tradeplat.core.errors import Denied, Throttled, Transient
from tradeplat.core.market import DAY, SECOND
from tradeplat.scanners.polygon_data import PolygonData
from tradeplat.scanners.sources import DailyBar, Details, MinuteVolume, SharesFloat, Split

TICKERS = "/v2/snapshot/locale/us/markets/stocks/tickers"
SHOT = {
    "ticker": "AAA",
    "updated": 1_767_623_400_000_000_001,
    "day": {"o": 5.0, "h": 6.0, "l": 4.9, "c": 5.9, "v": 900.0, "vw": 5.5},
    "prevDay": {"c": 5.0, "v": 1e6},
    "min": {"av": 1200, "c": 5.95, "t": 1_767_623_340_000},
    "lastTrade": {"p": 6.0, "s": 100, "c": None, "i": "1", "x": 12},
    "lastQuote": {"p": 5.99, "P": 6.01, "s": 1, "S": 2},
    "todaysChangePerc": 20.0,
    "unheard_of": [1],
}


async def test_a_snapshot_is_the_last_trade_and_all_volume_of_the_day() -> None:
    async with rest("polygon") as (vendor, client):
        bare = {"ticker": "BBB", "day": {"c": 0, "v": 0}, "prevDay": {"c": 0}}
        thin = {"ticker": "CCC", "updated": 5, "min": {"av": 7, "c": 3.0}}
        vendor.say(TICKERS, {"status": "OK", "tickers": [SHOT, bare, thin]})
        market = PolygonData(client)
        one, none, other = await market.snapshots()
        assert (one.symbol, one.ts) == ("AAA", 1_767_623_400_000_000_001)
        assert (one.price, one.volume, one.previous, one.bid, one.ask) == (6, 1200, 5, 5.99, 6.01)
        assert (none.price, none.volume, none.previous, none.bid) == (None, 0.0, None, None)
        assert (other.price, other.volume, other.ts) == (3.0, 7.0, 5)
        await market.snapshots(["AAA", "BBB"])
        assert vendor.requests[-1] == (TICKERS, {"tickers": "AAA,BBB"})
        assert market.feed == "sip"


async def test_gainers_come_in_the_vendors_order() -> None:
    async with rest("polygon") as (vendor, client):
        path = TICKERS.replace("tickers", "gainers")
        vendor.say(path, {"tickers": [SHOT, {"ticker": "B"}]})
        assert [shot.symbol for shot in await PolygonData(client).gainers()] == ["AAA", "B"]


async def test_nothing_is_an_empty_market_only_where_the_vendor_counts_none() -> None:
    async with rest("polygon") as (vendor, client):
        market = PolygonData(client)
        for body in ({"status": "OK", "count": 0}, {"status": "OK", "tickers": []}):
            vendor.say(TICKERS, body)
            assert await market.snapshots() == []
        for body in (
            {"status": "OK", "count": 11_000},
            {"status": "DELAYED", "resultsCount": 2},
            {"status": "ERROR", "error": "internal", "tickers": []},
            {},
        ):
            vendor.say(TICKERS, body)
            with pytest.raises(Transient, match="unreadable snapshot"):
                await PolygonData(client).snapshots()
            vendor.clock.after(100)


BAD_SHOTS = [
    {**SHOT, "lastTrade": {"p": "6.0"}},
    {**SHOT, "lastTrade": {"p": -1}},
    {**SHOT, "ticker": None},
    {**SHOT, "updated": "noon"},
    {**SHOT, "min": {"av": -5}},
    {**SHOT, "day": []},
    None,
    [],
]


async def test_a_row_that_cannot_be_read_costs_itself_and_is_told() -> None:
    async with rest("polygon") as (vendor, client):
        vendor.say(TICKERS, {"status": "OK", "tickers": [SHOT, *BAD_SHOTS, {"ticker": "B"}]})
        assert [shot.symbol for shot in await PolygonData(client).snapshots()] == ["AAA", "B"]
        assert f"{len(BAD_SHOTS)} rows of snapshot left out (" in client.told()
        path = "/v2/aggs/grouped/locale/us/market/stocks/2026-01-02"
        rows = [{"T": "A", "c": 2.0, "v": 9.0}, {"T": "B", "c": "2"}, {"T": None, "c": 1}]
        vendor.say(path, {"status": "OK", "results": rows, "next_url": None})
        assert await PolygonData(client).grouped(20260102) == {"A": DailyBar(2.0, 9.0)}
        vendor.say(TICKERS, {"status": "OK", "tickers": BAD_SHOTS})
        with pytest.raises(Transient, match="unreadable snapshot"):
            await PolygonData(client).snapshots()


async def test_the_grouped_day_is_asked_for_unadjusted() -> None:
    async with rest("polygon") as (vendor, client):
        path = "/v2/aggs/grouped/locale/us/market/stocks/2026-01-02"
        rows = [{"T": "A", "c": 2.0, "v": 9.0, "t": 1}, {"T": "B", "c": 0}, {"c": 4.0}]
        vendor.say(path, {"results": rows})
        assert await PolygonData(client).grouped(20260102) == {"A": DailyBar(2.0, 9.0)}
        assert vendor.requests == [(path, {"adjusted": "false"})]


async def test_minutes_are_read_over_every_page() -> None:
    async with rest("polygon") as (vendor, client):
        path = "/v2/aggs/ticker/BRK.A/range/1/minute/2026-01-02/2026-01-05"
        more = "https://api.example.com/v2/aggs/next?cursor=abc"
        vendor.say(path, {"results": [{"t": 60_000, "v": 5}], "next_url": more})
        vendor.say("/v2/aggs/next", {"results": [{"t": 120_000, "v": 7}, {"t": 180_000, "v": 0}]})
        found = await PolygonData(client).minutes("BRK.A", 20260102, 20260105)
        assert found == [MinuteVolume(60 * SECOND, 5.0), MinuteVolume(120 * SECOND, 7.0)]
        assert vendor.requests[0][1]["adjusted"] == "false"
        assert vendor.requests[1] == ("/v2/aggs/next", {"cursor": "abc"})


async def test_a_vendor_that_repeats_its_page_for_ever_is_not_followed() -> None:
    async with rest("polygon", None) as (vendor, client):
        path = "/v3/reference/splits"
        vendor.say(path, {"results": [], "next_url": f"http://x{path}?cursor=1"})
        with pytest.raises(Transient, match="more than 40 pages"):
            await PolygonData(client).splits(20260102, 20260105)


def about(vendor: Vendor, symbol: str, **facts: object) -> None:
    vendor.say(f"/v3/reference/tickers/{symbol}", {"results": {"ticker": symbol, **facts}})


async def test_details_say_what_a_ticker_is() -> None:
    async with rest("polygon") as (vendor, client):
        about(
            vendor,
            "A",
            name="Acme",
            type="CS",
            sic_code="100",
            share_class_shares_outstanding=5,
            weighted_shares_outstanding=7,
            market_cap=10.5,
            list_date="2020-01-02",
        )
        about(vendor, "B", weighted_shares_outstanding=7, list_date="soon", sic_code="")
        vendor.say("/v3/reference/tickers/C", {"status": "OK"})
        market = PolygonData(client)
        assert await market.details("A") == Details("A", "Acme", "CS", "0100", 5, 10.5, 20200102)
        assert await market.details("B") == Details("B", shares_outstanding=7)
        assert await market.details("C") is None
        assert await market.details("UNHEARD") is None


async def test_a_float_has_its_day() -> None:
    async with rest("polygon") as (vendor, client):
        rows = [
            {"ticker": "A", "free_float": 10, "effective_date": "1970-01-02"},
            {"ticker": "A", "free_float": 12, "effective_date": "1970-01-03"},
            {"ticker": "B", "free_float": 99, "effective_date": "1970-01-09"},
        ]
        vendor.say("/stocks/vX/float", {"results": rows})
        market = PolygonData(client)
        assert await market.shares_float("A") == SharesFloat(12.0, 2 * DAY)
        assert await market.shares_float("C") is None
        vendor.answers.clear()
        assert await market.shares_float("A") is None


async def test_splits_outside_of_the_days_are_left_out() -> None:
    async with rest("polygon") as (vendor, client):
        rows = [
            {"ticker": "A", "execution_date": "2026-01-05", "split_from": 20, "split_to": 1},
            {"ticker": "B", "execution_date": "2025-01-05", "split_from": 1, "split_to": 2},
            {"ticker": "C", "execution_date": "2026-01-05", "split_from": 0, "split_to": 2},
        ]
        vendor.say("/v3/reference/splits", {"results": rows})
        found = await PolygonData(client).splits(20260102, 20260105)
        assert found == [Split("A", 20260105, 0.05)]
        assert vendor.requests[0][1]["execution_date.gte"] == "2026-01-02"


@pytest.mark.parametrize("body", [b"", b"nothing", b'{"tickers": 5}', b"[" * 2000])
async def test_what_cannot_be_read_is_no_answer(body: bytes) -> None:
    async with rest("polygon") as (vendor, client):
        vendor.say(TICKERS, body)
        with pytest.raises(Transient, match="unreadable snapshot"):
            await PolygonData(client).snapshots()


async def test_a_spent_budget_is_told_with_its_wait() -> None:
    async with rest("polygon") as (vendor, client):
        vendor.say(TICKERS, {"error": "slow down"}, 429, {"Retry-After": "7"})
        with pytest.raises(Throttled) as caught:
            await PolygonData(client).snapshots()
        assert caught.value.wait == 7.0


async def test_a_whole_market_is_decoded_off_the_loop() -> None:
    async with rest("polygon") as (vendor, client):
        vendor.say(TICKERS, {"tickers": [SHOT | {"ticker": f"T{n}"} for n in range(4000)]})
        found = await PolygonData(client).snapshots()
        assert len(found) == 4000


async def test_one_ticker_that_cannot_be_read_costs_none_of_the_others() -> None:
    async with rest("polygon") as (vendor, client):
        wrong = SHOT | {"ticker": "BAD", "min": {"av": "many"}}
        nulls = {"ticker": "NUL", "updated": None, "day": None, "lastTrade": {"p": None}}
        vendor.say(TICKERS, {"status": "OK", "tickers": [SHOT, wrong, nulls, 5]})
        market = PolygonData(client)
        assert [shot.symbol for shot in await market.snapshots()] == ["AAA", "NUL"]
        assert market.unreadable == 2


@pytest.mark.parametrize(
    "body", [{}, {"status": "ERROR", "error": "try later"}, {"status": "ERROR", "results": []}]
)
async def test_a_fault_under_status_200_is_not_taken_for_nothing(body: object) -> None:
    async with rest("polygon") as (vendor, client):
        market = PolygonData(client)
        vendor.say("/v3/reference/splits", body)
        vendor.say("/v3/reference/tickers/A", body)
        vendor.say("/stocks/vX/float", body)
        with pytest.raises(Transient, match="unreadable splits"):
            await market.splits(20260102, 20260105)
        vendor.clock.after(60)
        with pytest.raises(Transient, match="unreadable details"):
            await market.details("A")
        vendor.clock.after(60)
        with pytest.raises(Transient, match="unreadable float"):
            await market.shares_float("A")


async def test_a_plan_that_does_not_cover_a_question_is_told_under_status_200_too() -> None:
    async with rest("polygon") as (vendor, client):
        vendor.say("/stocks/vX/float", {"status": "NOT_AUTHORIZED", "message": "upgrade"})
        with pytest.raises(Denied, match="refused float: upgrade"):
            await PolygonData(client).shares_float("A")
