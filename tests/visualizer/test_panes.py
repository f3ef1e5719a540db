"""Parts of the scene are painted in whole pixels where the layout puts them."""

import numpy as np
import pytest

from tradeplat.visualizer.chart import Inks
from tradeplat.visualizer.painter import Box
from tradeplat.visualizer.panes import Content, Painted, Pane, inked, number_labels, number_text
from tradeplat.visualizer.qt import QtCore
from visualizer.drawing import canvas, number, pixels

WHITE = "#ffffff"


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("shift", [0.0, 0.4])
def test_a_part_fills_its_rectangle_and_no_more(ratio, shift):
    image, painter = canvas(100, 60, ratio)
    painter.translate(10 + shift, 5)
    painter.scale(2.0, 1.0)
    boxes = []

    def draw(ink, box):
        boxes.append(box)
        ink.bars.fill(ink.device, box, WHITE)

    inked(painter, QtCore.QRectF(0, 0, 20, 30), (Inks(), False), draw)
    assert painter.worldTransform().m11() == 2.0  # as it was
    painter.end()
    rows, columns = np.nonzero(pixels(image))
    assert set(pixels(image)[rows, columns].tolist()) == {number(WHITE)}
    assert abs(columns.min() - (10 + shift) * ratio) <= 0.5
    assert abs(columns.max() + 1 - (50 + shift) * ratio) <= 0.5
    assert (boxes[0].left, boxes[0].bottom) == (columns.min(), rows.max() + 1)


def test_a_painter_of_qts_is_not_kept_after_it_and_is_as_it_was_after_an_error(qtbot):
    image, painter = canvas(100, 60)
    inks = Inks()

    def draw(ink, box):
        ink.device.painter.translate(5, 5)
        raise ValueError("amid a frame")

    with pytest.raises(ValueError, match="amid"):
        inked(painter, QtCore.QRectF(0, 0, 20, 30), (inks, False), draw)
    assert painter.worldTransform().isIdentity()
    assert not hasattr(inks.fresh, "device")
    painter.end()
    assert not image.isNull()


def test_content_keeps_its_bounds_until_they_move(qtbot):
    content = Content(Inks(), lambda ink, box: None)
    bounds = QtCore.QRectF(3, 4, 5, 6)
    content.set_bounds(bounds)
    content.set_bounds(bounds)
    assert content.boundingRect() == bounds


def test_a_part_may_have_a_size_of_its_own(qtbot):
    part = Painted(Inks(), lambda ink, box: None)
    part.set_width(50)
    part.set_height(20)
    assert (part.minimumWidth(), part.maximumHeight()) == (50, 20)


def test_a_pane_shows_bars_and_range_together(qtbot):
    pane = Pane(Inks(), lambda ink, box: None, lambda ink, box: None)
    pane.low, pane.high = 5.0, 7.0
    moves = []
    pane.box.sigRangeChanged.connect(lambda *_: moves.append(1))
    pane.show_range(10.0, 20.0)
    pane.show_range(10.0, 20.0)
    assert pane.box.viewRange() == [[10.0, 20.0], [5.0, 7.0]]
    assert len(moves) <= 2
    view = pane.view(Box(0, 0, 100, 51))
    assert (view.start, view.end, view.low, view.high) == (10.0, 20.0, 5.0, 7.0)
    pane.set_stale(stale=True)
    assert pane.axis.stale


@pytest.mark.parametrize(
    ("low", "high", "most", "texts"),
    [
        (20, 80, 3, ["20", "40", "60", "80"]),
        (-0.5, 0.5, 4, ["\u22120.50", "\u22120.25", "0.00", "0.25", "0.50"]),
        (0, 120_000, 3, ["0", "50K", "100K"]),
        (1, 1, 3, []),
    ],
)
def test_numbers_of_studies_are_round(low, high, most, texts):
    assert [text for _, text in number_labels(low, high, most)] == texts


def test_large_numbers_are_short():
    assert number_text(-123_456.0, 2) == "\u2212123K"
    assert number_text(-2.5, 2) == "\u22122.50"
