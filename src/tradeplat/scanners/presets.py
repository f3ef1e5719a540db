"""Limits by name: what day traders look for, ready made, each limit open to be set otherwise."""

from collections.abc import Mapping
from difflib import get_close_matches
from math import isfinite

import msgspec

from tradeplat.scanners.filters import price_within, spread_at_most
from tradeplat.scanners.rules import (
    CAP,
    CHANGE,
    MOVE,
    PREMARKET,
    SENTIMENT,
    TURNOVER,
    VOLUME,
    Rule,
    at_least,
    catalyst,
    float_at_most,
    listing,
    not_halted,
    resumed_within,
    rvol_at_least,
    same_units,
    sic_not_among,
)

BLANK_CHECK = "6770"
"""SIC code of companies without a business: their shares move on votes and redemptions."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a ticker must fulfil, every limit included; 0 switches a limit off.

    Prices and market cap in money, changes in percent, volumes and float in shares, spread as a
    part of the mid, `resumed_within` minutes. `min_move` is the change either way. `rank` orders
    what passes: change, move, rvol or dollar_volume, largest first.
    """

    min_price: float = 1.0
    max_price: float = 100.0
    min_change: float = 0.0
    min_move: float = 0.0
    min_volume: float = 0.0
    min_premarket_volume: float = 0.0
    min_dollar_volume: float = 0.0
    min_rvol: float = 0.0
    max_float: float = 0.0
    min_market_cap: float = 0.0
    max_spread: float = 0.02
    min_sentiment: float = 0.0
    catalyst: bool = False
    resumed_within: float = 0.0
    exclude_sic: tuple[str, ...] = (BLANK_CHECK,)
    keep_unknown: tuple[str, ...] = ("sic",)
    rank: str = "change"


PRESETS: Mapping[str, Limits] = {
    "gappers": Limits(
        min_price=1.0, max_price=100.0, min_change=5.0, min_volume=100_000.0, min_rvol=2.0
    ),
    "low_float": Limits(
        min_price=2.0,
        max_price=20.0,
        min_change=10.0,
        min_volume=100_000.0,
        min_rvol=5.0,
        max_float=20_000_000.0,
        max_spread=0.03,
    ),
    "large_cap": Limits(
        min_price=20.0,
        max_price=2_000.0,
        min_move=2.0,
        min_dollar_volume=50_000_000.0,
        min_rvol=1.5,
        min_market_cap=10_000_000_000.0,
        max_spread=0.005,
        rank="rvol",
    ),
    "halt_resumed": Limits(
        min_price=1.0,
        max_price=100.0,
        min_move=5.0,
        min_volume=100_000.0,
        resumed_within=15.0,
        max_spread=0.05,
        rank="move",
    ),
}
"""Gappers, low-float momentum, large-cap in play, halted-and-resumed."""


def limits_of(preset: str, changes: Mapping[str, object]) -> Limits:
    """The limits of `preset` with `changes`; ValueError names what is unknown or no limit."""
    if preset not in PRESETS:
        raise ValueError(f"preset: found {preset!r}, expected one of {', '.join(PRESETS)}")
    known = Limits.__struct_fields__
    for name in changes:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
            raise ValueError(f"limits: unknown key {name!r}; {hint}")
    merged = {**msgspec.structs.asdict(PRESETS[preset]), **changes}
    try:
        limits = msgspec.convert(merged, Limits)
    except msgspec.ValidationError as error:
        raise ValueError(f"limits: {error}") from None
    numbers = [name for name in known if isinstance(getattr(limits, name), float)]
    for name in numbers:
        if not isfinite(getattr(limits, name)):
            raise ValueError(f"limits: {name}: expected a finite number")
    if not 0.0 < limits.min_price <= limits.max_price:
        raise ValueError("limits: min_price: expected above 0, up to max_price")
    return limits


def rules(limits: Limits, excluded: frozenset[str], tolerance: float = 0.0) -> tuple[Rule, ...]:
    """The rules that `limits` switch on, the cheapest first, each limit eased by `tolerance` of
    itself: for a ticker that is in already.
    """
    ease = _Eased(limits, tolerance)
    found = [*listing(excluded), Rule("price", price_within(*ease.band())), *ease.market()]
    found += ease.asked()
    return tuple(found)


class _Eased:
    """Builds the rules of limits that give way by a part of themselves."""

    def __init__(self, limits: Limits, tolerance: float) -> None:
        self._limits = limits
        self._by = tolerance

    def band(self) -> tuple[float, float]:
        """The lowest and the highest price."""
        return self._down(self._limits.min_price), self._up(self._limits.max_price)

    def _down(self, least: float) -> float:
        return least - abs(least) * self._by

    def _up(self, most: float) -> float:
        return most + abs(most) * self._by

    def market(self) -> list[Rule]:
        """What the snapshot of the market decides."""
        limits, keep = self._limits, self._limits.keep_unknown
        floors = (
            (CHANGE, limits.min_change),
            (MOVE, limits.min_move),
            (VOLUME, limits.min_volume),
            (PREMARKET, limits.min_premarket_volume),
            (TURNOVER, limits.min_dollar_volume),
        )
        found = [
            Rule(field.name, at_least(field, self._down(least), keep))
            for field, least in floors
            if least
        ]
        if limits.max_spread:
            found.append(Rule("spread", spread_at_most(self._up(limits.max_spread))))
        if limits.resumed_within:
            most = self._up(limits.resumed_within)
            found.append(Rule("resumed", resumed_within(most, keep), soft=False))
        else:
            found.append(Rule("halted", not_halted, soft=False))
        return found

    def asked(self) -> list[Rule]:
        """What has to be asked for each ticker."""
        limits, keep = self._limits, self._limits.keep_unknown
        found = [Rule("split", same_units, ("curve", "details"), soft=False)]
        if limits.min_rvol:
            least = self._down(limits.min_rvol)
            found.append(Rule("rvol", rvol_at_least(least, keep), ("curve",)))
        if limits.exclude_sic:
            claim = sic_not_among(limits.exclude_sic, keep)
            found.append(Rule("sic", claim, ("details",), soft=False))
        if limits.min_market_cap:
            least = self._down(limits.min_market_cap)
            found.append(Rule("market_cap", at_least(CAP, least, keep), ("details",)))
        if limits.max_float:
            most = self._up(limits.max_float)
            found.append(Rule("float", float_at_most(most, keep), ("float", "details")))
        if limits.catalyst:
            found.append(Rule("catalyst", catalyst(keep), ("news",), soft=False))
        if limits.min_sentiment:
            least = self._down(limits.min_sentiment)
            found.append(Rule("sentiment", at_least(SENTIMENT, least, keep), ("news",)))
        return found
