"""Trading sessions, given as data: nothing here knows a time zone or a holiday rule."""

from bisect import bisect_left
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class Phase(StrEnum):
    """Which part of the trading day an instant lies in."""

    CLOSED = "closed"
    PRE = "pre"
    REGULAR = "regular"
    POST = "post"


class Session(NamedTuple):
    """One trading day; all times are UTC nanoseconds, `day` is yyyymmdd at the exchange."""

    day: int
    pre_open: int
    open: int
    close: int
    post_close: int


class Calendar:
    """Ordered sessions. An instant equal to a close belongs to the part that it ends."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self._sessions = tuple(sessions)
        self._ends = [session.post_close for session in self._sessions]

    def upcoming(self, ts: int) -> Session | None:
        """The session in progress at `ts`, else the next one, None past the calendar's end."""
        index = bisect_left(self._ends, ts)
        return self._sessions[index] if index < len(self._sessions) else None

    def previous(self, ts: int) -> Session | None:
        """The last session that ended before the one `upcoming` names."""
        index = bisect_left(self._ends, ts)
        return self._sessions[index - 1] if index > 0 else None

    def phase(self, ts: int) -> Phase:
        """The part of the day at `ts`; the boundary instant belongs to the part that begins."""
        session = self.upcoming(ts)
        if session is None or ts < session.pre_open or ts >= session.post_close:
            return Phase.CLOSED
        if ts < session.open:
            return Phase.PRE
        return Phase.REGULAR if ts < session.close else Phase.POST

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Every session, oldest first."""
        return self._sessions
