"""One made-up ticker: quotes around a path, trades at or inside them, bars folded from the trades.

Only draws, sums and products are used, so that a seed gives the same numbers on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from tradeplat.core.calendar import Session
from tradeplat.core.market import BAR, QUOTE, SECOND, TRADE, Status
from tradeplat.history.csv_schema import DAY
from tradeplat.history.csv_tables import Table
from tradeplat.history.profiles import (
    ORDER,
    PROFILES,
    Floats,
    Profile,
    Story,
    pace_shape,
    spread_shape,
    story,
)
from tradeplat.history.recording import Ticker, folded

FEED = "builtin"
"""The feed of statuses in a made-up morning."""

MOST = 1_000
"""How many different symbols can be made up."""

_CENTS = 100.0
_GRID = 10_000
"""Moments lie on a grid of this many nanoseconds, so that prints fit between two of them."""
_PRINT = 1_000
_TRADED = 0.55
_FASTEST = 25.0
_PRINTS = 1.38
_SIZES = np.array([1, 5, 10, 20, 25, 50, 75, 100, 100, 100, 100, 100, 100, 200, 200, 300, 500, 900])
_LETTERS = ("BDGHJKLMNPRTVWZ", "AEIOU", "LMNRSV", "QXZ")
_FIRST = ("Alder", "Boreal", "Cobalt", "Drift", "Ember", "Fathom", "Gale", "Harrow", "Indigo",
          "Juniper", "Krait", "Lumen", "Mesa", "Nadir", "Onyx", "Pallas", "Quill", "Rook",
          "Sable", "Tarn", "Umbra", "Vesper", "Wren", "Yarrow", "Zephyr")  # fmt: skip
_SECOND = ("Bio", "Robotics", "Energy", "Systems", "Mining", "Therapeutics", "Networks", "Foods",
           "Aerospace", "Materials", "Health", "Semiconductor", "Logistics",
           "Software")  # fmt: skip
_EXCHANGES = ("NASDAQ", "NASDAQ", "NASDAQ", "NYSE", "NYSE", "AMEX")

Ints = NDArray[np.int64]


class Frame(msgspec.Struct, frozen=True, eq=False):
    """The stretch of one day every ticker lives through.

    `midnight` is New York's, in UTC ns; `clock` holds whole seconds after it, one a second.
    """

    midnight: int
    clock: Floats
    before: Session


class Moments(msgspec.Struct, frozen=True, eq=False):
    """Instants at which a ticker's quote is set: the second they lie in, and prices in cents."""

    ts: Ints
    second: Ints
    bid: Ints
    ask: Ints


def shocks(rng: np.random.Generator, count: int) -> Floats:
    """Nearly normal draws with mean 0 and variance 1: the sum of four uniform ones."""
    total = rng.random(count) + rng.random(count) + rng.random(count) + rng.random(count)
    return (total - 2.0) * 1.7320508075688772


def symbols(rng: np.random.Generator, count: int) -> list[str]:
    """`count` different symbols, at most MOST; fewer are the beginning of more."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(letters[int(rng.integers(len(letters)))] for letters in _LETTERS)] = None
    return list(found)


def invent(number: int, symbol: str, frame: Frame, rng: np.random.Generator) -> Ticker:
    """The `number`th ticker (from 0) of a morning."""
    kind = ORDER[number % len(ORDER)]
    profile = PROFILES[kind]
    nth = ORDER.count(kind) * (number // len(ORDER)) + ORDER[: number % len(ORDER)].count(kind)
    low, high = profile.prices
    luck = rng.random(8)
    prev = int((low + (high - low) * luck[0] * luck[1]) * _CENTS)
    told = story(kind, nth, frame.clock, rng)
    mids = _mids(prev, profile, told, frame, rng)
    moments = _moments(profile, told, frame, mids, rng)
    scale = max(1, int(profile.size * min(10.0, 4000.0 / prev) + 0.5))
    trades = _trades(moments, mids, scale, rng)
    volume = _usual_volume(profile) * scale * (0.7 + 0.6 * luck[2])
    daily = _daily(prev, float(int(volume / 100) * 100), frame.before, luck[3:6])
    return Ticker(
        symbol,
        f"{_FIRST[int(luck[6] * len(_FIRST))]} {_SECOND[int(luck[7] * len(_SECOND))]} Inc",
        _EXCHANGES[int(rng.integers(len(_EXCHANGES)))],
        kind,
        prev / _CENTS,
        float(daily["volume"][0]),
        daily,
        folded(trades, 1),
        _quotes(moments, rng),
        trades,
        tuple(_statuses(symbol, told, frame.midnight)),
    )


def _mids(
    prev: int, profile: Profile, told: Story, frame: Frame, rng: np.random.Generator
) -> Floats:
    """The middle of the market in cents at the start of every second."""
    paces = np.sqrt(np.clip(pace_shape(frame.clock), 0.1, 4.0))
    steps = (shocks(rng, len(frame.clock)) * paces * profile.noise).tolist()
    wander = []
    off = 0.0
    for step in steps:
        off = off * 0.998 + step
        wander.append(off)
    return prev * told.level * (1.0 + np.array(wander))


def _moments(
    profile: Profile, told: Story, frame: Frame, mids: Floats, rng: np.random.Generator
) -> Moments:
    clock = frame.clock
    paces = pace_shape(clock) * profile.pace * np.where(clock >= told.play, profile.boost, 1.0)
    paces = np.minimum(paces, _FASTEST)
    counts = (paces * (0.5 + rng.random(len(clock))) + rng.random(len(clock))).astype("i8")
    counts[0] = max(1, int(counts[0]))
    for halt in told.halts:
        counts[(clock >= halt.start) & (clock < halt.end)] = 0
        counts[clock == halt.end] += 3
    second = np.repeat(np.arange(len(clock)), counts)
    slots = SECOND // _GRID
    place = np.unique(second * slots + rng.integers(1, slots, len(second)))
    second, part = place // slots, place % slots
    following = mids[np.minimum(second + 1, len(mids) - 1)]
    mid = mids[second] + (following - mids[second]) * (part / slots)
    wide = mid * profile.spread * spread_shape(clock)[second] * (0.5 + rng.random(len(place)))
    spread = np.maximum(1, (wide + rng.random(len(place))).astype("i8"))
    bid = np.maximum(1, np.floor(mid - (spread - 1) / 2.0).astype("i8"))
    start = frame.midnight + int(clock[0]) * SECOND
    return Moments(start + place * _GRID, second, bid, bid + spread)


def _quotes(moments: Moments, rng: np.random.Generator) -> Table:
    """The quotes that changed the book, and some that only repeat it."""
    count = len(moments.ts)
    shown = rng.random(count) < 0.3
    shown[0] = True
    shown[1:] |= (np.diff(moments.bid) != 0) | (np.diff(moments.ask) != 0)
    out = np.zeros(count, QUOTE)
    out["ts"] = moments.ts
    out["bid"], out["ask"] = moments.bid / _CENTS, moments.ask / _CENTS
    for side in ("bid_size", "ask_size"):
        draw = rng.random(count)
        out[side] = 100 * (1 + (draw * draw * draw * 20).astype("i8"))
    kept: Table = out[shown]
    return kept


def _trades(moments: Moments, mids: Floats, scale: int, rng: np.random.Generator) -> Table:
    """Prints at the bid, the ask or between, right after the quote they meet."""
    count = len(moments.ts)
    steps = np.diff(mids, append=mids[-1])[moments.second]
    bought = rng.random(count) < 0.5 + 0.15 * np.sign(steps)
    price = np.where(bought, moments.ask, moments.bid)
    room = moments.ask - moments.bid - 1
    inside = (rng.random(count) < 0.15) & (room > 0)
    between = moments.bid + 1 + (rng.random(count) * np.maximum(room, 1)).astype("i8")
    price = np.where(inside, between, price)
    more = rng.random(count)
    prints = (rng.random(count) < _TRADED) * (1 + (more < 0.3) + (more < 0.08))
    at = np.repeat(np.arange(count), prints)
    nth = np.arange(len(at)) - np.repeat(np.cumsum(prints) - prints, prints)
    out = np.zeros(len(at), TRADE)
    out["ts"] = moments.ts[at] + nth * _PRINT
    out["price"] = price[at] / _CENTS
    out["size"] = _SIZES[rng.integers(len(_SIZES), size=len(at))] * scale
    return out


def _usual_volume(profile: Profile) -> float:
    """The shares a quiet day would trade at scale 1."""
    pace = sum(pace_shape(np.arange(4 * 3600.0, 20 * 3600.0, 60.0)).tolist()) * 60.0
    return float(profile.pace * pace * _TRADED * _PRINTS * int(_SIZES.sum()) / len(_SIZES))


def _daily(prev: int, volume: float, before: Session, luck: Floats) -> Table:
    first = int(prev * (0.985 + 0.03 * luck[0]))
    high = int(max(first, prev) * (1.0 + 0.015 * luck[1])) + 1
    low = max(1, int(min(first, prev) * (1.0 - 0.015 * luck[2])))
    cents = [cent / _CENTS for cent in (first, high, low, prev)]
    return np.array([(before.close, *cents, volume, DAY, 0)], BAR)


def _statuses(symbol: str, told: Story, midnight: int) -> Sequence[Status]:
    found = []
    for halt in told.halts:
        stopped, resumed = (midnight + int(t) * SECOND for t in (halt.start, halt.end))
        found.append(Status(symbol, stopped, trading=False, code=halt.code, feed=FEED))
        found.append(Status(symbol, resumed, trading=True, code="", feed=FEED))
    return found
