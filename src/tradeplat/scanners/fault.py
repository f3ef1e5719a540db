"""What is wrong with a list of tickers: since when, and what comes next, a line of `status`."""

from tradeplat.core.market import SECOND
from tradeplat.core.spoken import lasting, time_of_day


class Fault:
    """Why the last scan failed or is incomplete; `why` is empty when it is neither.

    Instants are UTC ns of the clock that the scanner goes by.
    """

    __slots__ = ("_listed", "_since", "why")

    def __init__(self) -> None:
        self.why = ""
        self._since = 0
        self._listed = 0

    @property
    def listed(self) -> bool:
        """True once a scan has worked."""
        return self._listed > 0

    def failed(self, why: str, now: int) -> None:
        """A scan did not come about."""
        if not self.why:
            self._since = now
        self.why = why

    def worked(self, trouble: str, now: int) -> None:
        """A scan did; `trouble` says what it lacks."""
        self._listed = now
        if trouble:
            self.failed(trouble, now)
        else:
            self.why = ""

    def lines(self, now: int, not_before: int) -> list[str]:
        """One sentence, or none; no scan is made `not_before` then."""
        if not self.why:
            return []
        again = f"in {lasting(max(not_before - now, SECOND))}" if not_before > now else "next poll"
        listed = (
            f"the list of {time_of_day(self._listed)} stands" if self._listed else "no list yet"
        )
        return [f"{self.why}; since {time_of_day(self._since)}, scanned again {again}, {listed}"]
