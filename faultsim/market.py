"""A market that is small, lively and a pure function of its seed."""

import datetime as dt
from decimal import Decimal
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from tradeplat.core.market import SECOND, Quote, Trade
from tradeplat.venue.script import Event, Script

OPEN = 1_767_623_400 * SECOND
"""Monday 5 January 2026, 09:30 in New York."""
START = OPEN + 1_800 * SECOND
"""The first instant played: 10:00, when orders of every kind are taken."""

TODAY = "2026-01-05"
"""The day of OPEN."""
DAYS = (
    "2026-01-20",
    "2026-03-06",
    "2026-03-09",
    "2026-10-30",
    "2026-11-02",
    "2026-11-27",
    "2028-02-29",
)
"""Days on which clocks and calendars go wrong: after a holiday, the last before each time change
and the first after it, one that closes early, a leap day.
"""

SYMBOLS = ("AAA", "BBB", "CCC")
_FIRST = (10.0, 25.0, 60.0)
SPREAD = 0.02
LENGTH = 400
"""Seconds played; after them the last quotes stand."""
_WALKS = 64


@cache
def start_of(day: str) -> int:
    """10:00 in New York on a day (yyyy-mm-dd), the first instant played of it."""
    at = dt.datetime.fromisoformat(day).replace(hour=10, tzinfo=ZoneInfo("America/New_York"))
    return int(at.timestamp()) * SECOND


@lru_cache(maxsize=_WALKS * (len(DAYS) + 1))
def market(seed: int, symbols: int, seconds: int = LENGTH, day: str = TODAY) -> Script:
    """A quote and a print of each symbol every second, prices walking in steps of cents.

    All symbols move at one instant, 0.4 s into the second; `seed` counts modulo 64, for a walk
    is costly to make and any is as good as another.
    """
    names, start = SYMBOLS[:symbols], start_of(day)
    rng = np.random.default_rng([seed % _WALKS, symbols])
    events: list[Event] = []
    walks = [
        np.round(first * np.exp(np.cumsum(rng.normal(0.0, 0.0012, seconds))), 2)
        for first in _FIRST[:symbols]
    ]
    for second in range(seconds):
        ts = start + second * SECOND + 400_000_000
        for name, walk in zip(names, walks, strict=True):
            bid = float(walk[second])
            ask = round(bid + SPREAD, 2)
            events.append(Quote(name, ts, bid, 500.0, ask, 500.0, "sim"))
        for name, walk in zip(names, walks, strict=True):
            events.append(Trade(name, ts + 1_000_000, float(walk[second]), 400.0, "sim"))
    events.sort(key=lambda event: (event.ts, event.symbol))
    closes = dict(zip(names, _FIRST, strict=False))
    return Script(symbols=names, start=start, events=lambda: [events], closes=closes)


CASH = Decimal(100_000)
"""What the account starts with."""
