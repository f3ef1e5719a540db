from decimal import Decimal

import pytest
from msgspec.structs import replace
from rich.console import Console

from tradeplat.app.display import (
    MAX_CONDITIONS,
    MAX_ROWS,
    clock_text,
    line,
    look,
    ranking,
    render,
    width,
)
from tradeplat.app.keyboard import View
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.market import MINUTE, Status
from tradeplat.core.ports import Candidate
from worlds import DAY, LONG, Resting, Script, World, bar


def shown(world: World) -> tuple[str, str]:
    rows = [
        Candidate("A", active=True, reason="up 12 %", ts=1, feed="builtin", change=12.0),
        Candidate("Z", active=False, reason="price 0.80 below 2.00", ts=1, feed="builtin"),
    ]
    shot = look(world.floor, "paper", DAY.open, Decimal(100_000), rows)
    text = Console(width=140, force_terminal=False)
    with text.capture() as captured:
        text.print(render(shot))
    return captured.get(), line(shot)


def test_the_table_shows_desks_scanner_orders_and_money() -> None:
    world = World(lambda _: {"ema": Script(LONG)}, executor=Resting)
    world.floor.open_desk("A", 0).on_market(bar("A", 1), MINUTE)
    halted = world.floor.open_desk("B", 0)
    halted.on_market(Status("B", MINUTE, trading=False, code="LUDP", feed="csv"), MINUTE)
    table, short = shown(world)
    for part in ("A", "halted", "buy", "market", "up 12 %", "price 0.80 below 2.00", "+12.0%"):
        assert part in table
    assert "desks 2" in short
    assert "open orders 1" in short


def test_profit_is_marked_at_the_last_price() -> None:
    world = World(lambda _: {"ema": Script(LONG)})
    desk = world.floor.open_desk("A", 0)
    desk.on_market(bar("A", 1), MINUTE)
    desk.on_market(bar("A", 2, 103.0), 2 * MINUTE)
    table, short = shown(world)
    assert "+300.00" in table
    assert "P&L +300.00" in short


def test_the_mode_and_what_asks_for_it_are_seen_at_once() -> None:
    world = World(lambda _: {"ema": Script()})
    assert "NORMAL" not in shown(world)[0]
    asked = [
        Condition("stream", "A", Mode.REDUCE_ONLY, "STREAM_DOWN", "silent for 9 s"),
        Condition("person", "", Mode.KILLED, "KILLED", "enough", "anna"),
        Condition("loss", "@ema", Mode.REDUCE_ONLY, until=DAY.open),
    ]
    for condition in asked:
        world.floor.on_condition(condition, 1)
    table, short = shown(world)
    lines = [text.strip() for text in table.splitlines()]
    assert " KILLED " in lines[0]
    assert lines[1] == "KILLED  account  person (KILLED) by anna: enough"
    assert lines[2] == "REDUCE_ONLY  A  stream (STREAM_DOWN): silent for 9 s"
    assert "@ema" not in table, "what ended by itself is over"
    assert "  KILLED  " in short


def test_more_conditions_than_there_is_room_for_are_counted() -> None:
    world = World(lambda _: {"ema": Script()})
    for n in range(MAX_CONDITIONS + 3):
        world.floor.on_condition(Condition("stream", f"S{n}", Mode.REDUCE_ONLY, "STREAM_DOWN"), 1)
    assert "... 3 more (tradeplat status)" in shown(world)[0]


def test_a_panel_with_nothing_in_it_says_so() -> None:
    world = World(lambda _: {"ema": Script()})
    console = Console(width=140, force_terminal=False)
    with console.capture() as captured:
        console.print(render(look(world.floor, "paper", DAY.open, Decimal(100_000), [])))
    assert captured.get().count("none") == 2


def test_the_clock_is_new_yorks() -> None:
    assert clock_text(1_381_239_000_000_000_000) == "Tue 09:30:00"


def test_the_selected_ticker_is_shown_wherever_it_ranks_with_what_its_keys_do() -> None:
    world = World(lambda _: {"ema": Script()})
    for n in range(MAX_ROWS + 6):
        world.floor.open_desk(f"SYM{n:02d}", 0)
    order = ranking(world.floor)
    assert order == sorted(world.floor.desks)
    shot = look(world.floor, "paper", DAY.open, Decimal(100_000), [])
    text = Console(width=140, force_terminal=False)
    for selected, hidden in ((order[0], order[-1]), (order[-1], order[0]), ("", order[-1])):
        view = View(selected, "keys ready", ("buy refused",), ("b buy",))
        with text.capture() as captured:
            text.print(render(replace(shot, keys=view)))
        table = captured.get()
        assert hidden not in table
        assert f"on {selected}" in table or (not selected and "no ticker selected" in table)
        for part in ("keys ready", "buy refused", "b buy"):
            assert part in table


def test_tables_are_as_wide_as_the_terminal_within_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for columns in ("40", "120", "900"):
        monkeypatch.setenv("COLUMNS", columns)
        found.append(width())
    assert found == [80, 120, 160]
