"""Numbers as the windows show them: fixed decimals, U+2212 for minus, signs where a side is meant.

Views only: files take plain ASCII.
"""

from math import isfinite

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
"""What stands where there is no number."""

_UNITS = ((1e9, "B"), (1e6, "M"), (1e3, "K"))


def price_text(price: float, decimals: int) -> str:
    """A price, its thousands parted from 10,000 on."""
    if not isfinite(price):
        return NONE
    grouped = "," if abs(price) >= 10_000 else ""
    return f"{price:{grouped}.{decimals}f}".replace("-", MINUS)


def dollar_text(amount: float) -> str:
    """An amount with its sign before its currency: +$26.00."""
    text = money_text(amount, signed=True)
    return f"{text[0]}${text[1:]}" if text[0] in f"+{MINUS}" else f"${text}"


def money_text(amount: float, decimals: int = 2, *, signed: bool = False) -> str:
    """An amount, its thousands parted; `signed` writes + too."""
    if not isfinite(amount):
        return NONE
    amount = round(amount, decimals) + 0.0  # no minus before what is shown as nothing
    return f"{amount:{'+' if signed and amount else ''},.{decimals}f}".replace("-", MINUS)


def quantity_text(quantity: float, *, signed: bool = True) -> str:
    """A number of shares with its side as a sign: +200; none have no side."""
    if not isfinite(quantity):
        return NONE
    if not quantity:
        return "0"
    whole = quantity == int(quantity)
    text = f"{quantity:+,.0f}" if whole else f"{quantity:+,.4f}".rstrip("0")
    return (text if signed else text.lstrip("+-")).replace("-", MINUS)


def percent_text(ratio: float) -> str:
    """A change in percent with its sign and direction: ▲ +1.25 %."""
    if not isfinite(ratio):
        return NONE
    percent = round(100 * ratio, 2)
    if not percent:
        return "0.00 %"  # what is shown as nothing has no direction
    return f"{'▲' if percent > 0 else '▼'} {percent:+.2f} %".replace("-", MINUS)


def volume_text(volume: float) -> str:
    """A volume in three digits or so: 950, 12.3K, 1.25M."""
    for size, unit in _UNITS:
        if volume >= 0.9995 * size:
            scaled = volume / size
            decimals = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
            whole = abs(scaled - round(scaled)) < 1e-9
            return f"{scaled:.{0 if whole else decimals}f}{unit}"
    return f"{volume:.0f}"
