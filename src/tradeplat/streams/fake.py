"""Recorded files as a stream: the same seam as a live vendor, at zero delay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tradeplat.core.ports import Batch, Feed
from tradeplat.streams.timeline import Timeline

__all__ = ["FakeWebSocketClient"]


class FakeWebSocketClient:
    """Serves each ticker its events off a timeline (core.ports.StreamClient).

    A ticker takes its place in time when `open` is called, not when its task first runs: the
    replay would otherwise run ahead of a ticker that was just added.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def open(self, symbol: str) -> Feed:
        """`symbol`'s feed; it ends with the recording."""
        self._timeline.join(symbol)
        return self._feed(symbol)

    @asynccontextmanager
    async def _feed(self, symbol: str) -> AsyncIterator[AsyncIterator[Batch]]:
        try:
            yield self._timeline.batches(symbol)
        finally:
            self._timeline.leave(symbol)
