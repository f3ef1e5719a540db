"""A page of history and its rows: one that makes no sense costs itself, and is counted."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from tradeplat.core.errors import Corrupt, Transient
from tradeplat.core.market import SECOND
from tradeplat.streams.salvage import UNREADABLE, one_line

SLACK = 2 * 86_400 * SECOND
"""Nanoseconds by which a row may lie outside what was asked for: days begin at midnight there."""

T = TypeVar("T")


class Sieve:
    """Keeps the rows of one answer that make sense; `count` is told why of each other.

    An answer of bad rows alone is none: `end` raises Corrupt then. `row` decodes a raw one.
    """

    __slots__ = ("_count", "_kept", "_row", "_where", "_why")

    def __init__(self, where: str, row: Any, count: Callable[[str], None]) -> None:
        self._where = where
        self._row = row
        self._count = count
        self._kept = 0
        self._why = ""

    def keep(self, row: Any, make: Callable[[Any], T]) -> T | None:
        """What `make` makes of `row`, None where either raises for it."""
        try:
            made = make(self._row.decode(row) if isinstance(row, msgspec.Raw) else row)
        except (Corrupt, *UNREADABLE) as error:
            why = one_line(f"{self._where}: {error}")
            self._why = self._why or why
            self._count(why)
            return None
        self._kept += 1
        return made

    def end(self) -> None:
        """There are no more rows."""
        if self._why and not self._kept:
            raise Corrupt(self._why)


def page_of(where: str, body: bytes, whole: Any, split: Any) -> Any:
    """The page that `body` is, as `whole` decodes it, else as `split` does, which leaves the rows
    raw. Raises Corrupt where it is neither, Transient where it is cut, or no JSON at all.
    """
    try:
        return whole.decode(body)
    except msgspec.ValidationError:
        pass  # some of its rows are not as expected: each is read by itself below
    except UNREADABLE as error:
        raise Transient(one_line(f"{where}: {error}")) from None
    try:
        return split.decode(body)
    except msgspec.ValidationError as error:
        raise Corrupt(one_line(f"{where}: {error}")) from None
    except UNREADABLE as error:
        raise Transient(one_line(f"{where}: {error}")) from None


def within(ts: int, window: tuple[int, int]) -> int:
    """`ts`, which was to lie in `window`; Corrupt where it is days away: in another unit, say."""
    if window[0] - SLACK <= ts <= window[1] + SLACK:
        return ts
    raise Corrupt(f"a row of {ts / SECOND:.0f} s since 1970: expected one of what was asked for")
