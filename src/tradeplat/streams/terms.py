"""How one ticker's stream is kept, and how far it is."""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import SECOND, Status


class Stage(StrEnum):
    """How far one ticker's stream is."""

    SUBSCRIBING = "subscribing"
    BACKFILLING = "backfilling"
    LIVE = "live"
    GAP = "gap"


class Left(NamedTuple):
    """What one feed of a symbol leaves to the next: the last status, and whether no desk has it."""

    status: Status
    waits: bool


class Terms(msgspec.Struct, frozen=True):
    """How a ticker's stream is kept; times in seconds of wall time unless said otherwise."""

    spans: tuple[int, ...]
    """Of the bars wanted: 1, 60 or both."""
    feed: str
    warm: int = 120
    """Bars of each span a new desk is warmed with."""
    mailbox: int = 10_000
    """Bars that may wait for the desk."""
    staged: int = 100_000
    """Messages that may wait for history."""
    grace: int = 250_000_000
    """Nanoseconds after its end at which a second is closed, and history has it."""
    folded: bool = True
    """Seconds are folded from prints; else the vendor sends them, late and shuffled perhaps."""
    lateness: int = 0
    """Nanoseconds for which a bar that is not folded may still come in its place."""
    skew: int = 0
    """Nanoseconds by which our clock may be off the vendor's: so far past now history is waited
    for."""
    delay: int = 0
    """Nanoseconds the feed lags behind the clock by contract."""
    paced: bool = False
    """True where a venue waits for us at each instant: events are handed on by `tick` alone,
    sorted, and no quote is left out."""
    stale: int = 5 * SECOND
    """Bars that waited longer than this for history are history themselves."""
    retry: float = 5.0
    """Between attempts at history."""
    gap_after: float = 10.0
    """Without history, the ticker is called GAP."""
    calendar: Calendar | None = None
    """Tells regular hours; without one nobody doubts that a silent symbol trades."""
