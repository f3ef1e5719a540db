"""How a venue begins: with the books that were kept, and with what its script lists."""

from pathlib import Path

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.venue.assets import Asset, Universe
from tradeplat.venue.books import Books
from tradeplat.venue.script import Script
from tradeplat.venue.stamps import utc_text


def kept_books(file: Path | None) -> Books | None:
    """The books in `file`, as far as they are kept; None without a file."""
    if file is None:
        return None
    made = Books(file)
    made.read()
    return made


def from_books(script: Script, books: Books | None, end: int) -> Script:
    """`script` from where the books end. Raises BadInput when that is past `end` (0: no end)."""
    if books is None or books.ts <= script.start:
        return script
    if end and books.ts >= end:
        told = f"the books end at {utc_text(books.ts)}, which is after all that is played"
        raise BadInput(f"{told}: expected those of an earlier moment, or a new file")
    return msgspec.structs.replace(script, start=books.ts)


def universe_of(script: Script) -> Universe:
    """What `script` lists, as assets."""
    return Universe(
        Asset(
            symbol=symbol,
            exchange=script.exchanges.get(symbol, "NASDAQ"),
            name=script.names.get(symbol, ""),
        )
        for symbol in script.symbols
    )
