from msgspec.structs import replace

from scanners.recorded_world import World
from tradeplat.core.calendar import Session
from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import Denied, Throttled, Transient
from tradeplat.core.market import DAY, MINUTE
from tradeplat.scanners.enrichment import Enrichment
from tradeplat.scanners.facts import Day, Facts, Sources
from tradeplat.scanners.filters import Enriched
from tradeplat.scanners.sources import Details, Headline, MinuteVolume, SharesFloat, Split

HOUR = 60 * MINUTE
NEEDS = ("details", "float", "curve")


def session(n: int) -> Session:
    start = n * DAY
    return Session(n, start + 4 * HOUR, start + 9 * HOUR, start + 16 * HOUR, start + 20 * HOUR)


TODAY = Day(session(30), (session(28), session(29)), session(30).open)
ROW = Enriched("A", price=5.0, volume=600.0)


def asking(world: World, *more: World, calls: int = 100) -> Facts:
    cache = Enrichment(None, "test", ReplayClock(TODAY.now))
    return Facts(Sources(world, cache, (world, *more), world, world), calls)


async def test_facts_are_asked_once() -> None:
    world = World()
    world.put("A", 5.0, 4.0)
    world.facts["A"] = Details("A", "Acme", "CS", "2834", 2e7, 1e8, 20200102)
    world.floats["A"] = SharesFloat(8e6, TODAY.now - 3 * DAY)
    world.usual["A"] = [MinuteVolume(session(28).pre_open, 400.0)]
    facts = asking(world)
    for _ in range(2):
        facts.begin()
        row, missing = await facts.complete(ROW, NEEDS, TODAY, ())
        assert (row.name, row.kind, row.sic, row.listed_on) == ("Acme", "CS", "2834", 20200102)
        assert (row.shares_outstanding, row.market_cap) == (2e7, 1e8)
        assert (row.shares_float, row.float_source, row.float_age_days) == (8e6, "world", 3.0)
        assert row.rvol == 3.0
        assert missing == ()
    assert facts.asked == 3
    assert facts.trouble == ""


async def test_shares_outstanding_stand_in_for_a_float_that_nobody_knows() -> None:
    world = World()
    world.facts["A"] = Details("A", shares_outstanding=2e7, as_of=TODAY.now - 2 * DAY)
    row, missing = await asking(world).complete(ROW, NEEDS, TODAY, ())
    assert row.shares_float == 2e7
    assert row.float_source == "world: shares outstanding as a proxy"
    assert row.float_age_days == 2.0
    assert row.market_cap == 1e8
    assert missing == ()


async def test_the_next_source_is_asked_where_one_does_not_know() -> None:
    first, second = World(), World()
    second.name = "second"
    second.floats["A"] = SharesFloat(3e6, 0)
    facts = asking(first, second)
    row, _ = await facts.complete(ROW, ("float",), TODAY, ())
    assert (row.shares_float, row.float_source, row.float_age_days) == (3e6, "second", 0.0)
    again, _ = await facts.complete(ROW, ("float",), TODAY, ())
    assert again == row
    assert (first.asked["float"], second.asked["float"]) == (1, 1)


async def test_that_nobody_knows_is_remembered_too() -> None:
    world = World()
    facts = asking(world)
    for _ in range(2):
        row, missing = await facts.complete(ROW, NEEDS, TODAY, ())
        assert (row.sic, row.shares_float, row.rvol, missing) == (None, None, None, ())
    assert facts.asked == 3


async def test_a_throttled_source_is_left_alone_and_its_facts_are_missing() -> None:
    world = World()
    world.put("A", 5.0, 4.0)
    world.fail["details"] = Throttled("nothing left", 9.0)
    facts = asking(world)
    row, missing = await facts.complete(ROW, NEEDS, TODAY, ())
    assert missing == ("details", "float")
    assert row.shares_float is None
    assert world.asked["float"] == 0
    assert facts.trouble == "nothing left"
    world.fail.clear()
    facts.begin()
    row, missing = await facts.complete(ROW, NEEDS, TODAY, ())
    assert (row.sic, missing) == ("2834", ())


async def test_a_source_that_refuses_one_field_still_tells_the_others() -> None:
    world, other = World(), World()
    other.name = "fmp"
    world.put("A", 5.0, 4.0)
    world.fail["float"] = Denied("not in this plan")
    other.floats["A"] = SharesFloat(1e6, 0)
    facts = asking(world, other)
    row, missing = await facts.complete(ROW, NEEDS, TODAY, ())
    assert (row.sic, row.shares_float, row.float_source, missing) == ("2834", 1e6, "fmp", ())
    facts.begin()
    await facts.complete(replace(ROW, symbol="B"), NEEDS, TODAY, ())
    assert world.asked["float"] == 1
    assert facts.trouble == "not in this plan"


async def test_only_so_many_requests_a_scan() -> None:
    world = World()
    facts = asking(world, calls=2)
    _, missing = await facts.complete(ROW, NEEDS, TODAY, ())
    assert missing == ("curve",)
    assert facts.trouble == "2 requests a scan are used up"
    facts.begin()
    _, missing = await facts.complete(ROW, NEEDS, TODAY, ())
    assert missing == ()


async def test_closes_and_splits_of_the_whole_market_are_asked_once() -> None:
    world = World()
    world.put("A", 5.0, 4.0)
    world.told = [Split("A", 30, 0.1)]
    facts = asking(world)
    for _ in range(2):
        assert await facts.closes(TODAY) == {"A": 4.0}
        assert await facts.splits(TODAY) == (Split("A", 30, 0.1),)
    assert facts.asked == 2
    assert await facts.closes(TODAY._replace(before=())) == {}


async def test_closes_that_are_not_to_be_had_are_asked_for_again() -> None:
    world = World()
    world.fail = {"grouped": Transient("down"), "splits": Transient("down")}
    facts = asking(world)
    assert await facts.closes(TODAY) == {}
    assert await facts.splits(TODAY) is None
    world.fail.clear()
    world.closes["A"] = 4.0
    facts.begin()
    assert await facts.closes(TODAY) == {"A": 4.0}


async def test_a_split_since_changes_the_usual_volume() -> None:
    world = World()
    world.usual["A"] = [MinuteVolume(session(28).pre_open, 4000.0)]
    facts = asking(world)
    row, _ = await facts.complete(ROW, ("curve",), TODAY, ())
    assert row.rvol == 0.3
    row, _ = await facts.complete(ROW, ("curve",), TODAY, (Split("A", 30, 0.1),))
    assert row.rvol == 3.0


async def test_news_since_the_last_close_and_not_of_the_future_explain_a_move() -> None:
    world = World()
    at = session(29).close
    world.lines = [
        Headline("1", at - 1, ("A",), "FDA approval, too old"),
        Headline("2", at + 1, ("A",), "Acme wins FDA approval", sentiment={"A": 0.8}),
        Headline("3", TODAY.now + 1, ("A",), "FDA approval of tomorrow"),
    ]
    facts = asking(world)
    row, missing = await facts.complete(ROW, ("news",), TODAY, ())
    assert (row.catalyst, row.sentiment) == ("drug: Acme wins FDA approval", 0.8)
    other, _ = await facts.complete(replace(ROW, symbol="B"), ("news",), TODAY, ())
    assert (other.catalyst, missing) == ("", ())
    await facts.complete(ROW, ("news",), TODAY, ())
    assert world.asked["news"] == 2


async def test_without_news_a_catalyst_is_unknown() -> None:
    world = World()
    world.fail["news"] = Transient("down")
    row, missing = await asking(world).complete(ROW, ("news",), TODAY, ())
    assert (row.catalyst, missing) == (None, ("news",))
    cache = Enrichment(None, "test", ReplayClock(TODAY.now))
    row, missing = await Facts(Sources(world, cache)).complete(ROW, ("news",), TODAY, ())
    assert (row.catalyst, missing) == (None, ("news",))
