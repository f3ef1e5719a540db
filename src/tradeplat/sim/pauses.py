"""Which symbols the exchange trades at an instant, and what of a bar lies outside a halt."""

from tradeplat.core.market import NIGHT, SECOND, STILL_TRADED, Bar, Status
from tradeplat.sim.working import Swing, bar_swing


class Pauses:
    """Halts as their statuses tell them; in a limit state a symbol trades, at that price.

    One that nobody lifted is over once something trades a night after it began.
    """

    def __init__(self) -> None:
        self.halted: dict[str, int] = {}
        """When the halt of each halted symbol began, in UTC nanoseconds."""
        self._past: dict[str, tuple[int, int]] = {}

    def on_status(self, status: Status) -> None:
        """Take over whether the symbol trades."""
        symbol = status.symbol
        if not status.trading and status.code not in STILL_TRADED:
            self.halted.setdefault(symbol, status.ts)
        else:
            self._lift(symbol, status.ts)

    def bars(self, symbol: str, traded: int) -> bool:
        """True when the symbol is halted, though something of it traded at or after `traded`."""
        since = self.halted.get(symbol)
        if since is None:
            return False
        if traded - since >= NIGHT:
            self._lift(symbol, traded)
            return False
        return True

    def resumed(self, symbol: str) -> int:
        """When the last halt of the symbol ended; 0 where there was none."""
        return self._past[symbol][1] if symbol in self._past else 0

    def reaches_back(self, bar: Bar) -> bool:
        """True when `bar` opened before the last halt of its symbol was over."""
        past = self._past.get(bar.symbol) if self._past else None
        return past is not None and past[1] > bar.ts - bar.span * SECOND

    def swing(self, bar: Bar) -> Swing | None:
        """What `bar`, which reaches back, tells of the time it traded in: all of it happened when
        the halt was over, unless it opened before that began; None where nothing traded.
        """
        began, ended = self._past[bar.symbol]
        if began > bar.ts - bar.span * SECOND:
            return bar_swing(bar)
        return bar_swing(bar, ended) if ended < bar.ts else None

    def _lift(self, symbol: str, ts: int) -> None:
        began = self.halted.pop(symbol, None)
        if began is not None:
            self._past[symbol] = began, ts
