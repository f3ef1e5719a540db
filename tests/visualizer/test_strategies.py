"""Strategies are stopped and started from a window, by the row that is chosen."""

import msgspec
import pytest

from desks import Desk
from tradeplat.control.messages import Strategies
from tradeplat.control.orders import Whom
from tradeplat.control.protocol import FrameType
from tradeplat.visualizer.client import Reply
from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.qt import Qt
from tradeplat.visualizer.rows import Table
from tradeplat.visualizer.strategies import BUTTONS, StrategyPanel
from tradeplat.visualizer.tables import Tables


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def panel(qtbot, desk):
    told = Tables(desk.mirror, DEFAULT)
    table = Table("Strategies", told.strategy_columns())
    table.show_rows(told.strategies())
    made = StrategyPanel(desk.mirror, table)
    qtbot.addWidget(made)
    made.asked = []
    made.wanted.connect(lambda do, body, then: made.asked.append((do, body, then)))
    made.click = lambda name: qtbot.mouseClick(made.buttons[name], Qt.MouseButton.LeftButton)
    return made


def test_nothing_is_stopped_before_a_strategy_is_chosen(panel):
    assert panel.said.text() == "choose a strategy"
    assert not any(button.isEnabled() for button in panel.buttons.values())
    panel.click("stop strategy")
    assert not panel.asked


@pytest.mark.parametrize("name", BUTTONS)
def test_each_button_asks_what_the_engine_takes(panel, name):
    panel.choose("F", "orb")
    row = panel.chosen
    assert panel.said.text() == f"orb at {row.symbol}: ready"
    panel.click(name)
    ((do, body, then),) = panel.asked
    assert name.startswith(do)
    whom = msgspec.convert(body, Whom)
    assert (whom.strategy, whom.symbol) in {("orb", ""), ("", row.symbol)}
    assert bool(whom.strategy) == name.endswith("strategy")
    assert panel.said.text() == f"{name}: asked"
    then(Reply(do, False, "LOST", "the connection was lost", {}))
    assert panel.said.text() == "the connection was lost"
    panel.choose("TSLA", "orb")
    assert panel.said.text() == "orb at TSLA: ready"


def test_a_person_s_own_seat_is_not_stopped(panel, desk):
    rows = desk.mirror.strategies.rows
    by_hand = msgspec.structs.replace(rows[0], strategy="manual")
    desk.told.json(FrameType.STRATEGIES, Strategies(1, (by_hand,)))
    desk.take()
    panel.table.show_rows(desk.mirror.strategies.rows)
    panel.choose(by_hand.symbol, "manual")
    assert not panel.buttons["stop ticker"].isEnabled()


def test_what_is_chosen_stays_so_while_rows_come_and_go(qtbot, panel, desk):
    panel.show()
    qtbot.waitExposed(panel)
    index = panel.table.content.index(2, 0)
    panel.table.setFocus()
    place = panel.table.visualRect(index).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel.chosen.symbol == "TSLA"
    rows = desk.mirror.strategies.rows
    fewer = tuple(row for row in rows if row.symbol != "AAPL")
    desk.told.json(FrameType.STRATEGIES, Strategies(1, fewer))
    desk.take()
    panel.table.show_rows(fewer)
    panel.refresh()
    assert panel.chosen.symbol == "TSLA"
    assert panel.table.chosen().symbol == "TSLA"
    panel.click("stop ticker")
    assert panel.asked[-1][1]["symbol"] == "TSLA"
    gone = tuple(row for row in fewer if row.symbol != "TSLA")
    desk.told.json(FrameType.STRATEGIES, Strategies(2, gone))
    desk.take()
    panel.table.show_rows(gone)
    panel.refresh()
    assert panel.chosen is None
    assert not panel.buttons["stop ticker"].isEnabled()
