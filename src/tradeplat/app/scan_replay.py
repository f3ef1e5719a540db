"""`tradeplat scan --replay`: a recorded market scanned again, the same list on each run."""

import asyncio
import csv
import datetime as dt
import gzip
import hashlib
import io
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tradeplat.app import plugins, run_folder, scan_feed
from tradeplat.app.display import clock_text
from tradeplat.app.outcome import Outcome
from tradeplat.app.scanning import table
from tradeplat.app.settings import Settings, load
from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import BadInput
from tradeplat.core.ports import Candidate
from tradeplat.history.dataset import DataSet
from tradeplat.history.sessions import nyse_calendar
from tradeplat.scanners.record_market import RecordMarket
from tradeplat.scanners.recorded import (
    header,
    industries,
    merged,
    read,
    tells_bars,
    tells_industries,
    tells_markets,
)
from tradeplat.scanners.sources import Details, Halts, Headlines
from tradeplat.scanners.tape_market import TapeMarket

SCANNER = "polygon_top_gainer"
SHOWN = 100
"""Rows of a scan that are told unless `scanner.show` says otherwise; the file has them all."""
SURPRISES = 10
VERDICTS = "verdicts.csv.gz"


class Instant(NamedTuple):
    """When the record is scanned, the session's day, how many tickers the market has then, and how
    many rows were of a ticker that another row of the same table names too.
    """

    ts: int
    day: int
    market: int
    doubled: int


class Record(NamedTuple):
    """What is scanned: the market, when, and who was in it first and last."""

    market: RecordMarket | TapeMarket
    instants: tuple[Instant, ...]
    members: tuple[frozenset[str], frozenset[str]]
    halts: Halts | None = None
    news: Headlines | None = None


class Scan(msgspec.Struct, frozen=True):
    """One scan of the replay: how many tickers the market had, who is in, how many each rule kept
    out, and the rows that are told.
    """

    ts: int
    day: int
    market: int
    doubled: int
    active: list[str]
    dropped: dict[str, int]
    incomplete: str
    candidates: list[Candidate]


def run(path: Path, scanner: str | None, config: Path | None, sets: Iterable[str]) -> Outcome:
    """Scan every snapshot of the table at `path` in order of time, at no delay."""
    chosen = [f"scanner.use={scanner}"] if scanner else []
    settings = load(config, [*chosen, *sets], {"scanner": {"use": SCANNER}})
    plugins.check("scanner", settings.scanner.use, settings.scanner.options, scan_feed.OFFERED)
    clock = ReplayClock()
    tables = _tables(path)
    record = _table(path, tables, clock) if tables else _bars(path, clock)
    scans, rows = asyncio.run(_scanned(settings, record, clock))
    folder = run_folder.create(settings.run.logs, "scan", dt.datetime.now(dt.UTC))
    digest = _write(folder.path / VERDICTS, rows)
    first, last = record.members
    numbers = {
        "now": scans[-1].ts,
        "active": scans[-1].active,
        "scans": [msgspec.to_builtins(scan) for scan in scans],
        "vanished": sorted(first - last),
        "appeared": sorted(last - first),
        "surprises": [msgspec.to_builtins(row) for row in _surprises(rows)],
        "verdicts_sha256": digest,
    }
    return Outcome(numbers, _text(scans, rows, folder.path / VERDICTS))


async def _scanned(
    settings: Settings, record: Record, clock: ReplayClock
) -> tuple[list[Scan], list[Candidate]]:
    options = settings.scanner.options
    show = options.get("show", SHOWN)
    fits = plugins.takes("scanner", settings.scanner.use)
    # Nothing limits a record's answers, and the file of verdicts holds every row.
    given = {"calls": 1_000_000, **options, "show": 0}
    given = {key: value for key, value in given.items() if key in options or key in fits}
    services = {
        "sources": scan_feed.sources(record.market, clock, record.halts, record.news),
        "clock": clock,
        "calendar": record.market.calendar,
        "now": clock.now,
    }
    made: Any = plugins.build("scanner", settings.scanner.use, given, services)
    scans: list[Scan] = []
    rows: list[Candidate] = []
    for instant in record.instants:
        clock.advance(instant.ts)
        await made.update()
        gap = _gap(record, instant)
        found = made.explain()
        rows += found
        scans.append(
            Scan(
                *instant,
                made.get_active_stock_list(),
                _dropped(found),
                "; ".join(told for told in (getattr(made, "last_error", ""), gap) if told),
                found[:show] if show else found,
            )
        )
    return scans, rows


def _tables(path: Path) -> list[Path]:
    """The tables of markets that `path` is or holds; none where there are bars."""
    if path.is_file():
        return [] if tells_bars(path) else [path]
    if not path.is_dir():
        raise BadInput(f"--replay {path}: nothing there, expected a table of snapshots or a folder")
    return [one for one in _beside(path) if tells_markets(one)]


def _table(path: Path, tables: Sequence[Path], clock: ReplayClock) -> Record:
    """Tables of whole markets, a scan at the instant of each."""
    frames = merged([read(one, nyse_calendar()) for one in tables])
    return Record(
        RecordMarket(
            frames, nyse_calendar(), clock.now, _known(path if path.is_dir() else path.parent)
        ),
        tuple(Instant(one.ts, one.session.day, len(one.rows), one.doubled) for one in frames),
        (frozenset(frames[0].rows), frozenset(frames[-1].rows)),
    )


def _bars(path: Path, clock: ReplayClock) -> Record:
    """Recorded bars, a scan each minute of its sessions that has any."""
    data = DataSet.open([path])
    market, halts, news = scan_feed.played(data, clock.now)
    if not market.sessions:
        raise BadInput(f"--replay {path}: found no bars of a trading day")
    counts = market.minutes_with_trades()
    everybody = frozenset(data.symbols)
    return Record(
        market,
        tuple(Instant(ts, day, count, 0) for ts, day, count in counts),
        (everybody, everybody),
        halts,
        news,
    )


def _known(folder: Path) -> dict[str, Details]:
    """Industries that the tables of `folder` tell, each from when it was known."""
    found: dict[str, Details] = {}
    for one in _beside(folder):
        if tells_industries(one):
            found.update(industries(one))
    return found


def _beside(folder: Path) -> list[Path]:
    """The tables of `folder` that can be read: one that lies there broken is no part of a record
    that does without it.
    """
    found = []
    for one in sorted(folder.glob("*.csv*")):
        if one.suffix in (".csv", ".gz"):
            with suppress(BadInput):  # told where it is asked for itself
                header(one)
                found.append(one)
    return found


def _gap(record: Record, instant: Instant) -> str:
    """What is missing of the session before: without it nobody's change is known."""
    sessions = nyse_calendar()
    today = sessions.upcoming(instant.ts)
    before = sessions.previous(today.pre_open) if today is not None else None
    recorded = record.market.calendar.sessions
    if before is None or before in recorded or instant.ts <= recorded[0].post_close:
        return ""
    return f"incomplete: nothing is recorded of {before.day}, the session before"


def _dropped(rows: Sequence[Candidate]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        if not row.active:
            found[row.rule] = found.get(row.rule, 0) + 1
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _surprises(rows: Sequence[Candidate]) -> list[Candidate]:
    """The largest moves of all, in or out, one a ticker."""
    moved = [row for row in rows if row.change is not None]
    moved.sort(key=lambda row: (-(row.change or 0.0), row.ts, row.symbol))
    first: dict[str, Candidate] = {}
    for row in moved:
        first.setdefault(row.symbol, row)
    return list(first.values())[:SURPRISES]


def _write(path: Path, rows: Iterable[Candidate]) -> str:
    """Every verdict of every scan as a table; the hash of its text."""
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    sheet.writerow([*Candidate.__struct_fields__])
    sheet.writerows(msgspec.structs.astuple(row) for row in rows)
    raw = text.getvalue().encode()
    path.write_bytes(gzip.compress(raw, 6, mtime=0))
    return hashlib.sha256(raw).hexdigest()


def _text(scans: Sequence[Scan], rows: Sequence[Candidate], path: Path) -> str:
    often = len({scan.day for scan in scans}) < len(scans)
    lines = [
        _line(scan, clock_text(scan.ts)[3:9] if often else "")
        for before, scan in pairwise([None, *scans])
        if scan is not None and _news(before, scan)
    ]
    last = scans[-1]
    lines += ["", table(last.ts, last.candidates[:40], last.day), "", "largest moves of all scans"]
    days = {scan.ts: scan.day for scan in scans}
    lines += [
        f"  {days.get(row.ts, '')} {row.symbol} {row.change or 0.0:+,.1f} %, "
        f"{'in' if row.active else 'out'}: {row.reason}"
        for row in _surprises(rows)
    ]
    lines += ["", f"every verdict: {path}"]
    return "\n".join(lines)


def _news(before: Scan | None, scan: Scan) -> bool:
    """A scan is worth a line at the beginning of a day, and when the list is another one."""
    return before is None or before.day != scan.day or before.active != scan.active


def _line(scan: Scan, clock: str) -> str:
    out = ", ".join(f"{rule} {count:,}" for rule, count in list(scan.dropped.items())[:6])
    active = " ".join(scan.active) or "nobody"
    short = f"  ({scan.incomplete})" if scan.incomplete else ""
    told = f"{scan.market:,} tickers, in: {active}  (out by {out}){short}"
    return f"{scan.day}{clock}  {told}"
