"""The buttons of a position: close flattens, steps move its levels, the engine's word stands."""

import msgspec
import pytest

from desks import Desk
from tradeplat.control.messages import Positions
from tradeplat.control.protocol import FrameType
from tradeplat.visualizer.client import refused
from tradeplat.visualizer.holdings import PATIENCE, Holdings
from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.qt import Qt
from tradeplat.visualizer.rows import Table
from tradeplat.visualizer.tables import Tables


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def panel(qtbot, desk):
    told = Tables(desk.mirror, DEFAULT)
    table = Table("Positions", told.position_columns())
    table.show_rows(told.positions())
    made = Holdings(desk.mirror, table, desk.steady)
    qtbot.addWidget(made)
    made.asked = []
    made.wanted.connect(lambda do, body, then: made.asked.append((do, body, then)))
    made.show_symbol("AAPL")
    made.click = lambda name: qtbot.mouseClick(made.buttons[name], Qt.MouseButton.LeftButton)
    return made


def moved(desk, **changes):
    rows = [
        msgspec.structs.replace(row, **changes) if row.symbol == "AAPL" else row
        for row in desk.mirror.positions.rows
    ]
    desk.told.json(FrameType.POSITIONS, Positions(1, tuple(rows)))
    desk.take()


def test_close_flattens_the_ticker_that_is_followed_or_chosen(panel):
    assert panel.said.text() == "AAPL +200 manual"
    panel.click("close")
    panel.choose("TSLA", "orb")
    assert panel.said.text() == "TSLA \u221215 orb"
    panel.click("close")
    assert [one[:2] for one in panel.asked] == [
        ("flatten", {"symbols": ["AAPL"]}),
        ("flatten", {"symbols": ["TSLA"]}),
    ]
    panel.show_symbol("AAPL")
    assert panel.chosen.symbol == "AAPL"


def test_what_is_chosen_stays_so_when_rows_come_and_go(panel, desk, qtbot):
    panel.show()
    qtbot.waitExposed(panel)
    panel.activateWindow()
    table = panel.table
    middle = table.visualRect(table.content.index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert panel.chosen.symbol == "TSLA"
    rows = desk.mirror.positions.rows
    first = msgspec.structs.replace(rows[0], symbol="AAAA", quantity=5.0)
    desk.told.json(FrameType.POSITIONS, Positions(1, (first, *rows)))
    desk.take()
    table.show_rows(desk.mirror.positions.rows)
    panel.refresh()
    assert (panel.chosen.symbol, table.chosen().symbol) == ("TSLA", "TSLA")
    table.show_rows(rows[:1])
    panel.refresh()
    assert (panel.chosen.symbol, table.chosen()) == ("TSLA", None)


@pytest.mark.parametrize(
    ("name", "level", "price"),
    [
        ("stop up", "stop", 97.79),
        ("stop down", "stop", 97.69),
        ("target up", "target", 98.57),
        ("target down", "target", 98.47),
    ],
)
def test_steps_move_a_level_by_ticks(panel, name, level, price):
    panel.step.setCurrentIndex(1)
    panel.click(name)
    do, body, _ = panel.asked[0]
    assert (do, body["symbol"], body["strategy"]) == ("protect", "AAPL", "manual")
    assert body[level] == pytest.approx(price)
    assert set(body) == {"symbol", "strategy", level}


def test_the_next_step_goes_on_from_the_last_until_the_engine_speaks(panel, desk):
    stops = lambda: [round(body["stop"], 2) for _, body, _ in panel.asked]  # noqa: E731  # short
    panel.click("stop up")
    panel.click("stop up")
    assert stops() == [97.75, 97.76]
    panel.refresh()
    assert panel.said.text() == "AAPL +200 manual: stop 97.76 asked"
    panel.asked[-1][2](refused("protect", "PAST_MARKET", "no"))
    panel.click("stop up")
    assert stops()[-1] == 97.75
    moved(desk, stop=97.70)
    panel.click("stop up")
    assert stops()[-1] == 97.71
    desk.now += PATIENCE + 1
    panel.click("stop up")
    assert stops()[-1] == 97.71


def test_what_is_not_there_is_not_moved(panel, desk):
    moved(desk, target=None)
    panel.refresh()
    assert not panel.buttons["target up"].isEnabled()
    assert panel.buttons["stop up"].isEnabled()
    panel.press("target up")
    moved(desk, quantity=0.0)
    panel.refresh()
    assert (panel.said.text(), panel.buttons["close"].isEnabled()) == ("choose a position", False)
    panel.press("close")
    assert panel.asked == []
