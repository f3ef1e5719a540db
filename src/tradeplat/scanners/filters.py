"""Which candidates deserve a desk: pure claims about one row, each with its reason."""

import re
from collections.abc import Callable, Collection, Iterable
from math import isfinite
from typing import NamedTuple

import msgspec

_COMMON = re.compile(r"[A-Z]{1,5}(?:[./][A-C])?", re.ASCII)
_DERIVED = frozenset("GHILMNOPRUVWZ")
"""Fifth letters that Nasdaq gives to notes (G H I), preferred shares (M N O P), rights, units,
warrants, shares that are not issued yet (V), and to the rest (L Z)."""
_SHARES = frozenset({"GOOGL"})
"""The shares among the rest."""
_TEST = re.compile(r"[ACMNPZ]TEST|Z[A-Z]ZZT|Z[IT]EXT|ZXIET|ZEXIT|ZTST|ZBZX", re.ASCII)
"""Symbols that exchanges try their systems with: their prices are none."""


class Enriched(msgspec.Struct, frozen=True):
    """What is known of a ticker; None is not known.

    Prices and market cap in money, volumes in shares since the day began, `change` in percent
    since `previous_close` (the regular session before, on today's basis of splits), `spread` as a
    part of the mid. `rvol` is today's volume against the usual one at this time of day, a mean
    over `rvol_sessions`; `pace` against all of the last regular session.
    `shares_float` counts shares, `float_source` says who told or that it is a proxy,
    `float_age_days` how old that is. `sic` has four digits, `kind` is the vendor's code of what it
    is (CS, ETF, UNIT), `listed_on` a day. `catalyst` is the headline that moves it, `sentiment`
    its mood from -1 to 1. `halted` is its state now, `resumed_min` the minutes since a halt of
    today ended. `split` is the ratio a vendor told for today. `tradable` is the broker's word.
    """

    symbol: str
    price: float | None = None
    change: float | None = None
    volume: float | None = None
    spread: float | None = None
    tradable: bool | None = None
    previous_close: float | None = None
    premarket_volume: float | None = None
    rvol: float | None = None
    shares_float: float | None = None
    float_source: str | None = None
    float_age_days: float | None = None
    sic: str | None = None
    market_cap: float | None = None
    catalyst: str | None = None
    sentiment: float | None = None
    halted: bool | None = None
    listed_on: int | None = None
    name: str | None = None
    kind: str | None = None
    shares_outstanding: float | None = None
    resumed_min: float | None = None
    split: float | None = None
    pace: float | None = None
    rvol_sessions: int | None = None


class Verdict(NamedTuple):
    """Whether a row passes, and the reason either way.

    `by` is how far the value lies inside (positive) or outside (negative) the limit, as a part of
    the limit, so that rules compare; of a limit of 0 the distance itself. None: not a number.
    """

    passed: bool
    reason: str
    by: float | None = None


Predicate = Callable[[Enriched], Verdict]


def judge(row: Enriched, predicates: Iterable[Predicate]) -> Verdict:
    """Pass only with every predicate; the reason names each that failed, or all that held."""
    verdicts = [predicate(row) for predicate in predicates]
    failed = [verdict.reason for verdict in verdicts if not verdict.passed]
    told = failed or [verdict.reason for verdict in verdicts]
    return Verdict(not failed, "; ".join(reason for reason in told if reason))


def price_within(low: float, high: float) -> Predicate:
    """Price from `low` to `high`, both included."""

    def claim(row: Enriched) -> Verdict:
        price = known(row.price)
        if price is None:
            return Verdict(passed=False, reason="price unknown")
        if price < low:
            return Verdict(
                passed=False, reason=f"price {price:g} below {low:g}", by=inside(low, price)
            )
        if price > high:
            return Verdict(
                passed=False, reason=f"price {price:g} above {high:g}", by=-inside(high, price)
            )
        by = min(inside(low, price), -inside(high, price))
        return Verdict(passed=True, reason=f"price {price:g}", by=by)

    return claim


def volume_at_least(least: float) -> Predicate:
    """Today's volume at `least` or above; a volume nobody told counts as none."""

    def claim(row: Enriched) -> Verdict:
        volume = known(row.volume)
        if volume is None:
            return Verdict(passed=least <= 0, reason="volume unknown")
        by = inside(least, volume)
        if volume < least:
            return Verdict(passed=False, reason=f"volume {volume:,.0f} below {least:,.0f}", by=by)
        return Verdict(passed=True, reason=f"volume {volume:,.0f}", by=by)

    return claim


def change_at_least(least: float) -> Predicate:
    """Change since the last close at `least` percent or above."""

    def claim(row: Enriched) -> Verdict:
        change = known(row.change)
        if change is None:
            return Verdict(passed=False, reason="change unknown")
        by = inside(least, change)
        if change < least:
            return Verdict(passed=False, reason=f"change {change:+.2f} % below {least:+g} %", by=by)
        return Verdict(passed=True, reason=f"change {change:+.2f} %", by=by)

    return claim


def spread_at_most(most: float) -> Predicate:
    """Spread at `most` of the mid or below; a ticker without a quote passes, nothing speaks
    against it until it trades (the gate judges each order's spread again).
    """

    def claim(row: Enriched) -> Verdict:
        spread = known(row.spread)
        if spread is None:
            return Verdict(passed=True, reason="")
        by = -inside(most, spread)
        if spread > most:
            return Verdict(passed=False, reason=f"spread {spread:.2%} above {most:.2%}", by=by)
        return Verdict(passed=True, reason=f"spread {spread:.2%}", by=by)

    return claim


def common_stock(row: Enriched) -> Verdict:
    """A symbol in the form of a common share, not of a warrant, right, unit or preferred share."""
    symbol = row.symbol
    if _TEST.fullmatch(symbol):
        return Verdict(passed=False, reason=f"{symbol} is a test symbol of the exchanges")
    derived = len(symbol) == 5 and symbol[-1] in _DERIVED and symbol not in _SHARES
    if _COMMON.fullmatch(symbol) and not derived:
        return Verdict(passed=True, reason="")
    return Verdict(passed=False, reason=f"{symbol} is no common share by its form")


def tradable(row: Enriched) -> Verdict:
    """The broker lists it as active and takes orders in it."""
    if row.tradable is None:
        return Verdict(passed=False, reason="not among the broker's active assets")
    return Verdict(row.tradable, "" if row.tradable else "the broker takes no orders in it")


def not_among(excluded: Collection[str]) -> Predicate:
    """Not one of `excluded`."""

    def claim(row: Enriched) -> Verdict:
        out = row.symbol in excluded
        return Verdict(not out, "excluded by hand" if out else "")

    return claim


def known(value: float | None) -> float | None:
    """The number, None where it is not finite either."""
    return value if value is not None and isfinite(value) else None


def inside(least: float, value: float) -> float:
    """How far `value` lies above `least`, as a part of it; of 0 the distance itself."""
    return (value - least) / abs(least) if least else value
