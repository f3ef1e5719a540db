"""What a scanner asks in a replay: recorded bars and the universe beside them."""

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tradeplat.app import plugins
from tradeplat.app.settings import Settings
from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import BadInput
from tradeplat.core.market import Bar, Status
from tradeplat.core.ports import Clock
from tradeplat.history.dataset import UNIVERSE, DataSet
from tradeplat.history.sessions import nyse_calendar
from tradeplat.scanners.enrichment import Enrichment
from tradeplat.scanners.facts import Sources
from tradeplat.scanners.halts import HaltBoard
from tradeplat.scanners.record_market import RecordMarket
from tradeplat.scanners.sources import Halts
from tradeplat.scanners.tape_market import Before, Tape, TapeMarket

OFFERED = ("sources", "clock", "calendar", "now")
"""What a scanner is handed in a replay, by the names of its constructor's arguments."""
_HOUR = 3600.0


class Played(NamedTuple):
    """Recorded bars as a market, and the halts that were recorded with them."""

    market: TapeMarket
    halts: HaltBoard


def sources(
    market: TapeMarket | RecordMarket, clock: Clock | ReplayClock, halts: Halts | None = None
) -> Sources:
    """A recorded market as everybody that a scan asks. What it tells is of the instant it is asked
    at, so nothing is kept from one day to the next.
    """
    cache = Enrichment(None, market.name, clock, {"details": _HOUR, "float": _HOUR})
    return Sources(market, cache, (market,), market, halts=halts)


def services(settings: Settings, data: DataSet, clock: Clock | ReplayClock) -> dict[str, object]:
    """What the scanner of a replay of `data` is handed; bars are read ahead only for one that asks
    for a market.
    """
    given: dict[str, object] = {"clock": clock, "now": clock.now}
    if "sources" in plugins.takes("scanner", settings.scanner.use):
        market, halts = played(data, clock.now)
        given |= {"sources": sources(market, clock, halts), "calendar": market.calendar}
    return given


def played(data: DataSet, now: Callable[[], int]) -> Played:
    """The finest bars of every symbol with the last closes of the universe beside their files, and
    every recorded halt.
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
    for folder in sorted(folders):
        before |= universe(folder / UNIVERSE)
    market = TapeMarket(tapes, nyse_calendar(), now, before)
    return Played(market, HaltBoard(market.calendar, now, statuses))


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
        yield row["symbol"], Before(close, volume, row.get("name") or "")


def _tape(bars: Sequence[Bar]) -> Tape:
    return Tape(
        np.array([bar.ts for bar in bars], np.int64),
        np.array([bar.close for bar in bars], np.float64),
        np.array([bar.volume for bar in bars], np.float64),
    )
