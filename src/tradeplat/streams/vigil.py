"""Watches what a live stream brings: nothing from the future, and no symbol that has gone mute."""

from collections.abc import Callable, Mapping, Sequence

from tradeplat.core.calendar import Calendar, Phase
from tradeplat.core.market import SECOND, Quote, Trade
from tradeplat.streams.dialect import Fact
from tradeplat.streams.served import Served
from tradeplat.streams.silence import Mutes

PERIOD = 0.25
"""Seconds of the loop between looks."""

QUIET_HOURS = 12.0
"""Outside regular hours a symbol is doubted after so many times the usual silence."""

LATE = 2.0
"""Seconds behind the clock, beyond what the feed holds back by contract, that a person hears of."""
LASTING = 1.0
"""Seconds of the loop for which data has to come late: one message that did says nothing."""
TELL_AGAIN = 60.0

_FOREVER = 2**63 - 1

Alarm = Callable[[str, str], None]


def nobody(code: str, line: str) -> None:
    """Tell nobody."""


class Vigil:
    """What one connection's data is doubted for.

    `now` is market time in UTC ns. A fact dated more than `early` nanoseconds ahead of it is not
    to be traded on (None lets all pass). Silences of at least `floor` seconds of the loop are
    judged by what each part of the day usually brings; with None none is.
    """

    def __init__(
        self,
        now: Callable[[], int],
        early: int | None,
        floor: float | None,
        calendar: Calendar | None = None,
        alarm: Alarm = nobody,
    ) -> None:
        self._now = now
        self.delay = 0
        """Nanoseconds by which the feed holds its data back by contract."""
        self._least: int | None = None
        self._late_since: float | None = None
        self._told_late = -TELL_AGAIN
        self.lag = 0
        """Nanoseconds of market time by which the freshest quote or print of the last period that
        brought any was behind the clock as it came, beyond `delay`.
        """
        self._early = early
        self._floor = floor
        self._calendar = calendar
        self._alarm = alarm
        self._due = 0.0
        self._phase: Phase | None = None
        self.mutes = Mutes(floor)
        self.served = Served(())
        """Topics that were granted and are still to bring their first fact."""
        self.doubt = ""
        """Why the connection should be left, as of the last look."""
        self.heard = self.mutes.heard
        """Symbols of which anything came lately; whoever reads adds to it."""
        self.early: set[str] = set()
        """Symbols of which something was dropped since they were last joined to history."""
        self.future = 0
        """Facts dated in the future, all of them dropped."""

    @property
    def horizon(self) -> int:
        """Facts dated later than this come from the future."""
        return _FOREVER if self._early is None else self._now() + self._early

    def came(self, facts: Sequence[Fact], horizon: int) -> None:
        """Take in how late the newest of a frame came, which was read at this `horizon`."""
        newest = facts[-1] if facts else None
        if self._early is None or not isinstance(newest, Quote | Trade):
            return
        behind = horizon - self._early - newest.ts
        if self._least is None or behind < self._least:
            self._least = behind

    def _judge_lag(self, now: float) -> None:
        """Tell of data that comes late, and late only, for a while."""
        if self._least is None or self._early is None:
            return
        self.lag, self._least = max(0, self._least - self.delay), None
        # Where a venue's seconds are short, so is what the clock and the wire make of them.
        if self.lag <= LATE * max(self._early, SECOND):
            self._late_since = None
            return
        if self._late_since is None:
            self._late_since = now
        if now - self._late_since >= LASTING and now - self._told_late >= TELL_AGAIN:
            self._told_late = now
            self._alarm("DATA_LATE", f"market data comes {self.lag / SECOND:.1f} s late")

    def drop(self, fact: Fact) -> None:
        """Count a fact from the future, and tell of the first, second, fourth, eighth ... one."""
        self.future += 1
        self.early.add(fact.symbol)
        if self.future & (self.future - 1) == 0:
            ahead = (fact.ts - self._now()) / SECOND
            line = (
                f"{fact.symbol}: dated {ahead:.3f} s ahead of us, not traded ({self.future} so far)"
            )
            self._alarm("FUTURE_DATA", line)

    def forget(self, symbol: str) -> None:
        """The symbol is gone, or its connection is."""
        self.early.discard(symbol)
        self.mutes.forget(symbol)
        self.served.forget(symbol)

    def look(self, now: float, symbols: Mapping[str, bool]) -> bool:
        """Judge silences up to `now` in seconds of the loop, of the symbols that are live and
        whether each has traded lately; True when another part of the day has begun, about which
        the traffic so far says nothing.
        """
        self.doubt = ""
        if now < self._due:
            return False
        self._due = now + PERIOD
        self._judge_lag(now)
        turned = self._turn()
        self.mutes.check(now)
        for gone in self.mutes.why.keys() - symbols.keys():
            self.mutes.forget(gone)
        if self._floor is not None and self._phase is Phase.REGULAR:
            for symbol, active in symbols.items():
                self.served.granted(symbol, now, active=active)
            self.doubt = self.served.check(now)
            if self.doubt:
                self._alarm("NOT_SERVED", self.doubt)
        return turned

    def _turn(self) -> bool:
        phase = Phase.REGULAR if self._calendar is None else self._calendar.phase(self._now())
        if phase is self._phase:
            return False
        first, self._phase = self._phase is None, phase
        floor = self._floor
        if phase is Phase.CLOSED:
            floor = None
        elif floor is not None and phase is not Phase.REGULAR:
            floor *= QUIET_HOURS
        self.mutes.begin(floor)
        return not first
