"""Shows a running session on standard error: a live table on a terminal, a line elsewhere."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from rich.console import Console
from rich.live import Live

from tradeplat.app.display import Snapshot, line, render

REFRESH = 0.25
"""Seconds between two pictures on a terminal."""
LINES = 5.0
"""Seconds between two lines where there is no terminal."""


class Screen:
    """Asks for a snapshot at its own pace, or when `changed` is set; nothing waits for it."""

    def __init__(
        self,
        look: Callable[[], Snapshot],
        out: TextIO | None = None,
        changed: asyncio.Event | None = None,
    ) -> None:
        self._look = look
        self._changed = changed if changed is not None else asyncio.Event()
        self._out = out if out is not None else sys.stderr

    async def run(self) -> None:
        """Show until cancelled."""
        if self._out.isatty():
            await self._table()
        else:
            await self._lines()

    async def _table(self) -> None:
        console = Console(file=self._out)
        with Live(console=console, auto_refresh=False, transient=False) as picture:
            while True:
                self._changed.clear()
                picture.update(render(self._look()), refresh=True)
                with suppress(TimeoutError):  # the picture is drawn again either way
                    async with asyncio.timeout(REFRESH):
                        await self._changed.wait()

    async def _lines(self) -> None:
        while True:
            self._out.write(line(self._look()) + "\n")
            self._out.flush()
            await asyncio.sleep(LINES)
