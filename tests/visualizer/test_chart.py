"""A chart of the board: seen pixel by pixel, moved by pointer and keys."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.exceptions import capture_exceptions

from bench.charts import model, points, studied, traded, vwap, walk
from tradeplat.visualizer import overlay
from tradeplat.visualizer.chart import BoardChart, Inks
from tradeplat.visualizer.head import Cross
from tradeplat.visualizer.palette import DEFAULT, greyed
from tradeplat.visualizer.qt import Qt, QtCore, QtGui
from visualizer.drawing import number, opened, pixels, places, shot

ROWS = walk(390, seed=11)


@pytest.fixture
def chart(qtbot):
    return opened(qtbot, BoardChart(Inks()), (500, 300), traded(studied(model(ROWS), ROWS), ROWS))


def test_up_and_down_bars_last_tag_and_lines_have_their_colours(chart):
    found = shot(chart)
    assert (found.width(), found.height()) == (500, 300)
    for name in ("up", "down", "last", "stop", "target", "entry", "up_volume", "down_volume"):
        assert len(places(found, getattr(DEFAULT, name))[0]), name


def test_the_stop_lies_at_its_price(chart):
    found = shot(chart)
    view = chart._view()
    stop = next(level for level in chart.model.levels.values() if level.kind == 1)
    rows, columns = places(found, DEFAULT.stop)
    assert view.y(stop.price) in rows.tolist()
    assert columns.max() < view.box.right


def test_what_is_stale_is_grey_and_says_so(chart):
    chart.model.set_stale(True)
    found = shot(chart)
    stale = greyed(DEFAULT)
    for name in ("up", "down", "stop"):
        assert not len(places(found, getattr(DEFAULT, name))[0])
        assert len(places(found, getattr(stale, name))[0])


@pytest.mark.parametrize("count", [0, 1, 2, 390])
@pytest.mark.parametrize("size", [(96, 72), (300, 120), (1280, 600)])
def test_any_number_of_bars_is_painted_at_any_size(chart, count, size):
    with capture_exceptions() as failed:
        chart.show_model(model(ROWS[:count]))
        chart.resize(*size)
        found = shot(chart)
    assert not failed
    assert (found.width(), found.height()) == size


def test_an_empty_place_is_ground_alone(chart):
    chart.show_model(None)
    chart.clearFocus()
    colours = set(pixels(shot(chart)).ravel().tolist())
    assert colours == {number(DEFAULT.ground), number(DEFAULT.grid)}


def test_it_is_painted_again_only_when_it_changed_and_can_be_seen(chart, qtbot):
    painted = []

    def paint(event):
        painted.append(1)
        BoardChart.paintEvent(chart, event)

    chart.paintEvent = paint
    shot(chart)
    del painted[:]
    chart.refresh()
    assert not painted
    chart.model.replace(ROWS[-1:])
    chart.refresh()
    qtbot.waitUntil(lambda: bool(painted))
    del painted[:]
    chart.hide()
    chart.model.replace(ROWS[-1:])
    chart.refresh()
    QtCore.QCoreApplication.processEvents()
    assert not painted


def test_the_pointer_tells_bar_and_price(chart, qtbot):
    shot(chart)
    view = chart._view()
    at = QtCore.QPoint(view.x(300), 100)
    with qtbot.waitSignal(chart.crossed) as heard:
        qtbot.mouseMove(chart, at)
    cross = heard.args[0]
    assert chart.model.bars.index_of(cross.ts) == 300
    assert abs(view.y(cross.price) - 100) <= 1
    chart.set_cross(cross)
    shot(chart)
    with qtbot.waitSignal(chart.crossed) as heard:
        QtCore.QCoreApplication.sendEvent(chart, QtCore.QEvent(QtCore.QEvent.Type.Leave))
    assert heard.args == [None]


def test_a_crosshair_of_another_chart_has_no_price(chart):
    before = len(places(shot(chart), DEFAULT.crosshair)[0])
    chart.set_cross(Cross(int(ROWS["ts"][350])))
    assert len(places(shot(chart), DEFAULT.crosshair)[0]) > before
    chart.set_cross(Cross(int(ROWS["ts"][-1]) + 10**12))  # later than every bar here
    shot(chart)


def test_dragging_moves_the_bars(chart, qtbot):
    shot(chart)
    end, room = chart.viewport.end, chart._view().room
    left, right = QtCore.QPoint(100, 100), QtCore.QPoint(100 + round(10 * room), 100)
    qtbot.mousePress(chart, Qt.MouseButton.LeftButton, pos=left)
    move = QtGui.QMouseEvent(
        QtCore.QEvent.Type.MouseMove, QtCore.QPointF(right), QtCore.QPointF(right),
        Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QtCore.QCoreApplication.sendEvent(chart, move)
    qtbot.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=right)
    assert chart.viewport.end == end - 10
    assert not chart.viewport.following
    chart.fit(120)
    shot(chart)
    assert chart.viewport.end == end


def test_the_wheel_zooms(chart):
    shot(chart)
    bars = chart.viewport.bars
    point = QtCore.QPointF(200, 100)
    wheel = QtGui.QWheelEvent(
        point, point, QtCore.QPoint(), QtCore.QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QtCore.QCoreApplication.sendEvent(chart, wheel)
    assert chart.viewport.bars < bars


def test_enter_and_a_double_click_choose_the_chart(chart, qtbot):
    with qtbot.waitSignal(chart.picked) as heard:
        qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert heard.args == ["AAPL"]
    with qtbot.waitSignal(chart.picked):
        qtbot.mouseDClick(chart, Qt.MouseButton.LeftButton)


def test_the_focus_is_seen_and_the_chart_has_a_name(chart, qtbot):
    chart.setFocus()
    chart.activateWindow()
    qtbot.waitUntil(chart.hasFocus)
    assert number(DEFAULT.focus) == pixels(shot(chart))[1, 250]
    assert chart.accessibleName() == "Chart AAPL 1m"


def test_studies_that_are_off_are_not_drawn(chart):
    colour = chart.model.studies[1].colour
    assert len(places(shot(chart), colour)[0])
    chart.set_hidden(frozenset(chart.model.studies))
    assert not len(places(shot(chart), colour)[0])


STEPS = st.lists(
    st.sampled_from(["tick", "bar", "point", "correct", "volume", "pan", "line"]), max_size=14
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS, st.sampled_from([40, 160, 900]))
def test_what_is_kept_of_a_frame_is_what_painting_anew_gives(qtbot, steps, bars):
    rows = walk(700, seed=13)
    made = studied(model(rows[:600]), rows[:600])
    line = points(rows, 1, vwap(rows))
    kept, anew = (BoardChart(Inks(), bars) for _ in range(2))
    for chart in (kept, anew):
        qtbot.addWidget(chart)
        chart.resize(300, 200)
        chart.show_model(made)
    for step in ["tick", "tick", *steps]:
        at = len(made.bars)
        newest = rows[at - 1 : at].copy()
        if step == "bar":
            made.extend(rows[at : at + 1])
        elif step == "point":
            made.points(line[at - 1 : at])
        elif step == "correct":
            other = line[at - 9 : at - 8].copy()
            other["value"] += 0.05 * len(steps)
            made.points(other)
        elif step == "pan":
            kept.pan(-3)
            anew.pan(-3)
        elif step == "line":
            traded(made, rows[:at], fills=2)
        else:
            newest["close"] = newest["low"]
            newest["volume"] *= 50 if step == "volume" else 1
            made.replace(newest)
        if anew._still is not None:
            anew._still.key = ()
        one, two = pixels(shot(kept)), pixels(shot(anew))
        assert np.array_equal(one, two)


@pytest.mark.parametrize("shown", [lambda chart: chart.grab(), lambda chart: chart.repaint()])
def test_an_error_while_it_is_painted_leaves_no_painter_behind(chart, monkeypatch, shown):
    with monkeypatch.context() as broken, capture_exceptions() as failed:
        broken.setattr(overlay, "draw_marks", lambda *_: int("amid a frame"))
        shown(chart)
        chart.resize(520, 310)  # what was painted on goes
        shown(chart)
    assert [kind for kind, *_ in failed] == [ValueError] * len(failed)
    assert failed
    failed.clear()
    assert len(places(shot(chart), DEFAULT.up)[0])
