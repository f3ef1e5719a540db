"""The large chart in somebody's hands: lines are dragged as ghosts, and wait for the engine."""

import numpy as np
import pytest

from bench.charts import model, walk
from tradeplat.control.records import PRICE_LINE
from tradeplat.visualizer.detail import DetailChart
from tradeplat.visualizer.link import LineKind, LineState
from tradeplat.visualizer.palette import DEFAULT, TEAL_RED
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets
from visualizer.drawing import places

ROWS = walk(390, seed=11)
LAST = round(float(ROWS["close"][-1]), 2)
STOP, TARGET, ENTRY = 2, 3, 1


def lines(stop=LAST - 0.2, state=LineState.WORKING):
    rows = np.zeros(3, PRICE_LINE)
    rows["key"] = ENTRY, STOP, TARGET
    rows["kind"] = LineKind.ENTRY, LineKind.STOP, LineKind.TARGET
    rows["price"] = LAST - 0.05, stop, LAST + 0.3
    rows["quantity"], rows["reference"], rows["state"] = (200, -200, -200), LAST - 0.05, state
    return rows


@pytest.fixture
def chart(qtbot):
    made = DetailChart()
    qtbot.addWidget(made)
    made.resize(900, 500)
    shown = model(ROWS)
    shown.line(lines())
    shown.quote(LAST - 0.01, LAST + 0.01)
    made.show_model(shown)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus)
    return made


def place(chart, price, x=300):
    return QtCore.QPoint(x, chart.sheet.price_view().y(price))


def send(
    chart,
    kind,
    point,
    button=Qt.MouseButton.NoButton,
    buttons=Qt.MouseButton.LeftButton,
    keys=Qt.KeyboardModifier.NoModifier,
):  # one event
    at = QtCore.QPointF(point)
    event = QtGui.QMouseEvent(kind, at, at, button, buttons, keys)
    QtWidgets.QApplication.sendEvent(chart.surface, event)


def press(chart, point, keys=Qt.KeyboardModifier.NoModifier):
    left = Qt.MouseButton.LeftButton
    send(chart, QtCore.QEvent.Type.MouseButtonPress, point, left, left, keys)


def drag(chart, start, end, steps=4):
    for step in range(1, steps + 1):
        move(chart, start + (end - start) * step / steps)


def move(chart, price, x=300):
    send(chart, QtCore.QEvent.Type.MouseMove, place(chart, price, x))


def release(chart, price, x=300):
    none = Qt.MouseButton.NoButton
    left = Qt.MouseButton.LeftButton
    send(chart, QtCore.QEvent.Type.MouseButtonRelease, place(chart, price, x), left, none)


def test_a_dragged_stop_asks_once_and_the_line_waits_for_the_engine(chart, qtbot):
    start, end = LAST - 0.2, LAST - 0.12
    press(chart, place(chart, start))
    drag(chart, start, end)
    assert chart.held.key == STOP
    with qtbot.waitSignal(chart.replace_asked) as asked:
        release(chart, end)
    assert asked.args[0] == STOP
    price = asked.args[1]
    assert price == pytest.approx(end, abs=0.011)
    assert price == pytest.approx(round(price, 2))
    assert chart.model.levels[STOP].price == start  # solid, where the engine has it
    assert chart.sheet.ghosts[STOP].sent
    chart.model.line(lines(start, LineState.REPLACING))
    chart.refresh()
    assert STOP in chart.sheet.ghosts  # not yet
    chart.model.line(lines(price))
    chart.refresh()
    assert not chart.sheet.ghosts


def test_the_ghost_is_seen_beside_the_line(chart):
    before = len(places(chart.grab().toImage(), DEFAULT.stop)[0])
    press(chart, place(chart, LAST - 0.2))
    drag(chart, LAST - 0.2, LAST - 0.1)
    assert len(places(chart.grab().toImage(), DEFAULT.stop)[0]) > 2 * before


def test_escape_while_dragging_puts_it_back(chart, qtbot):
    press(chart, place(chart, LAST - 0.2))
    drag(chart, LAST - 0.2, LAST - 0.1)
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    with qtbot.assertNotEmitted(chart.replace_asked, wait=50):
        move(chart, LAST - 0.05)
        release(chart, LAST - 0.05)
    assert not chart.sheet.ghosts


def test_a_stop_past_the_market_is_refused_and_says_so(chart, qtbot):
    press(chart, place(chart, LAST - 0.2))
    drag(chart, LAST - 0.2, LAST + 0.1)
    with (
        qtbot.assertNotEmitted(chart.replace_asked, wait=50),
        qtbot.waitSignal(chart.refused) as no,
    ):
        release(chart, LAST + 0.1)
    assert "past the market" in no.args[0]
    assert not chart.sheet.ghosts


def test_a_line_let_go_where_it_was_asks_nothing(chart, qtbot):
    press(chart, place(chart, LAST - 0.2))
    with qtbot.assertNotEmitted(chart.replace_asked, wait=50):
        release(chart, LAST - 0.2)
    assert not chart.sheet.ghosts


def test_a_refusal_of_the_engine_takes_the_ghost_away(chart):
    assert chart.take(STOP)
    chart.held.nudge(3)
    chart.let_go()
    chart.drop_ghost(STOP)
    assert not chart.sheet.ghosts


def test_a_line_that_fills_in_the_hand_is_gone(chart):
    assert chart.take(TARGET)
    gone = lines()[2:]
    gone["price"] = np.nan
    chart.model.line(gone)
    chart.refresh()
    assert chart.held is None


def test_entries_and_unconfirmed_lines_stay(chart):
    assert not chart.take(ENTRY)
    chart.model.line(lines(state=LineState.REPLACING))
    assert not chart.take(STOP)
    assert not chart.take(99)


def test_keys_move_a_line_by_ticks(chart, qtbot):
    assert chart.take_line(LineKind.STOP)
    qtbot.keyClick(chart, Qt.Key.Key_Up)
    qtbot.keyClick(chart, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert chart.held.price == pytest.approx(LAST - 0.29)
    with qtbot.waitSignal(chart.replace_asked) as asked:
        qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert asked.args == [STOP, pytest.approx(LAST - 0.29)]


def test_a_shortcut_does_not_steal_escape_from_the_hand(chart, qtbot):
    stolen = []
    shortcut = QtGui.QShortcut(QtGui.QKeySequence("Esc"), chart)
    shortcut.activated.connect(lambda: stolen.append(1))
    assert chart.take(STOP)
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert not stolen
    assert chart.held is None
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert stolen


def test_other_keys_go_on(chart, qtbot):
    assert chart.take(STOP)
    event = QtGui.QKeyEvent(
        QtCore.QEvent.Type.KeyPress, Qt.Key.Key_F9, Qt.KeyboardModifier.NoModifier
    )
    chart.keyPressEvent(event)
    assert not event.isAccepted()


def test_shift_and_the_pointer_place_the_stop_cursor(chart, qtbot):
    with qtbot.waitSignal(chart.stop_moved) as moved:
        press(chart, place(chart, LAST - 0.1, 500), Qt.KeyboardModifier.ShiftModifier)
    assert moved.args == [chart.stop_cursor]
    assert chart.stop_cursor == pytest.approx(LAST - 0.1, abs=0.011)
    drag(chart, LAST - 0.1, LAST - 0.15)
    release(chart, LAST - 0.15)
    assert chart.stop_cursor == pytest.approx(LAST - 0.15, abs=0.011)
    move(chart, LAST)
    assert chart.stop_cursor == pytest.approx(LAST - 0.15, abs=0.011)  # let go
    chart.set_stop_cursor(float("nan"))
    assert np.isnan(chart.stop_cursor)


def test_dragging_elsewhere_moves_the_bars(chart):
    end, room = chart.sheet.viewport.end, chart.sheet.price_view().room
    press(chart, place(chart, LAST + 0.1, 300))
    send(chart, QtCore.QEvent.Type.MouseMove, place(chart, LAST + 0.1, round(300 + 10 * room)))
    release(chart, LAST + 0.1)
    assert chart.sheet.viewport.end == end - 10
    send(chart, QtCore.QEvent.Type.MouseButtonDblClick, place(chart, LAST))
    assert chart.sheet.viewport.following


def test_the_wheel_zooms(chart):
    bars = chart.sheet.viewport.bars
    point = QtCore.QPointF(200, 100)
    wheel = QtGui.QWheelEvent(
        point, point, QtCore.QPoint(), QtCore.QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QtWidgets.QApplication.sendEvent(chart.surface, wheel)
    assert chart.sheet.viewport.bars > bars


def test_the_pointer_tells_bar_and_price_and_shows_what_it_would_take(chart, qtbot):
    none = Qt.MouseButton.NoButton
    with qtbot.waitSignal(chart.crossed) as crossed:
        send(chart, QtCore.QEvent.Type.MouseMove, place(chart, LAST - 0.2), none, none)
    assert crossed.args[0].price == pytest.approx(LAST - 0.2, abs=0.01)
    assert chart.surface.cursor().shape() == Qt.CursorShape.SizeVerCursor
    send(chart, QtCore.QEvent.Type.MouseMove, place(chart, LAST + 0.15), none, none)
    assert chart.surface.cursor().shape() == Qt.CursorShape.ArrowCursor
    with qtbot.waitSignal(chart.crossed) as crossed:
        QtWidgets.QApplication.sendEvent(chart.surface, QtCore.QEvent(QtCore.QEvent.Type.Leave))
    assert crossed.args == [None]


def test_the_clock_rests_while_the_chart_is_hidden(chart):
    assert chart._timer.isActive()
    chart.hide()
    assert not chart._timer.isActive()


def test_it_follows_bars_and_another_model_puts_the_hand_down(chart):
    assert chart.take(STOP)
    chart.show_model(model(ROWS[:200], "TSLA"))
    assert chart.held is None
    assert chart.accessibleName() == "Chart TSLA 1m"
    chart.model.extend(ROWS[200:201])
    before = chart.sheet.viewport.end
    chart.refresh()
    assert chart.sheet.viewport.end == before + 1
    chart.show_model(None)
    chart.grab()


def test_colours_can_be_changed(chart):
    chart.set_palette(TEAL_RED)
    found = chart.grab().toImage()
    assert len(places(found, TEAL_RED.up)[0])
    assert not len(places(found, DEFAULT.up)[0])


def test_however_one_pans_and_zooms_no_bar_is_lost_and_some_are_seen(chart):
    rows = walk(2_000, seed=8)
    chart.show_model(model(rows))
    moved = np.random.default_rng(2)
    for _ in range(25):
        chart.zoom(float(moved.choice([0.3, 0.8, 1.25, 4.0])), float(moved.integers(0, 2_000)))
        chart.pan(int(moved.integers(-900, 900)))
        image = chart.surface.grab().toImage()
        assert len(places(image, DEFAULT.up)[0]) + len(places(image, DEFAULT.down)[0])
    bars = chart.model.bars
    assert np.array_equal(bars.ts, rows["ts"])
    assert np.array_equal(bars.rows(0, 2_000)[0][3], rows["close"])
    chart.fit()
    assert chart.sheet.viewport.start <= 0
    assert chart.sheet.viewport.end >= 2_000
