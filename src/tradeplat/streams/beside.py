"""One ticker's quotes and halts of a second feed, on their way to the ticker of the first."""

from collections.abc import Callable

from tradeplat.core.errors import TradeplatError
from tradeplat.streams.dialect import Fact
from tradeplat.streams.terms import Stage, Terms
from tradeplat.streams.ticker import Ticker


class Beside(Ticker):
    """Hands all it is given to `ticker` and has no history to wait for: granted, it is live.

    `allowed` says whether the venue gives any of its channels: without one it stays subscribing,
    which keeps entries away, while the bars of `ticker` go on.
    """

    def __init__(self, ticker: Ticker, terms: Terms, allowed: Callable[[], bool]) -> None:
        super().__init__(ticker.symbol, terms, None, _nought)
        self._ticker = ticker
        self._allowed = allowed

    @property
    def idle(self) -> bool:
        """True once it is live: nothing ever waits here."""
        return self.stage is Stage.LIVE

    def on_fact(self, fact: Fact) -> None:
        """Hand `fact` on at once."""
        self._ticker.aside(fact)

    def tick(self, now: int) -> None:
        """Nothing here ends as time goes on."""

    def granted(self) -> None:
        """The venue has answered for this symbol."""
        if self.stage is not Stage.LIVE and self._allowed():
            self.stage = Stage.LIVE
            self._ticker.aside_joined()

    def lost(self) -> None:
        """The connection is gone: what comes next needs nothing of what was missed."""
        self.stage = Stage.SUBSCRIBING
        self._ticker.aside_lost()

    def fail(self, error: TradeplatError) -> None:
        """Let the desk's task raise `error`, whatever it waits for."""
        self.lost()
        self._ticker.fail(error)


def _nought() -> int:
    return 0
