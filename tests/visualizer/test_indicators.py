"""Indicators a person adds: computed once a bar, for charts that are seen, gone when put off."""

import numpy as np
import pytest

from bench.charts import FAST, average, model, points, walk
from tradeplat.core.intent import Plot
from tradeplat.indicators.registry import INDICATORS
from tradeplat.visualizer.indicators import MOST, Indicators
from tradeplat.visualizer.link import FORMING
from tradeplat.visualizer.model import Study

ROWS = walk(900, seed=4)


def caught_up(indicators, *models):
    for steps in range(1, 1_000):
        if indicators.advance(models):
            return steps
    raise AssertionError


def line(shown, name):
    study = next(one for one in shown.studies.values() if one.name == name)
    series = shown.series[study.id]
    return np.array([series.at(bar) for bar in range(len(series))])


@pytest.fixture
def shown():
    return model(ROWS[:300])


@pytest.fixture
def indicators():
    made = Indicators()
    made.choose("AAPL", ["SMA 50", "RSI 14", "nobody knows it"])
    return made


def test_it_is_drawn_over_all_bars_and_over_each_that_closes(indicators, shown):
    caught_up(indicators, shown)
    for end in (301, 302, 400):
        shown.extend(ROWS[len(shown.bars) : end])
        caught_up(indicators, shown)
        np.testing.assert_allclose(line(shown, "SMA 50"), average(ROWS[:end], 50))
    assert [study.pane > 0 for study in shown.studies.values()] == [False, True]


def test_a_bar_that_goes_on_is_not_computed_before_it_has_closed(indicators, shown):
    going = ROWS[300:301].copy()
    going["revision"] = FORMING
    for _ in range(3):
        shown.replace(going) if len(shown.bars) > 300 else shown.extend(going)
        caught_up(indicators, shown)
        assert len(line(shown, "SMA 50")) == 300
    before = shown.revision
    assert indicators.advance([shown])
    assert shown.revision == before  # nothing to do costs nothing
    shown.replace(ROWS[300:301])
    caught_up(indicators, shown)
    np.testing.assert_allclose(line(shown, "SMA 50"), average(ROWS[:301], 50))


def test_a_long_history_is_computed_in_steps(indicators):
    made = model(ROWS)
    assert caught_up(indicators, made) == -(-2 * len(ROWS) // MOST)
    np.testing.assert_allclose(line(made, "SMA 50"), average(ROWS, 50))


def test_bars_that_are_told_anew_are_computed_anew(indicators, shown):
    caught_up(indicators, shown)
    shown.load(ROWS[100:220])
    caught_up(indicators, shown)
    np.testing.assert_allclose(line(shown, "SMA 50"), average(ROWS[100:220], 50))


def test_what_is_put_off_is_gone_and_leaves_what_strategies_declare(indicators, shown):
    shown.declare(Study(FAST, "declared"))
    shown.points(points(ROWS[:300], FAST, average(ROWS[:300], 20)))
    caught_up(indicators, shown)
    indicators.choose("AAPL", ["RSI 14"])
    assert [study.name for study in shown.studies.values()] == ["declared", "RSI 14"]
    indicators.choose("AAPL", [])
    assert list(shown.series) == [FAST]
    before = shown.revision
    assert indicators.advance([shown])
    assert shown.revision == before


def test_another_ticker_and_a_chart_that_is_not_shown_have_none(indicators, shown):
    other, unseen = model(ROWS, "TSLA"), model(ROWS)
    caught_up(indicators, shown, other)
    assert not other.studies
    assert not unseen.studies


def test_every_one_has_numbers_and_panes_of_its_own(shown):
    every = Indicators()
    every.choose("AAPL", every.names)
    caught_up(every, shown)
    numbers = [n for study in shown.studies.values() for n in (study.id, study.partner) if n]
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) < 2**16
    low = [study.pane for study in shown.studies.values() if study.pane]
    assert len(set(low)) == len(low)
    assert all(len(shown.series[number]) == 300 for number in numbers)


class Doubled:
    PLOTS = (Plot("twice", label="x2"),)

    def __init__(self):
        self.twice = float("nan")

    def on_day(self, start):
        self.twice = 0.0

    def on_bar(self, bar):
        self.twice = 2 * bar.close


def test_one_of_a_plug_in_is_listed_behind_those_of_the_house(shown):
    indicators = Indicators()
    indicators.know({"Doubled": Doubled})
    assert indicators.names == (*INDICATORS, "Doubled")
    indicators.choose("AAPL", ["Doubled"])
    caught_up(indicators, shown)
    np.testing.assert_allclose(line(shown, "Doubled x2"), 2 * ROWS["close"][:300])
