"""Longer bars are what joining the shorter ones by hand gives, however the shorter ones came."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.charts import FAST, points, walk
from desks import Desk
from tradeplat.visualizer.frames import SPANS, Frames, Joined, cell
from tradeplat.visualizer.indicators import FIRST, Indicators
from tradeplat.visualizer.link import FORMING
from tradeplat.visualizer.model import ChartModel, Study
from tradeplat.visualizer.ticks import DAY, NEW_YORK, SECOND

ROWS = walk(1_000, seed=4)


def by_hand(rows, span: int) -> list[tuple[float, ...]]:
    """Bars joined one by one."""
    found: dict[object, list[float]] = {}
    for row in rows:
        opening = int(row["ts"]) // SECOND - 60
        local = datetime.fromtimestamp(opening, UTC).astimezone(NEW_YORK)
        week, day = local.isocalendar()[:2], local.date()
        key = opening // span if span < DAY else day if span == DAY else week
        bar = [float(row[name]) for name in ("open", "high", "low", "close", "volume")]
        if key in found:
            old = found[key]
            bar = [old[0], max(old[1], bar[1]), min(old[2], bar[2]), bar[3], old[4] + bar[4]]
        found[key] = bar
    return [tuple(bar) for bar in found.values()]


def shown(made: ChartModel) -> list[tuple[float, ...]]:
    return [tuple(made.bars.candle(n))[1:] for n in range(len(made.bars))]


@pytest.mark.parametrize("span", SPANS[1:])
def test_joined_bars_are_those_made_by_hand(span):
    rows = walk(1_000)
    source = ChartModel("AAPL")
    source.load(rows)
    made = Joined(source, span)
    assert shown(made) == [pytest.approx(bar) for bar in by_hand(rows, span)]
    if span < DAY:
        assert (made.bars.ts % (span * SECOND) == 0).all()


@given(st.lists(st.integers(1, 40), max_size=12), st.sampled_from(SPANS[1:]), st.booleans())
def test_bars_that_come_later_give_what_all_at_once_give(steps, span, forming):
    source = ChartModel("AAPL")
    source.load(ROWS[:3])
    made, at = Joined(source, span), 3
    for step in steps:
        rows = ROWS[at : at + step].copy()
        if forming:  # the first of them forms for a while
            first = rows[:1].copy()
            first["close"] = first["high"] = first["high"] + 1.0
            first["revision"] = FORMING
            source.extend(first)
            made.follow()
            assert made.last == first["close"][0]
            assert made.bars.forming
            source.replace(rows[:1])
            source.extend(rows[1:])
        else:
            source.extend(rows)
        at += step
        made.follow()
    whole = ChartModel("AAPL")
    whole.load(ROWS[:at])
    assert shown(made) == shown(Joined(whole, span))
    assert made.bars.ts.tolist() == Joined(whole, span).bars.ts.tolist()


def test_a_bar_forms_until_the_clock_has_passed_its_end():
    source = ChartModel("AAPL")
    source.load(ROWS[:4])
    made = Joined(source, 300)
    assert made.bars.forming  # four of five minutes
    source.extend(ROWS[4:5])
    made.follow()
    assert (len(made.bars), made.bars.forming) == (1, False)
    source.extend(ROWS[5:6])
    made.follow()
    assert (len(made.bars), made.bars.forming) == (2, True)


def test_studies_lines_and_markers_are_drawn_over_them():
    source = ChartModel("AAPL")
    source.load(ROWS[:10])
    source.declare(Study(FAST, "x"))
    source.points(points(ROWS[:10], FAST, np.arange(10.0)))
    made = Joined(source, 300)
    assert [made.series[FAST].at(n) for n in range(2)] == [4.0, 9.0]
    source.extend(ROWS[10:12])
    source.points(points(ROWS[10:12], FAST, np.array([10.0, np.nan])))
    source.position, source.reference = 200, 97.0
    source.set_stale(True)
    made.follow()
    assert made.series[FAST].at(2) == 10.0
    assert (made.position, made.reference, made.stale) == (200, 97.0, True)
    assert made.levels is source.levels
    indicators = Indicators()
    indicators.choose("AAPL", ["VWAP"])
    assert indicators.advance([source, made])
    source.extend(ROWS[12:13])
    made.follow()
    assert indicators.advance([source, made])
    (own,) = [number for number in made.studies if number >= FIRST]
    assert made.series[own].at(1) > 0
    assert set(made.studies) == set(source.studies) == {FAST, own}
    made.follow()
    before = made.revision
    made.follow()  # nothing new
    assert made.revision == before


def test_what_is_loaded_anew_is_joined_anew():
    source = ChartModel("AAPL")
    source.load(ROWS[:500])
    made = Joined(source, 300)
    source.load(ROWS[600:610])
    made.follow()
    assert len(made.bars) == len(by_hand(ROWS[600:610], 300))
    source.load(ROWS[:0])
    made.follow()
    assert len(made.bars) == 0


def test_weeks_begin_on_mondays_in_new_york():
    def second(text: str) -> int:
        return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp())

    at = np.array(
        [second("2026-11-20T19:59"), second("2026-11-22T23:59"), second("2026-11-23T00:00")]
    )
    cells = cell(at, 7 * DAY)
    assert cells[0] == cells[1] == cells[2] - 1


def test_the_engines_own_bars_come_before_joined_ones():
    desk = Desk()
    frames = Frames(desk.mirror)
    assert frames.spans("AAPL") == SPANS
    assert frames.model("AAPL", 60) is desk.mirror.model("AAPL")
    assert frames.model("AAPL", 300) is frames.model("AAPL", 300)
    assert frames.model("AAPL", 90) is None
    assert frames.model("NOPE", 300) is None
    for symbol in desk.mirror.symbols:
        for span in SPANS:
            assert frames.model(symbol, span).span == span
