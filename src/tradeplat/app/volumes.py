"""How much of each ticker is traded on a day, by the daily bars of its history."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from msgspec.structs import replace

from tradeplat.core.errors import Corrupt, Denied, Transient
from tradeplat.core.instrument import Instrument
from tradeplat.core.market import SECOND, Bar
from tradeplat.core.ports import Clock
from tradeplat.core.premises import Premises
from tradeplat.desk.floor import Floor

log = structlog.get_logger()

EXCHANGE = ZoneInfo("America/New_York")
"""Where trading days begin and end."""

DAYS = 20
"""Finished days that are averaged, fewer where there are fewer."""

OLDEST = 10 * 86_400 * SECOND
"""A volume whose newest day began earlier than this is none of today: longer than any holidays."""

LOOK_SECONDS = 0.2
"""Seconds of the loop between looks for tickers that have come."""
RETRY_SECONDS = 5.0
"""The same after the vendor gave no answer."""


class Days(Protocol):
    """A vendor of daily bars (streams/alpaca_history.py)."""

    async def days(self, symbol: str, end: int, count: int) -> list[Bar]:
        """The last `count` days that began before `end`, oldest first; `feed` is their source."""
        ...


class Volumes:
    """Tells the gate the average daily volume of every ticker that has a desk, once a day.

    It goes to the gate as premises, which the record keeps. A ticker of which no finished day of
    late is known has no volume: then the share of it that an order may be limits nothing.
    """

    def __init__(self, days: Days, floor: Floor, clock: Clock) -> None:
        self._days = days
        self._floor = floor
        self._clock = clock
        self._asked: dict[str, int] = {}

    async def run(self) -> None:
        """Ask as desks open and as days begin, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look(list(self._floor.desks))
            except Transient as error:
                log.warning("volume_unread", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def look(self, symbols: Iterable[str]) -> None:
        """Ask for those of `symbols` that were not asked for yet today."""
        today = midnight(self._clock.now())
        for symbol in symbols:
            if self._asked.get(symbol) == today:
                continue
            try:
                bars = await self._days.days(symbol, today, DAYS)
            except (Corrupt, Denied) as error:
                log.warning("volume_unknown", symbol=symbol, error=str(error))
                bars = []
            self._asked[symbol] = today
            usual = self._floor.house.market.instrument(symbol)
            told = averaged(usual, bars, today)
            if told != usual:
                self._floor.on_premises(Premises((told,)), self._clock.now())


def averaged(usual: Instrument, bars: Iterable[Bar], today: int) -> Instrument:
    """`usual` with the average volume of the daily `bars`, as of `today`: 0.0 where they tell none
    or nothing of late.
    """
    known = [bar for bar in bars if bar.volume > 0.0]
    if not known or max(bar.ts for bar in known) - 86_400 * SECOND < today - OLDEST:
        return replace(usual, volume=0.0, volume_from="", volume_at=0)
    average = sum(bar.volume for bar in known) / len(known)
    source = f"{len(known)} daily bars of {known[-1].feed}"
    return replace(usual, volume=average, volume_from=source, volume_at=known[-1].ts)


def midnight(ts: int) -> int:
    """Where the day of `ts` began at the exchange, in UTC nanoseconds."""
    local = datetime.fromtimestamp(ts // SECOND, EXCHANGE)
    return int(local.replace(hour=0, minute=0, second=0).timestamp()) * SECOND
