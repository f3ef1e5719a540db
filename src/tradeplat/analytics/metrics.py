"""Figures of merit (quant-spec 5, 6): undefined ones are nan, never 0 and never infinite."""

from collections.abc import Sequence
from math import isfinite, nan, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

YEAR_OF_DAYS = 252.0
"""Daily returns in a year."""

YEAR_OF_MINUTES = 252.0 * 390.0
"""One-minute returns of regular hours in a year."""

_EULER = 0.5772156649015329

Series = Sequence[float] | NDArray[np.float64]


class Running:
    """Count, mean and variance in one pass (Welford), equal to the batch result to 1e-9."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.total = 0.0
        self._squares = 0.0

    def add(self, value: float) -> None:
        """Take in one more value."""
        self.count += 1
        self.total += value
        gap = value - self.mean
        self.mean += gap / self.count
        self._squares += gap * (value - self.mean)

    @property
    def deviation(self) -> float:
        """Sample standard deviation (ddof 1), nan below two values."""
        return sqrt(self._squares / (self.count - 1)) if self.count > 1 else nan


class Outcomes:
    """Wins, losses and break-evens of a list of campaigns' net results, told one by one.

    A win is above 0, a loss below; a break-even counts in the number of campaigns and in neither
    group, so that expectancy = win rate x average win - loss rate x average loss.
    """

    def __init__(self) -> None:
        self.net = Running()
        self.wins = Running()
        self.losses = Running()
        self.multiples = Running()
        """R multiples of the campaigns that had a stop."""
        self.best = nan
        self.worst = nan
        self.losing_run = 0
        """The longest run of losses without a win or break-even between."""
        self._run = 0

    def add(self, net: float, multiple: float = nan) -> None:
        """Take in one more campaign."""
        self.best = net if not self.net.count else max(self.best, net)
        self.worst = net if not self.net.count else min(self.worst, net)
        self.net.add(net)
        if net > 0.0:
            self.wins.add(net)
        elif net < 0.0:
            self.losses.add(-net)
        self._run = self._run + 1 if net < 0.0 else 0
        self.losing_run = max(self.losing_run, self._run)
        if isfinite(multiple):
            self.multiples.add(multiple)

    @property
    def count(self) -> int:
        """Number of campaigns."""
        return self.net.count

    @property
    def scratches(self) -> int:
        """Number of break-evens."""
        return self.count - self.wins.count - self.losses.count

    @property
    def win_rate(self) -> float:
        """Wins over all campaigns."""
        return self.wins.count / self.count if self.count else nan

    @property
    def expectancy(self) -> float:
        """Mean net result of a campaign."""
        return self.net.mean if self.count else nan

    @property
    def expectancy_r(self) -> float:
        """Mean R multiple, over the campaigns that had a stop."""
        return self.multiples.mean if self.multiples.count else nan

    @property
    def average_win(self) -> float:
        """Mean of the wins."""
        return self.wins.mean if self.wins.count else nan

    @property
    def average_loss(self) -> float:
        """Mean of the losses, as a positive number."""
        return self.losses.mean if self.losses.count else nan

    @property
    def profit_factor(self) -> float:
        """Sum of wins over sum of losses; nan without a loss."""
        return self.wins.total / self.losses.total if self.losses.count else nan


def sharpe(returns: Series, year: float, free: float = 0.0) -> float:
    """Annualised mean excess return over its sample deviation; `free` is per period."""
    excess = np.asarray(returns, float) - free
    if len(excess) < 2 or np.ptp(excess) == 0.0:
        return nan
    return _sound(sqrt(year) * float(excess.mean()) / float(excess.std(ddof=1)))


def sortino(returns: Series, year: float, target: float = 0.0) -> float:
    """Annualised mean excess over the root mean square of shortfalls, over all periods."""
    excess = np.asarray(returns, float) - target
    if len(excess) < 2:
        return nan
    shortfall = sqrt(float(np.mean(np.minimum(excess, 0.0) ** 2)))
    return _sound(sqrt(year) * float(excess.mean()) / shortfall) if shortfall else nan


def cagr(start: float, end: float, periods: int, year: float) -> float:
    """Compound growth a year of capital that went from `start` to `end` in `periods`."""
    if periods < 1 or start <= 0.0 or end <= 0.0:
        return nan
    try:
        return _sound((end / start) ** (year / periods) - 1.0)
    except OverflowError:
        return nan


def omega(returns: Series) -> float:
    """Sum of gains over sum of losses of the periods' returns."""
    values = np.asarray(returns, float)
    lost = float(np.maximum(-values, 0.0).sum())
    return _sound(float(np.maximum(values, 0.0).sum()) / lost) if lost else nan


def value_at_risk(returns: Series, level: float = 0.05) -> float:
    """The empirical `level` quantile of returns (historical method, linear between values)."""
    values = np.asarray(returns, float)
    return float(np.quantile(values, level)) if len(values) > 1 else nan


def expected_shortfall(returns: Series, level: float = 0.05) -> float:
    """Mean of the returns at or below the value at risk (historical method)."""
    values = np.asarray(returns, float)
    if len(values) < 2:
        return nan
    return float(values[values <= value_at_risk(values, level)].mean())


def probabilistic_sharpe(  # the moments of one series, told apart
    ratio: float, benchmark: float, count: int, skew: float, kurtosis: float
) -> float:
    """Chance that the true Sharpe exceeds `benchmark`; both per period, kurtosis not excess."""
    spread = 1.0 - skew * ratio + (kurtosis - 1.0) / 4.0 * ratio * ratio
    if count < 2 or not spread > 0.0:
        return nan
    return NormalDist().cdf((ratio - benchmark) * sqrt(count - 1) / sqrt(spread))


def deflated_benchmark(trials: int, variance: float) -> float:
    """The Sharpe (per period) that the best of `trials` skilless ones is expected to show."""
    if trials < 2 or variance < 0.0:
        return nan
    normal = NormalDist()
    best = (1.0 - _EULER) * normal.inv_cdf(1.0 - 1.0 / trials)
    best += _EULER * normal.inv_cdf(1.0 - 1.0 / (trials * float(np.e)))
    return sqrt(variance) * best


def moments(returns: Series) -> tuple[float, float]:
    """Skewness and (not excess) kurtosis of `returns`; nan where there is no spread."""
    values = np.asarray(returns, float)
    if len(values) < 2 or np.ptp(values) == 0.0:
        return nan, nan
    scaled = (values - values.mean()) / values.std()
    return float(np.mean(scaled**3)), float(np.mean(scaled**4))


def quantiles(values: Series, levels: Sequence[float]) -> list[float]:
    """Empirical quantiles, linear between values; nan where there are none."""
    found = np.asarray(values, float)
    if not len(found):
        return [nan] * len(levels)
    return [float(value) for value in np.quantile(found, levels)]


def _sound(value: float) -> float:
    return value if isfinite(value) else nan
