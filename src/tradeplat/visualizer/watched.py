"""A file that people edit while windows are open, looked at twice a second."""

from pathlib import Path

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.qt import QtCore, Signal

LOOK_MS = 500
Stamp = tuple[int, int, int] | None


class WatchedFile(QtCore.QObject):
    """`changed` has the text whenever it is another one; `gone` comes when the file goes away,
    `spoiled` with the reason when it cannot be read.

    A file is read once it has rested from one look to the next, so that nobody reads half of what
    an editor is writing.
    """

    changed = Signal(str)
    gone = Signal()
    spoiled = Signal(str)

    def __init__(self, path: Path, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self._text: str | None = None
        self._seen: Stamp = None
        self._read: Stamp = None
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    def begin(self) -> str:
        """The text as it is now, empty where there is no file; looks at it from now on.

        BadInput where it cannot be read.
        """
        self._seen = self._read = self._stamp()
        self._text = self._now()
        self._timer.start()
        return self._text or ""

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def keep(self, text: str) -> None:
        """Write `text` whole, without telling of it. BadInput where that cannot be done."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self.path)
        except OSError as error:
            raise BadInput(f"{self.path}: cannot be written ({error.strerror or error})") from None
        self._text = text
        self._seen = self._read = self._stamp()

    def look(self) -> None:
        """Tell what has changed since the last look."""
        stamp = self._stamp()
        if stamp == self._read:
            return
        if stamp != self._seen:  # it may still be written
            self._seen = stamp
            return
        self._read = stamp
        if stamp is None:
            self._text = None
            self.gone.emit()
            return
        try:
            text = self._now() or ""
        except BadInput as error:
            self.spoiled.emit(str(error))
            return
        if text != self._text:
            self._text = text
            self.changed.emit(text)

    def _now(self) -> str | None:
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{self.path}: cannot be read ({error})") from None

    def _stamp(self) -> Stamp:
        try:
            told = self.path.stat()
        except OSError:  # not there, or not for us: to a window that is the same
            return None
        return told.st_mtime_ns, told.st_size, told.st_ino
