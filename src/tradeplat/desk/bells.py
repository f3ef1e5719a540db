"""The last minutes of a day: when entries stop, positions close, and flatness is checked."""

from typing import NamedTuple

import msgspec

from tradeplat.core.calendar import Session
from tradeplat.core.market import MINUTE


class Rings(NamedTuple):
    """The bells of one day, in UTC nanoseconds."""

    entries: int
    flatten: int
    verify: int

    def after(self, ts: int, end: int) -> int:
        """The last instant before the next bell that is due later than `ts`, else `end`."""
        return min((bell - 1 for bell in self if bell > ts), default=end)


class Bells(msgspec.Struct, frozen=True):
    """How long before the end of the session each bell rings, in nanoseconds.

    From the first one on strategies enter nothing, at the second what they hold is closed, at the
    last one a person hears of what is still held. With `extended` hours the session ends when
    trading after the close does; half days end when their calendar says so.
    """

    entries: int = 15 * MINUTE
    flatten: int = 5 * MINUTE
    verify: int = MINUTE
    extended: bool = True

    def of(self, session: Session) -> Rings:
        """When they ring on the day of `session`."""
        end = session.post_close if self.extended else session.close
        return Rings(end - self.entries, end - self.flatten, end - self.verify)
