"""Labels of axes: round, in order, apart, and at New York's hours whatever the bars do."""

from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.visualizer.ticks import (
    DAY,
    MONTH,
    NEW_YORK,
    SECOND,
    TimeTicks,
    bar_text,
    clock_text,
    instant_text,
    price_step,
    price_ticks,
)


def closes(*stretches, span=60):
    """Closes of bars: (New York's time of the first opening, bars) for each stretch."""
    parts = []
    for text, count in stretches:
        first = int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp())
        parts.append((first + span * (np.arange(count) + 1)) * SECOND)
    return np.concatenate(parts)


def labels(ts, gap, span=60):
    ticks = TimeTicks(span)
    ticks.extend(ts)
    return ticks.between(0, len(ts), gap)


@pytest.mark.parametrize(
    ("low", "high", "tick", "most", "expected"),
    [
        (97.9, 98.6, 0.01, 8, [97.9, 98.0, 98.1, 98.2, 98.3, 98.4, 98.5, 98.6]),
        (98.01, 98.03, 0.01, 8, [98.01, 98.02, 98.03]),
        (0.0001, 0.0004, 0.0001, 9, [0.0001, 0.0002, 0.0003, 0.0004]),
        (499_000, 501_000, 0.01, 5, [499_000, 499_500, 500_000, 500_500, 501_000]),
        (4500.25, 4502.0, 0.25, 5, [4500.5, 4501.0, 4501.5, 4502.0]),
        (-500, 300, 0.01, 4, [-400, -200, 0, 200]),
        (5, 5, 0.01, 5, []),
        (float("nan"), 5, 0.01, 5, []),
    ],
)
def test_prices_are_labelled_at_round_steps(low, high, tick, most, expected):
    assert price_ticks(low, high, tick, most) == pytest.approx(expected)


@settings(deadline=None)
@given(
    st.floats(1e-4, 5e5), st.floats(1e-4, 1e5), st.sampled_from([0.0001, 0.01, 0.05, 0.25, 1.0]),
    st.integers(1, 20),
)  # fmt: skip
def test_prices_are_multiples_of_the_tick_and_never_too_many(low, span, tick, most):
    ticks = price_ticks(low, low + span, tick, most)
    assert len(ticks) <= most + 1
    step = price_step(span, tick, most)
    assert step / tick == pytest.approx(round(step / tick))
    assert all(low - 1e-6 * step <= one <= low + span + 1e-6 * step for one in ticks)


def test_a_session_is_labelled_by_its_hours_in_new_york():
    ts = closes(("2026-11-20T09:30", 390))
    assert [tick.text for tick in labels(ts, 40)] == [
        "20 Nov", "11:00", "12:00", "13:00", "14:00", "15:00",
    ]  # fmt: skip


def test_the_clock_of_summer_and_of_winter():
    summer, winter = closes(("2026-07-01T09:30", 60)), closes(("2026-12-01T09:30", 60))
    for ts in (summer, winter):
        assert "10:00" in [tick.text for tick in labels(ts, 12)]
    both = labels(closes(("2026-10-30T09:30", 390), ("2026-11-02T09:30", 390)), 40)
    assert [tick.text for tick in both].count("12:00") == 2


def test_the_first_bar_after_a_halt_has_its_own_time():
    ts = closes(("2026-11-20T09:30", 20), ("2026-11-20T10:02", 60))
    assert "10:02" in [tick.text for tick in labels(ts, 5)]


def test_each_day_and_month_begins_where_its_first_bar_is():
    days = [("2026-11-25T09:30", 390), ("2026-11-27T09:30", 210), ("2026-11-30T09:30", 390),
            ("2026-12-01T09:30", 390)]  # fmt: skip
    found = labels(closes(*days), 150)
    assert [(tick.bar, tick.step) for tick in found if tick.step >= DAY] == [
        (0, DAY), (390, DAY), (600, DAY), (990, MONTH),
    ]  # fmt: skip


def test_days_are_named_by_their_own_date():
    rows = [datetime(2026, 11, day, 16, tzinfo=NEW_YORK) for day in (18, 19, 20)]
    ts = np.array([int(row.timestamp()) * SECOND for row in rows])
    assert [tick.text for tick in labels(ts, 0.5, DAY)] == ["18 Nov", "19 Nov", "20 Nov"]
    assert bar_text(int(ts[2]), DAY) == "Fri 20 Nov 2026"


def test_seconds_are_labelled_where_bars_are_seconds():
    found = labels(closes(("2026-11-20T09:30", 90), span=1), 10, span=1)
    assert [tick.text for tick in found][1:4] == ["09:30:15", "09:30:30", "09:30:45"]


def test_read_outs_name_the_opening_in_full():
    ts = int(closes(("2026-11-20T09:30", 1))[0])
    assert bar_text(ts, 60) == "Fri 20 Nov 09:30"
    assert bar_text(ts - 59 * SECOND, 1) == "Fri 20 Nov 09:30:00"
    assert (clock_text(ts), clock_text(ts, seconds=False)) == ("09:31:00", "09:31")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 4000), min_size=1, max_size=200), st.integers(0, 100),
    st.integers(0, 250), st.floats(1, 60), st.integers(1, 50),
)  # fmt: skip
def test_labels_keep_apart_and_come_bar_by_bar_as_at_once(gaps, start, end, gap, piece):
    ts = (np.cumsum(gaps) * 60 + 1_700_000_000) * SECOND
    once, apart = TimeTicks(60), TimeTicks(60)
    once.extend(ts)
    for at in range(0, len(ts), piece):
        apart.extend(ts[at : at + piece])
    found = once.between(start, end, gap)
    assert found == apart.between(start, end, gap)
    places = [tick.bar for tick in found]
    assert all(right - left >= gap for left, right in pairwise(places))
    assert all(start <= place < min(end, len(ts)) for place in places)


def test_an_instant_is_told_in_full() -> None:
    assert instant_text(1_767_364_200_000_000_000) == "Fri 2 Jan 09:30:00"


def test_the_label_of_the_first_bar_gives_way_to_a_day_that_begins():
    ts = closes(("2025-06-03T19:50", 1), ("2025-06-04T09:15", 60))
    assert labels(ts, 10)[0].text == "4 Jun"
    assert labels(ts[1:], 10)[0].text == "4 Jun"
