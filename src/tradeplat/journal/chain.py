"""Every record carries a hash over itself and the one before: nothing goes missing unseen."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

SIZE = 16
"""Bytes of a hash."""

START = bytes(SIZE)
"""What the first record of a journal follows."""

Row = tuple[int, int, int, int, bytes, bytes, bytes, bytes]
"""seq, epoch, wall ns, monotonic ns, kind, coid, body, hash."""


class Broken(Exception):  # says what happened, as those of core/errors.py do
    """The chain does not hold: the message names the record; it never leaves this package."""


def link(before: bytes, row: tuple[int, int, int, int, bytes, bytes, bytes]) -> bytes:
    """The hash of a record that follows the one hashed `before`."""
    return blake2b(before + b"%d|%d|%d|%d|%b|%b|%b" % row, digest_size=SIZE).digest()


def verified(rows: Iterable[Row], seq: int = 0, before: bytes = START) -> Iterator[Row]:
    """`rows` as far as they follow gap-free on record `seq`, hashed `before`.

    Raises Broken at the first that does not.
    """
    for row in rows:
        seq += 1
        if row[0] != seq:
            raise Broken(f"record {seq} is missing, {row[0]!r} comes instead")
        try:
            # As `link` does, without the call: a day may have a million records.
            told = before + b"%d|%d|%d|%d|%b|%b|%b" % row[:7]
            expected = blake2b(told, digest_size=SIZE).digest()
        except TypeError:
            raise Broken(f"record {seq} is not of this format") from None
        before = row[7]
        if expected != before:
            raise Broken(f"record {seq} was changed after it was written")
        yield row
