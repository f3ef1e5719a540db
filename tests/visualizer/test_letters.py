"""Texts are laid out once, measured in points, and fall on whole pixels."""

import pytest

from tradeplat.visualizer.letters import MOST, Letters
from tradeplat.visualizer.painter import Device
from tradeplat.visualizer.qt import QtGui
from visualizer.drawing import canvas, font, pixels


def written(text, left, ratio):
    image, painter = canvas(200, 30, ratio)
    device = Device(painter)
    device.points()
    letters = Letters(font())
    painter.setFont(letters.font)
    painter.setPen(QtGui.QColor("#ffffff"))
    letters.draw(device, left, 5, text)
    painter.end()
    return pixels(image)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_text_is_as_wide_as_it_is_measured(ratio):
    found = written("stop \u2212200 97.74", 10, ratio).any(axis=0).nonzero()[0] / ratio
    width = Letters(font()).width("stop \u2212200 97.74")
    assert found[0] >= 10
    assert 10 + width - 4 <= found[-1] <= 10 + width + 1


def test_digits_are_of_one_width():
    letters = Letters(font())
    assert len({letters.width(digit) for digit in "0123456789"}) == 1


def test_letters_forget_what_they_need_no_more():
    image, painter = canvas(50, 50)
    letters, device = Letters(font()), Device(painter)
    device.points()
    for k in range(MOST + 100):
        letters.width(str(k))
        letters.draw(device, 0, 0, str(k))
    painter.end()
    assert len(letters._texts) <= MOST + 1
    assert len(letters._widths) <= MOST + 1
    assert not image.isNull()


def test_as_many_parts_as_fit_stand_side_by_side():
    letters = Letters(font())
    width = letters.width("AAPL")
    assert letters.fitted(["AAPL"] * 3, 2 * width + 10, 10) == 2
    assert letters.fitted(["AAPL"] * 3, 2 * width + 9, 10) == 1
    assert letters.fitted(["AAPL"] * 3, 0, 10) == 0
