"""What charts draw is TA-Lib's, from the first bar it has a value for, and what strategies use."""

from math import isnan

import numpy as np
import pytest
import talib

from bench.charts import walk
from tradeplat.core.intent import STYLES
from tradeplat.core.market import MINUTE, Bar
from tradeplat.indicators.registry import INDICATORS, SLOT, RelativeVolume

ROWS = walk(600, seed=4)
OPEN, HIGH, LOW, CLOSE, VOLUME = (
    np.ascontiguousarray(ROWS[name]) for name in ("open", "high", "low", "close", "volume")
)


def bars(rows=ROWS):
    names = ("ts", "open", "high", "low", "close", "volume")
    columns = (rows[name].tolist() for name in names)
    return [Bar("AAPL", *row, 60, "") for row in zip(*columns, strict=True)]


def drawn(name, rows=ROWS):
    """Every attribute that is drawn, a column each."""
    made = INDICATORS[name]()
    made.on_day(int(rows["ts"][0]) - MINUTE)
    edges = [part for plot in made.PLOTS for part in (plot.attribute, plot.other) if part]
    found = []
    for bar in bars(rows):
        made.on_bar(bar)
        found.append([getattr(made, edge) for edge in edges])
    return dict(zip(edges, np.array(found).T, strict=True))


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("EMA 9", talib.EMA(CLOSE, 9)),
        ("EMA 20", talib.EMA(CLOSE, 20)),
        ("SMA 50", talib.SMA(CLOSE, 50)),
        ("SMA 200", talib.SMA(CLOSE, 200)),
        ("RSI 14", talib.RSI(CLOSE, 14)),
        ("ATR 14", talib.ATR(HIGH, LOW, CLOSE, 14)),
        ("ROC 10", talib.ROC(CLOSE, 10)),
    ],
)
def test_it_is_talibs_and_has_nothing_where_talib_has_none(name, theirs):
    np.testing.assert_allclose(drawn(name)["value"], theirs, rtol=1e-9)


def test_bands_are_talibs():
    found = drawn("Bollinger 20, 2")
    theirs = talib.BBANDS(CLOSE, 20, 2.0, 2.0)
    for name, band in zip(("upper", "value", "lower"), theirs, strict=True):
        np.testing.assert_allclose(found[name], band, rtol=1e-9)


def test_vwap_begins_with_each_day():
    made = INDICATORS["VWAP"]()
    whole = bars()[:20]
    for day in range(2):
        made.on_day(day)
        for bar in whole:
            made.on_bar(bar)
        price = (HIGH + LOW + CLOSE)[:20] / 3
        assert made.value == pytest.approx((price * VOLUME[:20]).sum() / VOLUME[:20].sum())


def test_volume_is_compared_with_the_same_time_of_earlier_days():
    made = RelativeVolume()
    found = []
    for day, size in enumerate((100.0, 300.0, 400.0)):
        start = day * 24 * 3_600 * 1_000_000_000
        made.on_day(start)
        for n in range(1, 4):
            made.on_bar(Bar("AAPL", start + n * SLOT, 1.0, 1.0, 1.0, 1.0, size, 300, ""))
            found.append(made.value)
    assert all(isnan(value) for value in found[:3])
    assert found[3:] == [3.0] * 3 + [2.0] * 3


@pytest.mark.parametrize("name", INDICATORS)
def test_what_is_listed_can_be_drawn(name):
    made = INDICATORS[name]()
    assert made.PLOTS
    for plot in made.PLOTS:
        assert plot.style in STYLES
        assert isnan(getattr(made, plot.attribute))
    assert INDICATORS[name]() is not made
    flat = ROWS.copy()
    for column in ("open", "high", "low", "close"):
        flat[column] = 10.0
    for values in drawn(name, flat).values():
        assert not np.isinf(values).any()
