"""How one side of a ticker's market data usually pauses, and when it is silent for longer."""

from tradeplat.core.market import SECOND

PAUSES = 5
"""A side is missing after so many of its longest pause lately: thin tickers pause."""

FORGETS = 64
"""With each event the longest pause becomes shorter by one in so many."""

ENOUGH = 20
"""Events from which on it is known how much the other side moves meanwhile."""

_NIGHT = 7_200 * SECOND


class Pace:
    """What came last of one side, and how long it pauses: in nanoseconds, and in moves that the
    other side made meanwhile.
    """

    __slots__ = ("count", "last", "longest", "most", "moves")

    def __init__(self) -> None:
        self.last = 0
        """Up to when it told of the market; 0 before it said anything."""
        self.longest = 0
        self.count = 0
        self.most = 0
        self.moves = 0
        """What the other side has told since, in changes of price."""

    def came(self, since: int, ts: int) -> None:
        """The side tells of `since` to `ts`."""
        if self.last and since - self.last < _NIGHT:
            self.longest = max(since - self.last, self.longest - self.longest // FORGETS)
            self.count += 1
            self.most = max(self.moves, self.most - self.most // FORGETS)
        self.restart(max(ts, self.last))

    def restart(self, ts: int) -> None:
        """Count from `ts` on: what was before is no pause of its own making."""
        self.last, self.moves = ts, 0

    def silent(self, ts: int, least: int) -> int:
        """How long it has been silent at `ts`, in nanoseconds, where that is `least` and more than
        its pace explains; 0 otherwise.
        """
        length = ts - self.last
        usual = not self.last or length < max(least, PAUSES * self.longest) or length > _NIGHT
        return 0 if usual else length

    @property
    def busy(self) -> bool:
        """True when the other side has moved twice as much as it does in any pause lately."""
        return self.count >= ENOUGH and self.moves > 2 * max(self.most, 1)
