"""One strategy's place at a desk: what it is told, what it remembers, what it shows."""

from collections.abc import Sequence

import msgspec

from tradeplat.core import state
from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import FLAT, HOLD, Holding, Intent, Plot, given
from tradeplat.core.journal import SeatState
from tradeplat.core.market import Backfill, Bar, Quote
from tradeplat.core.orders import EXTERNAL
from tradeplat.core.ports import Strategy, Tracker
from tradeplat.desk.manual import MANUAL

SHOWN = "shown"
"""Beside a strategy's own memory: `ts` of the newest bar that it was shown, by span."""


def holders(book: Tracker, symbol: str) -> list[str]:
    """Who holds something of a ticker, or has orders at work there; strangers aside."""
    held = [name for (name, at), one in book.holdings.items() if at == symbol and one.quantity]
    working = [order.strategy for order in book.open_orders.values() if order.symbol == symbol]
    return [name for name in dict.fromkeys([*held, *working]) if name != EXTERNAL]


class Seat:
    """One strategy at a desk, and what it was last told it holds."""

    __slots__ = (
        "_known",
        "_missed",
        "holding",
        "intraday",
        "name",
        "on_bar",
        "on_quote",
        "plots",
        "sampled",
        "session",
        "silent",
        "since",
        "strategy",
    )

    def __init__(self, name: str, strategy: Strategy, holding: Holding = FLAT) -> None:
        self.name = name
        self.strategy = strategy
        self.holding = holding
        self.intraday = name != MANUAL and not getattr(strategy, "OVERNIGHT", False)
        """False for a person, and for strategies that say OVERNIGHT: they may hold on."""
        self.on_bar = strategy.on_bar
        self.on_quote = strategy.on_quote
        declared: tuple[Plot, ...] = getattr(strategy, "PLOTS", ())
        edges = [plot.other for plot in declared if plot.other]
        self.plots = tuple(dict.fromkeys([*(plot.attribute for plot in declared), *edges]))
        self.sampled = 0
        """When its curves were last sampled, in UTC nanoseconds."""
        self.since = 0
        """It remembers everything up to this instant; later history is shown to it."""
        self._known: dict[int, int] = {}
        self._missed = False
        self.silent = False
        """True once its strategy is asked nothing any more."""
        self.session: Session | None = None
        """The last trading day it was told of."""

    def remember(self, memory: SeatState | None, calendar: Calendar) -> None:
        """Go on with what an earlier session saved; without it, whoever holds something is told.

        BadInput when the memory is not one of this strategy: it is as it was then.
        """
        if memory is not None:
            kept = dict(memory.state)
            known = _shown(self.name, kept.pop(SHOWN, {}))
            state.restore(self.strategy, kept)
            self.since, self._known = memory.ts, known
            self._missed = bool(memory.ts)
            self.session = calendar.upcoming(memory.ts) if memory.ts else None
        elif self.holding is not FLAT:
            found = getattr(self.strategy, "on_adopted", None)
            if found is not None:
                found(self.holding)

    def learn(self, bar: Bar) -> None:
        """Show it a bar of history unless it remembers it; what it wants then is too old to do.

        Bars of several spans do not come by their time alone: each span has its own memory.
        """
        if bar.ts > (self._known.get(bar.span, 0) if self._known else self.since):
            self.on_bar(bar, self.holding)

    def rejoin(self, history: Backfill) -> None:
        """Tell it what became of a gap: of one in the live data, and, with the first history, of
        the time since what it remembers, in which nobody was there.
        """
        missed, self._missed = self._missed, False
        if missed and not history.since:
            healed = self._reached(history.bars)
            history = msgspec.structs.replace(history, since=self.since, healed=healed)
        if history.since:
            self.tell("on_gap", history)

    def _reached(self, bars: Sequence[Bar]) -> bool:
        """True when `bars` go back to what it remembers, of the spans it goes by."""
        first: dict[int, int] = {}
        for bar in bars:
            first.setdefault(bar.span, bar.ts)
        known = self._known or dict.fromkeys(first, self.since)
        own = getattr(self.strategy, "span", 0)
        wanted = {own: known[own]} if own in known else known
        return bool(wanted) and all(first.get(span, ts + 1) <= ts for span, ts in wanted.items())

    def silence(self) -> None:
        """Ask the strategy nothing any more; what it holds stays its own."""
        self.silent = True
        self.on_bar, self.on_quote = _SILENCE.on_bar, _SILENCE.on_quote
        self.plots = ()

    def begin(self, session: Session) -> None:
        """Tell the strategy of a trading day, unless it knows of it or of a later one."""
        if self.session is None or session.post_close > self.session.post_close:
            self.session = session
            self.tell("on_session", session)

    def draws(self, span: int) -> bool:
        """True where bars of this length move what the strategy declares worth drawing."""
        return bool(self.plots) and getattr(self.strategy, "span", 0) in {0, span}

    def curves(self) -> dict[str, float | None]:
        """The attributes the strategy declares worth drawing, as they stand; None while unset."""
        return {name: given(float(getattr(self.strategy, name))) for name in self.plots}

    def tell(self, handler: str, fact: Session | Bar | Backfill) -> None:
        """Call an optional handler where the strategy has it."""
        found = getattr(self.strategy, handler, None)
        if found is not None and not self.silent:
            found(fact)


def _shown(name: str, kept: object) -> dict[int, int]:
    """`ts` by span as it was kept; BadInput where it is no such thing."""
    if isinstance(kept, dict):
        found = {int(k): v for k, v in kept.items() if isinstance(v, int) and str(k).isdecimal()}
        if len(found) == len(kept):
            return found
    raise BadInput(f"{name}.{SHOWN}: found {kept!r}, expected nanoseconds by span")


class _Silence:
    """What a strategy that is asked nothing wants."""

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD


_SILENCE = _Silence()
