"""The one shape that market facts have, whoever tells them: its version, and its digest."""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from tradeplat.core.market import BAR, QUOTE, TRADE, Backfill, Bar, Quote, Status, Trade

VERSION = 1
"""Goes up with each change of the shape, with which the digest changes too."""

KINDS: tuple[type[msgspec.Struct], ...] = (Bar, Quote, Trade, Status, Backfill)
"""Everything that is told of a market."""


def market_schema() -> str:
    """The version and the digest of everything that is told of a market, as a record keeps it."""
    arrays = [str(layout.descr) for layout in (BAR, QUOTE, TRADE)]
    return f"{VERSION}:{schema_of(KINDS, arrays)}"


def schema_of(kinds: Iterable[type], arrays: Iterable[str] = ()) -> str:
    """The digest of the names, types and defaults of the fields of `kinds`, in any order, and of
    the layouts of `arrays`; TypeError for what is no kind of fact.
    """
    lines = sorted({_described(kind) for kind in kinds}) + list(arrays)
    return sha256("\n".join(lines).encode()).hexdigest()


def _described(kind: type) -> str:
    if not issubclass(kind, msgspec.Struct):
        raise TypeError(f"{kind.__name__} is no kind of fact")
    fields = [
        f"{field.encode_name}: {getattr(field.type, '__name__', field.type)}"
        + ("" if field.required else f" = {field.default!r}")
        for field in msgspec.structs.fields(kind)
    ]
    return f"{kind.__struct_config__.tag}({', '.join(fields)})"
