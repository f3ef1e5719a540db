"""The person's keys: `keys.toml`, followed while it is edited, and which of them were tried dry."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.visualizer import keys
from tradeplat.visualizer.link import Shape
from tradeplat.visualizer.qt import QtCore, Signal
from tradeplat.visualizer.watched import WatchedFile

TRIED = "keys_tried.json"
"""Beside the keys: the key by action on which its dry run was made."""

_TRIED = Shape(dict[str, str])


class KeyFile(QtCore.QObject):
    """`changed` has the keys by action when the file says others; `said` why it changes nothing:
    keys that cannot be read, or are in conflict, leave those that were.
    """

    changed = Signal(object)
    said = Signal(str)

    def __init__(self, path: Path, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._file = WatchedFile(path, self)
        self._file.changed.connect(self._read)
        self._file.gone.connect(self._gone)
        self._file.spoiled.connect(self._stay)
        self._tried = path.with_name(TRIED)

    def begin(self) -> dict[str, str]:
        """The keys as they are now, and follow the file. BadInput says what is wrong with it."""
        return keys.read(self._file.begin(), str(self._file.path))

    def stop(self) -> None:
        """Follow no more."""
        self._file.stop()

    def look(self) -> None:
        """Look at the file now."""
        self._file.look()

    def keep(self, wanted: Mapping[str, str]) -> None:
        """Write these keys and tell of them. BadInput for conflicts, or a file that cannot be
        written.
        """
        wrong = keys.conflicts(wanted)
        if wrong:
            raise BadInput(wrong[0])
        self._file.keep(keys.written(wanted))
        self.changed.emit(dict(wanted))

    @property
    def tried(self) -> Mapping[str, str]:
        """The key by action that was tried dry last."""
        try:
            return _TRIED.read(self._tried.read_bytes())
        except (OSError, BadInput):  # never written, or spoiled: everything is tried once more
            return {}

    def prove(self, name: str, key: str) -> None:
        """Remember that the action was tried on this key."""
        known = {**self.tried, name: key}
        try:
            self._tried.parent.mkdir(parents=True, exist_ok=True)
            self._tried.write_bytes(msgspec.json.format(msgspec.json.encode(known)))
        except OSError as error:
            self.said.emit(f"{self._tried}: cannot be written ({error.strerror or error})")

    def _read(self, text: str) -> None:
        try:
            wanted = keys.read(text, str(self._file.path))
        except BadInput as error:
            self._stay(str(error))
            return
        self.changed.emit(wanted)

    def _stay(self, why: str) -> None:
        self.said.emit(f"the keys stay as they were: {why}")

    def _gone(self) -> None:
        self.said.emit(f"{self._file.path} is gone: its keys stay until the window is closed")
