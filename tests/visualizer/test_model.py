"""One chart's data: what changes moves its revision, whatever waits for a bar gets it."""

import numpy as np
import pytest

from bench.charts import FAST, LOWER, UPPER, model, points, walk
from tradeplat.control import records
from tradeplat.control.records import MARKER, PRICE_LINE
from tradeplat.visualizer.link import LineKind, LineState, MarkerKind
from tradeplat.visualizer.model import ChartModel, Study

NAN = float("nan")
ROWS = walk(50, seed=9)


def line(key, price, kind=LineKind.STOP):
    row = np.zeros(1, PRICE_LINE)
    row["key"], row["price"], row["kind"], row["quantity"] = key, price, kind, -200
    row["state"], row["reference"] = LineState.WORKING, 97.98
    return row


def mark(bar, kind=MarkerKind.FILL, quantity=100):
    row = np.zeros(1, MARKER)
    row["ts"], row["kind"], row["quantity"], row["price"] = ROWS["ts"][bar], kind, quantity, 98
    return row


def test_every_change_moves_the_revision():
    made = ChartModel("AAPL")
    seen = [made.revision]
    for change in (
        lambda: made.load(ROWS[:10]),
        lambda: made.extend(ROWS[10:12]),
        lambda: made.replace(ROWS[11:12]),
        lambda: made.declare(Study(FAST, "x")),
        lambda: made.points(points(ROWS[:10], FAST, np.ones(10))),
        lambda: made.mark(mark(3)),
        lambda: made.line(line(1, 97.5)),
        lambda: made.quote(97.9, 98.0),
        lambda: made.set_stale(True),
        lambda: setattr(made, "position", 200),
        lambda: setattr(made, "reference", 97.0),
    ):
        change()
        seen.append(made.revision)
    assert seen == sorted(set(seen))
    made.set_stale(True)  # nothing new
    made.position, made.reference = 200, 97.0
    assert made.revision == seen[-1]
    assert made.lines_revision == 1


def test_the_last_price_is_the_newest_bars_close():
    made = ChartModel("AAPL")
    assert np.isnan(made.last)
    made.load(ROWS)
    assert made.last == ROWS["close"][-1]


def test_lines_are_set_moved_and_taken_away():
    made = model(ROWS)
    made.line(np.concatenate([line(1, 97.5), line(2, 98.5, LineKind.TARGET)]))
    made.line(line(1, 97.6))
    assert {key: level.price for key, level in made.levels.items()} == {1: 97.6, 2: 98.5}
    assert made.levels[1].reference == 97.98
    made.line(np.concatenate([line(1, NAN), line(9, NAN)]))
    assert list(made.levels) == [2]


def test_markers_stand_at_their_bars_in_order_however_they_come():
    made = model(ROWS)
    for bar in (5, 40, 12):
        made.mark(mark(bar))
    assert made.marks().bar.tolist() == [5, 12, 40]
    made.load(ROWS)
    assert not len(made.marks().bar)


def test_a_marker_may_come_before_its_bar():
    made = model(ROWS[:10])
    made.mark(mark(10))
    assert made.marks().bar.tolist() == [10]
    made.extend(ROWS[10:20])
    assert made.marks().bar.tolist() == [10]


def test_a_halt_lasts_until_it_is_lifted():
    made = model(ROWS)
    made.mark(mark(5, MarkerKind.HALT))
    made.mark(mark(6))
    assert made.halted
    made.mark(mark(7, MarkerKind.RESUME))
    assert not made.halted


def test_points_of_several_studies_in_one_frame_find_their_own():
    made = model(ROWS)
    made.declare(Study(UPPER, "band", "band", partner=LOWER))
    both = np.concatenate([points(ROWS, UPPER, np.full(50, 2.0)), points(ROWS, LOWER, np.ones(50))])
    made.points(both[np.argsort(both["ts"], kind="stable")])
    assert (made.series[UPPER].at(49), made.series[LOWER].at(0)) == (2.0, 1.0)
    made.load(ROWS)
    assert len(made.series[UPPER]) == 0


def test_a_study_widens_the_range_but_cannot_crush_the_candles():
    made = model(ROWS)
    low, high = made.bars.low_high(0, 50)
    made.declare(Study(FAST, "x"))
    made.points(points(ROWS, FAST, np.full(50, high + 0.1 * (high - low))))
    assert made.range_of(0, 50)[1] == pytest.approx(high + 0.1 * (high - low))
    assert made.range_of(0, 50, frozenset({FAST})) == (low, high)
    made.points(points(ROWS, FAST, np.full(50, 10 * high)))
    assert made.range_of(0, 50)[1] == pytest.approx(high + 0.5 * (high - low))


def test_it_takes_the_records_of_the_link():
    made = model(ROWS)
    made.declare(Study(FAST, "x"))
    for layout, taken in (
        (records.MARKER, made.mark),
        (records.PRICE_LINE, made.line),
        (records.STUDY, made.points),
    ):
        taken(np.zeros(1, layout))
