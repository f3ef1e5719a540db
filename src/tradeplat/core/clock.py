"""A clock that moves when told and never backwards."""

from tradeplat.core.errors import Corrupt


class ReplayClock:
    """Replayed time, in UTC nanoseconds. A drive whose events are in order may set `ts` itself."""

    __slots__ = ("ts",)

    def __init__(self, start: int = 0) -> None:
        self.ts = start

    def now(self) -> int:
        """The replayed instant."""
        return self.ts

    def advance(self, ts: int) -> None:
        """Move to `ts`; moving back raises Corrupt, since events would be judged out of order."""
        if ts < self.ts:
            raise Corrupt(f"clock asked to go back from {self.ts} to {ts}")
        self.ts = ts
