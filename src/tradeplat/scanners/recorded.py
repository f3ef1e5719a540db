"""Snapshots of a whole market out of a table, read back as what a scanner asks of the world.

A CSV table, plain or gzipped, one row a ticker and instant, rows and columns in any order, names of
columns in any case: `symbol` or `ticker`, `close` or `price`, `volume`, and either a day
(`session_date`, `date`: the snapshot is of its regular close) or an instant (`ts`, `timestamp`:
UTC, ISO-8601 or nanoseconds, volume since the day began). What else a row tells is used when it is
there: `prev_close` (on the day's own basis) with `prev_close_raw` (on the last one's),
`avg_volume_20d`, `market_cap`, `shares_outstanding`, `sic_code`, `name`, `bid`, `ask`. Nothing is
known before its instant, and a ticker is in the market while it is in the rows.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.scanners.sources import Details

_QUARTER = re.compile(r"(\d{4})q([1-4])")
DAYS, INSTANTS = ("session_date", "date"), ("ts", "timestamp")
PRICES = ("close", "price")
SYMBOLS = ("symbol", "ticker")
BAR = frozenset({"open", "high", "low", "close"})


class Row(NamedTuple):
    """One ticker at one instant, as recorded."""

    symbol: str
    price: float | None
    volume: float | None
    previous: float | None = None
    previous_raw: float | None = None
    usual: float | None = None
    market_cap: float | None = None
    shares: float | None = None
    sic: str | None = None
    name: str | None = None
    bid: float | None = None
    ask: float | None = None


class Frame(NamedTuple):
    """The market at one instant of a session; `doubled` counts rows of a ticker that names two
    papers at once: the more traded one is kept.
    """

    ts: int
    session: Session
    rows: Mapping[str, Row]
    doubled: int


class _Columns(NamedTuple):
    when: str
    symbol: str
    price: str
    daily: bool


def read(path: Path, calendar: Calendar) -> tuple[Frame, ...]:
    """The frames of a table in order of time; BadInput names the row that is wrong."""
    by_day = {session.day: session for session in calendar.sessions}
    frames: dict[int, tuple[Session, dict[str, Row]]] = {}
    doubled: dict[int, int] = {}
    columns = _needed(path, header(path))
    for place, cells in _lines(path):
        ts, session = _instant(place, columns, cells, calendar, by_day)
        row = _row(place, columns, cells)
        held = frames.setdefault(ts, (session, {}))[1]
        before = held.get(row.symbol)
        if before is not None:
            doubled[ts] = doubled.get(ts, 0) + 1
            if _traded(before) >= _traded(row):
                continue
        held[row.symbol] = row
    if not frames:
        raise BadInput(f"{path}: found no rows, expected a table of snapshots")
    return tuple(
        Frame(ts, session, rows, doubled.get(ts, 0))
        for ts, (session, rows) in sorted(frames.items())
    )


def merged(tables: Sequence[Sequence[Frame]]) -> tuple[Frame, ...]:
    """The frames of several tables in order of time. What two of them tell of one ticker at one
    instant is joined: what the first leaves open the next may tell.
    """
    found: dict[int, Frame] = {}
    for frame in (frame for table in tables for frame in table):
        before = found.get(frame.ts)
        if before is None:
            found[frame.ts] = frame
            continue
        rows = dict(before.rows)
        for symbol, row in frame.rows.items():
            rows[symbol] = _filled(rows[symbol], row) if symbol in rows else row
        found[frame.ts] = Frame(frame.ts, frame.session, rows, before.doubled + frame.doubled)
    return tuple(found[ts] for ts in sorted(found))


def tells_markets(path: Path) -> bool:
    """True for a table of market snapshots, and not of bars."""
    columns, absent = _columns(header(path))
    return columns is not None and not absent and not tells_bars(path)


def tells_bars(path: Path) -> bool:
    """True for a table whose instants have highs and lows: its volumes are no sums."""
    names = header(path)
    return set(names) >= BAR and any(name in names for name in INSTANTS)


def industries(path: Path) -> dict[str, Details]:
    """SIC codes that a table tells with their source (`sic_source`, the quarter of a filing),
    known from the end of that quarter on; rows without are left out.
    """
    found: dict[str, Details] = {}
    for _, cells in _lines(path):
        sic, quarter = cells.get("sic_code", ""), _QUARTER.search(cells.get("sic_source", ""))
        if sic.isdecimal() and quarter is not None:
            year, end = int(quarter[1]), int(quarter[2]) * 3
            known = datetime(year + end // 12, end % 12 + 1, 1, tzinfo=UTC)
            as_of = int(known.timestamp()) * SECOND
            found[cells["symbol"]] = Details(cells["symbol"], sic=sic.zfill(4), as_of=as_of)
    return found


def tells_industries(path: Path) -> bool:
    """True for a table with SIC codes and their source."""
    return {"symbol", "sic_code", "sic_source"} <= set(header(path))


def header(path: Path) -> list[str]:
    """The names of a table's columns in small letters, empty for an empty file; BadInput where it
    is no CSV.
    """
    with _table(path) as table:
        return _names(table)


def _lines(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Every row with its place in the file."""
    with _table(path) as table:
        names = _names(table)
        for number, cells in enumerate(table, 2):
            if not cells:
                continue
            if len(cells) != len(names):
                found = f"found {len(cells)} cells, expected {len(names)}"
                raise BadInput(f"{path}:{number}: {found}")
            yield f"{path}:{number}", dict(zip(names, cells, strict=True))


@contextmanager
def _table(path: Path) -> Iterator[Iterator[list[str]]]:
    """The cells of a CSV file, plain or gzipped."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield csv.reader(file)
    except (OSError, EOFError, zlib.error) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise BadInput(f"{path}: cannot be read ({told})") from None
    except (UnicodeError, csv.Error) as error:
        raise BadInput(f"{path}: found no CSV text ({error})") from None


def _names(table: Iterator[list[str]]) -> list[str]:
    return [name.strip().lower() for name in next(table, [])]


def _needed(path: Path, names: Sequence[str]) -> _Columns:
    columns, absent = _columns(names)
    if columns is None or absent:
        raise BadInput(
            f"{path}:1: found no column {', '.join(absent)}, expected a table of market snapshots"
        )
    return columns


def _columns(names: Sequence[str]) -> tuple[_Columns | None, list[str]]:
    """Where a snapshot stands in a table, and what is not there."""
    day = next((name for name in DAYS if name in names), None)
    instant = next((name for name in INSTANTS if name in names), None)
    price = next((name for name in PRICES if name in names), None)
    symbol = next((name for name in SYMBOLS if name in names), None)
    when = instant or day
    absent = [
        told
        for told, found in (
            (SYMBOLS[0], symbol),
            ("volume", "volume" in names),
            ("/".join(PRICES), price),
            ("/".join((*INSTANTS, *DAYS)), when),
        )
        if not found
    ]
    if symbol is None or price is None or when is None:
        return None, absent
    return _Columns(when, symbol, price, instant is None), absent


def _instant(
    place: str,
    columns: _Columns,
    cells: Mapping[str, str],
    calendar: Calendar,
    by_day: Mapping[int, Session],
) -> tuple[int, Session]:
    text = cells[columns.when]
    if columns.daily:
        day = _day(text)
        session = by_day.get(day) if day is not None else None
        if session is None:
            raise BadInput(f"{place}: {columns.when}: found {text!r}, expected a trading day")
        return session.close, session
    ts = _stamp(text)
    upcoming = calendar.upcoming(ts) if ts is not None else None
    if ts is None or upcoming is None or ts < upcoming.pre_open:
        raise BadInput(
            f"{place}: {columns.when}: found {text!r}, expected an instant of a trading day"
        )
    return ts, upcoming


def _row(place: str, columns: _Columns, cells: Mapping[str, str]) -> Row:
    symbol = cells[columns.symbol].strip()
    if not symbol:
        raise BadInput(f"{place}: {columns.symbol}: found nothing, expected a ticker")

    def number(name: str) -> float | None:
        text = cells.get(name, "").strip()
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not isfinite(value) or value < 0.0:
            raise BadInput(f"{place}: {name}: found {text!r}, expected a number, 0 or more")
        return value

    sic = cells.get("sic_code", "").strip()
    return Row(
        symbol,
        number(columns.price) or None,
        number("volume"),
        number("prev_close") or None,
        number("prev_close_raw") or None,
        number("avg_volume_20d") or None,
        number("market_cap") or None,
        number("shares_outstanding") or None,
        sic.zfill(4) if sic.isdecimal() else None,
        cells.get("name", "").strip() or None,
        number("bid"),
        number("ask"),
    )


def _traded(row: Row) -> float:
    return (row.price or 0.0) * (row.volume or 0.0)


def _filled(row: Row, other: Row) -> Row:
    return Row._make(a if a is not None else b for a, b in zip(row, other, strict=True))


def _day(text: str) -> int | None:
    try:
        found = date.fromisoformat(text.strip().removesuffix("T00:00:00").removesuffix(" 00:00:00"))
    except ValueError:
        return None
    return found.year * 10000 + found.month * 100 + found.day


def _stamp(text: str) -> int | None:
    if text.isdecimal() and len(text) >= 18:
        return int(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    whole = int(found.replace(microsecond=0).timestamp())
    return whole * SECOND + found.microsecond * 1000
