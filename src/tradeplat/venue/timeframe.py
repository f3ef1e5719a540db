"""Periods of bars as the vendor names them: 1Min to 59Min, 1Hour to 23Hour, days, weeks, months."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from tradeplat.core.market import MINUTE, SECOND
from tradeplat.venue.candles import Candle
from tradeplat.venue.days import day_start
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.stamps import NEW_YORK, new_york

_SHAPE = re.compile(r"(\d{1,2})(Min|T|Hour|H|Day|D|Week|W|Month|M)", re.ASCII)
_HOUR = 60 * MINUTE


Ratio = Callable[[str, int], float]
"""What a price of a symbol at an instant was then, over what is told of it today."""


class Unit(StrEnum):
    """What a period is counted in."""

    MINUTE = "Min"
    HOUR = "Hour"
    DAY = "Day"
    WEEK = "Week"
    MONTH = "Month"


_UNITS = {
    "T": Unit.MINUTE,
    "H": Unit.HOUR,
    "D": Unit.DAY,
    "W": Unit.WEEK,
    "M": Unit.MONTH,
    **{unit.value: unit for unit in Unit},
}
_ALLOWED = {
    Unit.MINUTE: range(1, 60),
    Unit.HOUR: range(1, 24),
    Unit.DAY: range(1, 2),
    Unit.WEEK: range(1, 2),
    Unit.MONTH: (1, 2, 3, 4, 6, 12),
}


class Timeframe(msgspec.Struct, frozen=True):
    """A period of `amount` units; days begin at midnight in New York, weeks on Monday."""

    amount: int
    unit: Unit

    def start(self, ts: int) -> int:
        """Where the period that `ts` lies in begins, in UTC nanoseconds."""
        midnight = day_start(ts)
        match self.unit:
            case Unit.MINUTE | Unit.HOUR:
                span = self.amount * (MINUTE if self.unit is Unit.MINUTE else _HOUR)
                return midnight + (ts - midnight) // span * span
            case Unit.DAY:
                return midnight
            case Unit.WEEK:
                local = new_york(midnight)
                return _midnight(local - timedelta(days=local.weekday()))
            case Unit.MONTH:
                local = new_york(midnight)
                month = (local.month - 1) // self.amount * self.amount + 1
                return _midnight(local.replace(month=month, day=1))

    @property
    def intraday(self) -> bool:
        """Whether it is made of minutes, else of days."""
        return self.unit in {Unit.MINUTE, Unit.HOUR}

    def reach(self, ts: int) -> int:
        """An instant no earlier than the end of the intraday period that `ts` lies in."""
        return ts + self.amount * (MINUTE if self.unit is Unit.MINUTE else _HOUR)

    def joined(self, parts: Iterable[Candle]) -> list[Candle]:
        """Bars of this period made of `parts`, shorter ones in their order."""
        bars: list[Candle] = []
        for part in parts:
            if not part.priced:
                continue
            start = self.start(part.start)
            if not bars or bars[-1].start != start:
                bars.append(Candle(start))
            bars[-1].merge(part)
        return bars


def read_timeframe(text: str) -> Timeframe:
    """The period `text` names. Raises Refusal (400)."""
    match = _SHAPE.fullmatch(text)
    unit = _UNITS[match[2]] if match is not None else Unit.DAY
    if match is None or int(match[1]) not in _ALLOWED[unit]:
        raise Refusal(400, None, f"invalid timeframe: {text[:32]}")
    return Timeframe(int(match[1]), unit)


def _midnight(local: datetime) -> int:
    naive = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    begun = naive.replace(tzinfo=NEW_YORK).astimezone(UTC)
    return int(begun.timestamp()) * SECOND
