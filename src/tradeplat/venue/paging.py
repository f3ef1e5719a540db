"""Pages over rows of several symbols: one symbol is exhausted before the next begins."""

import base64
import binascii
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tradeplat.venue.refusals import Refusal


class Rows(NamedTuple):
    """Rows of one symbol in the order they are to be given.

    `times` are their UTC nanoseconds, ascending or descending; `body` makes the row at a place.
    """

    times: Sequence[int]
    body: Callable[[int], object]


class Page(NamedTuple):
    """Rows by symbol, and where the next page begins; None when there is none."""

    rows: dict[str, list[object]]
    token: str | None


class _Place(NamedTuple):
    """The `skip`th row of time `ts` of `symbol`: it stays where it is when new rows come."""

    symbol: str
    ts: int
    skip: int


def page(sources: Mapping[str, Rows], limit: int, token: str, *, ascending: bool) -> Page:
    """At most `limit` rows over all symbols together, symbols sorted. Raises Refusal (400)."""
    place = _read(token) if token else None
    found: dict[str, list[object]] = {}
    left = limit
    for symbol in sorted(sources):
        rows = sources[symbol]
        if place is not None and symbol < place.symbol:
            continue
        begin = _find(rows.times, place, ascending=ascending) if _is_at(place, symbol) else 0
        end = min(len(rows.times), begin + left)
        if begin < end:
            found[symbol] = [rows.body(at) for at in range(begin, end)]
            left -= end - begin
        if end < len(rows.times):
            return Page(found, _write(symbol, rows.times, end))
    return Page(found, None)


def _is_at(place: _Place | None, symbol: str) -> bool:
    return place is not None and place.symbol == symbol


def _find(times: Sequence[int], place: _Place | None, *, ascending: bool) -> int:
    if place is None:
        return 0
    sign = 1 if ascending else -1
    first = bisect_left(times, sign * place.ts, key=lambda ts: sign * ts)
    return min(first + place.skip, len(times))


def _write(symbol: str, times: Sequence[int], at: int) -> str:
    first = at
    while first > 0 and times[first - 1] == times[at]:
        first -= 1
    return base64.b64encode(f"{symbol}|{times[at]}|{at - first}".encode()).decode()


def _read(token: str) -> _Place:
    try:
        symbol, ts, skip = base64.b64decode(token, validate=True).decode().split("|")
        return _Place(symbol, int(ts), int(skip))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Refusal(400, None, "invalid page_token") from None
