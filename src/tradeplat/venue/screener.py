"""What moves and what is traded most, of everything the venue lists."""

from collections.abc import Iterable

import msgspec

from tradeplat.venue.book import Book


class Mover(msgspec.Struct, frozen=True):
    """How far a symbol is from its last close; `percent_change` is in percent."""

    symbol: str
    percent_change: float
    change: float
    price: float


class Active(msgspec.Struct, frozen=True):
    """How much of a symbol was traded today."""

    symbol: str
    volume: float
    trade_count: int


def movers(books: Iterable[Book], now: int) -> list[Mover]:
    """Every symbol that traded today, the strongest first.

    The base is the close of the day before, or the day's first price where none is known.
    """
    found = [mover for book in books if (mover := _mover(book, now)) is not None]
    return sorted(found, key=lambda mover: (-mover.percent_change, mover.symbol))


def actives(books: Iterable[Book], now: int, *, by: str) -> list[Active]:
    """Every symbol that traded today, the busiest first by `volume` or by `trades`."""
    found = [
        Active(book.symbol, int(day.volume), day.count)
        for book in books
        if (day := book.day(now)) is not None
    ]
    if by == "trades":
        return sorted(found, key=lambda active: (-active.trade_count, active.symbol))
    return sorted(found, key=lambda active: (-active.volume, active.symbol))


def _mover(book: Book, now: int) -> Mover | None:
    day, before, last = book.day(now), book.previous_day(now), book.last
    if day is None or last is None:
        return None
    base = before.close if before is not None else day.open
    change = last.price - base
    return Mover(book.symbol, round(change / base * 100, 2), round(change, 4), last.price)
