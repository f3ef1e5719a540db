"""The facts of a replay by their number, and never more of them in memory than is bearable."""

from array import array
from collections.abc import Callable, Iterable, Iterator

from tradeplat.core.market import Bar, MarketEvent

HELD = 300_000
"""Facts that are held, some 500 bytes each; of a longer replay they are read again each time."""

Instant = list[MarketEvent]


class Reel:
    """All instants of a replay; `source` tells them from the beginning, as often as it is asked.

    `ts` are their times, `counted` how many of those before each (and in all) count as a bar:
    those that have one, or every one where none has. Both cost 16 bytes an instant.
    """

    def __init__(self, source: Callable[[], Iterable[Instant]], most: int = HELD) -> None:
        self._source = source
        self.ts = array("q")
        held: list[Instant] = []
        barred = bytearray()
        facts = 0
        for events in source():
            self.ts.append(events[0].ts)
            barred.append(any(type(one) is Bar for one in events))
            facts += len(events)
            if facts <= most:
                held.append(events)
            else:
                held.clear()
        if not any(barred):
            barred = bytearray(b"\1") * len(barred)
        self.barred = barred
        self.counted = array("q", [0])
        for one in barred:
            self.counted.append(self.counted[-1] + one)
        self._held = held if facts <= most else None

    def __len__(self) -> int:
        return len(self.ts)

    @property
    def held(self) -> bool:
        """Whether all of it is in memory."""
        return self._held is not None

    def play(self) -> Iterator[Instant]:
        """Its instants from the first on."""
        return iter(self._source() if self._held is None else self._held)
