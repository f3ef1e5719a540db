from pathlib import Path

import pytest

from scanners.recorded_world import World
from tradeplat.app.plugins import build, find
from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import BadInput, Denied, Throttled, Transient
from tradeplat.core.market import DAY, MINUTE, SECOND
from tradeplat.core.ports import Candidate
from tradeplat.scanners.enrichment import Enrichment
from tradeplat.scanners.facts import Sources
from tradeplat.scanners.polygon_top_gainer import PolygonTopGainerStockListManager
from tradeplat.scanners.sources import Details, Halt, Headline, MinuteVolume, SharesFloat, Split

HOUR = 60 * MINUTE


def session(n: int) -> Session:
    start = n * DAY
    return Session(n, start + 4 * HOUR, start + 9 * HOUR, start + 16 * HOUR, start + 20 * HOUR)


CALENDAR = Calendar([session(n) for n in range(1, 40)])
BEFORE, TODAY = session(29), session(30)
NOW = TODAY.open - HOUR


def put(world: World, symbol: str, change: float, price: float = 5.0, volume: float = 1e6) -> None:
    world.put(symbol, price, price / (1 + change / 100), volume, NOW)
    world.usual[symbol] = [MinuteVolume(BEFORE.pre_open, volume / 4)]


def scanner(
    world: World,
    clock: ReplayClock | None = None,
    cache: Enrichment | None = None,
    **settings: object,
) -> PolygonTopGainerStockListManager:
    clock = clock or ReplayClock(NOW)
    held = cache or Enrichment(None, "world", clock)
    sources = Sources(world, held, (world,), world, world, None, world, world)
    options = {"sessions": 1, **settings}
    return PolygonTopGainerStockListManager(sources, clock, CALENDAR, **options)


def told(scan: PolygonTopGainerStockListManager) -> dict[str, Candidate]:
    return {row.symbol: row for row in scan.explain()}


def test_it_is_found_by_its_name() -> None:
    assert find("scanner", "polygon_top_gainer") is PolygonTopGainerStockListManager


async def test_the_pipeline_names_the_rule_for_every_ticker() -> None:
    world = World()
    put(world, "BEST", 40.0)
    put(world, "GOOD", 20.0)
    put(world, "DEAR", 50.0, price=500.0)
    put(world, "FLAT", 1.0)
    put(world, "THIN", 30.0, volume=99_999.0)
    put(world, "SPAC", 30.0)
    world.facts["SPAC"] = Details("SPAC", kind="CS", sic="6770")
    put(world, "FUND", 30.0)
    world.facts["FUND"] = Details("FUND", kind="ETF")
    put(world, "UNITU", 30.0)
    put(world, "CALM", 30.0)
    world.usual["CALM"] = [MinuteVolume(BEFORE.pre_open, 1e6)]
    put(world, "STOP", 30.0)
    world.stopped["STOP"] = Halt(NOW - MINUTE, None)
    put(world, "GONE", 30.0)
    world.listed["GONE"] = False
    put(world, "LATE", 30.0)
    world.shots["LATE"] = world.shots["LATE"].__class__("LATE", BEFORE.close, 5.0, 1e6, 4.0)
    scan = scanner(world, exclude=("best",))
    assert scan.get_active_stock_list() == []
    await scan.update()
    assert scan.get_active_stock_list() == ["GOOD"]
    rules = {symbol: row.rule for symbol, row in told(scan).items() if not row.active}
    assert rules == {
        "BEST": "excluded",
        "DEAR": "price",
        "FLAT": "change",
        "THIN": "volume",
        "SPAC": "sic",
        "FUND": "share",
        "UNITU": "share",
        "CALM": "rvol",
        "STOP": "halted",
        "GONE": "tradable",
        "LATE": "price",
    }
    rows = told(scan)
    assert rows["GOOD"].reason.startswith("rank 1; price 5; change +20.00 %; volume 1,000,000")
    assert rows["THIN"].by == pytest.approx(-1e-5)
    assert rows["CALM"].by == pytest.approx(-0.5)
    assert (rows["GOOD"].feed, rows["GOOD"].ts) == ("sip", NOW)
    assert scan.explain()[0].symbol == "GOOD"
    assert scan.dropped["share"] == 2
    assert scan.last_error == ""


async def test_a_second_scan_asks_for_no_facts_nor_does_the_next_run(tmp_path: Path) -> None:
    world = World()
    for n in range(20):
        put(world, f"A{chr(65 + n)}", 10.0 + n)
        world.floats[f"A{chr(65 + n)}"] = SharesFloat(5e6, 0)
    clock = ReplayClock(NOW)
    settings = {"preset": "low_float", "limits": {"min_rvol": 2.0, "catalyst": True}}
    world.lines = [
        Headline(str(n), NOW - 1, (f"A{chr(65 + n)}",), "FDA approval") for n in range(20)
    ]
    scan = scanner(world, clock, Enrichment(tmp_path, "world", clock), **settings)
    await scan.update()
    active = scan.get_active_stock_list()
    assert len(active) == 10
    asked = scan.asked
    assert asked == 20 * 4 + 2
    clock.advance(NOW + 5 * SECOND)
    await scan.update()
    assert scan.asked == asked
    assert world.asked["snapshots"] == 2
    again = scanner(world, clock, Enrichment(tmp_path, "world", clock), **settings)
    await again.update()
    assert again.asked == 0
    assert again.get_active_stock_list() == active
    clock.advance(NOW + 10 * 60 * SECOND)
    await again.update()
    assert again.asked == 20  # news are old after five minutes, nothing else is


async def test_a_reverse_split_is_no_gap() -> None:
    world = World()
    put(world, "TOLD", 0.0)
    world.closes["TOLD"] = 0.25
    world.told = [Split("TOLD", TODAY.day, 0.05)]
    world.usual["TOLD"] = [MinuteVolume(BEFORE.pre_open, 5e6)]
    put(world, "HID", 1900.0)
    world.usual["HID"] = [MinuteVolume(BEFORE.pre_open, 5e6)]
    put(world, "REAL", 150.0)
    world.usual["REAL"] = [MinuteVolume(BEFORE.pre_open, 1e4)]
    scan = scanner(world)
    await scan.update()
    assert scan.get_active_stock_list() == ["REAL"]
    assert told(scan)["TOLD"].rule == "change"
    assert told(scan)["TOLD"].change == pytest.approx(0.0)
    assert told(scan)["HID"].rule == "split"
    assert "a split nobody told of" in told(scan)["HID"].reason


async def test_a_throttled_scan_says_incomplete_and_goes_on_later() -> None:
    world = World()
    put(world, "A", 20.0)
    world.fail["details"] = Throttled("polygon: nothing left", 9.0)
    scan = scanner(world)
    await scan.update()
    assert scan.last_error == "incomplete: polygon: nothing left"
    row = told(scan)["A"]
    assert (row.active, row.incomplete) == (True, True)
    assert row.reason.endswith("incomplete: details")
    world.fail.clear()
    await scan.update()
    assert scan.last_error == ""
    assert not told(scan)["A"].incomplete


async def test_the_market_is_not_asked_before_the_budget_is_renewed() -> None:
    world = World()
    put(world, "A", 20.0)
    clock = ReplayClock(NOW)
    scan = scanner(world, clock)
    await scan.update()
    world.fail["snapshots"] = Throttled("polygon: slow down", 30.0)
    await scan.update()
    assert scan.last_error == "incomplete: polygon: slow down"
    assert scan.get_active_stock_list() == ["A"]
    for second in (1, 29):
        clock.advance(NOW + second * SECOND)
        await scan.update()
    assert world.asked["snapshots"] == 2
    world.fail.clear()
    clock.advance(NOW + 30 * SECOND)
    await scan.update()
    assert scan.last_error == ""


async def test_a_failed_scan_keeps_the_last_list_and_only_a_first_one_raises_denied() -> None:
    world = World()
    put(world, "A", 20.0)
    scan = scanner(world)
    await scan.update()
    world.fail["snapshots"] = Transient("polygon: HTTP 503")
    await scan.update()
    assert (scan.get_active_stock_list(), scan.last_error) == (["A"], "polygon: HTTP 503")
    world.fail["snapshots"] = Denied("polygon refuses this key")
    await scan.update()
    assert scan.get_active_stock_list() == ["A"]
    assert scan.told()[0].startswith("polygon refuses this key: a person must act; since ")
    with pytest.raises(Denied):
        await scanner(world).update()


async def test_only_the_best_are_looked_into() -> None:
    world = World()
    for n in range(6):
        put(world, f"A{chr(65 + n)}", 10.0 + n)
    scan = scanner(world, depth=3)
    await scan.update()
    assert world.asked["details"] == 3
    assert scan.get_active_stock_list() == ["AF", "AE", "AD"]
    assert told(scan)["AC"].rule == "depth"
    assert told(scan)["AC"].reason == "place 4 of what moves: only the first 3 are looked into"
    limited = scanner(world, show=2)
    await limited.update()
    assert len(limited.explain()) == 2
    every = scanner(world, show=0)
    await every.update()
    assert len(every.explain()) == 6


async def test_large_caps_in_play_are_those_of_most_relative_volume() -> None:
    world = World()
    for place, symbol in enumerate(("AA", "BB", "CC", "DD")):
        put(world, symbol, 3.0, price=200.0, volume=1e6 * (place + 1))
        facts = Details(symbol, kind="CS", sic="2834", market_cap=2e10)
        world.facts[symbol] = facts
        world.usual[symbol] = [MinuteVolume(BEFORE.pre_open, 5e5)]
        world.volumes[symbol] = 1e6
    scan = scanner(world, preset="large_cap", depth=3)
    await scan.update()
    assert scan.get_active_stock_list() == ["DD", "CC", "BB"]
    assert [row.reason[:6] for row in scan.explain()[:3]] == ["rank 1", "rank 2", "rank 3"]
    assert told(scan)["AA"].rule == "depth"


async def test_a_new_session_gives_its_places_anew() -> None:
    world = World()
    clock = ReplayClock(NOW)
    put(world, "A", 20.0)
    scan = scanner(world, clock, top=1)
    await scan.update()
    assert scan.get_active_stock_list() == ["A"]
    clock.advance(NOW + DAY)
    world.put("A", 6.0, 5.0, 1e6, NOW + DAY)
    world.put("B", 7.0, 5.0, 1e6, NOW + DAY)
    for symbol in "AB":
        world.usual[symbol] = [MinuteVolume(TODAY.pre_open, 1e5)]
    await scan.update()
    assert scan.get_active_stock_list() == ["B"]


async def test_a_ticker_at_the_edge_does_not_come_and_go() -> None:
    world = World()
    clock = ReplayClock(NOW)
    put(world, "A", 6.0)
    scan = scanner(world, clock)
    changes = [6.0, 4.6, 3.0, 4.6, 3.0, 3.0]
    for n, change in enumerate(changes):
        clock.advance(NOW + n * 20 * SECOND)
        world.put("A", 5.0 + change / 20, 5.0, 1e6, NOW)
        await scan.update()
        assert scan.get_active_stock_list() == (["A"] if n < 5 else [])


async def test_volume_before_the_opening_is_remembered() -> None:
    world = World()
    clock = ReplayClock(TODAY.open - MINUTE)
    put(world, "A", 20.0, volume=300_000.0)
    scan = scanner(world, clock, limits={"min_premarket_volume": 300_000})
    await scan.update()
    clock.advance(TODAY.open + MINUTE)
    put(world, "A", 20.0, volume=900_000.0)
    put(world, "B", 20.0, volume=900_000.0)
    await scan.update()
    assert scan.get_active_stock_list() == ["A"]
    assert told(scan)["B"].reason.startswith("pre-market volume unknown")


async def test_a_folder_that_fails_costs_no_scan(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    world = World()
    put(world, "A", 20.0)
    clock = ReplayClock(NOW)
    scan = scanner(world, clock, Enrichment(tmp_path / "file", "world", clock))
    await scan.update()
    assert scan.get_active_stock_list() == ["A"]
    assert "cannot keep facts" in scan.last_error


async def test_past_the_calendar_nothing_is_asked() -> None:
    world = World()
    scan = scanner(world, ReplayClock(session(50).open))
    await scan.update()
    assert not world.asked


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"preset": "gap"}, "preset: found 'gap'"),
        ({"limits": {"min_prise": 1}}, "did you mean min_price?"),
        ({"limits": {"rank": "luck"}}, "rank: found 'luck'"),
        ({"top": 0}, "top: expected at least 1"),
        ({"tolerance": 1.0}, "tolerance: expected 0 up to 1"),
        ({"hold": -1.0}, "hold: expected 0 or more"),
        ({"depth": 0}, "depth, calls: expected at least 1"),
        ({"topp": 3}, "did you mean top?"),
    ],
)
def test_wrong_settings_are_named(options: dict[str, object], expected: str) -> None:
    clock = ReplayClock(NOW)
    sources = Sources(World(), Enrichment(None, "world", clock))
    services = {"sources": sources, "clock": clock, "calendar": CALENDAR}
    with pytest.raises(BadInput) as caught:
        build("scanner", "polygon_top_gainer", options, services)
    assert expected in str(caught.value)
