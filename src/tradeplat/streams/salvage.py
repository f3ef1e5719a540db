"""Reads what is readable of a frame that is not readable as a whole."""

import json
from collections.abc import Callable
from typing import Any

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoders raise for bytes that are not what they should be."""


_LONGEST = 300


def one_line(text: str) -> str:
    """`text` as one short line that can be written down anywhere, whatever the wire put in it."""
    line = "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in text[:_LONGEST])
    return line if len(text) <= _LONGEST else f"{line}..."


class Salvage:
    """One encoding's way to the messages of a spoilt frame: `many` splits it, `one` reads a part.

    `lenient` is the type of a message in an encoding that a lenient reader knows as well, such as
    JSON with a price of NaN; None: there is none.
    """

    __slots__ = ("_lenient", "_many", "_one")

    def __init__(self, many: Any, one: Any, lenient: Any = None) -> None:
        self._many = many
        self._one = one
        self._lenient = lenient

    def messages(self, frame: str | bytes, count: Callable[[str], None]) -> list[Any]:
        """The readable messages of `frame`, in its order; `count` is told why of each other."""
        try:
            parts = self._many.decode(frame)
        except UNREADABLE as error:
            return self._leniently(frame, str(error), count)
        good = []
        for part in parts:
            try:
                good.append(self._one.decode(part))
            except UNREADABLE as error:
                count(f"message {bytes(part)[:120]!r}: {error}")
        return good

    def _leniently(self, frame: str | bytes, why: str, count: Callable[[str], None]) -> list[Any]:
        try:
            parts = json.loads(frame) if self._lenient is not None else None
        except (ValueError, RecursionError):
            parts = None
        if not isinstance(parts, list):
            count(f"frame {frame[:60]!r}: {why}")
            return []
        good = []
        for part in parts:
            try:
                # Half a character, which JSON can spell, is no text: nobody could write it down.
                json.dumps(part, ensure_ascii=False).encode()
                good.append(msgspec.convert(part, self._lenient))
            except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
                count(f"message {ascii(part)[:120]}: {error}")
        return good
