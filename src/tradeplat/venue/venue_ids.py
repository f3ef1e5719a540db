"""Ids the venue gives: UUIDs drawn from a seeded generator, so that a run can be repeated."""

from uuid import UUID

import numpy as np


class VenueIds:
    """A stream of version-4 UUIDs."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def draw(self) -> str:
        """The next id."""
        return str(UUID(bytes=self._rng.bytes(16), version=4))
