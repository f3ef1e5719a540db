"""News of the past, told again at the instants at which they came."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Self

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.scanners.sources import Headline

_LINE = msgspec.json.Decoder(Headline)


class RecordedNews:
    """Headlines of a record (scanners.sources.Headlines): none is told before its own instant.

    `now` tells the replayed time.
    """

    def __init__(self, lines: Iterable[Headline], now: Callable[[], int]) -> None:
        self._lines = sorted(lines, key=lambda line: (-line.ts, line.id))
        self._now = now

    @classmethod
    def read(cls, file: Path, now: Callable[[], int]) -> Self:
        """A file with one headline a line, as `written` makes them; BadInput names a bad line."""
        lines = []
        try:
            rows = file.read_bytes().split(b"\n")
        except OSError as error:
            raise BadInput(f"{file}: expected recorded news ({error.strerror})") from None
        for number, row in enumerate(rows, 1):
            if not row.strip():
                continue
            try:
                lines.append(_LINE.decode(row))
            except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
                raise BadInput(f"{file}:{number}: expected a headline, {error}") from None
        return cls(lines, now)

    async def since(self, symbols: Sequence[str], ts: int) -> list[Headline]:
        """Headlines about any of `symbols` from `ts` until now, newest first."""
        wanted, now = frozenset(symbols), self._now()
        return [
            line
            for line in self._lines
            if ts <= line.ts <= now and wanted.intersection(line.symbols)
        ]


def written(lines: Iterable[Headline]) -> bytes:
    """Headlines as `RecordedNews.read` reads them."""
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
