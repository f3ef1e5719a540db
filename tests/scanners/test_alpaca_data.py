from pathlib import Path

import msgspec
import pytest

from scanners.screener_venue import screener
from scanners.vendor import NOW, StandingClock
from tradeplat.core.errors import Corrupt, Denied, Throttled, Transient
from tradeplat.scanners.alpaca_data import AlpacaScreener, Mover, Snapshot
from tradeplat.scanners.budget import Budget


async def test_movers_and_actives_are_plain_rows() -> None:
    async with screener() as (venue, client):
        venue.put("AAA", 5.5, 10.0)
        [mover] = await client.gainers(50)
        assert mover.symbol == "AAA"
        assert mover.change == pytest.approx(10.0)
        assert await client.actives(100) == {"AAA": 1e6}
        assert venue.queries == [{"top": "50"}, {"top": "100", "by": "volume"}]


async def test_snapshots_are_asked_in_batches_of_the_named_feed() -> None:
    async with screener("sip") as (venue, client):
        for n in range(250):
            venue.put(f"S{n}", 5.0, 1.0)
        found = await client.snapshots([*venue.rows, "NOBODY"])
        assert len(found) == 250
        assert venue.requests["snapshots"] == 3
        assert all(query["feed"] == "sip" for query in venue.queries)
    async with screener("builtin") as (venue, client):
        assert await client.snapshots(["NOBODY"]) == {}
        assert "feed" not in venue.queries[0]


@pytest.mark.parametrize(
    ("row", "snapshot"),
    [
        ({}, Snapshot(None, None, None, None, None)),
        (
            {
                "minuteBar": {"c": 5.0},
                "prevDailyBar": {"c": 4.0},
                "latestQuote": {"bp": 1, "ap": 2},
            },
            Snapshot(5.0, 4.0, None, 1.0, 2.0),
        ),
        (
            {
                "latestTrade": {"t": "2026-01-06T09:05:00Z", "p": 6.0},
                "dailyBar": {"t": "2026-01-05T05:00:00Z", "c": 5.0, "v": 10},
                "prevDailyBar": {"t": "2026-01-02T05:00:00Z", "c": 4.0},
            },
            Snapshot(6.0, 5.0, None, None, None),
        ),
        (
            {
                "latestTrade": {"t": "2026-01-06T04:59:59Z", "p": 6.0},
                "dailyBar": {"t": "2026-01-05T05:00:00Z", "c": 5.0, "v": 10},
                "prevDailyBar": {"t": "2026-01-02T05:00:00Z", "c": 4.0},
            },
            Snapshot(6.0, 4.0, 10.0, None, None),
        ),
    ],
)
async def test_parts_of_a_snapshot_may_be_missing_or_of_the_last_session(
    row: dict[str, object], snapshot: Snapshot
) -> None:
    async with screener() as (venue, client):
        venue.body["snapshots"] = {"AAA": row, "BAD": None}
        assert await client.snapshots(["AAA", "BAD"]) == {"AAA": snapshot}


async def test_only_active_stocks_are_assets() -> None:
    async with screener() as (venue, client):
        venue.body["assets"] = [
            {"symbol": "A", "status": "active", "tradable": True, "class": "us_equity"},
            {"symbol": "B", "status": "active", "tradable": False, "exchange": "A NEW ONE"},
            {"symbol": "C", "status": "inactive", "tradable": True},
            {"symbol": "D", "status": "active", "tradable": True, "class": "crypto"},
        ]
        assert await client.assets() == {"A": True, "B": False}


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (401, '{"message":"unauthorized."}', Denied),
        (403, "", Denied),
        (429, "", Throttled),
        (500, "", Transient),
        (302, "", Transient),
        (404, "<html>", Transient),
        (200, "<html>", Transient),
        (200, '{"gainers":3}', Transient),
        (200, "[]", Transient),
    ],
)
async def test_every_failure_says_what_must_follow(status: int, text: str, error: type) -> None:
    async with screener() as (venue, client):
        venue.fail["movers"] = (status, text)
        with pytest.raises(error, match="scan"):
            await client.gainers(1)


async def test_a_server_that_is_not_there_is_transient() -> None:
    async with AlpacaScreener("http://127.0.0.1:1", "http://127.0.0.1:1", "K", "S") as client:
        with pytest.raises(Transient, match="no answer"):
            await client.assets()
    with pytest.raises(Corrupt, match="before it was entered"):
        await client.assets()


async def test_what_is_asked_is_paid_from_the_budget_that_others_share() -> None:
    clock = StandingClock(NOW)
    budget = Budget(3, clock)
    async with screener() as (venue, _):
        made = AlpacaScreener(venue.url, venue.url, "KEY", "SECRET", budget=budget)
        async with made as client:
            await budget.take()
            await client.gainers(1)
            await client.actives(1)
            with pytest.raises(Throttled, match="3 requests a minute"):
                await client.assets()
            assert venue.requests.total() == 2
            clock.after(60)
            venue.fail["movers"] = (429, "")
            with pytest.raises(Throttled) as caught:
                await client.gainers(1)
            assert caught.value.wait == 10.0
            with pytest.raises(Throttled, match="not asked"):
                await client.assets()
            assert venue.requests.total() == 3


async def test_recorded_answers_of_the_vendor_are_read(shared_data: Path) -> None:
    recorded = msgspec.json.decode((shared_data / "wire/alpaca/rest_screener.json").read_bytes())
    bodies = {row["test"]: row["body"] for row in recorded}
    async with screener() as (venue, client):
        venue.body["movers"] = bodies["test_get_market_movers"]
        venue.body["most-actives"] = bodies["test_get_most_actives"]
        assert (await client.gainers(10))[0] == Mover("BOIL", 63.0125, 1832.9)
        assert (await client.actives(10))["MULN"] == 58_614_890
        history = (shared_data / "wire/alpaca/rest_historical_stock_data.json").read_bytes()
        rows = {row["test"]: row["body"] for row in msgspec.json.decode(history)}
        venue.body["snapshots"] = rows["test_get_snapshot"]
        apple = (await client.snapshots(["AAPL"]))["AAPL"]
        assert apple == Snapshot(161.1998, 160.62, 31_749_988.0, 161.19, 161.2)


async def test_one_row_that_cannot_be_read_costs_none_of_the_others() -> None:
    async with screener() as (venue, client):
        venue.body["movers"] = {"gainers": [{"symbol": "A", "price": 1}, {"symbol": 5}, None]}
        venue.body["most-actives"] = {"most_actives": [{"symbol": "A"}, {"volume": "x"}]}
        venue.body["snapshots"] = {
            "A": {"latestTrade": {"p": 2.0, "t": None}, "dailyBar": {"v": 9, "t": None}},
            "B": {"latestTrade": {"p": "dear"}},
            "C": None,
        }
        venue.body["assets"] = [{"symbol": "A", "tradable": True}, {"symbol": None}]
        assert await client.gainers(50) == [Mover("A", 1.0, None)]
        assert await client.actives(100) == {"A": None}
        assert await client.snapshots(["A", "B", "C"]) == {
            "A": Snapshot(2.0, None, 9.0, None, None)
        }
        assert await client.assets() == {"A": True}
        assert client.unreadable == 5
        venue.body["assets"] = [1, 2]
        with pytest.raises(Transient, match="unreadable assets"):
            await client.assets()
