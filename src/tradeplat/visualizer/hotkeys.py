"""Keys of a window: shortcuts that fire once a press, and what lets none of them open by mistake.

The engine judges every command again; what is refused here is told to it for the record.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from tradeplat.core.errors import BadInput
from tradeplat.visualizer import keys
from tradeplat.visualizer.client import Fresh, Then
from tradeplat.visualizer.keys import BY_NAME, Action, Aim
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal

WAKE_NS = 300_000_000
"""A window that became active takes opening keys only after so long."""

PAIR_MS = 2
"""X tells of a held key by releases and presses at one instant. Qt knows them for repeats only when
both have come already, so a press this soon after its release is no press.
"""

PANIC_NS = 1_500_000_000
"""The panic key is pressed twice within so long."""


class Hands(Protocol):
    """What keys act on: the main window."""

    @property
    def fresh(self) -> Fresh:
        """How old what is shown is."""
        ...

    @property
    def armed(self) -> bool:
        """Whether the engine says that positions may be opened."""
        ...

    def aim(self) -> Aim:
        """What a key is meant for now."""
        ...

    def send(self, do: str, body: object, then: Then | None = None, asked: int = 0) -> None:
        """Have the engine do something."""
        ...

    def loads(self, name: str) -> bool:
        """Whether the action's key fills the order entry alone."""
        ...

    def load(self, name: str, body: Mapping[str, object]) -> None:
        """Fill the order entry with what the key would have sent."""
        ...

    def note(self, key: str, said: str, act: str) -> None:
        """Tell the engine's record of a key that was kept back, and say why."""
        ...


class HotKeys(QtCore.QObject):
    """The shortcuts of `window`; `acted` has the name of an action that is the window's own,
    `tried` an action and its key once that was tried dry.

    `steady` counts ns and never goes back, `wall` is UTC ns. `trial` may take a press for itself:
    it then does nothing.
    """

    acted = Signal(str)
    said = Signal(str)
    tried = Signal(str, str)

    def __init__(
        self,
        window: QtWidgets.QWidget,
        hands: Hands,
        wall: Callable[[], int],
        steady: Callable[[], int],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._hands = hands
        self._wall, self._steady = wall, steady
        self._shortcuts: dict[str, QtGui.QShortcut] = {}
        self._keys: dict[str, str] = {}
        self._unproven: set[str] = set()
        self._panic_at = self._awake_at = 0
        self._asleep = False
        self._pairs = QtGui.QGuiApplication.platformName() == "xcb"
        self._released = (0, 0)
        self._repeats = False
        self.trial: Callable[[str], bool] | None = None
        app = QtWidgets.QApplication.instance()
        if isinstance(app, QtWidgets.QApplication):
            app.installEventFilter(self)
            app.applicationStateChanged.connect(self._activity)
        self.set_keys({one.name: one.key for one in keys.ACTIONS})

    @property
    def keys(self) -> Mapping[str, str]:
        """Keys by action."""
        return self._keys

    def set_keys(self, wanted: Mapping[str, str], tried: Mapping[str, str] | None = None) -> None:
        """Use these; a key that changed is tried once, sending nothing, but where `tried` says that
        it was. BadInput for conflicts.
        """
        wrong = keys.conflicts(wanted)
        if wrong:
            raise BadInput(wrong[0])
        before, self._keys = self._keys, dict(wanted)
        if before:
            known = tried or {}
            for name, key in wanted.items():
                if key != before.get(name) and BY_NAME[name].opens:
                    self._unproven.add(name)
                if key == known.get(name):
                    self._unproven.discard(name)
            if before != self._keys and self._hands.armed:
                self._hands.send("disarm", {})
        for shortcut in self._shortcuts.values():
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts = {name: self._shortcut(name, key) for name, key in wanted.items() if key}

    def _shortcut(self, name: str, key: str) -> QtGui.QShortcut:
        made = QtGui.QShortcut(QtGui.QKeySequence(key), self._window)
        made.setContext(Qt.ShortcutContext.ApplicationShortcut)
        made.setAutoRepeat(False)
        made.activated.connect(lambda: self._fired(name))
        made.activatedAmbiguously.connect(lambda: self._ambiguous(name))
        return made

    def _fired(self, name: str) -> None:
        if not self._repeats:
            self.press(name)

    def press(self, name: str) -> None:
        """What a press of the action's key does."""
        action = BY_NAME[name]
        if self.trial is not None and self.trial(name):
            return
        if not action.orders:
            self.acted.emit(name)
            return
        loads = action.opens and self._hands.loads(name)
        why = "" if loads else self._kept_back(action)
        if not why and name == "panic" and not self._twice():
            why = f"press {self._keys[name]} again to kill and flatten everything"
        if why:
            self._refuse(action, why)
            return
        try:
            do, body = keys.command(name, self._hands.aim())
        except BadInput as error:
            self._refuse(action, str(error))
            return
        if loads:
            self._hands.load(name, body)
        else:
            self._hands.send(do, body, None, self._wall())

    def _kept_back(self, action: Action) -> str:
        """Why an opening key sends nothing now; exits are never kept back."""
        if not action.opens:
            return ""
        if action.name in self._unproven:
            self._unproven.discard(action.name)
            self.tried.emit(action.name, self._keys[action.name])
            return f"dry run of {self._keys[action.name]}: nothing is sent, the next press sends"
        return self.objection()

    def objection(self) -> str:
        """Why nothing may be opened from this window now, by key or by mouse."""
        if self._hands.fresh is not Fresh.LIVE:
            return "prices are old: nothing is opened"
        if self._asleep or self._steady() - self._awake_at < WAKE_NS:
            return "the window was not active: nothing is opened"
        if not self._hands.armed:
            return f"disarmed: arm with {self._keys['arm'] or 'the button'}"
        return ""

    def _twice(self) -> bool:
        now = self._steady()
        twice = 0 < now - self._panic_at <= PANIC_NS if self._panic_at else False
        self._panic_at = 0 if twice else now
        return twice

    def _refuse(self, action: Action, why: str) -> None:
        self.said.emit(f"{action.said}: {why}")
        self._hands.note(self._keys[action.name], why, action.name)

    def _ambiguous(self, name: str) -> None:
        self._refuse(
            BY_NAME[name], f"{self._keys[name]} means several things here: nothing is sent"
        )

    def _activity(self, state: Qt.ApplicationState) -> None:
        """Opening keys sleep while another program is used, and a little longer."""
        active = state == Qt.ApplicationState.ApplicationActive
        if active and self._asleep:
            self._awake_at = self._steady()
        self._asleep = not active

    def _heard(self, event: QtGui.QKeyEvent) -> None:
        """Tell a press from what X sends for a key that is held."""
        at = event.nativeScanCode(), event.timestamp()
        if event.type() == QtCore.QEvent.Type.KeyRelease:
            self._released = at
        else:
            again = at[0] == self._released[0] and at[1] - self._released[1] <= PAIR_MS
            self._repeats = self._pairs and again

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:
        """Keys that reduce risk reach a window only when no shortcut took them: under dialogs."""
        if isinstance(event, QtGui.QKeyEvent):
            self._heard(event)
        if (
            not isinstance(watched, QtGui.QWindow)
            or not isinstance(event, QtGui.QKeyEvent)
            or event.type() != QtCore.QEvent.Type.KeyPress
            or event.isAutoRepeat()
            or self._repeats
        ):
            return False
        pressed = pressed_text(event)
        for name, key in self._keys.items():
            if key and key == pressed and BY_NAME[name].reduces:
                self.press(name)
                return True
        return False


_SHIFTED = dict(zip(")!@#$%^&*(", "0123456789", strict=True))
"""What the digits of a US keyboard are with Shift."""

_FIRST_DIGIT = 10
"""Scan code of the key 1 under X and Wayland; 2 to 9 and 0 follow."""


def pressed_text(event: QtGui.QKeyEvent) -> str:
    """The key of an event as keys.plain writes it; empty for what is no key of the table.

    Shift and a digit is that digit, whatever letter the keyboard has there.
    """
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key = QtGui.QKeySequence(event.key()).toString()
    if modifiers & Qt.KeyboardModifier.ShiftModifier and not (key.isascii() and key.isalnum()):
        at = event.nativeScanCode() - _FIRST_DIGIT
        key = str((at + 1) % 10) if 0 <= at < 10 else _SHIFTED.get(key, key)
    before = QtGui.QKeySequence(QtCore.QKeyCombination(modifiers, Qt.Key.Key_A)).toString()[:-1]
    text = f"{before}{key}"
    try:
        return keys.plain(text)
    except BadInput:
        return ""
