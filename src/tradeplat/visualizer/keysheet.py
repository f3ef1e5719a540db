"""The sheet of hot keys: non-modal, for looking."""

from collections.abc import Callable, Mapping

from tradeplat.visualizer.keys import ACTIONS
from tradeplat.visualizer.qt import Qt, QtGui, QtWidgets
from tradeplat.visualizer.rows import Column, Table
from tradeplat.visualizer.transport import KEYS


class KeySheet(QtWidgets.QDialog):
    """Every action with its key, what it does, and whether it needs arming; then the keys of a
    replay.
    """

    def __init__(self, keys: Callable[[], Mapping[str, str]], parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._keys = keys
        self.setWindowTitle("Hot keys")
        self.setModal(False)
        self.resize(520, 640)
        self.table = Table(
            "Hot keys",
            (
                Column(
                    "Key",
                    lambda one: self._keys().get(one.name, one.key) or "none",
                    120,
                    right=False,
                ),
                Column("Arm", lambda one: "arm" if one.opens else "", 44, right=False),
                Column("Does", lambda one: one.said, 300, right=False),
            ),
        )
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.table)
        self.table.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def refresh(self) -> None:
        """Show the keys as they are now."""
        self.table.show_rows((*ACTIONS, *KEYS))

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:
        """Begin with the keys as they are now."""
        self.refresh()
        super().showEvent(event)
