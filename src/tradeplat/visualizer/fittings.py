"""What a person sets up of a main window and keeps in files beside its layouts."""

import os
from collections.abc import Mapping
from pathlib import Path

from tradeplat.core.errors import BadInput
from tradeplat.visualizer import preferences, theme, tips
from tradeplat.visualizer.keydialog import KeyDialog
from tradeplat.visualizer.keyfile import KeyFile
from tradeplat.visualizer.preferences import Preferences
from tradeplat.visualizer.qt import QtCore
from tradeplat.visualizer.rows import Table
from tradeplat.visualizer.screenlock import ScreenLock, desktop_buses
from tradeplat.visualizer.settings_dialog import SettingsDialog
from tradeplat.visualizer.sounds import Sounds
from tradeplat.visualizer.watched import WatchedFile
from tradeplat.visualizer.window import MainWindow

KEYS = "keys.toml"


class Fittings(QtCore.QObject):
    """Keys and preferences that follow their files and their dialogs, sounds, the locked screen.

    `folder` has the files; the window's menu opens the dialogs. BadInput for keys that cannot be
    used.
    """

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__(window)
        self._window = window
        self.keys = KeyFile(folder / KEYS, self)
        window.hotkeys.set_keys(self.keys.begin(), self.keys.tried)
        tips.retell(window, window.hotkeys.keys)
        window.charts.opened.connect(lambda one: tips.retell(one, window.hotkeys.keys))
        window.hotkeys.tried.connect(self.keys.prove)
        self.keys.changed.connect(self._use)
        self.keys.said.connect(window.say)
        self.key_dialog = KeyDialog(window.hotkeys, self.keys.keep, window)
        self.lock = ScreenLock(desktop_buses(dict(os.environ)), self)
        self.lock.locked.connect(self.disarm)
        self.sounds = Sounds(window.engine, parent=self)
        window.replied.connect(self.sounds.replied)
        self.preferences = Preferences()
        self._file = WatchedFile(folder / preferences.FILE, self)
        self._file.changed.connect(self._read)
        self._file.spoiled.connect(window.say)
        self._begin()
        self.settings = SettingsDialog(lambda: self.preferences, self.prefer, window)
        window.closed.connect(self._stop)
        self._listed()

    def _begin(self) -> None:
        """Look as preferred, and have what holds at once."""
        try:
            self.preferences = preferences.read(self._file.begin(), str(self._file.path))
        except BadInput:  # said where the window is opened: it looks as it does at first
            return
        wanted, window = self.preferences, self._window
        sheet = theme.sheet(wanted.colours, wanted.font_size, wanted.density)
        if sheet != window.styleSheet():
            window.setStyleSheet(sheet)
        room = window.fontMetrics().height() + 6 + 2 * theme.ROOM[wanted.density]
        for table in window.findChildren(Table):
            header = table.verticalHeader()
            if header is not None:
                header.setDefaultSectionSize(room)
            for at, column in enumerate(table.content.columns):
                table.setColumnWidth(at, column.width * wanted.font_size // 12)
        self._hold()

    def _hold(self) -> None:
        self.sounds.wanted = self.preferences.sounds
        self._window.entry.load_only = self.preferences.load_only

    def _listed(self) -> None:
        menu = self._window.status.view.menu()
        for text, dialog in (
            ("Change hot keys …", self.key_dialog),
            ("Settings …", self.settings),
        ):
            entry = menu.addAction(text) if menu is not None else None
            if entry is not None:
                entry.triggered.connect(dialog.show)

    def _stop(self) -> None:
        self.keys.stop()
        self._file.stop()
        self.sounds.stop()

    def look(self) -> None:
        """Look at the files now."""
        self.keys.look()
        self._file.look()

    def prefer(self, wanted: Preferences) -> None:
        """Have these from now on, and keep them. BadInput where they cannot be kept."""
        self._file.keep(preferences.written(wanted))
        self._take(wanted)

    def _read(self, text: str) -> None:
        try:
            wanted = preferences.read(text, str(self._file.path))
        except BadInput as error:
            self._window.say(f"the settings stay as they were: {error}")
            return
        self._take(wanted)

    def _take(self, wanted: Preferences) -> None:
        before, self.preferences = self.preferences, wanted
        self._hold()
        looks = ("palette", "font_size", "density")
        later = any(getattr(before, name) != getattr(wanted, name) for name in looks)
        self._window.say("settings: looks change at the next start" if later else "settings: kept")

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
        tips.retell(self._window, wanted)
        self._window.key_sheet.refresh()
        count = sum(key != before.get(name) for name, key in wanted.items())
        changed = "1 hot key has" if count == 1 else f"{count} hot keys have"
        self._window.say(f"{changed} changed: disarmed, opening keys are tried dry once")
