"""The panes of the large chart: those that are needed, one beneath the other, moving together."""

import numpy as np
import pytest

from bench.charts import DELTA, FAST, model, points, studied, traded, walk
from tradeplat.visualizer.detail import DetailChart
from tradeplat.visualizer.head import Cross
from tradeplat.visualizer.link import LineKind
from tradeplat.visualizer.model import Study
from tradeplat.visualizer.palette import DEFAULT, greyed
from tradeplat.visualizer.sheet import PRICE, VOLUME
from visualizer.drawing import number, opened, pixels, places, shot

ROWS = walk(390, seed=11)


@pytest.fixture
def chart(qtbot):
    return opened(qtbot, DetailChart(), (900, 600), traded(studied(model(ROWS), ROWS), ROWS))


def test_there_is_a_pane_for_prices_volume_and_each_pane_of_studies(chart):
    assert list(chart.sheet.panes) == [PRICE, VOLUME, 1, 2]
    tops = [pane.box.geometry().top() for pane in chart.sheet.panes.values()]
    assert tops == sorted(set(tops))
    heights = [pane.box.geometry().height() for pane in chart.sheet.panes.values()]
    assert heights[0] > 2 * max(heights[1:])
    widths = {pane.axis.geometry().width() for pane in chart.sheet.panes.values()}
    assert len(widths) == 1


def test_a_pane_whose_studies_are_off_is_gone_and_comes_back(chart):
    chart.set_hidden(frozenset({DELTA}))
    assert list(chart.sheet.panes) == [PRICE, VOLUME, 1]
    chart.set_hidden(frozenset())
    assert list(chart.sheet.panes) == [PRICE, VOLUME, 1, 2]
    assert len(places(shot(chart), chart.model.studies[DELTA].colour)[0])


def test_panes_show_the_same_bars(chart):
    chart.pan(-37)
    ranges = {tuple(pane.box.viewRange()[0]) for pane in chart.sheet.panes.values()}
    assert ranges == {(chart.sheet.viewport.start, chart.sheet.viewport.end)}


def test_everything_has_its_colour(chart):
    found = shot(chart)
    names = ("up", "down", "last", "stop", "target", "entry", "sent", "up_volume", "down_volume")
    for name in names:
        assert len(places(found, getattr(DEFAULT, name))[0]), name


def test_the_stop_lies_at_its_price_beside_its_tag(chart):
    stop = next(one for one in chart.model.levels.values() if one.kind == LineKind.STOP)
    view = chart.sheet.price_view()
    y = view.y(stop.price) + 2  # the ring around the chart
    rows, columns = places(shot(chart), DEFAULT.stop)
    assert np.abs(rows - y).min() <= 1
    assert columns.max() > view.box.right  # its price on the axis


def test_a_crosshair_crosses_all_panes_and_is_read_out(chart):
    view = chart.sheet.price_view()
    before = pixels(shot(chart))
    chart.set_cross(Cross(int(ROWS["ts"][380]), chart.model.last))
    after = pixels(shot(chart))
    column = view.x(380) + 2
    for pane in chart.sheet.panes.values():
        top, bottom = pane.box.geometry().top() + 3, pane.box.geometry().bottom()
        part = slice(int(top), int(bottom))
        assert (before[part, column] != after[part, column]).any()


def test_what_is_stale_is_grey(chart):
    chart.model.set_stale(True)
    chart.refresh()
    found = shot(chart)
    assert not len(places(found, DEFAULT.up)[0])
    assert len(places(found, greyed(DEFAULT).up)[0])


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_bars_are_no_trouble(chart, count):
    chart.show_model(model(ROWS[:count]))
    found = pixels(shot(chart))
    assert number(DEFAULT.ground) in found
    assert (number(DEFAULT.last) in found[10:-10, 10:-10]) == bool(count)


def test_a_pane_without_points_waits_for_them(chart):
    made = model(ROWS)
    made.declare(Study(FAST, "late", pane=3))
    chart.show_model(made)
    shot(chart)
    assert (chart.sheet.panes[3].low, chart.sheet.panes[3].high) == (0.0, 1.0)
    made.points(points(ROWS, FAST, np.full(390, 50.0)))
    chart.refresh()
    assert chart.sheet.panes[3].low < 50 < chart.sheet.panes[3].high


def test_the_axis_widens_for_dear_prices_and_narrows_again(chart):
    first = chart.sheet._axis
    chart.show_model(model(walk(50, 500_000)))
    shot(chart)
    assert chart.sheet._axis > first
    chart.show_model(model(ROWS))
    assert chart.sheet._axis == first
