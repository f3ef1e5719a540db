"""Tool tips with the keys that do the same, as they are set."""

from collections.abc import Mapping

from tradeplat.visualizer.keys import ACTIONS
from tradeplat.visualizer.qt import QtWidgets

_TEMPLATE, _TOLD = "tip_template", "tip_told"
_FIRST = {one.name: one.key for one in ACTIONS}


def give(widget: QtWidgets.QWidget, template: str) -> None:
    """Have a tool tip in which `{action}` stands for the key of that action."""
    widget.setProperty(_TEMPLATE, template)
    _tell(widget, _FIRST)


def told(widget: QtWidgets.QWidget) -> str:
    """The tool tip that was given, with the keys as they are."""
    return str(widget.property(_TOLD) or "")


def retell(root: QtWidgets.QWidget, keys: Mapping[str, str]) -> None:
    """Say these keys from now on, in everything under `root`."""
    for widget in root.findChildren(QtWidgets.QWidget):
        if widget.property(_TEMPLATE):
            _tell(widget, keys)


def _tell(widget: QtWidgets.QWidget, keys: Mapping[str, str]) -> None:
    named = {name: key or "no key" for name, key in keys.items()}
    text = str(widget.property(_TEMPLATE)).format_map(named)
    widget.setProperty(_TOLD, text)
    widget.setToolTip(text)
