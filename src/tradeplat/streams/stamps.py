"""Vendor time stamps to and from UTC nanoseconds, none of the nine digits lost."""

import re
from calendar import timegm
from datetime import UTC, datetime
from typing import Any

from msgspec.msgpack import Ext

from tradeplat.core.errors import Corrupt
from tradeplat.core.market import SECOND

TIMESTAMP = -1
"""Code of MessagePack's timestamp extension type."""

LATEST = 2**63 - 1
"""The last instant that fits a signed 64-bit nanosecond, in the year 2262."""

_LATEST_SECOND = LATEST // SECOND
_LOW_34_BITS = (1 << 34) - 1
_CACHED_SECONDS = 4096
_SCALE: tuple[int, ...] = tuple(int(10 ** (9 - digits)) for digits in range(10))
_SECOND_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_REST_SHAPE = re.compile(r"(?:\.(\d+))?(?:Z|z|([+-])(\d\d):(\d\d))", re.ASCII)


class Rfc3339:
    """Reads RFC 3339 text; remembers recent whole seconds, for frames repeat them.

    Digits beyond the ninth are cut off. Text of another shape, an impossible date and a year
    that nanoseconds cannot hold raise Corrupt.
    """

    __slots__ = ("_seconds",)

    def __init__(self) -> None:
        self._seconds: dict[str, int] = {}

    def read(self, text: str) -> int:
        """The instant `text` names, in UTC nanoseconds."""
        whole = self._seconds.get(text[:19])
        if whole is None:
            whole = self._second(text)
        rest = text[20:-1]
        digits = len(rest)
        if (
            text[-1] == "Z"
            and text[19] == "."
            and digits <= 9
            and rest.isdigit()
            and rest.isascii()
        ):
            return whole + int(rest) * _SCALE[digits]
        return whole + _remainder(text)

    def _second(self, text: str) -> int:
        head = text[:19]
        if not _SECOND_SHAPE.fullmatch(head):
            raise Corrupt(f"time stamp {text[:40]!r}: expected RFC 3339")
        try:
            whole = timegm(datetime.fromisoformat(head).timetuple()) * SECOND
        except ValueError as error:
            raise Corrupt(f"time stamp {text[:40]!r}: {error}") from None
        if not 0 <= whole < LATEST - 2 * 86_400 * SECOND:
            raise Corrupt(f"time stamp {text[:40]!r}: expected a year from 1970 to 2261")
        if len(self._seconds) >= _CACHED_SECONDS:
            self._seconds.clear()
        self._seconds[head] = whole
        return whole


def read_ext(stamp: Ext) -> int:
    """The instant a MessagePack timestamp names, in UTC nanoseconds; Corrupt when it is none."""
    data: Any = stamp.data
    packed = int.from_bytes(data, "big")
    seconds, fraction = packed, 0
    if len(data) == 8:
        seconds, fraction = packed & _LOW_34_BITS, packed >> 34
    elif len(data) == 12:
        seconds, fraction = int.from_bytes(data[4:], "big", signed=True), packed >> 64
    elif len(data) != 4:
        raise Corrupt(f"time stamp of {len(data)} bytes: expected 4, 8 or 12")
    if fraction < SECOND and 0 <= seconds < _LATEST_SECOND and stamp.code == TIMESTAMP:
        return seconds * SECOND + fraction
    raise Corrupt(f"time stamp {stamp.code}:{data.hex()}: expected extension -1 since 1970")


def write_ext(ts: int) -> Ext:
    """`ts` as the shortest MessagePack timestamp that holds it."""
    seconds, fraction = divmod(ts, SECOND)
    if fraction == 0 and seconds < 1 << 32:
        return Ext(TIMESTAMP, seconds.to_bytes(4, "big"))
    return Ext(TIMESTAMP, (fraction << 34 | seconds).to_bytes(8, "big"))


def write_rfc3339(ts: int) -> str:
    """`ts` as RFC 3339 in UTC, with nine digits where it is not a whole second."""
    seconds, fraction = divmod(ts, SECOND)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{fraction:09d}Z" if fraction else f"{text}Z"


def _remainder(text: str) -> int:
    """Nanoseconds that what follows the whole second adds: fraction and zone."""
    found = _REST_SHAPE.fullmatch(text, 19)
    if found is None:
        raise Corrupt(f"time stamp {text[:40]!r}: expected a zone, Z or +hh:mm")
    digits, sign, hours, minutes = found.groups()
    fraction = int(digits[:9].ljust(9, "0")) if digits else 0
    if sign is None:
        return fraction
    shift = (int(hours) * 60 + int(minutes)) * 60 * SECOND
    return fraction - shift if sign == "+" else fraction + shift
