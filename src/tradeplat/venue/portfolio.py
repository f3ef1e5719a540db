"""An account's equity over time, sampled as the venue's clock moves."""

from bisect import bisect_right
from decimal import Decimal

import msgspec

from tradeplat.core.market import MINUTE, SECOND
from tradeplat.venue.refusals import invalid

_HOUR = 60 * MINUTE
_DAY = 24 * _HOUR
FRAMES = {"1Min": MINUTE, "5Min": 5 * MINUTE, "15Min": 15 * MINUTE, "1H": _HOUR, "1D": _DAY}
"""Window lengths a history may be asked in."""

_UNITS = {"D": 1, "W": 7, "M": 31, "A": 366}
_LONGEST = 3_660


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the history is asked for, in UTC ns; `frame` is a key of FRAMES."""

    start: int
    end: int
    frame: str


class EquityCurve:
    """Equity at the end of each minute in which the clock moved, and the start value."""

    def __init__(self, start: int, equity: Decimal) -> None:
        self._base = equity
        self._times = [start]
        self._values = [equity]

    def sample(self, ts: int, equity: Decimal) -> None:
        """Note `equity` at `ts`; within one minute the last note stays."""
        if ts // MINUTE == self._times[-1] // MINUTE and len(self._times) > 1:
            self._values[-1] = equity
        else:
            self._times.append(max(ts, self._times[-1]))
            self._values.append(equity)

    def wire(self, span: Span) -> dict[str, object]:
        """The portfolio-history object: windows are stamped at their start, in seconds."""
        length = FRAMES[span.frame]
        windows: dict[int, Decimal] = {}
        first = bisect_right(self._times, span.start - 1)
        last = bisect_right(self._times, span.end)
        for ts, equity in zip(self._times[first:last], self._values[first:last], strict=True):
            windows[ts // length * length] = equity
        base = self._values[first - 1] if first > 0 else self._base
        gains = [equity - base for equity in windows.values()]
        return {
            "timestamp": [ts // SECOND for ts in windows],
            "equity": [float(equity) for equity in windows.values()],
            "profit_loss": [float(gain) for gain in gains],
            "profit_loss_pct": [float(gain / base) if base else 0.0 for gain in gains],
            "base_value": float(base),
            "timeframe": span.frame,
        }


def read_period(text: str) -> int:
    """Nanoseconds of a period such as 1D, 2W, 1M or 1A; raises Refusal (422)."""
    count, unit = text[:-1], text[-1:].upper()
    if unit not in _UNITS or not (count.isascii() and count.isdigit()) or len(count) > 4:
        raise invalid("period must be a number and one of D, W, M, A")
    days = int(count) * _UNITS[unit]
    if not 0 < days <= _LONGEST:
        raise invalid("period is out of range")
    return days * _DAY


def read_frame(text: str | None, length: int) -> str:
    """The window asked for, else the vendor's default for a period of `length` ns."""
    if text is None:
        return "1Min" if length < 7 * _DAY else "15Min" if length < 30 * _DAY else "1D"
    if text not in FRAMES:
        raise invalid(f"timeframe must be one of {', '.join(FRAMES)}")
    return text
