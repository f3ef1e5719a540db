"""What a person sets up of a main window and keeps in files beside its layouts."""

import os
from collections.abc import Mapping
from pathlib import Path

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.keydialog import KeyDialog
from tradeplat.visualizer.keyfile import KeyFile
from tradeplat.visualizer.qt import QtCore
from tradeplat.visualizer.screenlock import ScreenLock, desktop_buses
from tradeplat.visualizer.window import MainWindow

KEYS = "keys.toml"


class Fittings(QtCore.QObject):
    """Keys that follow their file and their dialog. BadInput for a file that cannot be used.

    `folder` has the files; the window's menu opens the dialogs.
    """

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__(window)
        self._window = window
        self.keys = KeyFile(folder / KEYS, self)
        window.hotkeys.set_keys(self.keys.begin(), self.keys.tried)
        window.hotkeys.tried.connect(self.keys.prove)
        self.keys.changed.connect(self._use)
        self.keys.said.connect(window.say)
        self.key_dialog = KeyDialog(window.hotkeys, self.keys.keep, window)
        window.closed.connect(self.keys.stop)
        self.lock = ScreenLock(desktop_buses(dict(os.environ)), self)
        self.lock.locked.connect(self.disarm)
        menu = window.status.view.menu()
        if menu is not None:
            entry = menu.addAction("Change hot keys …")
            if entry is not None:
                entry.triggered.connect(self.key_dialog.show)

    def disarm(self, why: str) -> None:
        """Disarm where it is armed, and say why."""
        if self._window.armed:
            self._window.send("disarm", {}, lambda _: self._window.say(f"Disarmed: {why}"))

    def _use(self, wanted: Mapping[str, str]) -> None:
        before = dict(self._window.hotkeys.keys)
        if before == wanted:
            return
        try:
            self._window.hotkeys.set_keys(wanted, self.keys.tried)
        except BadInput as error:
            self._window.say(f"the keys stay as they were: {error}")
            return
        count = sum(key != before.get(name) for name, key in wanted.items())
        changed = "1 hot key has" if count == 1 else f"{count} hot keys have"
        self._window.say(f"{changed} changed: disarmed, opening keys are tried dry once")
