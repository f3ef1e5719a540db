"""Watches what a live stream brings: nothing from the future, and no symbol that has gone mute."""

from collections.abc import Callable, Mapping

from tradeplat.core.calendar import Calendar, Phase
from tradeplat.core.market import SECOND
from tradeplat.streams.dialect import Fact
from tradeplat.streams.served import Served
from tradeplat.streams.silence import Mutes

PERIOD = 0.25
"""Seconds of the loop between looks."""

QUIET_HOURS = 12.0
"""Outside regular hours a symbol is doubted after so many times the usual silence."""

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
