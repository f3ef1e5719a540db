"""Halts of the day out of the statuses that somebody has seen."""

from collections.abc import Callable, Iterable

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import STILL_TRADED, Status
from tradeplat.scanners.sources import Halt


class HaltBoard:
    """Statuses as Halts (scanners/sources.py): those of the day that is `now` by `calendar`, and
    none of later. A ticker that trades at its limit only, or is merely suspected, is not halted.
    """

    def __init__(
        self, calendar: Calendar, now: Callable[[], int], statuses: Iterable[Status] = ()
    ) -> None:
        self._calendar = calendar
        self._now = now
        self._seen: dict[str, list[Status]] = {}
        for status in sorted(statuses, key=lambda one: one.ts):
            self.note(status)

    def note(self, status: Status) -> None:
        """Take in a status; those of one ticker come in order of time."""
        if status.trading or status.code not in STILL_TRADED:
            self._seen.setdefault(status.symbol, []).append(status)

    def lost(self) -> None:
        """What comes next comes after a hole: a halt that lasted before may have ended in it."""
        for symbol, seen in list(self._seen.items()):
            while seen and not seen[-1].trading:
                seen.pop()
            if not seen:
                del self._seen[symbol]

    async def halts(self) -> dict[str, Halt]:
        """The latest halt a ticker."""
        now = self._now()
        session = self._calendar.upcoming(now)
        start = session.pre_open if session is not None else now
        found: dict[str, Halt] = {}
        for symbol, seen in self._seen.items():
            halt = _latest([one for one in seen if start <= one.ts <= now])
            if halt is not None:
                found[symbol] = halt
        return found


def _latest(statuses: Iterable[Status]) -> Halt | None:
    """The last halt; a status that repeats its beginning or its end changes nothing."""
    halt: Halt | None = None
    for status in statuses:
        if not status.trading:
            if halt is None or halt.resumed is not None:
                halt = Halt(status.ts, None, status.code)
        elif halt is not None and halt.resumed is None:
            halt = halt._replace(resumed=status.ts)
    return halt
