"""A recorded stretch of market, made up or real: what the built-in venue plays."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.errors import BadInput
from tradeplat.core.market import BAR, QUOTE, SECOND, TRADE, Status
from tradeplat.history.csv_schema import DAY, Kind
from tradeplat.history.csv_source import sniff
from tradeplat.history.csv_store import (
    statuses,
    write_bars,
    write_quotes,
    write_status,
    write_text,
    write_trades,
)
from tradeplat.history.csv_tables import Table, tables
from tradeplat.history.dataset import UNIVERSE, csv_files
from tradeplat.history.sessions import nyse_calendar

DAYS = 20
"""Sessions before the recording of which daily bars are kept, at most."""

_COLUMNS = (
    "symbol", "name", "exchange", "prev_close", "prev_volume", "profile",
    "prev_open", "prev_high", "prev_low", "day",
)  # fmt: skip


class Ticker(msgspec.Struct, frozen=True, eq=False):
    """One symbol's part of a recording.

    `daily` are the BARs of the sessions before, the last of them the one right before, no rows when
    that is unknown; then `prev_close` is the first price and `prev_volume` 0. `bars` (BAR, of the
    shortest span there is), `quotes` (QUOTE) and `trades` (TRADE) ascend by ts and may have no
    rows. `statuses` are halts and resumptions.
    """

    symbol: str
    name: str
    exchange: str
    profile: str
    prev_close: float
    prev_volume: float
    daily: Table
    bars: Table
    quotes: Table
    trades: Table
    statuses: tuple[Status, ...] = ()


class Morning(msgspec.Struct, frozen=True, eq=False):
    """Tickers over one stretch of time, sorted by symbol.

    `day` is the first session's yyyymmdd; `start` and `end` bound every event, in UTC ns.
    """

    day: int
    start: int
    end: int
    tickers: tuple[Ticker, ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every symbol, sorted."""
        return tuple(ticker.symbol for ticker in self.tickers)

    def ticker(self, symbol: str) -> Ticker:
        """The part of `symbol`; BadInput when it has none."""
        for ticker in self.tickers:
            if ticker.symbol == symbol:
                return ticker
        raise BadInput(f"{symbol}: found no recording of it, expected one of {self.symbols[:10]}")

    def write(self, folder: Path) -> None:
        """Write `<SYMBOL>/<day>_{1s,1m,quotes,trades,status}.csv.gz` and `universe.csv`.

        Bars are written in their own span and, where that is shorter, in minutes. So is the last
        bar before the previous close: a replay has to know what a gap is measured from.
        """
        day = _dashed(self.day)
        for ticker in self.tickers:
            place = folder / ticker.symbol
            for bars in (ticker.bars, _closing(ticker)):
                _write_bars(place, bars, day)
            if len(ticker.quotes):
                write_quotes(place / f"{day}_quotes.csv.gz", ticker.quotes)
            if len(ticker.trades):
                write_trades(place / f"{day}_trades.csv.gz", ticker.trades)
            if ticker.statuses:
                write_status(place / f"{day}_status.csv.gz", ticker.statuses)
        rows = [",".join(_COLUMNS)]
        rows += [",".join((*_universe_row(ticker), str(self.day))) for ticker in self.tickers]
        write_text(folder / UNIVERSE, "".join(f"{row}\n" for row in rows))


def _dashed(day: int) -> str:
    text = str(day)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _write_bars(place: Path, bars: Table, day: str) -> None:
    """Write `bars` under the name of their first day, `day` being that of the recording."""
    if not len(bars):
        return
    span = int(bars["span"][0])
    first = str(np.datetime64(int(bars["ts"][0]) - span * SECOND, "ns").astype("M8[D]"))
    day = min(day, first)
    write_bars(place / f"{day}_{_span_name(span)}.csv.gz", bars)
    if span < 60 and 60 % span == 0:
        write_bars(place / f"{day}_1m.csv.gz", folded(bars, 60))


def _closing(ticker: Ticker) -> Table:
    """One bar that ends with the session before at its close; no rows when that is unknown."""
    if not len(ticker.bars) or not len(ticker.daily):
        return ticker.bars[:0]
    bar = ticker.bars[:1].copy()
    bar["ts"] = ticker.daily["ts"][-1]
    for name in ("open", "high", "low", "close"):
        bar[name] = ticker.prev_close
    bar["volume"] = float(ticker.prev_volume // 1000)
    return bar


def _span_name(span: int) -> str:
    for size, unit in ((DAY, "d"), (3600, "h"), (60, "m")):
        if span % size == 0:
            return f"{span // size}{unit}"
    return f"{span}s"


def _universe_row(ticker: Ticker) -> Sequence[str]:
    before = ["", "", ""]
    if len(ticker.daily):
        before = [repr(float(ticker.daily[name][-1])) for name in ("open", "high", "low")]
    name = f'"{ticker.name}"' if "," in ticker.name else ticker.name
    return (
        ticker.symbol, name, ticker.exchange, repr(ticker.prev_close),
        str(int(ticker.prev_volume)), ticker.profile, *before,
    )  # fmt: skip


def folded(rows: Table, span: int) -> Table:
    """Trades, or bars of a shorter span, as bars of `span` seconds; empty stretches give none.

    Bars start at whole multiples of the span since 1970. A trade belongs to the bar that opens at
    or before it, a bar to the one it lies in.
    """
    is_bars = "span" in (rows.dtype.names or ())
    opens = rows["ts"] - rows["span"].astype("i8") * SECOND if is_bars else rows["ts"]
    width = span * SECOND
    slots = opens // width
    starts = np.flatnonzero(np.diff(slots, prepend=-1)) if len(rows) else np.empty(0, "i8")
    out = np.zeros(len(starts), BAR)
    if not len(starts):
        return out
    ends = np.append(starts[1:], len(rows)) - 1
    first, last, high, low = (
        ("open", "close", "high", "low") if is_bars else ("price", "price", "price", "price")
    )
    out["ts"] = (slots[starts] + 1) * width
    out["open"] = rows[first][starts]
    out["high"] = np.maximum.reduceat(rows[high], starts)
    out["low"] = np.minimum.reduceat(rows[low], starts)
    out["close"] = rows[last][ends]
    out["volume"] = np.add.reduceat(rows["volume" if is_bars else "size"], starts)
    out["span"] = span
    return out


def recorded(folder: Path, *, day: int | None = None) -> Morning:
    """The recording in `folder`, whatever mixture of bars, quotes, trades and halts it holds.

    `day` (yyyymmdd) keeps one New York day of several, the one `universe.csv` names unless told
    otherwise; the session before gives the previous close. `universe.csv` beside the data, where
    there is one, names the rest. BadInput as the readers raise it, and when nothing is left.
    """
    found: dict[str, _Pieces] = {}
    for path in csv_files([folder]):
        source = sniff(path)
        if source.layout.kind is Kind.STATUS:
            for status in statuses(source):
                found.setdefault(status.symbol, _Pieces()).statuses.append(status)
            continue
        for symbol, table in tables(source).items():
            pieces = found.setdefault(symbol, _Pieces())
            if source.layout.kind is Kind.BARS:
                span = int(table["span"][0])
                pieces.bars.setdefault(span, []).append(table)
            elif source.layout.kind is Kind.QUOTES:
                pieces.quotes.append(table)
            else:
                pieces.trades.append(table)
    return _morning(folder, found, day)


class _Pieces(msgspec.Struct, eq=False):
    """What the files of one symbol gave, in path order."""

    bars: dict[int, list[Table]] = msgspec.field(default_factory=dict)
    quotes: list[Table] = msgspec.field(default_factory=list)
    trades: list[Table] = msgspec.field(default_factory=list)
    statuses: list[Status] = msgspec.field(default_factory=list)


def _morning(folder: Path, found: dict[str, _Pieces], day: int | None) -> Morning:
    universe = _universe(folder / UNIVERSE)
    calendar = nyse_calendar()
    sessions = calendar.sessions
    if day is None:
        day = next((int(row["day"]) for row in universe.values() if row.get("day")), None)
    bounds = (int(np.iinfo("i8").min), int(np.iinfo("i8").max))
    if day is not None:
        session = next((one for one in sessions if one.day == day), None)
        if session is None:
            raise BadInput(f"{day}: found no session on it, expected a trading day as yyyymmdd")
        # The whole New York day: sampled quotes are stamped a moment after the last session.
        midnight = session.pre_open - 4 * 3600 * SECOND
        bounds = (midnight, midnight + DAY * SECOND)
    tickers = [
        _ticker(symbol, found[symbol], universe.get(symbol, {}), calendar, bounds)
        for symbol in sorted(found)
    ]
    tickers = [t for t in tickers if len(t.bars) or len(t.quotes) or len(t.trades)]
    if not tickers:
        raise BadInput(f"{folder}: found no data on {day}, expected some of that session")
    start = min(_first(ticker) for ticker in tickers)
    end = max(_last(ticker) for ticker in tickers)
    days = [one.day for one in sessions if one.pre_open <= start < one.post_close]
    text = np.datetime_as_string(np.datetime64(start, "ns"), unit="D")
    return Morning(days[0] if days else int(str(text).replace("-", "")), start, end, tuple(tickers))


def _first(ticker: Ticker) -> int:
    found = [int(t["ts"][0]) for t in (ticker.quotes, ticker.trades) if len(t)]
    if len(ticker.bars):
        found.append(int(ticker.bars["ts"][0]) - int(ticker.bars["span"][0]) * SECOND)
    return min(found)


def _last(ticker: Ticker) -> int:
    return max(int(t["ts"][-1]) for t in (ticker.bars, ticker.quotes, ticker.trades) if len(t))


def _ticker(
    symbol: str,
    pieces: _Pieces,
    known: dict[str, str],
    calendar: Calendar,
    bounds: tuple[int, int],
) -> Ticker:
    trades = _sorted(pieces.trades, TRADE)
    daily = _sorted(pieces.bars.pop(DAY, []), BAR, once=True)
    bars = _sorted(pieces.bars[min(pieces.bars)], BAR, once=True) if pieces.bars else None
    if bars is None:
        bars = folded(trades, 1)
    first = int(bars["ts"][0]) if len(bars) else 0
    session = calendar.previous(max(bounds[0], first))
    if session is not None:
        daily = _before(bars, daily, known, session)
    bars, quotes, trades = (
        _between(table, bounds) for table in (bars, _sorted(pieces.quotes, QUOTE), trades)
    )
    price = float(bars["open"][0]) if len(bars) else 0.0
    return Ticker(
        symbol,
        known.get("name") or symbol,
        known.get("exchange") or "NYSE",
        known.get("profile") or "recorded",
        float(daily["close"][-1]) if len(daily) else price,
        float(daily["volume"][-1]) if len(daily) else 0.0,
        daily[-DAYS:],
        bars,
        quotes,
        trades,
        tuple(one for one in pieces.statuses if bounds[0] <= one.ts <= bounds[1]),
    )


def _sorted(pieces: Sequence[Table], dtype: np.dtype[np.void], *, once: bool = False) -> Table:
    """All `pieces` by time; each instant `once`, from the first piece that has it."""
    table = np.concatenate([np.empty(0, dtype), *pieces])
    table = table[np.argsort(table["ts"], kind="stable")]
    kept: NDArray[np.bool_] = np.ones(len(table), bool)
    if once:
        kept[1:] = table["ts"][1:] != table["ts"][:-1]
    chosen: Table = table[kept]
    return chosen


def _between(table: Table, bounds: tuple[int, int]) -> Table:
    chosen: Table = table[(table["ts"] > bounds[0]) & (table["ts"] <= bounds[1])]
    return chosen


def _before(bars: Table, daily: Table, known: dict[str, str], session: Session) -> Table:
    """The bars of the days up to `session`: of that one from the universe, a daily file, or the
    day's own bars; of older ones from a daily file.
    """
    earlier: Table = daily[daily["ts"] < session.close][-DAYS + 1 :]
    if known.get("prev_close"):
        close = float(known["prev_close"])
        opened, high, low = (
            float(known.get(name) or close) for name in ("prev_open", "prev_high", "prev_low")
        )
        volume = float(known["prev_volume"])
        last = np.array([(session.close, opened, high, low, close, volume, DAY, 0)], BAR)
        return np.concatenate([earlier, last])
    older: Table = daily[daily["ts"] <= session.close]
    if len(older):
        return older[-DAYS:]
    day = bars[(bars["ts"] > session.pre_open) & (bars["ts"] <= session.post_close)]
    whole = np.zeros(min(1, len(day)), BAR)
    if len(day):
        whole["ts"], whole["span"] = session.close, DAY
        whole["open"], whole["close"] = day["open"][0], _close_of_record(day, session)
        whole["high"], whole["low"] = day["high"].max(), day["low"].min()
        whole["volume"] = day["volume"].sum()
    return whole


def _close_of_record(day: Table, session: Session) -> float:
    """The price of the closing auction: the busiest bar of the minute after the close.

    Without one, that of the last bar before it; later prints do not move it.
    """
    low, high = np.searchsorted(day["ts"], [session.close, session.close + 60 * SECOND], "right")
    if low < high:
        return float(day["close"][low + int(np.argmax(day["volume"][low:high]))])
    return float(day["close"][max(0, int(low) - 1)])


def _universe(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    _demand(path, rows)
    return {row["symbol"]: row for row in rows}


def _demand(path: Path, rows: Iterable[dict[str, str]]) -> None:
    for number, row in enumerate(rows, 2):
        for column in ("symbol", "prev_close", "prev_volume", "day"):
            value = row.get(column)
            if value is None and column == "day":
                continue
            if value is None:
                raise BadInput(f"{path}:{number}: {column}: found no value, expected one")
            if column != "symbol" and not value.replace(".", "", 1).isdigit():
                raise BadInput(f"{path}:{number}: {column}: found {value!r}, expected a number")
