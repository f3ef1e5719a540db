"""How the made-up tickers of a morning behave: level, noise, pace and halts over its seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OPEN = 9.5 * 3600
"""Seconds after midnight at which regular trading begins."""


class Profile(msgspec.Struct, frozen=True):
    """One kind of ticker.

    `pace` is quote updates a second at a normal pace, `boost` what multiplies it once the ticker
    is in play, `noise` the relative move a second, `spread` the usual spread in parts of the
    price, `prices` the range of previous closes, `size` scales the shares of a print.
    """

    pace: float
    boost: float
    noise: float
    spread: float
    prices: tuple[float, float]
    size: float


PROFILES: Mapping[str, Profile] = {
    "gapper": Profile(0.10, 12.0, 4e-4, 25e-4, (2.0, 25.0), 1.0),
    "calm": Profile(0.70, 1.0, 4e-5, 2e-4, (30.0, 300.0), 3.0),
    "halted": Profile(0.20, 6.0, 4e-4, 20e-4, (3.0, 40.0), 1.0),
    "fader": Profile(0.45, 1.5, 2e-4, 10e-4, (5.0, 80.0), 1.5),
    "runner": Profile(0.45, 2.0, 1.5e-4, 6e-4, (8.0, 120.0), 1.5),
    "choppy": Profile(0.50, 1.0, 1.5e-4, 4e-4, (15.0, 200.0), 2.0),
    "thin": Profile(0.02, 1.0, 2e-4, 50e-4, (4.0, 60.0), 0.5),
    "decliner": Profile(0.45, 1.5, 1.5e-4, 8e-4, (6.0, 150.0), 1.5),
}
"""Every profile by name."""

ORDER = (
    "gapper", "calm", "halted", "fader", "runner", "choppy", "thin", "decliner",
    "gapper", "calm", "runner", "calm", "gapper", "choppy", "fader", "calm", "halted", "gapper",
    "runner", "calm", "thin", "decliner", "calm", "gapper", "choppy", "calm", "runner", "fader",
    "calm", "gapper", "thin", "calm", "choppy", "decliner", "calm", "halted", "runner", "calm",
    "fader", "thin",
)  # fmt: skip
"""Profiles in the order tickers take them, so that a few tickers already show most of them."""

_DAY_SHAPE = (
    (4.0, 0.02), (7.0, 0.05), (8.0, 0.08), (9.0, 0.12), (9.4, 0.2), (9.4999, 0.35),
    (9.5, 4.0), (9.535, 2.6), (9.75, 1.6), (10.0, 1.2), (10.5, 0.9), (12.0, 0.5),
    (13.5, 0.45), (15.0, 0.8), (15.8, 1.6), (15.9999, 3.5), (16.0, 0.3), (16.2, 0.1), (20.0, 0.02),
)  # fmt: skip
_SPREAD_SHAPE = (
    (4.0, 6.0), (8.0, 4.0), (9.4999, 3.0), (9.5, 2.5), (9.6, 1.3), (9.8, 1.0),
    (15.99, 1.0), (16.0, 3.0), (20.0, 6.0),
)  # fmt: skip


def pace_shape(clock: Floats) -> Floats:
    """How busy the tape is at `clock` seconds after New York midnight; 1 is a usual pace."""
    hours, shape = zip(*_DAY_SHAPE, strict=True)
    return _interpolated(clock, np.multiply(hours, 3600.0), shape)


def spread_shape(clock: Floats) -> Floats:
    """How wide spreads are at `clock` seconds after New York midnight; 1 is usual."""
    hours, shape = zip(*_SPREAD_SHAPE, strict=True)
    return _interpolated(clock, np.multiply(hours, 3600.0), shape)


def _interpolated(clock: Floats, at: Sequence[float] | Floats, values: Sequence[float]) -> Floats:
    found: Floats = np.interp(clock, at, values)
    return found


class Halt(msgspec.Struct, frozen=True):
    """No trading from `start` to `end`, in seconds after midnight."""

    start: float
    end: float
    code: str


class Story(msgspec.Struct, frozen=True, eq=False):
    """One ticker's morning: `level` is the price over the previous close, second by second.

    From `play` (seconds after midnight) on it trades at its boosted pace.
    """

    level: Floats
    play: float
    halts: tuple[Halt, ...] = ()


def story(profile: str, number: int, clock: Floats, rng: np.random.Generator) -> Story:
    """The morning of the `number`th ticker of a profile over the seconds `clock`."""
    draws = rng.random(8)
    match profile:
        case "gapper":
            return _gapper(number, clock, draws)
        case "halted":
            return _halted(number, clock, draws)
        case _:
            return _drifter(profile, clock, draws)


def _level(clock: Floats, knots: list[tuple[float, float]]) -> Floats:
    times, levels = zip(*knots, strict=True)
    return _interpolated(clock, times, levels)


def _gapper(number: int, clock: Floats, draws: Floats) -> Story:
    """A run, a pull-back of part of it, a second leg to the peak, and what is left at the end.

    Every other gapper has made half its way before the start; the others are quiet until then.
    """
    start, length = float(clock[0]), float(len(clock))
    peak = 0.12 + 0.40 * draws[0]
    late = number % 2 == 0
    before = 0.01 * (draws[1] - 0.5) if late else peak * (0.45 + 0.2 * draws[1])
    run = start + length * (1 / 9 + (4 / 9) * draws[2])
    first_leg = before + (peak - before) * (0.55 + 0.15 * draws[3])
    pulled = first_leg - (first_leg - before) * (0.25 + 0.2 * draws[4])
    top = run + length * (0.04 + 0.05 * draws[5])
    turn = top + length * (0.02 + 0.03 * draws[6])
    high = turn + length * (0.04 + 0.04 * draws[3])
    kept = peak * (0.6 + 0.4 * draws[7])
    knots = [
        (start, 1 + before), (run, 1 + before), (top, 1 + first_leg), (turn, 1 + pulled),
        (high, 1 + peak), (start + length, 1 + kept),
    ]  # fmt: skip
    return Story(_level(clock, knots), run if late else start)


def _halted(number: int, clock: Floats, draws: Floats) -> Story:
    """A run that ends in a halt, and a jump when trading resumes.

    The first, second, fourth... pause for volatility after the open; every third waits for news.
    """
    start, length = float(clock[0]), float(len(clock))
    end = start + length
    news = number % 3 == 2
    pause = min(300.0, length / 6) if not news else min(900.0, length / 5)
    opened = max(start, OPEN) if end - length / 3 > OPEN else start
    halted = (start if news else opened) + (end - opened) * (0.12 + 0.25 * draws[0])
    halted = float(int(halted))
    resumed = halted + float(int(pause))
    run = max(start, halted - length * 0.03)
    move = 0.10 + 0.12 * draws[1]
    jump = move + (0.12 if draws[2] > 0.4 else -0.08) * (0.4 + draws[3])
    knots = [
        (start, 1.01), (run, 1.02), (halted, 1 + move), (resumed, 1 + jump),
        (min(end - 1, resumed + length * 0.1), 1 + jump * 0.9), (end, 1 + jump * (0.5 + draws[4])),
    ]  # fmt: skip
    halt = Halt(halted, resumed, "T1" if news else "LUDP")
    return Story(_level(clock, knots), run, (halt,))


def _drifter(profile: str, clock: Floats, draws: Floats) -> Story:
    start, length = float(clock[0]), float(len(clock))
    end = start + length
    opened = OPEN if start < OPEN < end else start + length / 4
    low, high, drift = {
        "fader": (0.10, 0.30, -0.75),
        "runner": (0.0, 0.03, 3.0),
        "decliner": (-0.11, -0.03, 0.7),
        "choppy": (-0.004, 0.004, 0.0),
    }.get(profile, (-0.006, 0.006, 0.3))
    gap = low + (high - low) * draws[0]
    final = gap * (1 + drift * (0.6 + 0.4 * draws[1]))
    if profile == "runner":
        final = gap + 0.05 + 0.10 * draws[1]
    knots = [(start, 1 + gap), (opened, 1 + gap * (1.0 + 0.1 * draws[2])), (end, 1 + final)]
    level = _level(clock, knots)
    if profile == "choppy":
        width = 480.0 + 240.0 * draws[3]
        phase = (clock / width) % 1.0
        level = level + 0.008 * (np.abs(phase - 0.5) * 4.0 - 1.0)
    return Story(level, opened if profile == "runner" else start)
