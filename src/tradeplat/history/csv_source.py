"""One CSV file: what it holds, told from its name and its first rows."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.history.arrow import arrow
from tradeplat.history.csv_schema import DAY, Kind, Layout, layout, named, split
from tradeplat.history.csv_time import EXPECTED, TimeForm, parse_time, time_form
from tradeplat.history.finding import Finding

if TYPE_CHECKING:
    import pyarrow as pa

_CHUNK = 1 << 16
_HEAD = 64


class Source(msgspec.Struct, frozen=True):
    """One file and how to read it.

    `name` is the symbol the path gives; `symbol` the one symbol of every row, empty while the file
    may hold many. `span` is the bars' seconds, 0 while unknown. `stamp` is the first row's time as
    written, in UTC nanoseconds.
    """

    path: Path
    layout: Layout
    form: TimeForm
    name: str
    symbol: str
    span: int
    stamp: int


def sniff(path: Path) -> Source:
    """What `path` holds as far as its name and first rows tell; BadInput names what is wrong."""
    if not path.is_file():
        raise BadInput(str(Finding(path, 0, "file", "nothing there", "a CSV file")))
    head = list(islice(text_lines(path), _HEAD))
    found = layout(path, head)
    row = next((i for i in range(found.skip, len(head)) if head[i].strip()), None)
    if row is None:
        raise BadInput(f"{path}:{found.skip + 1}: file: found no rows, expected at least one")
    values = split(head[row], fold=False)
    if len(values) != len(found.names):
        raise BadInput(
            f"{path}:{row + 1}: columns: found {len(values)}, expected {len(found.names)}"
        )
    text = " ".join(values[place] for place in found.time)
    form = time_form(text)
    stamp = None if form is None else parse_time(form, text)
    if form is None or stamp is None:
        name = found.names[found.time[0]]
        raise BadInput(f"{path}:{row + 1}: {name}: found {text!r}, expected {EXPECTED}")
    told = named(path)
    span = 0
    if found.kind is Kind.BARS:
        span = DAY if form.dates and told.span in (0, DAY) else told.span
    name = found.ticker or told.symbol
    first = name if found.symbol is None else values[found.symbol]
    return Source(path, found, form, name, name if first == name else "", span, stamp)


def text_lines(path: Path) -> Iterator[str]:
    """The rows of `path` as text; BadInput names the first that cannot be had."""
    for row, line in enumerate(byte_lines(path), 1):
        if isinstance(line, Finding):
            raise BadInput(str(line))
        try:
            yield line.decode()
        except UnicodeDecodeError:
            found = Finding(path, row, "text", repr(line[:20]), "UTF-8 text")
            raise BadInput(str(found)) from None


def byte_lines(path: Path) -> Iterator[bytes | Finding]:
    """The rows of `path`, decompressed, without their ends.

    Where the file cannot be read on, a Finding says so and is the last item.
    """
    rest = b""
    row = 1
    for chunk in _chunks(path):
        if isinstance(chunk, OSError):
            reason = repr(" ".join(str(chunk).split()))
            yield Finding(path, row, "file", reason, _whole(path))
            return
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        row += len(lines)
        yield from lines
    if rest:
        yield rest


def _whole(path: Path) -> str:
    kinds = {".gz": "a whole gzip file", ".zst": "a whole zstd file"}
    return kinds.get(path.suffix.lower(), "a readable file")


def _chunks(path: Path) -> Iterator[bytes | OSError]:
    """Decompressed bytes; an error ends them and is handed on as the last item."""
    try:
        with stream(path) as source:
            # `read` would never give back its buffer where the file turns out to be broken.
            while chunk := source.read_buffer(_CHUNK).to_pybytes():
                yield chunk
    except OSError as error:
        yield error


def stream(path: Path) -> pa.NativeFile:
    """`path` opened for reading, decompressed by its suffix.

    Never mapped: pages of a mapped file would count as ours, and grow with it.
    """
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return arrow().PythonFile(_Gunzipped(path), mode="r")
    compression = "zstd" if suffix == ".zst" else None
    return arrow().input_stream(str(path), compression=compression, buffer_size=1 << 18)


class _Gunzipped(gzip.GzipFile):
    """A gzip file whose every fault is an OSError.

    pyarrow's own reader never gives back what it took for a file that turns out to be broken.
    """

    def read(self, size: int | None = -1) -> bytes:
        """Decompressed bytes, at most `size`."""
        try:
            return super().read(size)
        except EOFError:
            raise OSError("Truncated compressed stream") from None
        except zlib.error as error:
            raise OSError(str(error)) from None
