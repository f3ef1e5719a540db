"""Which candidates deserve a desk: pure claims about one row, each with its reason."""

import re
from collections.abc import Callable, Collection, Iterable
from math import isfinite
from typing import NamedTuple

import msgspec

_COMMON = re.compile(r"[A-Z]{1,5}(?:\.[A-C])?", re.ASCII)
_DERIVED = frozenset("RUW")
"""Fifth letters of rights, units and warrants."""


class Enriched(msgspec.Struct, frozen=True):
    """What is known of a ticker: price in money, change in percent since the last session's
    close, volume in shares today, spread as a part of the mid. None is not known; `tradable` is
    the broker's word.
    """

    symbol: str
    price: float | None = None
    change: float | None = None
    volume: float | None = None
    spread: float | None = None
    tradable: bool | None = None


class Verdict(NamedTuple):
    """Whether a row passes, and the reason either way."""

    passed: bool
    reason: str


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
        price = _known(row.price)
        if price is None:
            return Verdict(passed=False, reason="price unknown")
        if price < low:
            return Verdict(passed=False, reason=f"price {price:g} below {low:g}")
        if price > high:
            return Verdict(passed=False, reason=f"price {price:g} above {high:g}")
        return Verdict(passed=True, reason=f"price {price:g}")

    return claim


def volume_at_least(least: float) -> Predicate:
    """Today's volume at `least` or above; a volume nobody told counts as none."""

    def claim(row: Enriched) -> Verdict:
        volume = _known(row.volume)
        if volume is None:
            return Verdict(passed=least <= 0, reason="volume unknown")
        if volume < least:
            return Verdict(passed=False, reason=f"volume {volume:,.0f} below {least:,.0f}")
        return Verdict(passed=True, reason=f"volume {volume:,.0f}")

    return claim


def change_at_least(least: float) -> Predicate:
    """Change since the last close at `least` percent or above."""

    def claim(row: Enriched) -> Verdict:
        change = _known(row.change)
        if change is None:
            return Verdict(passed=False, reason="change unknown")
        if change < least:
            return Verdict(passed=False, reason=f"change {change:+.2f} % below {least:+g} %")
        return Verdict(passed=True, reason=f"change {change:+.2f} %")

    return claim


def spread_at_most(most: float) -> Predicate:
    """Spread at `most` of the mid or below; a ticker without a quote passes, nothing speaks
    against it until it trades (the gate judges each order's spread again).
    """

    def claim(row: Enriched) -> Verdict:
        spread = _known(row.spread)
        if spread is None:
            return Verdict(passed=True, reason="")
        if spread > most:
            return Verdict(passed=False, reason=f"spread {spread:.2%} above {most:.2%}")
        return Verdict(passed=True, reason=f"spread {spread:.2%}")

    return claim


def common_stock(row: Enriched) -> Verdict:
    """A symbol in the form of a common share, not of a warrant, right or unit."""
    symbol = row.symbol
    if _COMMON.fullmatch(symbol) and not (len(symbol) == 5 and symbol[-1] in _DERIVED):
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


def _known(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
