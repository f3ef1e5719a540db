from tradeplat.visualizer import tips
from tradeplat.visualizer.keys import ACTIONS
from tradeplat.visualizer.qt import QtWidgets


def test_tool_tips_say_the_keys_as_they_are_set(qtbot):
    root = QtWidgets.QWidget()
    qtbot.addWidget(root)
    button, other = QtWidgets.QPushButton(root), QtWidgets.QPushButton(root)
    other.setToolTip("{as it is}")
    tips.give(button, "Arm: {arm}   Disarm: {disarm}")
    assert button.toolTip() == tips.told(button) == "Arm: Ctrl+Shift+A   Disarm: F8"
    keys = {one.name: one.key for one in ACTIONS} | {"disarm": "F7", "arm": ""}
    tips.retell(root, keys)
    assert button.toolTip() == "Arm: no key   Disarm: F7"
    assert (other.toolTip(), tips.told(other)) == ("{as it is}", "")
