"""Tells a print that came before from a new one, in 64 KiB a ticker however long the day."""

from array import array

KEPT = 4096
"""Prints remembered by identity (reliability.md 4.3); a power of two."""

_PLACE = KEPT - 1
_MOST = 2**32 - 1


class Repeats:
    """The last 4,096 identities, each a number of 64 bits.

    Every identity gets the next number. `_heads` has that of the newest in each bucket, `_before`
    at each place that of the one before it in the same bucket. A chain ends at the first number
    that is 4,096 old, for there the place is taken by another: nothing is ever deleted. A set and
    a queue of the same take ten times the room.
    """

    __slots__ = ("_before", "_heads", "_keys", "_newest")

    def __init__(self) -> None:
        self._newest = 0
        self._begin()

    def add(self, identity: int) -> bool:
        """Remember `identity`; False where it is one of the last 4,096, which then stay."""
        newest, keys, before = self._newest, self._keys, self._before
        bucket = identity & _PLACE
        at = head = self._heads[bucket]
        gone = newest - KEPT
        while at > gone:
            place = at & _PLACE
            if keys[place] == identity:
                return False
            at = before[place]
        if newest == _MOST:
            # Numbers are used up after 4 billion prints of one ticker: its memory begins anew.
            self._begin()
            newest, head = self._newest, 0
        self._newest = newest = newest + 1
        place = newest & _PLACE
        self._heads[bucket] = newest
        self._before[place] = head
        self._keys[place] = identity
        return True

    def _begin(self) -> None:
        self._heads = array("I", [0]) * KEPT
        self._before = array("I", [0]) * KEPT
        self._keys = array("q", [0]) * KEPT
        # The first number is such that 0, where nothing was remembered yet, is too old for a chain.
        self._newest = KEPT
