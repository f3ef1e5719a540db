from pathlib import Path

import msgspec
import pytest

from scanners.screener_venue import ScreenerVenue, screener
from tradeplat.app.plugins import build, find
from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import BadInput, Denied
from tradeplat.core.market import SECOND
from tradeplat.scanners.alpaca_data import AlpacaScreener
from tradeplat.scanners.top_gainer import TopGainerStockListManager

NOW = 1_767_623_400 * SECOND


class StandingClock(ReplayClock):
    async def sleep_until(self, ts: int) -> None:
        self.advance(ts)


def scanner(
    client: AlpacaScreener, clock: StandingClock | None = None, **settings: object
) -> TopGainerStockListManager:
    return TopGainerStockListManager(client, clock or StandingClock(NOW), **settings)


def reasons(scan: TopGainerStockListManager) -> dict[str, str]:
    return {row.symbol: row.reason for row in scan.explain()}


async def test_the_top_risers_are_in_best_first_each_with_its_reason() -> None:
    async with screener() as (venue, client):
        venue.put("AAA", 5.0, 20.0)
        venue.put("BBB", 6.0, 30.0)
        venue.put("CCC", 500.0, 40.0)
        venue.put("DDD", 5.0, 50.0, volume=10.0)
        venue.put("EEEEW", 5.0, 50.0)
        venue.put("FFF", 5.0, 1.0)
        venue.put("GGG", 5.0, 25.0)
        venue.assets["GGG"] = False
        venue.put("HHH", 5.0, 22.0)
        scan = scanner(client, exclude=("hhh",))
        assert scan.get_active_stock_list() == []
        await scan.update()
        assert scan.get_active_stock_list() == ["BBB", "AAA"]
        told = reasons(scan)
        assert told["BBB"] == "rank 1; price 6; change +30.00 %; volume 1,000,000; spread 0.17%"
        assert told["CCC"] == "price 500 above 100"
        assert told["DDD"] == "volume 10 below 100,000"
        assert told["EEEEW"] == "EEEEW is no common share by its form"
        assert told["FFF"] == "change +1.00 % below +5 %"
        assert told["GGG"] == "the broker takes no orders in it"
        assert told["HHH"] == "excluded by hand"
        first = scan.explain()[0]
        assert (first.active, first.ts, first.feed, first.price) == (True, NOW, "iex", 6.0)
        assert [row.active for row in scan.explain()] == [True, True, *[False] * 6]


async def test_only_so_many_places_are_given() -> None:
    async with screener() as (venue, client):
        for n, symbol in enumerate("ABCDE"):
            venue.put(symbol, 5.0, 10.0 + n)
        scan = scanner(client, top=2)
        await scan.update()
        assert scan.get_active_stock_list() == ["E", "D"]
        assert reasons(scan)["C"] == "rank 3, behind the last place 2"


async def test_equal_changes_are_ordered_by_symbol() -> None:
    async with screener() as (venue, client):
        for symbol in ("C", "A", "B"):
            venue.put(symbol, 5.0, 10.0)
        scan = scanner(client)
        await scan.update()
        await scan.update()
        assert scan.get_active_stock_list() == ["A", "B", "C"]


async def test_a_ticker_at_the_edge_does_not_come_and_go() -> None:
    async with screener() as (venue, client):
        venue.put("A", 5.0, 30.0)
        venue.put("B", 5.0, 20.0)
        venue.put("C", 5.0, 19.0)
        venue.assets["D"] = True
        scan = scanner(client, top=2, slack=1, min_change=10.0)
        await scan.update()
        assert scan.get_active_stock_list() == ["A", "B"]
        venue.put("C", 5.0, 21.0)
        await scan.update()
        assert scan.get_active_stock_list() == ["A", "C", "B"]
        assert "kept, 2 places" in reasons(scan)["B"]
        venue.put("D", 5.0, 25.0)
        await scan.update()
        assert scan.get_active_stock_list() == ["A", "D", "C"]
        assert reasons(scan)["B"] == "rank 4, behind the last place 3"
        venue.put("A", 5.0, 9.5)
        venue.put("D", 5.0, 8.9)
        await scan.update()
        assert scan.get_active_stock_list() == ["C", "B", "A"]


async def test_a_ticker_that_left_the_movers_is_still_judged() -> None:
    async with screener() as (venue, client):
        venue.put("A", 5.0, 30.0)
        scan = scanner(client)
        await scan.update()
        venue.gainers = []
        await scan.update()
        assert scan.get_active_stock_list() == ["A"]


async def test_assets_are_read_once_until_they_are_old() -> None:
    async with screener() as (venue, client):
        venue.put("A", 5.0, 30.0)
        clock = StandingClock(NOW)
        scan = scanner(client, clock, asset_hours=1.0)
        for _ in range(3):
            await scan.update()
        assert (venue.requests["assets"], venue.requests["movers"]) == (1, 3)
        clock.advance(NOW + 3_600 * SECOND)
        venue.assets["A"] = False
        await scan.update()
        assert venue.requests["assets"] == 2
        assert scan.get_active_stock_list() == []


@pytest.mark.parametrize("part", ["movers", "most-actives", "snapshots", "assets"])
@pytest.mark.parametrize("text", ["", "<html>", "{}{"])
async def test_a_failed_update_keeps_the_list_and_says_so(part: str, text: str) -> None:
    async with screener() as (venue, client):
        venue.put("A", 5.0, 30.0)
        clock = StandingClock(NOW)
        scan = scanner(client, clock, asset_hours=0.001)
        await scan.update()
        before = scan.explain()
        clock.advance(NOW + 60 * SECOND)
        venue.fail[part] = (500 if not text else 200, text)
        await scan.update()
        assert scan.get_active_stock_list() == ["A"]
        assert scan.explain() == before
        assert "scan" in scan.last_error
        venue.fail.clear()
        await scan.update()
        assert scan.last_error == ""
        assert scan.explain()[0].ts == NOW + 60 * SECOND


async def test_a_spent_budget_is_not_asked_again_before_it_is_renewed() -> None:
    async with screener() as (venue, client):
        venue.put("A", 5.0, 30.0)
        clock = StandingClock(NOW)
        scan = scanner(client, clock)
        venue.fail["movers"] = (429, "")
        for _ in range(3):
            await scan.update()
        assert venue.requests["movers"] == 1
        assert "too many requests" in scan.last_error
        venue.fail.clear()
        clock.advance(NOW + 11 * SECOND)
        await scan.update()
        assert scan.get_active_stock_list() == ["A"]


async def test_refused_keys_are_raised() -> None:
    async with screener() as (venue, client):
        venue.fail["assets"] = (401, "")
        with pytest.raises(Denied):
            await scanner(client).update()


async def test_keys_refused_later_keep_the_list_and_are_told() -> None:
    async with screener() as (venue, client):
        venue.put("A", 5.0, 30.0)
        scan = scanner(client)
        await scan.update()
        venue.fail["movers"] = (403, "")
        await scan.update()
        assert scan.get_active_stock_list() == ["A"]
        [line] = scan.told()
        assert "HTTP 403): a person must act; since" in line
        assert "scanned again next poll, the list of" in line


async def test_the_screeners_own_row_does_where_there_is_no_snapshot() -> None:
    async with screener() as (venue, client):
        venue.put("A", 5.0, 30.0)
        venue.body["snapshots"] = {}
        scan = scanner(client)
        await scan.update()
        [row] = scan.explain()
        assert (row.active, row.price, row.volume) == (True, 5.0, 1e6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"top": 0}, "top: expected at least 1"),
        ({"slack": -1}, "slack: expected 0 or more"),
        ({"tolerance": 1.0}, "tolerance: expected 0 up to 1"),
        ({"min_price": 5.0, "max_price": 4.0}, "min_price: expected above 0"),
        ({"min_pirce": 5.0}, "did you mean min_price"),
        ({"top": "ten"}, "expected int"),
    ],
)
def test_settings_that_cannot_be_are_answered_in_one_line(
    settings: dict[str, object], message: str
) -> None:
    services = {"screener": object(), "clock": StandingClock(NOW)}
    with pytest.raises(BadInput, match=message):
        build("scanner", "top_gainer", settings, services)


def test_it_is_found_by_its_name() -> None:
    assert find("scanner", "top_gainer") is TopGainerStockListManager


async def test_recorded_answers_of_the_vendor_give_the_expected_list(shared_data: Path) -> None:
    recorded = msgspec.json.decode((shared_data / "wire/alpaca/rest_screener.json").read_bytes())
    bodies = {row["test"]: row["body"] for row in recorded}
    async with screener() as (venue, client):
        fill_from(venue, bodies)
        scan = scanner(client, min_price=1.0, max_price=30.0, min_volume=1e6)
        await scan.update()
        assert scan.get_active_stock_list() == ["PIK"]
        told = reasons(scan)
        assert told["BYN.WS"].startswith("BYN.WS is no common share")
        assert "volume unknown" in told["UVXY"]
        assert "price unknown; change unknown" in told["TSLA"]


def fill_from(venue: ScreenerVenue, bodies: dict[str, object]) -> None:
    movers, actives = bodies["test_get_market_movers"], bodies["test_get_most_actives"]
    venue.body |= {"movers": movers, "most-actives": actives, "snapshots": {}}
    rows = [*movers["gainers"], *actives["most_actives"]]
    venue.assets = {row["symbol"]: True for row in rows}
