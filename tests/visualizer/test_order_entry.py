"""The order entry in the window: what is shown before, what is asked, what leaves."""

import pytest

from desks import Desk
from tradeplat.control.messages import Hello
from tradeplat.control.protocol import FrameType
from tradeplat.visualizer.layouts import Layouts
from tradeplat.visualizer.link import LineState
from tradeplat.visualizer.qt import Qt, QtWidgets
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.window import MainWindow

WAKE = 10**9


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def window(qtbot, desk, tmp_path):
    shades = Shades(tmp_path / "shades.json")
    made = MainWindow(
        desk, Layouts(tmp_path / "l.json"), lambda: 77, shades=shades, steady=desk.steady
    )
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    desk.told.trading(armed=True)
    desk.take()
    made.refresh()
    made.chart.show_symbol("F")
    return made


def click(qtbot, window, name):
    qtbot.mouseClick(window.entry.buttons[name], Qt.MouseButton.LeftButton)


def enter(qtbot, window, key=Qt.Key.Key_Return):
    qtbot.keyClick(QtWidgets.QApplication.focusWidget(), key)


def shown(window, side=1):
    cells = window.entry.preview.cells
    return {name: cell.text() for (name, at), cell in cells.items() if at == side}


def bodies(desk, do="enter"):
    return [body for what, body in desk.asked if what == do]


def write(window, **fields):
    for name, text in fields.items():
        window.entry.fields[name].setText(text)
        window.entry.fields[name].textEdited.emit(text)


def test_it_shows_the_order_before_any_key_is_pressed(window):
    assert window.entry.name.text() == "F"
    assert shown(window) == {
        "order": "200 @ 11.40",
        "value": "2,280.00",
        "stop": "11.28  \u2212$24.00",
        "target": "\u2013",
        "after fill": "+200",
        "limit": "order value 9 %",
    }
    assert shown(window, -1)["after fill"] == "\u2212200"
    assert window.entry.buttons["buy"].text() == "Buy ask+5"
    assert window.entry.buttons["sell"].text() == "Sell bid\u22125"
    assert "Ctrl+1" in window.entry.buttons["buy"].toolTip()


def test_side_quantity_stop_and_target_reach_the_order_after_enter(qtbot, desk, window):
    write(window, Qty="300", Limit="11.36", Stop="11.20", Target="2 R")
    click(qtbot, window, "buy")
    assert bodies(desk) == []
    assert "BUY 300 F at 11.36, stop 11.20, target 11.68" in window.entry.bar.said.text()
    enter(qtbot, window)
    assert bodies(desk) == [
        {"symbol": "F", "side": "buy", "shares": 300.0, "limit": 11.36,
         "stop": pytest.approx(11.20), "target": pytest.approx(11.68)},
    ]  # fmt: skip
    assert window.chart.detail.stop_cursor == pytest.approx(11.20)


def test_a_stop_may_be_counted_in_average_ranges(qtbot, desk, window):
    far = 2 * window.panels._grounds.market("F").atr
    write(window, Stop="2 ATR")
    click(qtbot, window, "sell")
    enter(qtbot, window)
    assert bodies(desk)[0]["stop"] == pytest.approx(11.28 + far, abs=0.01)


def test_esc_drops_and_the_focus_goes_back(qtbot, desk, window):
    window.entry.fields["Qty"].setFocus()
    click(qtbot, window, "buy")
    assert window.entry.bar.hasFocus()
    enter(qtbot, window, Qt.Key.Key_Escape)
    enter(qtbot, window)
    assert bodies(desk) == []
    assert not window.entry.bar.yes.isVisible()


def test_without_the_question_a_click_sends(qtbot, desk, window):
    window.entry.ask_first.setChecked(False)
    click(qtbot, window, "buy")
    assert bodies(desk) == [{"symbol": "F", "side": "buy"}]


def test_an_order_is_drawn_as_sent_until_the_answer(qtbot, desk, window):
    window.entry.ask_first.setChecked(False)
    write(window, Qty="150")
    click(qtbot, window, "buy")
    window.refresh()
    states = [level.state for level in desk.mirror.model("F").levels.values()]
    row = window.tables["Orders"].table.content.rows[0]
    assert (states, row.state, row.quantity) == ([LineState.SENT], "sent", 150.0)
    assert window.entry.bar.said.text().startswith("sent, not yet answered: BUY 150 F")
    desk.reply("buy F: +150 at 11.40")
    window.refresh()
    assert desk.mirror.model("F").levels == {}
    assert len(window.tables["Orders"].table.content.rows) == 3
    # After an order that was sent the size is the default again.
    assert window.entry.fields["Qty"].text() == ""


def test_a_refusal_is_said_and_what_was_written_stays(qtbot, desk, window):
    window.entry.ask_first.setChecked(False)
    write(window, Qty="9000")
    assert shown(window)["limit"] == "over order value 410 %"
    click(qtbot, window, "buy")
    desk.reply("Refused: order value 102,600.00 exceeds 25,000.00.", "MAX_NOTIONAL")
    assert "exceeds 25,000.00" in window.entry.bar.said.text()
    assert window.entry.fields["Qty"].text() == "9000"


def test_the_same_order_again_is_asked_for_once_more(qtbot, desk, window):
    window.entry.ask_first.setChecked(False)
    click(qtbot, window, "buy")
    desk.reply("Refused: the same order again; press once more to send it.", "PRESS_AGAIN")
    assert window.entry.bar.said.text().startswith("The same order again: BUY 200 F")
    enter(qtbot, window)
    assert bodies(desk) == [{"symbol": "F", "side": "buy"}] * 2


def test_a_key_pressed_again_says_what_to_do(qtbot, desk, window):
    desk.now += WAKE
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert window.entry.bar.said.text().startswith("sent, not yet answered")
    desk.reply("Refused: the same order again; press once more to send it.", "PRESS_AGAIN")
    assert "press once more" in window.entry.bar.said.text()
    assert window.entry.bar.side == 0


def test_the_question_is_switched_off_for_one_run_alone(desk, window):
    window.entry.ask_first.setChecked(False)
    window.entry.refresh()
    assert not window.entry.confirms
    desk.told.json(FrameType.HELLO, Hello(1, 8, "run-2", "PAPER"))
    desk.take()
    window.entry.refresh()
    assert window.entry.confirms


def test_the_focus_goes_through_the_panel_as_it_is_read(window):
    found, widget = [], window.entry.fields["Qty"]
    for _ in range(12):
        found.append(widget)
        widget = widget.nextInFocusChain()
        while not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            widget = widget.nextInFocusChain()
    entry = window.entry
    assert found == [*entry.fields.values(), entry.ask_first, *entry.buttons.values()]


def test_disarmed_nothing_is_asked_or_sent_and_it_is_written_down(qtbot, desk, window):
    desk.told.trading(armed=False)
    desk.take()
    click(qtbot, window, "buy")
    assert [do for do, _ in desk.asked] == ["pressed"]
    assert "disarmed" in window.entry.bar.said.text()
    assert desk.asked[0][1]["key"] == "mouse"


def test_what_was_asked_is_kept_back_when_it_is_disarmed_meanwhile(qtbot, desk, window):
    click(qtbot, window, "buy")
    desk.told.trading(armed=False)
    desk.take()
    enter(qtbot, window)
    assert bodies(desk) == []


def test_exits_are_never_asked_about(qtbot, desk, window):
    desk.told.trading(armed=False)
    desk.take()
    window.chart.show_symbol("AAPL")
    window.entry.refresh()
    assert window.entry.buttons["sell"].text() == "Sell to close"
    for name in ("sell", "close_quarter", "close_half", "close_all", "breakeven"):
        click(qtbot, window, name)
    assert desk.asked == [
        ("enter", {"symbol": "AAPL", "side": "sell"}),
        ("leave", {"symbol": "AAPL", "part": 0.25}),
        ("leave", {"symbol": "AAPL", "part": 0.5}),
        ("leave", {"symbol": "AAPL", "part": 1.0}),
        ("protect", {"symbol": "AAPL", "to": "breakeven"}),
    ]


def test_another_symbol_begins_anew(qtbot, desk, window):
    write(window, Qty="500", Limit="11.30")
    click(qtbot, window, "buy")
    window.chart.show_symbol("TSLA")
    assert window.entry.name.text() == "TSLA"
    assert [field.text() for field in window.entry.fields.values()] == [""] * 5
    enter(qtbot, window)
    assert bodies(desk) == []


def test_what_is_written_counts_for_keys_and_what_is_wrong_stops_no_exit(qtbot, desk, window):
    desk.now += WAKE
    write(window, Qty="300", Target="12")
    for key in (Qt.Key.Key_1, Qt.Key.Key_2):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    target = {"target": pytest.approx(12.0)}
    assert bodies(desk) == [
        {"symbol": "F", "side": "buy", "shares": 300.0, **target},
        {"symbol": "F", "side": "buy", "shares": 150.0, **target},
    ]
    write(window, Qty="many")
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_7, Qt.KeyboardModifier.ControlModifier)
    assert (len(bodies(desk)), len(bodies(desk, "leave"))) == (2, 1)
    assert "Qty: found 'many'" in bodies(desk, "pressed")[0]["said"]


def test_size_is_in_shares_or_by_risk(window):
    write(window, Qty="300")
    write(window, **{"Risk $": "50"})
    assert window.entry.fields["Qty"].text() == ""
    assert shown(window)["order"] == "416 @ 11.40"  # 50 / 0.12
    write(window, Qty="10")
    assert window.entry.fields["Risk $"].text() == ""


def test_the_stop_cursor_and_the_field_are_one(window):
    window.chart.detail.set_stop_cursor(11.25)
    assert window.entry.fields["Stop"].text() == "11.25"
    assert shown(window)["stop"].startswith("11.25")
    assert shown(window, -1)["stop"].startswith("11.40")  # a stop below is a buyer's
    write(window, Stop="11.2")
    assert window.entry.fields["Stop"].text() == "11.2"
    assert window.chart.detail.stop_cursor == pytest.approx(11.2)
    write(window, Stop="2 ATR")
    assert window.entry.fields["Stop"].text() == "2 ATR"


def test_a_key_that_only_loads_waits_for_enter(qtbot, desk, window):
    desk.now += WAKE
    window.entry.load_only = frozenset({"buy_half", "join_ask"})
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window, Qt.Key.Key_2, control)
    assert window.entry.fields["Qty"].text() == "100"
    assert "BUY 100 F" in window.entry.bar.said.text()
    assert desk.asked == []
    enter(qtbot, window)
    assert bodies(desk) == [{"symbol": "F", "side": "buy", "shares": 100.0}]
    window.hotkeys.press("join_ask")
    assert window.entry.fields["Limit"].text() == "11.35"
    enter(qtbot, window, Qt.Key.Key_Escape)
    qtbot.keyClick(window, Qt.Key.Key_1, control)
    assert len(bodies(desk)) == 2
