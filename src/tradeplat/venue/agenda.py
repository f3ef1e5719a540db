"""Things the venue will do at a later moment of its own time, in order."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

Deed = Callable[[int], None]
"""What to do; it is told the moment it was due."""


class Agenda:
    """Deeds by due time; those due at one moment keep the order they were put down in.

    `on_sooner` is called whenever a deed is put before all others.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Deed]] = []
        self._count = count()
        self.on_sooner: Callable[[], None] | None = None

    def put(self, due: int, deed: Deed) -> None:
        """Do `deed` once the clock has reached `due` (UTC ns)."""
        sooner = not self._heap or due < self._heap[0][0]
        heappush(self._heap, (due, next(self._count), deed))
        if sooner and self.on_sooner is not None:
            self.on_sooner()

    @property
    def next_due(self) -> int | None:
        """When the next deed is due, None when nothing is."""
        return self._heap[0][0] if self._heap else None

    def run(self, until: int) -> None:
        """Do all that is due at or before `until`, what the deeds themselves add included."""
        while self._heap and self._heap[0][0] <= until:
            due, _, deed = heappop(self._heap)
            deed(due)
