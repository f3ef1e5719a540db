"""The pipeline's rules: a name, a pure claim about one row, and the facts the claim needs.

The rule for what is not known: a rule that is switched on keeps out a ticker whose value nobody
knows, unless its field is listed in `keep_unknown`; the reason says "unknown" either way.
"""

import re
from collections.abc import Callable, Collection, Container
from typing import NamedTuple

from tradeplat.scanners.filters import (
    Enriched,
    Predicate,
    Verdict,
    common_stock,
    inside,
    known,
    not_among,
    tradable,
)

KINDS = frozenset({"CS", "ADRC", "OS"})
"""Vendor codes of what is traded as a share: common stock, depositary receipt, ordinary share."""
_PAPER = re.compile(
    r"(?P<share>common (?:stock|shares?|units?)|ordinary shares?|capital stock|american depositary"
    r"|beneficial interest)|(?<=.)\b(?P<other>warrants?|rights?|units?|preferred|preference|notes"
    r"|debentures?)\b",
    re.IGNORECASE,
)
"""The first of these words in a name tells what the paper is; the rest may tell what it is of."""
DOUBTED = 1.9
"""A price this many times the last one, or this part of it, may be a change of units."""
CROWD = 3.0
"""Times the multiple of the price that volume is of the usual one where people moved it. Shares
just put together are traded busily too: on their first day up to 2.6 times were seen."""

Value = Callable[[Enriched], float | None]


class Rule(NamedTuple):
    """One claim of a pipeline. `needs` names what must be asked for each ticker alone (details,
    float, curve, news); a `soft` rule may fail for a moment without its ticker being let go.
    """

    name: str
    claim: Predicate
    needs: tuple[str, ...] = ()
    soft: bool = True


class Field(NamedTuple):
    """How a value is found, called and written."""

    name: str
    label: str
    value: Value
    form: str = "{:,.0f}"


CHANGE = Field("change", "change", lambda row: row.change, "{:+.2f} %")
MOVE = Field("move", "move", lambda row: _either_way(row.change), "{:.2f} %")
VOLUME = Field("volume", "volume", lambda row: row.volume)
PREMARKET = Field("premarket_volume", "pre-market volume", lambda row: row.premarket_volume)
TURNOVER = Field("dollar_volume", "dollar volume", lambda row: _times(row.price, row.volume))
RVOL = Field("rvol", "relative volume", lambda row: row.rvol, "{:.2f}x")
CAP = Field("market_cap", "market cap", lambda row: row.market_cap)
FLOAT = Field("float", "float", lambda row: row.shares_float)
SENTIMENT = Field("sentiment", "sentiment", lambda row: row.sentiment, "{:+.2f}")


def at_least(field: Field, least: float, keep_unknown: Container[str] = ()) -> Predicate:
    """The field at `least` or above."""

    def claim(row: Enriched) -> Verdict:
        value = known(field.value(row))
        if value is None:
            return _unknown(field, keep_unknown)
        told, by = field.form.format(value), inside(least, value)
        if value < least:
            limit = field.form.format(least)
            return Verdict(passed=False, reason=f"{field.label} {told} below {limit}", by=by)
        return Verdict(passed=True, reason=f"{field.label} {told}", by=by)

    return claim


def at_most(field: Field, most: float, keep_unknown: Container[str] = ()) -> Predicate:
    """The field at `most` or below."""

    def claim(row: Enriched) -> Verdict:
        value = known(field.value(row))
        if value is None:
            return _unknown(field, keep_unknown)
        told, by = field.form.format(value), -inside(most, value)
        if value > most:
            limit = field.form.format(most)
            return Verdict(passed=False, reason=f"{field.label} {told} above {limit}", by=by)
        return Verdict(passed=True, reason=f"{field.label} {told}", by=by)

    return claim


def rvol_at_least(least: float, keep_unknown: Container[str] = ()) -> Predicate:
    """Relative volume at `least` or above; the reason tells of how many sessions the usual is."""
    limit = at_least(RVOL, least, keep_unknown)

    def claim(row: Enriched) -> Verdict:
        verdict, count = limit(row), row.rvol_sessions
        if known(row.rvol) is None or count is None:
            return verdict
        plural = "" if count == 1 else "s"
        return verdict._replace(reason=f"{verdict.reason} ({count} session{plural})")

    return claim


def float_at_most(most: float, keep_unknown: Container[str] = ()) -> Predicate:
    """Shares the public can trade at `most` or below; the reason tells who says so and how old it
    is, and a proxy by its name.
    """
    limit = at_most(FLOAT, most, keep_unknown)

    def claim(row: Enriched) -> Verdict:
        verdict = limit(row)
        if row.shares_float is None:
            return verdict
        age = row.float_age_days
        aged = "age unknown" if age is None else f"{age:.0f} days old"
        source = row.float_source or "source unknown"
        return verdict._replace(reason=f"{verdict.reason} ({source}, {aged})")

    return claim


def sic_not_among(excluded: Collection[str], keep_unknown: Container[str] = ()) -> Predicate:
    """No industry of `excluded`: codes of four digits, or the first digits of a whole group."""
    groups = tuple(excluded)

    def claim(row: Enriched) -> Verdict:
        if row.sic is None:
            return Verdict("sic" in keep_unknown, "SIC code unknown")
        out = row.sic.startswith(groups)
        reason = f"SIC {row.sic} is excluded" if out else f"SIC {row.sic}"
        return Verdict(passed=not out, reason=reason)

    return claim


def share(row: Enriched) -> Verdict:
    """A share by the vendor's code, else by its name, else by the form of its symbol."""
    if row.kind is not None:
        passed = row.kind in KINDS
        return Verdict(passed, "" if passed else f"{row.kind} is no share")
    form = common_stock(row)
    if form.passed and row.name is not None:
        word = _PAPER.search(row.name)
        if word is not None and word["other"]:
            return Verdict(passed=False, reason=f"no share by its name: {word['other'].lower()}")
    return form


def same_units(row: Enriched) -> Verdict:
    """Today's price counts the same share as the last close.

    A vendor's split that was told is in `change` already. Else a price that is a multiple of the
    last one (or a part of it) while the day's volume is less than CROWD times that multiple of the
    usual one, and less than all shares changed hands, is taken for a split that nobody told of: a
    price that multiplies because people buy brings a crowd. Where the usual volume is not known
    and the price moved that much, nothing shows that it is no split.
    """
    multiple = _multiple(row)
    if multiple is None or max(multiple, 1.0 / multiple) < DOUBTED:
        told = "" if row.split is None else f"split {row.split:g} for 1 allowed for"
        return Verdict(passed=True, reason=told)
    far = max(multiple, 1.0 / multiple)
    turned = _ratio(row.volume, row.shares_outstanding)
    if turned is not None and turned >= 1.0:
        return Verdict(passed=True, reason=f"every share traded {turned:.1f} times")
    rvol = known(row.rvol)
    if rvol is None:
        return Verdict(
            passed=False, reason=f"price x{multiple:.3g}, usual volume unknown: a split?"
        )
    by = inside(CROWD * far, rvol)
    if by < 0.0:
        reason = f"price x{multiple:.3g} on {rvol:.2f}x the usual volume: a split nobody told of?"
        return Verdict(passed=False, reason=reason, by=by)
    return Verdict(passed=True, reason=f"price x{multiple:.3g} on {rvol:.0f}x volume", by=by)


def not_halted(row: Enriched) -> Verdict:
    """Trading is not halted, as far as anybody says."""
    return Verdict(row.halted is not True, "halted" if row.halted else "")


def resumed_within(minutes: float, keep_unknown: Container[str] = ()) -> Predicate:
    """Halted earlier today and trading again for at most `minutes`."""

    def claim(row: Enriched) -> Verdict:
        if row.halted is None:
            return Verdict("halted" in keep_unknown, "halts unknown")
        if row.halted:
            return Verdict(passed=False, reason="still halted")
        ago = known(row.resumed_min)
        if ago is None:
            return Verdict(passed=False, reason="not halted today")
        by = -inside(minutes, ago)
        return Verdict(ago <= minutes, f"resumed {ago:.1f} min ago", by)

    return claim


def catalyst(keep_unknown: Container[str] = ()) -> Predicate:
    """Some headline explains the move; no headline found is no catalyst."""

    def claim(row: Enriched) -> Verdict:
        if row.catalyst is None:
            return Verdict("catalyst" in keep_unknown, "catalyst unknown")
        if not row.catalyst:
            return Verdict(passed=False, reason="no catalyst in the news")
        return Verdict(passed=True, reason=f"news: {row.catalyst}")

    return claim


def listing(excluded: Collection[str]) -> tuple[Rule, ...]:
    """The rules that need no number: not excluded by hand, tradable, a share by its form."""
    return (
        Rule("excluded", not_among(excluded), soft=False),
        Rule("tradable", _tradable, soft=False),
        Rule("share", share, soft=False),
    )


def _tradable(row: Enriched) -> Verdict:
    """The broker's word where it is asked; a scan without a broker asks nobody."""
    return tradable(row) if row.tradable is not None else Verdict(passed=True, reason="")


def _unknown(field: Field, keep: Container[str]) -> Verdict:
    return Verdict(field.name in keep, f"{field.label} unknown")


def _either_way(change: float | None) -> float | None:
    return None if change is None else abs(change)


def _times(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left * right


def _ratio(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


def _multiple(row: Enriched) -> float | None:
    price, before = known(row.price), known(row.previous_close)
    return None if price is None or before is None or min(price, before) <= 0 else price / before
