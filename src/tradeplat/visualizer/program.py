"""The windows' own process: Qt's loop with asyncio in it, one connection, one main window."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tradeplat.core.errors import BadInput
from tradeplat.visualizer import preferences
from tradeplat.visualizer.client import Client, Clocks
from tradeplat.visualizer.fittings import Fittings
from tradeplat.visualizer.indicators import Make
from tradeplat.visualizer.layouts import Layouts
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.mishaps import Mishaps
from tradeplat.visualizer.preferences import Preferences
from tradeplat.visualizer.qt import QtCore, QtGui, QtWidgets
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.sweep import Sweep
from tradeplat.visualizer.watched import WatchedFile
from tradeplat.visualizer.window import MainWindow

import qasync  # isort: skip  # takes the binding that is loaded: after qt

FONT = "DejaVu Sans"
FIRST_MS = 50
LAYOUTS = "layouts.json"
SHADES = "visualizers.json"
MISHAPS = "errors.txt"


class Wish(NamedTuple):
    """How to open: `find` names the engine's run folder, `name` whoever commands from here,
    `folder` keeps layouts; with `shot` a picture goes there after `after` ms, and that is all.
    `ended` says how the engine ended, once it has in order (empty: it has not). The window is
    closed when `story`, which is told it, has ended; where there is none, by whoever sits there.
    `indicators` may be added to charts, beside those of the house. The session `ends` with the
    window where whoever began both sees to it. `first` are the commands that the
    engine is given once it has answered.
    """

    find: Callable[[], Path | None]
    name: str
    clocks: Clocks
    folder: Path
    shot: Path | None = None
    after: int = 3_000
    size: tuple[int, int] | None = None
    ended: Callable[[], str] = str
    story: Callable[[MainWindow], Awaitable[None]] | None = None
    indicators: Mapping[str, Make] = MappingProxyType({})
    ends: bool = False
    first: tuple[tuple[str, object], ...] = ()


def run(wish: Wish) -> None:
    """Open the window and return when it is closed; BadInput where the picture cannot be kept."""
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["tradeplat"])
    if not isinstance(app, QtWidgets.QApplication):
        raise BadInput("Qt was begun without windows")
    looks, wrong = _preferences(wish.folder)
    font = QtGui.QFont(FONT)
    font.setPixelSize(looks.font_size)
    app.setFont(font)
    app.setApplicationName("tradeplat")
    app.setQuitOnLastWindowClosed(False)
    with qasync.QEventLoop(app) as loop:
        window = _made(wish, looks)
        if wrong:
            window[0].say(wrong)
        try:
            with Sweep(), Mishaps(wish.folder / MISHAPS, window[0].say):
                loop.run_until_complete(_opened(loop, wish, *window))
        finally:
            window[0].deleteLater()
            del window
            # Before the application goes: Qt does not survive windows that Python lets go later.
            gone = QtCore.QEvent.Type.DeferredDelete
            QtCore.QCoreApplication.sendPostedEvents(None, gone.value)
            gc.collect()


def _preferences(folder: Path) -> tuple[Preferences, str]:
    """How windows are to look, and what is wrong with the file that says it: no colour is worth
    keeping a window closed.
    """
    try:
        return preferences.read(WatchedFile(folder / preferences.FILE).begin()), ""
    except BadInput as error:
        return Preferences(), f"the windows look as they do at first: {error}"


def _made(wish: Wish, looks: Preferences) -> tuple[MainWindow, Client]:
    mirror = Mirror()
    client = Client(wish.find, wish.name, wish.clocks, mirror, ended=wish.ended)
    kept, shades = Layouts(wish.folder / LAYOUTS), Shades(wish.folder / SHADES)
    window = MainWindow(
        client, kept, wish.clocks.wall, looks.colours, shades=shades, steady=wish.clocks.steady
    )
    try:
        Fittings(window, wish.folder)
    except BadInput:
        window.deleteLater()
        raise
    window.know(wish.indicators)
    window.ends = wish.ends
    if wish.size is not None:
        window.set_size(*wish.size)
    return window, client


async def _told(window: MainWindow, story: Callable[[MainWindow], Awaitable[None]] | None) -> None:
    if story is not None:
        try:
            await story(window)
        finally:
            window.leave()


async def _opened(
    loop: asyncio.AbstractEventLoop, wish: Wish, window: MainWindow, client: Client
) -> None:
    window.closed.connect(client.close)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, window.leave)
    failed: list[str] = []
    if wish.shot is not None:
        path = wish.shot

        def shoot() -> None:
            if not window.grab().save(str(path)):
                failed.append(f"{path}: the picture cannot be written")
            window.leave()

        QtCore.QTimer.singleShot(wish.after, shoot)
    begin = _begin(wish, window, client)
    window.show()
    story = _told(window, wish.story)
    # Both are waited for whatever becomes of one: what went wrong is raised below.
    came = await asyncio.gather(client.run(), story, return_exceptions=True)  # raised below
    begin.stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)
    for one in came:
        if isinstance(one, BaseException):
            raise one
    if failed:
        raise BadInput(failed[0])


def _begin(wish: Wish, window: MainWindow, client: Client) -> QtCore.QTimer:
    """Give the engine its first commands as soon as it has answered."""
    timer = QtCore.QTimer(window)
    timer.setInterval(FIRST_MS)

    def look() -> None:
        if client.connected:
            timer.stop()
            for do, body in wish.first:
                window.send(do, body)

    timer.timeout.connect(look)
    if wish.first:
        timer.start()
    return timer
