"""One strategy's place at a desk: what it is told, what it remembers, what it shows."""

from tradeplat.core import state
from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.intent import FLAT, HOLD, Holding, Intent, Plot, given
from tradeplat.core.journal import SeatState
from tradeplat.core.market import Backfill, Bar, Quote
from tradeplat.core.ports import Strategy
from tradeplat.desk.manual import MANUAL


class Seat:
    """One strategy at a desk, and what it was last told it holds."""

    __slots__ = (
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

    def __init__(self, name: str, strategy: Strategy) -> None:
        self.name = name
        self.strategy = strategy
        self.holding: Holding = FLAT
        self.intraday = name != MANUAL and not getattr(strategy, "OVERNIGHT", False)
        """False for a person, and for strategies that say OVERNIGHT: they may hold on."""
        self.on_bar = strategy.on_bar
        self.on_quote = strategy.on_quote
        declared: tuple[Plot, ...] = getattr(strategy, "PLOTS", ())
        self.plots = tuple(plot.attribute for plot in declared)
        self.sampled = 0
        """When its curves were last sampled, in UTC nanoseconds."""
        self.since = 0
        """It remembers everything up to this instant: history is shown to it from here on."""
        self.silent = False
        """True once its strategy is asked nothing any more."""
        self.session: Session | None = None
        """The last trading day it was told of."""

    def remember(self, memory: SeatState | None, calendar: Calendar) -> None:
        """Go on with what an earlier session saved; without it, whoever holds something is told.

        BadInput when the memory is not one of this strategy: it is as it was then.
        """
        if memory is not None:
            state.restore(self.strategy, memory.state)
            self.since = memory.ts
            self.session = calendar.upcoming(memory.ts) if memory.ts else None
        elif self.holding is not FLAT:
            found = getattr(self.strategy, "on_adopted", None)
            if found is not None:
                found(self.holding)

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

    def curves(self) -> dict[str, float | None]:
        """The attributes the strategy declares worth drawing, as they stand; None while unset."""
        return {name: given(float(getattr(self.strategy, name))) for name in self.plots}

    def tell(self, handler: str, fact: Session | Bar | Backfill) -> None:
        """Call an optional handler where the strategy has it."""
        found = getattr(self.strategy, handler, None)
        if found is not None and not self.silent:
            found(fact)


class _Silence:
    """What a strategy that is asked nothing wants."""

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD


_SILENCE = _Silence()
