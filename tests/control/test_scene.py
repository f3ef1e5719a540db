from decimal import Decimal
from math import nan

import msgspec
import numpy as np
import pytest

from tradeplat.control.records import MARKER, STUDY, MarkerKind
from tradeplat.control.scene import KEPT_ORDERS, Scene, order_row
from tradeplat.core.conditions import CONDITION, Condition, Mode
from tradeplat.core.intent import Action, Intent, Plot
from tradeplat.core.market import MINUTE, NIGHT, Backfill, Bar, Quote, Status
from tradeplat.core.orders import Fill, Order, OrderState, OrderType, Purpose, Refused
from tradeplat.core.ports import Candidate
from tradeplat.core.record import PLOT

ENTER = Intent(Action.ENTER, 1.0, nan, nan, nan)


def bar(n: int, span: int = 60) -> Bar:
    return Bar("A", n * MINUTE, 10.0, 11.0, 9.0, 10.5, 5.0, span, "x")


def order(id_: str = "o1", state: OrderState = OrderState.WORKING, **more: object) -> Order:
    what = (Decimal(100), OrderType.LIMIT, Purpose.ENTRY, 1, 2)
    return Order(id_, "A", "orb", *what, limit=Decimal("10.25"), state=state, **more)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_bars_of_another_length_are_another_series(scene: Scene) -> None:
    scene.desk_opened(1, "A")
    version = scene.table_version
    for one in (bar(1), bar(1, 1), bar(2)):
        scene.fact(1, one)
    sheet = scene.sheet("A")
    assert [(one.id, one.span, len(one)) for one in sheet.series] == [(1, 60, 2), (2, 1, 1)]
    assert scene.table_version > version
    scene.fact(1, Backfill("A", 5 * MINUTE, (bar(4), bar(5))))
    assert len(sheet.series[0]) == 4


def test_quotes_cost_nothing_while_nobody_watches(scene: Scene) -> None:
    heard: list[str] = []
    scene.changed = heard.append
    quote = Quote("A", 5, 9.0, 1.0, 10.0, 1.0, "x")
    scene.fact(1, quote)
    assert not scene.sheets
    scene.watched = True
    scene.fact(1, quote)
    assert heard == ["A"]
    assert scene.sheet("A").quote


def test_signals_fills_and_halts_are_marked(scene: Scene) -> None:
    scene.fact(1, bar(1))
    scene.decision(7, "A", "orb", 1, ENTER, order())
    fill = Fill("o1", "A", "orb", 8, Decimal(100), Decimal("10.26"), Decimal("0.5"))
    scene.change(8, order(state=OrderState.FILLED), fill)
    scene.fact(9, Status("A", 9, trading=False, code="T1", feed="x"))
    scene.fact(9, Status("A", 10, trading=True, code="", feed="x"))
    marks = np.frombuffer(bytes(scene.sheet("A").markers), MARKER)
    seat = scene.seat("orb")
    assert [row.item() for row in marks] == [
        (7, 10.25, 0.0, MarkerKind.ENTRY, 0, seat, 1),
        (8, 10.26, 100.0, MarkerKind.FILL, 0, seat, 2),
        (9, 10.5, 0.0, MarkerKind.HALT, 0, 0, 3),
        (10, 10.5, 0.0, MarkerKind.RESUME, 0, 0, 4),
    ]
    assert [(row.quantity, row.price, row.fee) for row in scene.fills] == [(100.0, 10.26, 0.5)]
    assert scene.orders["o1"].state is OrderState.FILLED


def test_news_are_kept_for_those_who_watch_until_they_were_told(scene: Scene) -> None:
    scene.change(1, order("o1"), None)
    assert not scene.new_orders
    scene.watched = True
    scene.change(1, order("o2"), None)
    scene.say(1, "info", "X", "y")
    assert list(scene.new_orders) == ["o2"]
    assert [row.id for row in scene.new_lines] == [1]
    scene.settle()
    assert scene.new_orders == {}
    assert scene.new_lines == []


def test_closed_orders_make_room_and_open_ones_stay(scene: Scene) -> None:
    scene.change(1, order("open"), None)
    for n in range(KEPT_ORDERS + 5):
        scene.change(1, order(f"c{n}", OrderState.CANCELED), None)
    assert len(scene.orders) == KEPT_ORDERS
    assert "open" in scene.orders
    assert "c0" not in scene.orders


def test_the_last_word_of_a_strategy_and_of_the_gate_is_known(scene: Scene) -> None:
    refused = Refused("A", "orb", 1, "STALE_QUOTE", "Refused: old.")
    scene.decision(7, "A", "orb", 1, ENTER, refused)
    scene.decision(9, "A", "orb", 1, Intent(Action.EXIT, 1.0, nan, nan, nan), order())
    word = scene.words["orb", "A"]
    assert word == ("EXIT", 9, "STALE_QUOTE: Refused: old.", 7)
    assert [(row.level, row.code, row.symbol) for row in scene.log] == [
        ("warning", "STALE_QUOTE", "A")
    ]


def test_studies_have_numbers_and_points_by_bar_while_watched(scene: Scene) -> None:
    scene.declare("orb", [Plot("mean"), Plot("high", style="box", other="low")])
    scene.declare("orb", [Plot("mean")])
    entries = [(one.id, one.name, one.kind, one.partner) for one in scene.studies.values()]
    assert entries == [(1, "mean", "line", 0), (2, "high", "box", 3)]
    scene.fact(1, bar(2))
    note = {"symbol": "A", "strategy": "orb", "values": {"mean": 1.5, "high": None, "else": 2.0}}
    scene.note(1, PLOT, note)
    scene.watched = True
    scene.note(1, PLOT, note)
    scene.values("A", "orb", 3 * MINUTE, {"low": 2.5})
    points = np.frombuffer(bytes(scene.sheet("A").points), STUDY)
    assert [(row["ts"] // MINUTE, row["study"]) for row in points] == [(2, 1), (2, 2), (3, 3)]
    assert np.isnan(points["value"][1])


def test_alarms_conditions_and_the_list_are_kept(scene: Scene) -> None:
    scene.note(1, "alarm", {"code": "LOUD", "line": "hear"})
    condition = Condition("stream", "A", Mode.REDUCE_ONLY, "STREAM_DOWN", "silent", ts=1)
    scene.note(2, CONDITION, condition.body())
    scene.note(3, "anything", {"else": 1})
    row = Candidate("A", active=True, reason="up", ts=1, feed="x")
    scene.candidates(4, iter([row]))
    assert [(one.code, one.text) for one in scene.log] == [
        ("LOUD", "hear"),
        ("STREAM_DOWN", "reduce_only: silent"),
    ]
    assert scene.listed == (row,)


def test_what_is_forgotten_is_gone(scene: Scene) -> None:
    scene.fact(1, bar(1))
    scene.change(1, order(), None)
    scene.forget()
    for kept in (scene.sheets, scene.orders, scene.log, scene.fills):
        assert len(kept) == 0


def test_an_order_becomes_a_row_of_numbers() -> None:
    row = order_row(order(stop_loss=Decimal(9)))
    assert (row.quantity, row.limit, row.stop, row.state) == (100.0, 10.25, None, "working")


def test_the_table_is_told_anew_with_another_day_and_with_the_first_word_of_the_scanner() -> None:
    scene = Scene()
    row = Candidate("A", active=True, reason="r", ts=1, feed="x", price=5.0, change=1.0)

    def grew(deed) -> bool:
        before = scene.table_version
        deed()
        return scene.table_version > before

    scene.desk_opened(0, "A")
    day = Bar("A", NIGHT, 1.0, 1.0, 1.0, 1.0, 1.0, 60, "x")
    scene.fact(0, day)
    assert not grew(lambda: scene.fact(0, msgspec.structs.replace(day, ts=NIGHT + MINUTE)))
    assert grew(lambda: scene.fact(0, msgspec.structs.replace(day, ts=2 * NIGHT + MINUTE)))
    assert grew(lambda: scene.candidates(0, [row]))
    assert not grew(lambda: scene.candidates(0, [row]))
