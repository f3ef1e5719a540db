"""A clock that moves when told and never backwards."""

from tradeplat.core.errors import Corrupt


class ReplayClock:
    """Replayed time, in UTC nanoseconds."""

    def __init__(self, start: int = 0) -> None:
        self._now = start

    def now(self) -> int:
        """The replayed instant."""
        return self._now

    def advance(self, ts: int) -> None:
        """Move to `ts`; moving back raises Corrupt, since events would be judged out of order."""
        if ts < self._now:
            raise Corrupt(f"clock asked to go back from {self._now} to {ts}")
        self._now = ts
