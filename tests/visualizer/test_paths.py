"""Lines keep their gaps and extremes; bands lie between their lines."""

import numpy as np

from bench.charts import walk
from tradeplat.visualizer.painter import Box, Device, View
from tradeplat.visualizer.paths import Part, PathPainter, path_of, runs
from tradeplat.visualizer.qt import QtGui
from tradeplat.visualizer.store import BarStore, Series
from visualizer.drawing import canvas, places

UP = "#5aa9ff"


def store_of(rows):
    store = BarStore()
    store.load(rows)
    return store


def test_lines_have_their_gaps():
    assert runs(np.array([np.nan, 1, 2, np.nan, 3])) == [(1, 3), (4, 5)]
    assert runs(np.array([np.nan])) == []
    store, series = store_of(walk(9)), Series()
    values = np.array([1.0, 1, 1, np.nan, np.nan, 1, 1, 1, 1])
    series.put(store, store.ts, values)
    image, painter = canvas(90, 21)
    device = Device(painter)
    device.pixels()
    view = View(0.0, 9.0, 0.0, 2.0, Box(0, 0, 90, 21))
    PathPainter().line(device, path_of(series, view), QtGui.QColor(UP))
    painter.end()
    columns = set(places(image, UP)[1].tolist())
    assert {5, 25, 55, 85} <= columns
    assert not columns & set(range(28, 54))


def test_a_dense_line_keeps_every_extreme():
    store, series = store_of(walk(5000)), Series()
    values = np.zeros(5000)
    values[1234], values[4321] = 7.0, -7.0
    series.put(store, store.ts, values)
    _, y = path_of(series, View(0.0, 5000.0, -10.0, 10.0, Box(0, 0, 100, 201)))
    assert (round(y.min()), round(y.max())) == (30, 170)


def test_a_band_is_filled_between_its_lines():
    store = store_of(walk(10))
    pair = Series(), Series()
    for series, level in zip(pair, (1.0, 2.0), strict=True):
        series.put(store, store.ts, np.full(10, level))
    image, painter = canvas(100, 31)
    device = Device(painter)
    device.pixels()
    view = View(0.0, 10.0, 0.0, 3.0, Box(0, 0, 100, 31))
    one, other = (path_of(series, view) for series in pair)
    PathPainter().band(device, one[1], other, QtGui.QColor(UP))
    painter.end()
    rows, _ = places(image, UP)
    assert (rows.min(), rows.max()) in {(10, 19), (10, 20), (11, 20)}


def test_two_parts_of_a_line_are_the_line():
    store, series = store_of(walk(1000)), Series()
    series.put(store, store.ts, np.cumsum(np.ones(1000)))
    view = View(0.0, 1000.0, 0.0, 1000.0, Box(0, 0, 300, 2000))
    x, y = path_of(series, view)
    left, right = (path_of(series, view, Part(*ends, 4)) for ends in ((0, 800), (800, 1000)))
    assert np.array_equal(np.concatenate([left[0], right[0]]), x)
    assert np.array_equal(np.concatenate([left[1], right[1]])[::2], y[::2])
