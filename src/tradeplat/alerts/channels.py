"""Where an alarm can go: a file, standard error, a command of the person's own."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PATIENCE = 10.0
"""Seconds a command may take."""


class FileAlert:
    """Appends a line to a file (core.ports.Alert)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, title: str, body: str) -> bool:
        """True when the line was written."""
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{title}: {body}\n")
        except OSError:
            return False
        return True


class ConsoleAlert:
    """One line on standard error."""

    async def send(self, title: str, body: str) -> bool:
        """True when the line was written."""
        try:
            os.write(2, f"tradeplat: {title}: {body}\n".encode())
        except OSError:
            return False
        return True


class CommandAlert:
    """Starts a command with title and body as its last two words; it has succeeded at exit 0.

    It gets `environment` and nothing else of this process's.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = tuple(command)
        self._environment = dict(environment)

    async def send(self, title: str, body: str) -> bool:
        """True when the command ended well, and in time."""
        silent = asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                title,
                body,
                stdin=silent,
                stdout=silent,
                stderr=silent,
                env=self._environment,
            )
        except OSError:
            return False
        try:
            async with asyncio.timeout(PATIENCE):
                return await process.wait() == 0
        except TimeoutError:
            with suppress(ProcessLookupError):  # it ended at that very moment
                process.kill()
            return False
