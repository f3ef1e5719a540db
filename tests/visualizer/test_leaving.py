"""The question of a window that closes on open positions."""

import msgspec

from desks import Desk
from tradeplat.visualizer.leaving import LeavingBar, open_text
from tradeplat.visualizer.qt import Qt


def test_what_is_held_is_named_and_the_rest_counted():
    rows = list(Desk().mirror.positions.rows)
    assert open_text(rows) == "AAPL +200, TSLA \u221215"
    flat = [msgspec.structs.replace(row, quantity=0.0) for row in rows]
    assert open_text(flat) == ""
    assert open_text(rows[:1] * 8).endswith("and 2 more")


def test_each_button_says_what_is_wanted(qtbot):
    bar = LeavingBar()
    qtbot.addWidget(bar)
    bar.ask("F +100")
    assert "F +100" in bar.said.text()
    assert bar.running.isVisible()
    for button, signal in ((bar.running, bar.keep), (bar.flat, bar.flatten)):
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(bar.stay, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    bar.ask("F +100", ends=True)
    assert not bar.running.isVisible()
