"""The dialog of hot keys: other keys for actions, with what is in conflict. It sends nothing."""

from collections.abc import Callable, Mapping

from tradeplat.core.errors import BadInput
from tradeplat.visualizer import keys
from tradeplat.visualizer.hotkeys import HotKeys, pressed_text
from tradeplat.visualizer.keys import ACTIONS, BY_NAME, Action
from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal
from tradeplat.visualizer.rows import Column, Table

Save = Callable[[Mapping[str, str]], None]
"""Uses keys from now on and keeps them; BadInput where they cannot be kept."""

_LEAVING = frozenset({Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape})
_MODIFIERS = frozenset(
    {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr}
)


class KeyField(QtWidgets.QLineEdit):
    """Takes the next key as it is pressed, whatever else it means; Tab and Esc leave it.

    `taken` has the key, `refused` why what was pressed can be none.
    """

    taken = Signal(str)
    refused = Signal(str)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def event(self, event: QtCore.QEvent | None) -> bool:
        """Keep keys from the shortcuts."""
        if (
            isinstance(event, QtGui.QKeyEvent)
            and event.type() == QtCore.QEvent.Type.ShortcutOverride
            and event.key() not in _LEAVING
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:
        """Take the key."""
        if event is None or event.key() in _LEAVING:
            super().keyPressEvent(event)
            return
        event.accept()
        if event.isAutoRepeat() or event.key() in _MODIFIERS:
            return
        key = pressed_text(event)
        if key:
            self.taken.emit(key)
        else:
            told = QtGui.QKeySequence(event.keyCombination()).toString() or "this key"
            self.refused.emit(f"{told}: expected a letter, a digit, F1 to F24, or an arrow")


class KeyDialog(QtWidgets.QDialog):
    """Keys are changed in a draft; `save` gets the draft once it is without conflict.

    While its window is active no key sends anything: a key that is pressed shows its row.
    """

    def __init__(self, hotkeys: HotKeys, save: Save, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._save_draft = save
        self._hotkeys = hotkeys
        self.draft: dict[str, str] = dict(hotkeys.keys)
        self._wrong: list[str] = []
        self.setWindowTitle("Change hot keys")
        self.setModal(False)
        self.resize(720, 680)
        self.table = Table(
            "Actions",
            (
                Column("Key", lambda one: self.draft[one.name] or "none", 130, right=False),
                Column("Does", lambda one: one.said, 320, right=False),
                Column("", self._remark, 200, right=False, colour=self._colour),
            ),
        )
        self.field = KeyField()
        self.usual = QtWidgets.QPushButton("Default")
        self.none = QtWidgets.QPushButton("No key")
        self.all_usual = QtWidgets.QPushButton("All defaults")
        self.problems = QtWidgets.QLabel()
        self.keep = QtWidgets.QPushButton("Save")
        self.drop = QtWidgets.QPushButton("Cancel")
        self._placed()
        self._wired()
        self.table.show_rows(ACTIONS)
        self.show_action(ACTIONS[0].name)
        hotkeys.trial = self.trial

    def _placed(self) -> None:
        for widget, tip in (
            (self.field, "Press the new key here (Tab leaves)"),
            (self.usual, "The key this action has at first"),
            (self.none, "Take this action off the keyboard"),
            (self.all_usual, "Every action on its first key"),
            (self.keep, "Use these keys from now on: disarmed, changed keys once dry"),
            (self.drop, "Leave the keys as they are (Esc)"),
        ):
            widget.setToolTip(tip)
            widget.setAccessibleName(tip)
        self.field.setPlaceholderText("press the new key")
        self.problems.setWordWrap(True)
        self.problems.setAccessibleName("Conflicts")
        self.problems.setMinimumHeight(self.fontMetrics().height() * 2 + 8)
        said = QtWidgets.QLabel("While this window is active no key sends anything.")
        said.setStyleSheet(f"color: {DEFAULT.faint};")
        row, foot = QtWidgets.QHBoxLayout(), QtWidgets.QHBoxLayout()
        row.addWidget(QtWidgets.QLabel("New key"))
        row.addWidget(self.field, 1)
        for button in (self.usual, self.none, self.all_usual):
            row.addWidget(button)
        foot.addWidget(said, 1)
        for button in (self.keep, self.drop):
            foot.addWidget(button)
        for button in (self.usual, self.none, self.all_usual, self.keep, self.drop):
            button.setAutoDefault(False)  # Enter is a key like others here
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        layout.addWidget(self.problems)
        layout.addLayout(foot)

    def _wired(self) -> None:
        self.field.taken.connect(self._put)
        self.field.refused.connect(self._say)
        self.usual.clicked.connect(lambda: self._put(self.action.key))
        self.none.clicked.connect(lambda: self._put(""))
        self.all_usual.clicked.connect(lambda: self.show_draft({a.name: a.key for a in ACTIONS}))
        self.keep.clicked.connect(self._save)
        self.drop.clicked.connect(self.reject)
        chosen = self.table.selectionModel()
        if chosen is not None:
            chosen.currentRowChanged.connect(lambda *_: self._chosen())

    @property
    def action(self) -> Action:
        """The action whose key is changed."""
        found = self.table.chosen()
        return found if isinstance(found, Action) else ACTIONS[0]

    def show_action(self, name: str) -> None:
        """Have the row of this action chosen."""
        self.table.selectRow(self.table.content.rows.index(BY_NAME[name]))

    def show_draft(self, draft: Mapping[str, str]) -> None:
        """Have these keys in the draft, and say what is wrong with them."""
        self.draft = dict(draft)
        self._wrong = keys.conflicts(self.draft)
        self.keep.setEnabled(not self._wrong)
        self.table.show_rows(ACTIONS)
        self._say("; ".join(self._wrong))
        self._chosen()

    def trial(self, name: str) -> bool:
        """Show what a key does instead of doing it; False where another window is active."""
        if not self.isActiveWindow():
            return False
        self.show_action(name)
        self._say(f"{self._hotkeys.keys[name]}: {BY_NAME[name].said} (nothing was sent)", bad=False)
        return True

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:
        """Begin with the keys as they are."""
        self.show_draft(self._hotkeys.keys)
        self.field.setFocus()
        super().showEvent(event)

    def _chosen(self) -> None:
        self.field.setText(self.draft[self.action.name])

    def _put(self, key: str) -> None:
        self.show_draft({**self.draft, self.action.name: key})

    def _save(self) -> None:
        try:
            self._save_draft(dict(self.draft))
        except BadInput as error:
            self._say(str(error))
            return
        self.accept()

    def _say(self, said: str, *, bad: bool = True) -> None:
        self.problems.setText(f"▲ {said}" if said and bad else said)
        self.problems.setStyleSheet(f"color: {DEFAULT.last if bad else DEFAULT.text};")

    def _remark(self, one: Action) -> str:
        key = self.draft[one.name]
        if not key:
            return "not on the keyboard"
        why = keys.objection(one, key)
        others = [name for name, other in self.draft.items() if other == key and name != one.name]
        if why:
            return f"▲ {why}"
        if others:
            return f"▲ also: {BY_NAME[others[0]].said}"
        return "changed" if key != self._hotkeys.keys[one.name] else ""

    def _colour(self, one: Action) -> str:
        return DEFAULT.last if self._remark(one).startswith("▲") else ""
