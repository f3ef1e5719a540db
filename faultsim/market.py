"""A market that is small, lively and a pure function of its seed."""

from decimal import Decimal
from functools import lru_cache

import numpy as np

from tradeplat.core.market import SECOND, Quote, Trade
from tradeplat.venue.script import Event, Script

OPEN = 1_767_623_400 * SECOND
"""Monday 5 January 2026, 09:30 in New York."""
START = OPEN + 1_800 * SECOND
"""The first instant played: 10:00, when orders of every kind are taken."""

SYMBOLS = ("AAA", "BBB", "CCC")
_FIRST = (10.0, 25.0, 60.0)
SPREAD = 0.02
LENGTH = 400
"""Seconds played; after them the last quotes stand."""
_WALKS = 64


@lru_cache(maxsize=_WALKS)
def market(seed: int, symbols: int, seconds: int = LENGTH) -> Script:
    """A quote and a print of each symbol every second, prices walking in steps of cents.

    All symbols move at one instant, 0.4 s into the second; `seed` counts modulo 64, for a walk
    is costly to make and any is as good as another.
    """
    names = SYMBOLS[:symbols]
    rng = np.random.default_rng([seed % _WALKS, symbols])
    events: list[Event] = []
    walks = [
        np.round(first * np.exp(np.cumsum(rng.normal(0.0, 0.0012, seconds))), 2)
        for first in _FIRST[:symbols]
    ]
    for second in range(seconds):
        ts = START + second * SECOND + 400_000_000
        for name, walk in zip(names, walks, strict=True):
            bid = float(walk[second])
            ask = round(bid + SPREAD, 2)
            events.append(Quote(name, ts, bid, 500.0, ask, 500.0, "sim"))
        for name, walk in zip(names, walks, strict=True):
            events.append(Trade(name, ts + 1_000_000, float(walk[second]), 400.0, "sim"))
    events.sort(key=lambda event: (event.ts, event.symbol))
    closes = dict(zip(names, _FIRST, strict=False))
    return Script(symbols=names, start=START, events=lambda: [events], closes=closes)


CASH = Decimal(100_000)
"""What the account starts with."""
