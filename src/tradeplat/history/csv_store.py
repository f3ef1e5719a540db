"""CSV files of bars, quotes and trades, read into and written from the arrays of core.market."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import zstandard
from numpy.typing import NDArray

from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND, Status
from tradeplat.history.csv_schema import DAY, Kind, named
from tradeplat.history.csv_source import Source, sniff, text_lines
from tradeplat.history.csv_tables import FIELDS, Table, tables
from tradeplat.history.csv_time import parse_time
from tradeplat.history.finding import Finding
from tradeplat.history.sessions import nyse_calendar

Tables = Table | Mapping[str, Table]
"""One table, or several by symbol."""

_ROWS = 65_536
_HEADERS = {
    Kind.BARS: ("timestamp", "open", "high", "low", "close", "volume"),
    Kind.QUOTES: ("ts_event", "bid_price", "bid_size", "ask_price", "ask_size"),
    Kind.TRADES: ("ts_event", "price", "size"),
}


def load_bars(path: Path) -> dict[str, Table]:
    """The bars of the file `path` by symbol, each a BAR array stamped at the closes.

    Raises BadInput in one line, `path:row: column: found ..., expected ...`.
    """
    return tables(_of_kind(path, Kind.BARS))


def load_quotes(path: Path) -> dict[str, Table]:
    """The quotes of the file `path` by symbol, each a QUOTE array; BadInput as `load_bars`."""
    return tables(_of_kind(path, Kind.QUOTES))


def load_trades(path: Path) -> dict[str, Table]:
    """The trades of the file `path` by symbol, each a TRADE array; BadInput as `load_bars`."""
    return tables(_of_kind(path, Kind.TRADES))


def load_status(path: Path) -> list[Status]:
    """The halts and resumptions in the file `path`, in file order; BadInput as `load_bars`."""
    return statuses(_of_kind(path, Kind.STATUS))


def statuses(source: Source) -> list[Status]:
    """The rows of a status file: `ts_event,trading,code`, trading 1 or 0."""
    found: list[Status] = []
    layout = source.layout
    for row, line in enumerate(text_lines(source.path), 1):
        if row <= layout.skip or not line.strip():
            continue
        values = [value.strip() for value in line.split(",")]
        if len(values) != len(layout.names):
            wrong = Finding(source.path, row, "columns", str(len(values)), str(len(layout.names)))
            raise BadInput(str(wrong))
        text = " ".join(values[place] for place in layout.time)
        ts = parse_time(source.form, text)
        trading, code = (values[place] for place in layout.fields)
        if ts is None or (found and ts < found[-1].ts):
            raise BadInput(str(Finding(source.path, row, "ts_event", text, "a later time")))
        if trading not in ("0", "1"):
            raise BadInput(str(Finding(source.path, row, "trading", repr(trading), "0 or 1")))
        symbol = source.name if layout.symbol is None else values[layout.symbol]
        found.append(Status(symbol, ts, trading == "1", code, "csv"))
    return found


def _of_kind(path: Path, kind: Kind) -> Source:
    source = sniff(path)
    if source.layout.kind is not kind:
        raise BadInput(f"{path}:1: header: found {source.layout.kind}, expected {kind}")
    return source


def write_bars(path: Path, bars: Tables) -> None:
    """Write BAR rows of one span at once; a mapping adds the column `symbol`.

    Reading the file back gives the same bits. BadInput when it could not: several spans, a span
    the name contradicts, revised bars, daily bars that do not close with their session.
    """
    _check_bars(path, list(bars.values()) if isinstance(bars, Mapping) else [bars])
    _write(path, Kind.BARS, bars)


def write_quotes(path: Path, quotes: Tables) -> None:
    """Write QUOTE rows at once; a mapping adds the column `symbol`."""
    _write(path, Kind.QUOTES, quotes)


def write_trades(path: Path, trades: Tables) -> None:
    """Write TRADE rows at once; a mapping adds the column `symbol`."""
    _write(path, Kind.TRADES, trades)


def write_text(path: Path, text: str) -> None:
    """Write `path` whole or not at all, packed when it ends in .gz or .zst."""
    _replace(path, iter([text]))


def write_status(path: Path, rows: Sequence[Status]) -> None:
    """Write the halts and resumptions of one symbol at once."""
    lines = [f"{row.ts},{int(row.trading)},{row.code}\n" for row in rows]
    _replace(path, iter(["ts_event,trading,code\n", *lines]))


def _check_bars(path: Path, found: Sequence[Table]) -> None:
    spans = sorted({span for table in found for span in table["span"].tolist()})
    told = named(path).span
    if len(spans) > 1 or any(table["revision"].any() for table in found):
        what = f"spans {spans}" if len(spans) > 1 else "revised bars"
        raise BadInput(f"{path}: span: found {what}, expected bars of one span as first published")
    if spans and told not in (0, spans[0]):
        raise BadInput(f"{path}: span: found bars of {spans[0]} s, expected {told} s as named")
    steps = [step for table in found for step in np.diff(table["ts"]).tolist()] if not told else []
    if spans and not told and min(steps, default=0) != spans[0] * SECOND:
        raise BadInput(
            f"{path}: span: found none in the name, expected one such as AAPL_2024-01-31_1m.csv"
        )


def _write(path: Path, kind: Kind, rows: Tables) -> None:
    names = _HEADERS[kind]
    if isinstance(rows, Mapping):
        symbols = list(rows)
        merged = np.concatenate([rows[symbol] for symbol in symbols])
        codes = np.repeat(np.arange(len(symbols)), [len(rows[symbol]) for symbol in symbols])
        order = np.argsort(merged["ts"], kind="stable")
        merged, codes = merged[order], codes[order]
        header = (names[0], "symbol", *names[1:])
    else:
        symbols, merged, codes, header = [], rows, None, names

    def lines() -> Iterator[str]:
        yield ",".join(header) + "\n"
        for at in range(0, len(merged), _ROWS):
            part = merged[at : at + _ROWS]
            columns = [_times(path, kind, part), *_numbers(kind, part)]
            if codes is not None:
                columns.insert(1, [symbols[code] for code in codes[at : at + _ROWS].tolist()])
            yield "\n".join(map(",".join, zip(*columns, strict=True))) + "\n"

    _replace(path, lines())


def _times(path: Path, kind: Kind, part: Table) -> list[str]:
    ts: NDArray[np.int64] = part["ts"]
    if kind is not Kind.BARS:
        return list(map(str, ts.tolist()))
    span = int(part["span"][0])
    if span == DAY:
        return _dates(path, ts)
    opens = ts - span * SECOND
    stamps: NDArray[np.datetime64] = opens.view("M8[ns]")
    text = np.datetime_as_string(stamps, unit="ns" if (opens % SECOND).any() else "s")
    return [f"{value}Z" for value in text.tolist()]


def _dates(path: Path, ts: NDArray[np.int64]) -> list[str]:
    """The session day of each daily close, by the rule that reads it back."""
    by_close = {session.close: str(session.day) for session in nyse_calendar().sessions}
    days = set(by_close.values())
    found = []
    for close in ts.tolist():
        midnight = np.datetime_as_string(np.int64(close - DAY * SECOND).view("M8[ns]"), unit="D")
        plain = str(midnight)
        day = by_close.get(close)
        if day is not None:
            found.append(f"{day[:4]}-{day[4:6]}-{day[6:]}")
        elif close % (DAY * SECOND) == 0 and plain.replace("-", "") not in days:
            found.append(plain)
        else:
            raise BadInput(f"{path}: timestamp: found a daily bar at {close}, expected its close")
    return found


def _numbers(kind: Kind, part: Table) -> Iterator[list[str]]:
    for name in FIELDS[kind]:
        values: NDArray[np.float64] = part[name]
        whole = "size" in name or name == "volume"
        if whole and bool((values == np.floor(values)).all()) and bool((values < 2**53).all()):
            yield list(map(str, values.astype("i8").tolist()))
        else:
            yield list(map(repr, values.tolist()))


def _replace(path: Path, lines: Iterator[str]) -> None:
    """Write `path` whole or not at all: into a neighbour that then takes its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as raw:
        temporary = Path(raw.name)
    try:
        _pack(path, temporary, lines)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _pack(path: Path, temporary: Path, lines: Iterator[str]) -> None:
    text = map(str.encode, lines)
    suffix = path.suffix.lower()
    if suffix == ".gz":
        # No time and no name inside: the same rows give the same bytes.
        with temporary.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, 0) as packed:
            packed.writelines(text)
    elif suffix == ".zst":
        with temporary.open("wb") as raw, zstandard.ZstdCompressor(7).stream_writer(raw) as out:
            for line in text:
                out.write(line)
    else:
        with temporary.open("wb") as raw:
            raw.writelines(text)
