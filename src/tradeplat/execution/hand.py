"""Orders by hand from a window or a script: armed or not, how priced, how large, meant twice.

Pure rules; times are nanoseconds of a clock that runs with the person.
"""

from collections.abc import Hashable, Sequence
from decimal import Decimal
from math import isfinite
from typing import NamedTuple

import msgspec

from tradeplat.core.exact import nearest
from tradeplat.core.instrument import Instrument
from tradeplat.core.market import SECOND
from tradeplat.core.tape import Tape
from tradeplat.execution.hotkeys import ARMED, HELD, SAME, market

THROUGH_PART = 0.02
"""An opening limit may lie this part of the price through the market, and no further."""
THROUGH_TICKS = 20
"""Nor more than so many ticks."""
WIDE_PART = 0.02
"""An opening limit that follows the market wants a quote no wider than this part of the price."""
SLACK = 1e-9
_MOST_SHAPES = 1_024
SWING = 2
"""Bars on each side of a swing that do not reach it."""


class No(NamedTuple):
    """Why something is not done: a code and a sentence."""

    code: str
    text: str


class Offset(NamedTuple):
    """How far through the market the limits of shares `under` a price go: money, or `ticks`."""

    under: float
    size: float
    ticks: bool = False


class Rules(msgspec.Struct, frozen=True):
    """How orders by hand are made where nothing is said: `size` in shares, `risk` in money, the
    limit `offset` (money) through the market but at most `offset_part` of the price, the stop a
    part `stop` of the limit behind it (0: none, and an order without one is refused). The least
    class of `offsets` that a share is under goes before `offset`. With `at_once` what does not
    fill at once in regular hours is cancelled (IOC).
    """

    size: float = 100.0
    risk: float = 100.0
    offset: float = 0.05
    offset_part: float = 0.01
    stop: float = 0.02
    offsets: tuple[Offset, ...] = ()
    at_once: bool = False

    def beyond(self, price: float, tick: float) -> float:
        """Money through the market for a share at `price` on ticks of `tick`."""
        mine = min((one for one in self.offsets if price < one.under), default=None)
        if mine is None:
            return self.offset
        return mine.size * tick if mine.ticks else mine.size

    def told(self) -> dict[str, float]:
        """The numbers for windows to show: that of a class by its name, such as
        `offset_under_5` or `ticks_under_1`.
        """
        plain = ("size", "risk", "offset", "offset_part", "stop")
        found: dict[str, float] = {name: getattr(self, name) for name in plain}
        for one in self.offsets:
            found[f"{'ticks' if one.ticks else 'offset'}_under_{one.under:g}"] = one.size
        return found


class Arming:
    """Whether keys that open risk do anything: for whom, until when, and why not."""

    def __init__(self) -> None:
        self.by = ""
        self.until = 0
        self.why = "not armed yet"

    def arm(self, client: str, at: int) -> None:
        """Let `client` open positions for a while."""
        self.by, self.until, self.why = client, at + ARMED, ""

    def disarm(self, why: str) -> bool:
        """Open nothing more until armed again; False when it was so already."""
        if not self.by:
            return False
        self.by, self.until, self.why = "", 0, why
        return True

    def used(self, client: str, at: int) -> None:
        """An order key of `client` was pressed: what is armed stays so for as long again."""
        if self.objection(client, at) is None:
            self.until = at + ARMED

    def objection(self, client: str, at: int) -> No | None:
        """Why `client` may not open anything at `at`."""
        if self.by and at >= self.until:
            self.disarm(f"{ARMED // SECOND // 60} minutes without an order key")
        if not self.by:
            return No("DISARMED", f"Refused: not armed ({self.why}).")
        if self.by != client:
            return No("DISARMED", f"Refused: armed by {self.by}, not by {client}.")
        return None


class Repeats:
    """Keeps an order that was just sent from being sent again unless it is meant.

    Every press counts: of a key that is held down nothing but the first one does anything.
    """

    def __init__(self) -> None:
        self._pressed: dict[Hashable, int] = {}
        self._sent: dict[Hashable, int] = {}
        self._warned: set[Hashable] = set()

    def held_down(self, shape: Hashable, at: int) -> No | None:
        """Why a press at `at`, so soon after the one before, is no wish of its own."""
        last = self._pressed.pop(shape, None)
        self._pressed[shape] = at
        if len(self._pressed) > _MOST_SHAPES:
            del self._pressed[next(iter(self._pressed))]
        if last is None or at - last >= HELD:
            return None
        age = (at - last) // 1_000_000
        return No("DUP_SHAPE", f"Refused: identical order {age} ms ago.")

    def objection(self, shape: Hashable, at: int) -> No | None:
        """Why the order of this shape is not sent again at `at`; asked once for each press."""
        held = self.held_down(shape, at)
        if held is not None:
            return held
        last = self._sent.get(shape)
        if last is None or at - last >= SAME:
            self._warned.discard(shape)
            return None
        if shape in self._warned:
            return None
        self._warned.add(shape)
        return No("PRESS_AGAIN", "Refused: the same order again; press once more to send it.")

    def meant(self, shape: Hashable) -> bool:
        """True for an order pressed once more because it is meant twice."""
        return shape in self._warned

    def sent(self, shape: Hashable, at: int) -> None:
        """The order was sent."""
        self._sent = {key: ts for key, ts in self._sent.items() if at - ts < SAME}
        self._sent[shape] = at
        self._warned &= self._sent.keys()
        self._warned.discard(shape)


def far_limit(
    side: int, tape: Tape, grid: Instrument, rules: Rules, offset: float | None
) -> float | No:
    """A limit through the market, for an order on `side` that is to fill."""
    met = market(tape, side)
    if met <= 0.0:
        return no_price(grid.symbol)
    tick = nearest(grid.tick_at(met))
    beyond = rules.beyond(met, tick) if offset is None else offset
    most = min(met * rules.offset_part, THROUGH_TICKS * tick)
    return met + side * min(beyond, most)


def near_limit(side: int, tape: Tape, grid: Instrument) -> float | No:
    """A limit at the side of the market that an order on `side` joins."""
    quote = tape.quote
    joined = 0.0 if quote is None else (quote.bid if side > 0 else quote.ask)
    return joined if joined > 0.0 and isfinite(joined) else no_price(grid.symbol)


def too_far(side: int, limit: float, tape: Tape, grid: Instrument) -> No | None:
    """Why an opening limit lies too far through the market."""
    met = market(tape, side)
    if met <= 0.0:
        return no_price(grid.symbol)
    beyond, tick = (limit - met) * side, nearest(grid.tick_at(met))
    if beyond <= min(met * THROUGH_PART, THROUGH_TICKS * tick) + SLACK:
        return None
    far = f"{beyond / met:.1%} ({round(beyond / tick)} ticks)"
    return No(
        "PRICE_CHECK",
        f"Refused: {limit:g} is {far} through {met:g} (limit {THROUGH_PART:.0%}, "
        f"{THROUGH_TICKS} ticks).",
    )


def too_wide(tape: Tape, symbol: str) -> No | None:
    """Why nothing is opened at whatever the other side of a quote asks for: it is too far off."""
    quote = tape.quote
    if quote is None or quote.ts < tape.last_ts or quote.bid <= 0.0 or quote.ask <= 0.0:
        return None
    wide = (quote.ask - quote.bid) / quote.ask
    if wide <= WIDE_PART:
        return None
    return No("PRICE_COLLAR", f"Refused: spread {wide:.2%} of {symbol} (limit {WIDE_PART:.0%}).")


def behind(side: int, limit: float, stop: float | None, rules: Rules) -> float | No:
    """The stop of an opening order: the one that is given, else the one that is set."""
    if stop is not None:
        return stop
    if not rules.stop:
        return No("NO_STOP", "Refused: no stop is given, and none is set (keys.stop).")
    return limit * (1.0 - side * rules.stop)


def lots(shares: float, grid: Instrument) -> Decimal | No:
    """`shares` in whole lots."""
    found = grid.lots(shares)
    if found <= 0:
        return No("BAD_NUMBER", f"Refused: quantity={shares:g} is less than one lot.")
    return found


def at_risk(risk: float, limit: float, stop: float, multiplier: float = 1.0) -> float:
    """Shares, each worth `multiplier` times its price, that lose `risk` between `limit` and
    `stop`; 0.0 where nothing lies between.
    """
    apart = abs(limit - stop) * multiplier
    return risk / apart if apart > 0.0 else 0.0


def looser(side: int, stop: float, before: float | None) -> No | None:
    """Why `stop` would loosen the one that protects a position on `side`."""
    if before is not None and (stop - before) * side < 0.0:
        return No("LOOSER", f"Refused: {stop:g} is looser than the stop at {before:g}.")
    return None


def past(side: int, stop: float, tape: Tape) -> No | None:
    """Why `stop` lies past the market, so that it would close the position on `side` at once."""
    met = market(tape, -side)
    if met > 0.0 and (met - stop) * side <= 0.0:
        return No("PAST_MARKET", f"Refused: a stop at {stop:g} is past the market ({met:g}).")
    return None


def swing(lows: Sequence[float], highs: Sequence[float], side: int) -> float | None:
    """The last swing low under a long position, or high over a short one; None without any.

    A swing is a bar whose low (high) no bar reaches among the two before and the two after it.
    """
    reached = [low * side for low in (lows if side > 0 else highs)]
    for at in range(len(reached) - SWING - 1, SWING - 1, -1):
        around = (*reached[at - SWING : at], *reached[at + 1 : at + SWING + 1])
        if all(one > reached[at] for one in around):
            return reached[at] * side
    return None


def no_price(symbol: str) -> No:
    """Nothing is known of the market."""
    return No("NO_PRICE", f"Refused: {symbol} has no quote and no last price.")
