"""Ctrl-C and SIGTERM: the first ends a session in order, the second at once."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from tradeplat.app.exits import FORCED
from tradeplat.app.terminal import NO_PASTES

BOUND = 20.0
"""Wall seconds an orderly end may take before it is forced (reliability.md 8)."""
_NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Hears the signals that end a session.

    `asked` is set by the first one. While the session is only being prepared it also cancels the
    task that listens: nothing was ordered yet, so nothing has to be put in order. A second signal,
    or an end that takes longer than `BOUND`, leaves at once with exit code 4; what is open then is
    for the next start to find in the venue's own books; `restore` puts the terminal back then.
    Neither needs the loop: one that is kept by somebody cannot keep the process.
    """

    def __init__(self, restore: Callable[[], None] = lambda: None) -> None:
        self._restore = restore
        self.asked = asyncio.Event()
        self._heard = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._preparing: asyncio.Task[object] | None = None
        self._bound: threading.Timer | None = None

    def listen(self) -> None:
        """Take the signals over; whoever calls is preparing a session from now on."""
        self._preparing = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        for number in _NUMBERS:
            # The loop has to be woken by them, which only its own handlers see to.
            self._loop.add_signal_handler(number, _nothing)
            signal.signal(number, self._signalled)

    def prepared(self) -> None:
        """From now on a signal is answered by ending the session in order."""
        self._preparing = None

    def ending(self) -> None:
        """The session ends, whatever the reason: from now on its end is bounded."""
        if self._bound is None:
            told = f"the end took more than {BOUND:g} s"
            self._bound = threading.Timer(BOUND, self._leave, (told,))
            self._bound.daemon = True
            self._bound.start()

    def ended(self) -> None:
        """The session has ended: its end is not bounded any more."""
        if self._bound is not None:
            self._bound.cancel()

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        self._heard += 1
        if self._heard > 1:
            self._leave("told to stop twice")
        self.ending()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ask)

    def _ask(self) -> None:
        self.asked.set()
        if self._preparing is not None:
            self._preparing.cancel()

    def _leave(self, why: str) -> None:
        self._restore()
        # A live table hides the cursor, and nothing is undone from here on.
        undo = f"\x1b[?25h{NO_PASTES}" if sys.stderr.isatty() else ""
        said = f"{undo}tradeplat: {why}: left at once, nothing was waited for\n"
        with suppress(OSError):  # with nobody to read it, leaving matters more
            os.write(2, said.encode())
        os._exit(FORCED)


def _nothing() -> None:
    """Stands where the loop wants a handler of its own."""


async def first(*events: asyncio.Event) -> None:
    """Return once any of `events` is set."""
    while not any(event.is_set() for event in events):  # noqa: ASYNC110  # three events, any first
        await asyncio.sleep(0.1)
