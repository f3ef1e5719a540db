"""A recorded bar told as prints, so that who folds the prints gets the very bar back."""

from math import frexp, ldexp

from tradeplat.core.market import SECOND, Bar, Trade


def prints_of(bar: Bar) -> list[Trade]:
    """Up to four prints of `bar`: open, the extremes in a plausible order, close.

    Their times lie inside the bar, before its close; their sizes are whole shares where the volume
    allows it and add up to the volume exactly, one by one, in their order.
    """
    prices = _path(bar)
    sizes = _sizes(bar.volume, len(prices))
    span = bar.span * SECOND
    start = bar.ts - span
    step = span // (len(prices) + 1)
    return [
        Trade(bar.symbol, start + step * place, price, size, bar.feed)
        for place, (price, size) in enumerate(zip(prices, sizes, strict=True), start=1)
    ]


def _path(bar: Bar) -> list[float]:
    """Prices from open to close by way of both extremes, none twice in a row."""
    turns = (bar.low, bar.high) if bar.close >= bar.open else (bar.high, bar.low)
    path = [bar.open]
    for price in (*turns, bar.close):
        if price != path[-1]:
            path.append(price)
    return path


def _sizes(volume: float, count: int) -> list[float]:
    """`volume` in `count` parts whose sum, taken in order, is `volume` to the last bit.

    All parts but the last are equal and either whole or a power of two: the rest is then exact.
    """
    if volume <= 0 or count == 1:
        return [0.0] * (count - 1) + [volume]
    share = float(volume // count)
    if share == 0:
        share = ldexp(1.0, frexp(volume / count)[1] - 1)
    return [share] * (count - 1) + [volume - share * (count - 1)]
