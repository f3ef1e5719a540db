"""A process that ends with the one that started it, whose pipe is its standard input."""

import asyncio
from collections.abc import Callable
from typing import IO, Any


async def tie(stream: IO[Any], cut: Callable[[], None]) -> None:
    """Have `cut` called when the other end of `stream` is gone."""
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: _Tie(cut), stream)


class _Tie(asyncio.Protocol):
    """Notices the end of a pipe."""

    def __init__(self, cut: Callable[[], None]) -> None:
        self._cut = cut

    def connection_lost(self, error: Exception | None) -> None:
        self._cut()
