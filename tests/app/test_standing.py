import json
from decimal import Decimal

import msgspec

from tradeplat.app.standing import Stands, hello, status, text
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose, Report
from tradeplat.core.premises import Override
from worlds import LONG, Resting, Script, World, bar, filled


class Feed:
    live = False


class At:
    def now(self) -> int:
        return 5 * MINUTE

    async def sleep_until(self, ts: int) -> None:
        return None


def stands(world: World, **more: object) -> Stands:
    return Stands(
        run="r",
        mode="paper",
        place="a venue",
        account="acc",
        floor=world.floor,
        feed=Feed(),
        clock=At(),
        stages=lambda: {"A": "live", "B": "backfilling"},
        numbers=lambda: {"latency_us": {"loop_lag": {"p99": 4_000}}, "quarantined": {}},
        epoch=lambda: 3,
        wall=lambda: 90 * SECOND,
        started=0,
        **more,
    )


def holding(*, stop: bool) -> World:
    world = World(lambda _: {"s": Script(LONG)}, executor=Resting)
    world.floor.open_desk("A", 0).on_market(bar("A", 1), MINUTE)
    entry = world.verdicts[0]
    assert isinstance(entry, Order)
    world.floor.on_report(filled(entry, Decimal(100), Decimal(40)), 2)
    if stop:
        leg = Order(
            entry.id + "-sl", "A", "s", Decimal(-40), OrderType.STOP, Purpose.STOP, 1, 1,
            stop=Decimal(90), parent=entry.id,
        )  # fmt: skip
        world.floor.on_report(Report(leg.id, "A", OrderState.WORKING, 2, order=leg), 2)
    return world


def test_a_position_without_a_stop_stands_out() -> None:
    found = status(stands(holding(stop=False)))
    (position,) = found["positions"]
    assert (position["stop"], position["protected"]) == (None, False)
    assert "NO STOP" in text(found)
    found = status(stands(holding(stop=True)))
    (position,) = found["positions"]
    assert (position["stop"], position["protected"]) == ("90", True)
    armed = status(stands(holding(stop=False), guarded=lambda symbol: symbol == "A"))
    assert "armed here" in text(armed)


def test_conditions_unknowns_and_streams_are_told() -> None:
    world = holding(stop=True)
    entry = world.verdicts[0]
    assert isinstance(entry, Order)
    world.floor.on_move(entry.id, OrderState.UNKNOWN, "timeout", 3)
    why = Condition("operator", "", Mode.KILLED, "KILLED", "a drill", "me", 4)
    world.floor.on_condition(why, 4)
    world.floor.on_condition(Condition("stream", "A", Mode.REDUCE_ONLY, "STREAM_DOWN"), 4)
    found = status(stands(world))
    assert found["account_mode"] == "killed"
    assert found["unknown"] == [entry.id]
    shown = text(found)
    for line in (
        "KILLED  account  operator (KILLED) by me: a drill",
        "REDUCE_ONLY  A  stream (STREAM_DOWN)",
        "account DOWN, market 1 live, 1 backfilling",
        "UNKNOWN 1",
        "loop lag: 4.0 ms p99",
        "up 0:01:30",
    ):
        assert line in shown
    assert json.loads(json.dumps(found)) == found


def test_what_a_person_lets_pass_is_told_until_it_ends() -> None:
    world = holding(stop=True)
    until = 10 * MINUTE
    world.floor.on_override(Override("CHURN", "@s", "ann", "a storm", until), 5 * MINUTE)
    world.floor.on_override(Override("SELF_CROSS", "", "ann", "over", 4 * MINUTE), 3 * MINUTE)
    found = status(stands(world))
    assert [one["code"] for one in found["overrides"]] == ["CHURN"]
    assert "OVERRIDDEN  @s  CHURN until 00:10:00 UTC by ann: a storm" in text(found)


def test_an_empty_house_is_told_in_a_few_lines() -> None:
    world = World(lambda _: {"s": Script()})
    assert text(status(stands(world))).count("\n") <= 6


def test_a_client_is_told_epoch_and_modes_first() -> None:
    told = hello(stands(holding(stop=True)), 3)
    assert (told["protocol"], told["epoch"], told["mode"], told["account_mode"]) == (
        1,
        3,
        "PAPER",
        "normal",
    )


def test_what_the_scanner_says_of_its_vendors_stands_at_the_foot() -> None:
    line = "fmp: HTTP 402 for shares-float; 3 of 250 requests in 24 hours"
    numbers = {"latency_us": {}, "scanner": {"polls": 3, "told": [line]}}
    found = status(stands_with(numbers))
    assert found["scanner"] == [line]
    assert f"scanner: {line}" in text(found)


def test_what_is_wrong_with_the_brokers_pages_stands_there_too() -> None:
    line = "alpaca: GET /v2/account: HTTP 503, for 12 s"
    found = status(stands_with({"latency_us": {}, "broker": {"told": [line]}}))
    assert found["broker"] == [line]
    assert f"broker: {line}" in text(found)


def stands_with(numbers: dict[str, object]) -> Stands:
    return msgspec.structs.replace(stands(World(lambda _: {})), numbers=lambda: numbers)


def test_each_feed_of_market_data_has_its_line() -> None:
    told = [
        {"feed": "polygon", "brings": "bars", "state": "live", "newest": 60 * SECOND,
         "lag_ms": 120.0, "worst_ms": 900.0},
        {"feed": "iex", "brings": "quotes", "state": "down", "newest": None, "lag_ms": None,
         "worst_ms": None},
    ]  # fmt: skip
    found = status(msgspec.structs.replace(
        stands(World(lambda _: {})), numbers=lambda: {"feeds": {"told": told}}
    ))  # fmt: skip
    assert found["streams"]["feeds"] == told
    lines = text(found | {"loop_lag_us": {}}).splitlines()
    assert "feed polygon (bars): live, up to Wed 19:01:00, lag 0.12 s (worst 0.90 s)" in lines
    assert "feed iex (quotes): down, nothing came yet" in lines
