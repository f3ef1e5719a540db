import pytest

from tradeplat.visualizer.icons import SHAPES, icon
from tradeplat.visualizer.qt import QtGui
from visualizer.drawing import number, pixels


@pytest.mark.parametrize("name", SHAPES)
def test_every_icon_is_a_picture_of_its_own_and_fainter_when_off(qapp, name):
    made = icon(name, "#ffffff", "#444444")
    seen = pixels(made.pixmap(32, 32).toImage())
    assert (seen == number("#ffffff")).sum() > 60
    off = pixels(made.pixmap(32, 32, QtGui.QIcon.Mode.Disabled).toImage())
    assert (off == number("#444444")).sum() > 60
    others = [icon(other, "#ffffff", "#444444") for other in SHAPES if other != name]
    assert all((pixels(one.pixmap(32, 32).toImage()) != seen).any() for one in others)
