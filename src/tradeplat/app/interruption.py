"""Ctrl-C and SIGTERM: the first ends a session in order, the second at once."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

from tradeplat.app.exits import FORCED
from tradeplat.app.terminal import NO_PASTES

BOUND = 20.0
"""Wall seconds an orderly end may take before it is forced (reliability.md 8)."""


class Interruption:
    """Hears the signals that end a session.

    `asked` is set by the first one. While the session is only being prepared it also cancels the
    task that listens: nothing was ordered yet, so nothing has to be put in order. A second signal,
    or an end that takes longer than `BOUND`, leaves at once with exit code 4; what is open then is
    for the next start to find in the venue's own books; `restore` puts the terminal back then.
    """

    def __init__(self, restore: Callable[[], None] = lambda: None) -> None:
        self._restore = restore
        self.asked = asyncio.Event()
        self._preparing: asyncio.Task[object] | None = None
        self._alarm: asyncio.TimerHandle | None = None

    def listen(self) -> None:
        """Take the signals over; whoever calls is preparing a session from now on."""
        self._preparing = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._heard)

    def prepared(self) -> None:
        """From now on a signal is answered by ending the session in order."""
        self._preparing = None

    def ended(self) -> None:
        """The session has ended: its end is not bounded any more."""
        if self._alarm is not None:
            self._alarm.cancel()

    def _heard(self) -> None:
        if self.asked.is_set():
            self._leave("told to stop twice")
        self.asked.set()
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(BOUND, self._leave, f"the end took more than {BOUND:g} s")
        if self._preparing is not None:
            self._preparing.cancel()

    def _leave(self, why: str) -> None:
        self._restore()
        # A live table hides the cursor, and nothing is undone from here on.
        undo = f"\x1b[?25h{NO_PASTES}" if sys.stderr.isatty() else ""
        said = f"{undo}tradeplat: {why}: left at once, nothing was waited for\n"
        with suppress(OSError):
            os.write(2, said.encode())
        os._exit(FORCED)
