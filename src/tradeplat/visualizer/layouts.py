"""Where panels stand, kept in one file for each mode; what cannot be read is as if never saved."""

import base64
import binascii
from pathlib import Path

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.link import Shape


class Placed(msgspec.Struct, frozen=True):
    """A chart in a window of its own: what it shows, its link number (0: none), where it is."""

    symbol: str = ""
    span: int = 0
    link: int = 0
    view: int = 0
    geometry: str = ""


class Layout(msgspec.Struct, frozen=True):
    """A window's place and its panels', as Qt writes them (base64)."""

    geometry: str = ""
    state: str = ""
    view: str = ""
    charts: tuple[Placed, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """The whole file: layouts by mode."""

    modes: dict[str, Layout] = {}


_SHAPE = Shape(Kept)


class Layouts:
    """Layouts by mode in the file `path`; each write replaces it whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def folder(self) -> Path:
        """Where the file is."""
        return self._path.parent

    def read(self, mode: str) -> Layout:
        """What was saved for `mode`; empty when nothing was."""
        return self._kept().modes.get(mode, Layout())

    def write(self, mode: str, layout: Layout) -> None:
        """Keep `layout` for `mode`. BadInput where the file cannot be written."""
        modes = dict(self._kept().modes)
        if modes.get(mode) == layout:
            return
        modes[mode] = layout
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(Kept(modes))))
            fresh.replace(self._path)
        except OSError as error:
            said = error.strerror or str(error)
            raise BadInput(f"{self._path}: the layout cannot be kept ({said})") from None

    def _kept(self) -> Kept:
        try:
            return _SHAPE.read(self._path.read_bytes())
        except (OSError, BadInput):
            return Kept()


def text(data: bytes) -> str:
    """Bytes of Qt for the file."""
    return base64.b64encode(data).decode("ascii")


def data(said: str) -> bytes:
    """What `text` made, empty for anything else."""
    try:
        return base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        return b""
