"""Made-up market data from a seed: named kinds of bar series, and a whole US morning."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from tradeplat.core.calendar import Session
from tradeplat.core.errors import BadInput
from tradeplat.core.market import BAR, SECOND
from tradeplat.history.csv_tables import Table
from tradeplat.history.invented import MOST, Frame, invent, shocks, symbols
from tradeplat.history.recording import Morning
from tradeplat.history.sessions import nyse_calendar

DEFAULT_DAY = 20250604
"""The session a morning plays on unless told otherwise: an ordinary Wednesday."""

Floats = NDArray[np.float64]

_PRE_OPEN = 4 * 3600


def morning(
    seed: int,
    *,
    day: int = DEFAULT_DAY,
    tickers: int = 40,
    start: str = "09:00",
    end: str = "10:30",
) -> Morning:
    """A US morning of `tickers` made-up symbols of which some gap, halt, run and fade.

    `day` is yyyymmdd and must be a session; `start` and `end` are New York clock times inside it.
    What a ticker does depends on the seed and its number, not on how many there are.
    """
    session, before = _sessions(day)
    midnight = session.pre_open - _PRE_OPEN * SECOND
    first, last = _seconds(start), _seconds(end)
    opened, closed = midnight + first * SECOND, midnight + last * SECOND
    if not session.pre_open <= opened < closed <= session.post_close:
        raise BadInput(
            f"{start}-{end}: found hours outside the session of {day}, "
            "expected a start before an end, from 04:00 to 20:00 New York"
        )
    if not 1 <= tickers <= MOST:
        raise BadInput(f"tickers: found {tickers}, expected 1 to {MOST}")
    frame = Frame(midnight, np.arange(first, last, dtype=np.float64), before)
    names, *seeds = np.random.SeedSequence(seed).spawn(tickers + 1)
    called = symbols(np.random.default_rng(names), tickers)
    made = [
        invent(number, called[number], frame, np.random.default_rng(child))
        for number, child in enumerate(seeds)
    ]
    made.sort(key=lambda ticker: ticker.symbol)
    return Morning(day, opened, closed, tuple(made))


def _sessions(day: int) -> tuple[Session, Session]:
    """The session of `day` and the one before."""
    sessions = nyse_calendar().sessions
    place = next((n for n, session in enumerate(sessions) if session.day == day), 0)
    if place == 0:
        raise BadInput(f"{day}: found no session on it, expected a trading day as yyyymmdd")
    return sessions[place], sessions[place - 1]


def _seconds(clock: str) -> int:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", clock)
    if match is None or int(match[1]) > 24 or int(match[2]) > 59 or int(match[3] or 0) > 59:
        raise BadInput(f"{clock!r}: found no clock time, expected one such as 09:30")
    return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)


Kind = Callable[[np.random.Generator, int], tuple[Floats, Floats, NDArray[np.bool_]]]
"""From draws and a number of bars: each bar's move, its jump at the open, and whether it is."""


def generate(
    name: str, *, seed: int, start: int, bars: int, span: int = 60, price: float = 100.0
) -> Table:
    """A BAR array of the kind `name` (see GENERATORS) on the cent.

    The first of `bars` bars opens at `start` (UTC ns) at about `price`; bars of `span` seconds
    follow each other without a break, but for those that the kind leaves out.
    """
    kind = GENERATORS.get(name)
    if kind is None:
        raise BadInput(f"{name}: found no such generator, expected one of {', '.join(GENERATORS)}")
    rng = np.random.default_rng(seed)
    moves, jumps, there = kind(rng, bars)
    # Four steps inside a bar, of which its high and low come; the first step starts at its open.
    inner = shocks(rng, bars * 4).reshape(bars, 4) * np.abs(moves)[:, None] * 0.5
    ends = np.cumprod((1.0 + moves) * (1.0 + jumps))
    opens = np.concatenate(([1.0], ends[:-1])) * (1.0 + jumps)
    path = np.column_stack((opens, opens[:, None] * (1.0 + inner), ends))
    cents = np.maximum(1.0, np.floor(path * price * 100.0 + 0.5)) / 100.0
    out = np.zeros(bars, BAR)
    out["ts"] = start + (1 + np.arange(bars)) * (span * SECOND)
    out["open"], out["close"] = cents[:, 0], cents[:, -1]
    out["high"], out["low"] = cents.max(axis=1), cents.min(axis=1)
    out["volume"] = 1 + (rng.random(bars) * rng.random(bars) * (500 if name == "thin" else 20_000))
    out["volume"] = np.floor(out["volume"])
    out["span"] = span
    kept: Table = out[there]
    return kept


def _gbm(rng: np.random.Generator, bars: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    return shocks(rng, bars) * 0.001, np.zeros(bars), np.ones(bars, bool)


def _jumps(rng: np.random.Generator, bars: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    moves, jumps, there = _gbm(rng, bars)
    struck = rng.random(bars) < 0.01
    return np.where(struck, shocks(rng, bars) * 0.03, moves), jumps, there


def _halts(rng: np.random.Generator, bars: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    moves, jumps, there = _gbm(rng, bars)
    length = max(1, min(5, bars // 10))
    for begin in np.flatnonzero(rng.random(bars) < 0.005).tolist():
        end = min(begin + length, bars)
        there[begin:end] = False
        moves[begin:end] = 0.0
        if end < bars:
            jumps[end] = shocks(rng, 1)[0] * 0.04
    there[0] = True
    return moves, jumps, there


def _gaps(rng: np.random.Generator, bars: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    moves, jumps, there = _gbm(rng, bars)
    struck = rng.random(bars) < 0.01
    struck[0] = False
    return moves, np.where(struck, shocks(rng, bars) * 0.03, jumps), there


def _thin(rng: np.random.Generator, bars: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    moves, jumps, there = _gbm(rng, bars)
    there = rng.random(bars) < 0.08
    there[0] = True
    return np.where(there, moves * 2.0, 0.0), jumps, there


GENERATORS: Mapping[str, Kind] = {
    "gbm": _gbm,
    "jumps": _jumps,
    "halts": _halts,
    "gaps": _gaps,
    "thin": _thin,
}
"""Kinds of made-up bar series: a plain random walk, one with rare large moves, one that stops and
resumes elsewhere, one whose opens jump away from the close before, one that hardly trades."""
