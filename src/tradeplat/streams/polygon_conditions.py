"""Polygon's numbers for what prints may move and for why a symbol does not trade."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tradeplat.streams.prints import ALL, LAST, NOTHING, RANGE, VOLUME

VOLUME_ONLY = frozenset({2, 7, 13, 20, 21, 29, 37, 52, 53})
"""Average price, cash, late of extended hours, next day, price variation, seller, odd lot,
contingent, qualified contingent.
"""

NO_FIGURE = frozenset({15, 16})
"""A market centre's official close and open repeat prints already reported."""

RANGE_AND_VOLUME = frozenset({5, 10, 22, 32, 33})
"""Sold bunched, derivatively priced, prior reference price, sold out of sequence."""

PRICE_ONLY = frozenset({38})
"""The corrected consolidated close carries no volume of its own."""

HALTS: Mapping[int, str] = MappingProxyType(
    {
        21: "NEWS_DISSEMINATION",
        22: "ORDER_INFLUX",
        23: "ORDER_IMBALANCE",
        26: "ADDITIONAL_INFORMATION",
        27: "NEWS_PENDING",
        28: "ADDITIONAL_INFORMATION_RELATED",
        29: "RELATED_SECURITY",
        30: "IN_VIEW_OF_COMMON",
        32: "NO_OPEN_NO_RESUME",
        43: "LULD_PAUSE",
    }
)
"""Conditions of a quote under which nothing trades, by their number."""

RESUMED = 16
"""Of a quote: trading goes on."""

BAND_HALTED, BAND_RESUMED = 17, 18
"""Indicators of a price band: trading is halted, and goes on. Only Nasdaq's listings tell these."""

HALTED = "HALTED"
"""The reason of a halt that a price band tells of: none is given."""


def moves(conditions: Iterable[int]) -> int:
    """What a print with these sale conditions may move (prints.py): the strictest decides.

    Form T prints, outside regular hours, count: bars of extended hours are made of them.
    """
    left = ALL
    for condition in conditions:
        if condition in NO_FIGURE:
            return NOTHING
        if condition in VOLUME_ONLY:
            left &= VOLUME
        elif condition in RANGE_AND_VOLUME:
            left &= RANGE | VOLUME
        elif condition in PRICE_ONLY:
            left &= LAST | RANGE
    return left
