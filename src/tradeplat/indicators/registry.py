"""Indicators by name, as a chart draws them: one bar at a time, from the kernels strategies use."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from math import nan
from types import MappingProxyType
from typing import ClassVar, Protocol

from tradeplat.core.intent import Plot
from tradeplat.core.market import MINUTE, Bar
from tradeplat.indicators.bands import bollinger
from tradeplat.indicators.means import ema, sma, sma_total
from tradeplat.indicators.momentum import gain_mean, loss_mean, roc, rsi
from tradeplat.indicators.ranges import atr, true_range
from tradeplat.indicators.spread import zscore
from tradeplat.indicators.volume import note_volume, relative_volume, time_slot, typical, vwap

SLOT = 5 * MINUTE
SLOTS = 24 * 12
DAYS = 10
"""Earlier days that volume is compared with."""


class Indicator(Protocol):
    """What a chart can draw: after each bar its PLOTS name attributes, nan where there is nothing.

    Bars are closed, of one span, in order of time; higher panes are its own, below the prices.
    """

    PLOTS: ClassVar[tuple[Plot, ...]]

    def on_day(self, start: int) -> None:
        """With the next bar a day begins, in UTC ns at midnight of the exchange."""
        ...

    def on_bar(self, bar: Bar) -> None:
        """Take in a bar."""
        ...


class Plain(ABC):
    """An indicator that days do not matter to; `seen` bars came before."""

    PLOTS: ClassVar[tuple[Plot, ...]] = (Plot("value"),)

    def __init__(self) -> None:
        self.value = nan
        self.seen = 0

    def on_day(self, start: int) -> None:  # noqa: B027  # days matter to two of them alone
        """Go on."""

    def on_bar(self, bar: Bar) -> None:
        """Take in a bar."""
        self.update(bar)
        self.seen += 1

    @abstractmethod
    def update(self, bar: Bar) -> None:
        """Bring `value` up to the bar."""


class Ema(Plain):
    """Exponential mean of closes, from the first `length` of them on."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length
        self.mean = nan

    def update(self, bar: Bar) -> None:
        """Idem."""
        self.mean = ema(self.mean, bar.close, self.length, self.seen)
        self.value = self.mean if self.seen + 1 >= self.length else nan


class Sma(Plain):
    """Plain mean of the last `length` closes."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.ring = [0.0] * length
        self.total = 0.0

    def update(self, bar: Bar) -> None:
        """Idem."""
        length = len(self.ring)
        self.total = sma_total(self.ring, self.total, bar.close, self.seen)
        self.value = sma(self.total, length, self.seen) if self.seen + 1 >= length else nan


class Bollinger(Plain):
    """Mean of the last `length` closes and `width` standard deviations to both sides."""

    PLOTS: ClassVar[tuple[Plot, ...]] = (
        Plot("upper", style="band", other="lower"),
        Plot("value", label="middle"),
    )

    def __init__(self, length: int, width: float) -> None:
        super().__init__()
        self.ring = [0.0] * length
        self.width = width
        self.upper = self.lower = nan

    def update(self, bar: Bar) -> None:
        """Idem."""
        found = bollinger(self.ring, bar.close, self.seen, self.width)
        whole = self.seen + 1 >= len(self.ring)
        self.lower, self.value, self.upper = found if whole else (nan, nan, nan)


class Rsi(Plain):
    """Relative strength of `length` changes of the close, 0 to 100."""

    PLOTS: ClassVar[tuple[Plot, ...]] = (Plot("value", pane=1),)

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length
        self.gains = self.losses = self.last = nan

    def update(self, bar: Bar) -> None:
        """Idem."""
        if self.seen:
            change, before = bar.close - self.last, self.seen - 1
            self.gains = gain_mean(self.gains, change, self.length, before)
            self.losses = loss_mean(self.losses, change, self.length, before)
            self.value = rsi(self.gains, self.losses) if self.seen >= self.length else nan
        self.last = bar.close


class Atr(Plain):
    """Average true range of `length` bars, in dollars."""

    PLOTS: ClassVar[tuple[Plot, ...]] = (Plot("value", pane=1),)

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length
        self.mean = self.last = nan

    def update(self, bar: Bar) -> None:
        """Idem."""
        if self.seen:
            move = true_range(bar.high, bar.low, self.last)
            self.mean = atr(self.mean, move, self.length, self.seen - 1)
            self.value = self.mean if self.seen >= self.length else nan
        self.last = bar.close


class Roc(Plain):
    """Change of the close in percent against `length` bars ago."""

    PLOTS: ClassVar[tuple[Plot, ...]] = (Plot("value", pane=1),)

    def __init__(self, length: int) -> None:
        super().__init__()
        self.ring = [0.0] * length

    def update(self, bar: Bar) -> None:
        """Idem."""
        self.value = roc(self.ring, bar.close, self.seen)


class ZScore(Plain):
    """Distance of the close from the mean of `length` closes, in standard deviations."""

    PLOTS: ClassVar[tuple[Plot, ...]] = (Plot("value", pane=1, style="histogram"),)

    def __init__(self, length: int) -> None:
        super().__init__()
        self.ring = [0.0] * length

    def update(self, bar: Bar) -> None:
        """Idem."""
        self.value = zscore(self.ring, bar.close, self.seen)


class Vwap(Plain):
    """Volume-weighted mean price of the day."""

    def __init__(self) -> None:
        super().__init__()
        self.traded = 0.0

    def on_day(self, start: int) -> None:
        """Begin anew."""
        self.value, self.traded = nan, 0.0

    def update(self, bar: Bar) -> None:
        """Idem."""
        price = typical(bar.high, bar.low, bar.close)
        self.value = vwap(self.value, price, bar.volume, self.traded)
        self.traded += bar.volume


class RelativeVolume(Plain):
    """Volume of the day so far over its mean in up to ten earlier days at the same time of day."""

    PLOTS: ClassVar[tuple[Plot, ...]] = (Plot("value", pane=1, style="step"),)

    def __init__(self) -> None:
        super().__init__()
        self.curves = [0.0] * (SLOTS * (DAYS + 1))
        self.day = self.reached = -1
        self.start = 0
        self.total = 0.0

    def on_day(self, start: int) -> None:
        """The day that ends is noted to its last slot."""
        if self.day >= 0:
            self._note(SLOTS - 1)
        self.start, self.day, self.reached, self.total = start, self.day + 1, -1, 0.0

    def update(self, bar: Bar) -> None:
        """Idem."""
        slot = time_slot(bar.ts, self.start, SLOT)
        if self.day < 0 or not 0 <= slot < SLOTS:
            self.value = nan
            return
        self.total += bar.volume
        self._note(slot)
        self.value = relative_volume(self.curves, SLOTS, self.day, slot)

    def _note(self, slot: int) -> None:
        note_volume(self.curves, SLOTS, self.day, slot, self.reached, self.total)
        self.reached = slot


INDICATORS: Mapping[str, Callable[[], Indicator]] = MappingProxyType(
    {
        "EMA 9": partial(Ema, 9),
        "EMA 20": partial(Ema, 20),
        "Bollinger 20, 2": partial(Bollinger, 20, 2.0),
        "SMA 50": partial(Sma, 50),
        "VWAP": Vwap,
        "SMA 200": partial(Sma, 200),
        "RSI 14": partial(Rsi, 14),
        "ATR 14": partial(Atr, 14),
        "ROC 10": partial(Roc, 10),
        "Z-score 30": partial(ZScore, 30),
        "Relative volume": RelativeVolume,
    }
)
"""What makes each indicator, by the name that a chart lists it under."""
