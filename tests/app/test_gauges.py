from types import SimpleNamespace

from tradeplat.app.gauges import Gauges
from tradeplat.core.market import Bar, Quote
from worlds import World


def gauges(world: World) -> Gauges:
    """The gauges of a small world; what counts beside its desks stands still."""
    desks = SimpleNamespace(
        market=world.market, tracker=world.tracker, house=world.house, floor=world.floor
    )
    supervisor = SimpleNamespace(
        restarts={"stream": 2}, quarantined={"desk-A": ValueError("a bug")}
    )
    return Gauges(
        SimpleNamespace(order_requests=3, updates_taken=5, told=["HTTP 503"]),
        SimpleNamespace(counters={"messages": 9}),
        desks,
        supervisor,
        SimpleNamespace(polls=4, told=lambda: ["incomplete: no news"]),
        SimpleNamespace(full=1, worst_ms=2.345),
        SimpleNamespace(lines=7, failed=""),
    )


def test_every_part_is_read_by_its_name() -> None:
    read = gauges(World(lambda _: {})).read()
    assert read["orders"] == {
        "requests": 3,
        "updates": 5,
        "stale_reports": 0,
        "unknown_reports": 0,
        "open": 0,
    }
    assert read["broker"] == {"told": ["HTTP 503"]}
    assert read["stream"] == {"messages": 9}
    assert read["quarantined"] == {"desk-A": "ValueError('a bug')"}
    assert read["collector"] == {"full": 1, "worst_ms": 2.3}
    assert read["scanner"] == {"polls": 4, "told": ["incomplete: no news"]}
    assert read["record"] == {"lines": 7, "failed": ""}


def test_a_desk_of_which_nothing_was_heard_is_silent() -> None:
    world = World(lambda _: {})
    for symbol in ("QUOTED", "TRADED", "QUIET"):
        world.floor.open_desk(symbol, 0)
    quote = Quote("QUOTED", 1, 9.0, 1, 9.1, 1, "csv")
    world.floor.desks["QUOTED"].on_market(quote, 1)
    bar = Bar("TRADED", 1, 9.0, 9.0, 9.0, 9.0, 1.0, 60, "csv")
    world.floor.desks["TRADED"].on_market(bar, 1)
    assert gauges(world).silent() == ["QUIET"]
