"""`tradeplat gui`: the main window, in a process of its own, on whichever engine is newest."""

import os
import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from tradeplat.app import daemons, plugins, replay_process
from tradeplat.app.control_commands import Where
from tradeplat.app.outcome import Outcome
from tradeplat.app.replay_process import Asked
from tradeplat.app.run_folder import METRICS, PAGE
from tradeplat.control.server import CARD
from tradeplat.core.errors import BadInput

XVFB = 'xvfb-run -a -s "-screen 0 1920x1080x24" tradeplat gui'

ENDS = "TRADEPLAT_GUI_ENDS"
"""In the environment of a window whose session ends with it (scripts/open_gui.sh)."""


class Look(msgspec.Struct, frozen=True):
    """How to open: a picture at `shot` after so many ms instead of a window, and its size; `play`
    is how fast a replay runs at once (empty: it waits).
    """

    shot: Path | None = None
    after: int = 3_000
    size: str = ""
    play: str = ""


def gui(where: Where, look: Look, asked: Asked | None = None) -> Outcome:
    """Open the window until it is closed, on an engine or on a replay that is `asked` for and ends
    with it; BadInput says what is missing for it.
    """
    first = _first(look.play, asked)
    if asked is None:
        _open(Followed(where), look, first)
        said = "the window is closed; the engine goes on"
    else:
        _ready(look)
        with replay_process.started(asked, where.logs) as served:
            engine = Followed(where, served.find)
            _open(engine, look, first)
        said = engine.ended() or "the window is closed"
    text = f"wrote {look.shot}" if look.shot else said
    return Outcome({"shot": None if look.shot is None else str(look.shot)}, text)


def _ready(look: Look) -> None:
    """BadInput where no window can open."""
    _size(look.size)
    if look.shot is not None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    missing = screenless(dict(os.environ))
    if missing:
        raise BadInput(missing)


def _open(engine: "Followed", look: Look, first: tuple[tuple[str, object], ...]) -> None:
    _ready(look)
    try:
        from tradeplat.visualizer import client, program  # noqa: PLC0415  # Qt is an extra
    except ImportError as error:
        said = "pip install 'tradeplat[gui]', and on Debian scripts/gui.sh window"
        raise BadInput(f"the windows are not installed ({error}): {said}") from None
    program.run(
        program.Wish(
            find=engine.find,
            name=f"gui-{os.getpid()}-{secrets.token_hex(4)}",
            clocks=client.Clocks(time.time_ns, time.monotonic_ns),
            folder=settings_folder(dict(os.environ)),
            shot=look.shot,
            after=look.after,
            size=_size(look.size),
            ended=engine.ended,
            indicators=plugins.indicators(),
            ends=bool(os.environ.get(ENDS)),
            first=first,
        )
    )


def _first(play: str, asked: Asked | None) -> tuple[tuple[str, object], ...]:
    """What the window has the engine do at once."""
    if asked is None:
        if play:
            raise BadInput("--play: only a replay runs faster or slower (--replay PATH)")
        return ()
    if not asked.paths:
        raise BadInput("--replay: found no file, expected what is to be replayed")
    if not play:
        return ()
    try:
        speed = float(play)
    except ValueError:
        raise BadInput(f"--play {play}: expected a speed such as 60, or 0 for max") from None
    return (("speed", {"speed": speed}), ("play", {}))


class Followed:
    """The engine that is meant: the one named, else the newest that runs."""

    def __init__(self, where: Where, find: Callable[[], Path] | None = None) -> None:
        self._where = where
        self._find = find
        self._last: Path | None = None

    def find(self) -> Path | None:
        """Its run folder; None while there is none."""
        if self._find is not None:
            self._last = self._find()
            return self._last
        if self._where.run is not None:
            self._last = self._where.run
            return self._last
        running = daemons.running(self._where.logs)
        if not running:
            return None
        self._last = running[0].folder
        return self._last

    def ended(self) -> str:
        """How the engine of the last folder ended, where it did so in order: its card is gone."""
        folder = self._last
        if folder is None or (folder / CARD).exists() or not (folder / METRICS).exists():
            return ""
        page = folder / PAGE
        said = f"report in {page}" if page.exists() else f"its folder is {folder}"
        return f"The session has ended; {said}"


def screenless(environment: dict[str, str]) -> str:
    """Why no window can open here; empty where one can. Qt itself would end the process."""
    if any(environment.get(name) for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        return ""
    shown = environment.get("DISPLAY", "")
    if shown and not _answers(shown):
        return f"the display {shown} (DISPLAY) does not answer; without a screen: {XVFB}"
    if shown:
        return ""
    return f"no display: open the window on a desktop, or without a screen as: {XVFB}"


def _answers(display: str) -> bool:
    """Whether the X server of a local display is there; what is not local is left to Qt."""
    number = display.removeprefix("unix").removeprefix(":").partition(".")[0]
    if not number.isdecimal():
        return True
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108  # where X servers listen
    for address in (path, f"\0{path}"):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(address)
            except OSError:  # not there: the other one, or nobody
                continue
            return True
    return False


def settings_folder(environment: dict[str, str]) -> Path:
    """Where layouts and keys are kept."""
    kept = environment.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(kept) / "tradeplat"


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise BadInput(f"--size {text}: expected width and height in points, such as 1440x900")
    return int(width), int(height)
