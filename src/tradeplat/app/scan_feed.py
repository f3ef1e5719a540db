"""What a scanner asks in a replay: recorded bars and the universe beside them."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tradeplat.app import plugins
from tradeplat.app.settings import Settings
from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import BadInput
from tradeplat.core.market import DAY, Bar, Status
from tradeplat.core.ports import Clock
from tradeplat.history.dataset import UNIVERSE, DataSet
from tradeplat.history.sessions import nyse_calendar
from tradeplat.scanners.enrichment import Enrichment
from tradeplat.scanners.facts import Sources
from tradeplat.scanners.halts import HaltBoard
from tradeplat.scanners.record_market import RecordMarket
from tradeplat.scanners.recorded_news import RecordedNews
from tradeplat.scanners.sources import Details, Halts, Headline, Headlines, SharesFloat
from tradeplat.scanners.tape_market import Before, Tape, TapeMarket
from tradeplat.venue import reference
from tradeplat.venue.reference import FILE

OFFERED = ("sources", "clock", "calendar", "now")
"""What a scanner is handed in a replay, by the names of its constructor's arguments."""
_HOUR = 3600.0
SCORES: Mapping[str, float] = {"positive": 0.6, "neutral": 0.0, "negative": -0.6}
"""A provider's word as a score."""


class Played(NamedTuple):
    """Recorded bars as a market, and the halts and headlines that were recorded with them."""

    market: TapeMarket
    halts: HaltBoard
    news: RecordedNews


def sources(
    market: TapeMarket | RecordMarket,
    clock: Clock | ReplayClock,
    halts: Halts | None = None,
    news: Headlines | None = None,
) -> Sources:
    """A recorded market as everybody that a scan asks. What it tells is of the instant it is asked
    at, so nothing is kept from one day to the next.
    """
    cache = Enrichment(None, market.name, clock, {"details": _HOUR, "float": _HOUR})
    return Sources(market, cache, (market,), market, news, halts=halts)


def services(settings: Settings, data: DataSet, clock: Clock | ReplayClock) -> dict[str, object]:
    """What the scanner of a replay of `data` is handed; bars are read ahead only for one that asks
    for a market.
    """
    given: dict[str, object] = {"clock": clock, "now": clock.now}
    if "sources" in plugins.takes("scanner", settings.scanner.use):
        found = played(data, clock.now)
        asked = sources(found.market, clock, found.halts, found.news)
        given |= {"sources": asked, "calendar": found.market.calendar}
    return given


def played(data: DataSet, now: Callable[[], int]) -> Played:
    """The finest bars of every symbol with what the files beside them tell, and every recorded
    halt and headline. Bars are on the basis of all splits, as recorded mornings are.
    """
    tapes: dict[str, Tape] = {}
    statuses: list[Status] = []
    for symbol in data.symbols:
        events = [event for chunk in data.events(symbol) for event in chunk]
        statuses += [event for event in events if isinstance(event, Status)]
        spans = data.spans(symbol)
        if spans:
            bars = [one for one in events if isinstance(one, Bar) and one.span == spans[0]]
            tapes[symbol] = _tape(bars)
    folders = {parent for file in data.files for parent in list(file.path.parents)[:2]}
    before: dict[str, Before] = {}
    lines: list[Headline] = []
    for folder in sorted(folders):
        before |= universe(folder / UNIVERSE)
        lines += told(folder / FILE, before)
    market = TapeMarket(tapes, nyse_calendar(), now, before)
    return Played(market, HaltBoard(market.calendar, now, statuses), RecordedNews(lines, now))


def told(path: Path, before: dict[str, Before]) -> list[Headline]:
    """The headlines of a recording's file of facts, whose facts are put into `before`; none where
    there is no such file.
    """
    if not path.is_file():
        return []
    found = reference.read(path)
    for one in found.facts:
        day = _ns(one.float_day)
        shares = None if one.float_shares is None else SharesFloat(one.float_shares, day)
        held = before.get(one.symbol, Before())
        before[one.symbol] = held._replace(details=_details(one), shares_float=shares)
    return [
        Headline(str(one.id), one.ts, one.symbols, one.title, one.summary, one.source, _mood(one))
        for one in found.headlines
    ]


def _details(one: reference.Facts) -> Details:
    listed = (one.list_day or "").replace("-", "")
    return Details(
        one.symbol,
        name=one.name or None,
        kind=one.type,
        sic=one.sic_code.zfill(4) if one.sic_code else None,
        shares_outstanding=one.shares,
        market_cap=one.market_cap,
        listed_on=int(listed) if listed.isdecimal() else None,
    )


def _mood(one: reference.Headline) -> dict[str, float]:
    score = SCORES.get(one.sentiment or "")
    return {} if score is None else dict.fromkeys(one.symbols, score)


def _ns(day: str | None) -> int:
    try:
        return (date.fromisoformat(day or "") - date(1970, 1, 1)).days * DAY
    except ValueError:
        return 0


def universe(path: Path) -> dict[str, Before]:
    """Last closes and volumes of a universe file; none where there is no such file."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return dict(_rows(path, csv.DictReader(file)))


def _rows(path: Path, rows: Iterable[dict[str, str]]) -> Iterable[tuple[str, Before]]:
    for number, row in enumerate(rows, 2):
        try:
            close = float(row.get("prev_close") or "")
            volume = float(row.get("prev_volume") or "0")
        except ValueError:
            found = row.get("prev_close")
            raise BadInput(
                f"{path}:{number}: prev_close: found {found!r}, expected a number"
            ) from None
        yield row["symbol"], Before(close, volume)


def _tape(bars: Sequence[Bar]) -> Tape:
    return Tape(
        np.array([bar.ts for bar in bars], np.int64),
        np.array([bar.close for bar in bars], np.float64),
        np.array([bar.volume for bar in bars], np.float64),
    )
