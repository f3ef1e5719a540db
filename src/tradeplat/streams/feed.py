"""One ticker's batches, as a context and its own iterator."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self

from tradeplat.core.ports import Batch
from tradeplat.streams.ticker import Ticker


class TickerFeed:
    """What a ticker hands to its desk while the context is open; `entered` once it was."""

    def __init__(
        self,
        symbol: str,
        enter: Callable[[str], Awaitable[Ticker]],
        leave: Callable[[Ticker], Awaitable[None]],
        complete: Callable[[str], bool],
    ) -> None:
        self._symbol = symbol
        self._enter = enter
        self._leave = leave
        self._complete = complete
        self._ticker: Ticker | None = None
        self.entered = False

    async def __aenter__(self) -> AsyncIterator[Batch]:
        self.entered = True
        self._ticker = await self._enter(self._symbol)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._ticker is not None:
            await self._leave(self._ticker)
            self._ticker = None

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Awaitable[Batch]:
        if self._ticker is None:
            raise StopAsyncIteration
        return self._ticker.batch(self._complete)
