"""Ids the venue gives: UUIDs drawn from a seeded generator, so that a run can be repeated."""

from collections import deque
from collections.abc import Callable, Iterable
from hashlib import blake2b
from uuid import UUID

import numpy as np

_REMEMBERED = 64


def opened_id(drawn: str, wall: int) -> str:
    """The id of an account that is opened at `wall` (UTC ns of the machine).

    Every start of a venue opens accounts of its own: what a client remembers of those of an
    earlier start is not theirs, whatever the seed.
    """
    return str(UUID(bytes=blake2b(f"{drawn} {wall}".encode(), digest_size=16).digest(), version=4))


class VenueIds:
    """A stream of version-4 UUIDs; after a `roll_back` its last ids come again."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._given: deque[str] = deque(maxlen=_REMEMBERED)
        self._again: deque[str] = deque()

    def draw(self) -> str:
        """The next id."""
        if self._again:
            return self._again.popleft()
        made = str(UUID(bytes=self._rng.bytes(16), version=4))
        self._given.append(made)
        return made

    def remember(self, given: Iterable[str]) -> None:
        """Take `given` for the last ids of an earlier life, oldest first."""
        self._given.extend(given)

    def roll_back(self, free: Callable[[str], bool]) -> int:
        """Give the remembered ids that are `free` once more, oldest first; answers how many."""
        self._again = deque(one for one in self._given if free(one))
        return len(self._again)
