"""What the engine tells is what windows are given."""

from math import isnan
from pathlib import Path

import numpy as np
import pytest

from engines import OPEN, PRICES, TICKERS, Told, session
from tradeplat.control.messages import (
    Log,
    LogRow,
    OrderRow,
    Orders,
    Reset,
    StudyEntry,
    SymbolEntry,
    SymbolTable,
)
from tradeplat.control.protocol import Frame, FrameReader, FrameType
from tradeplat.control.records import MARKER, PRICE_LINE, STUDY
from tradeplat.core.errors import BadInput
from tradeplat.core.market import BAR, MINUTE
from tradeplat.visualizer.mirror import MOST_LINES, Mirror

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "stream.bin"


def shown(told: Told) -> Mirror:
    mirror = Mirror()
    for frame in told.all():
        mirror.take(frame)
    return mirror


def test_a_whole_picture_is_kept():
    mirror = shown(session())
    assert mirror.symbols == list(TICKERS)
    assert (mirror.hello.mode, mirror.pulse.feed_lag_ms, mirror.lost) == ("PAPER", 3.0, False)
    apple = mirror.model("AAPL")
    assert (len(apple.bars), apple.position, len(apple.levels)) == (90, 200.0, 3)
    assert apple.last == pytest.approx(PRICES[0])
    assert (apple.bid, apple.reference) == (pytest.approx(98.07), pytest.approx(95.14))
    assert list(apple.studies) == [1]
    assert [mirror.position(name) for name in TICKERS] == [200.0, 0.0, -15.0, 0.0]
    assert (len(mirror.orders), len(mirror.fills), len(mirror.log)) == (3, 1, 2)
    assert mirror.equity.now(mirror.equity.equity) == pytest.approx(25_321.4)
    assert mirror.strategy(1) == "orb"
    assert mirror.model("MSFT") is None


def test_the_frames_of_the_golden_files_are_all_taken():
    mirror = Mirror()
    for frame in FrameReader().feed(GOLDEN.read_bytes()):
        mirror.take(frame)
    assert mirror.symbols
    assert sum(mirror.seen.values())


def test_bars_grow_and_the_last_is_replaced():
    told = session()
    row = (OPEN + 91 * MINUTE, 98.0, 98.4, 97.9, 98.3, 100.0, 60, 0)
    told.rows(FrameType.APPEND, BAR, [row], 1)
    told.rows(FrameType.REPLACE, BAR, [(*row[:4], 98.35, *row[5:])], 1)
    mirror = shown(told)
    assert (len(mirror.model("AAPL").bars), mirror.model("AAPL").last) == (91, 98.35)


def test_points_of_studies_lie_on_every_series_of_their_ticker():
    told = Told()
    told.hello()
    entries = tuple(SymbolEntry(n, "A", span, 0.01, 1.0, 2) for n, span in ((1, 1), (2, 60)))
    study = StudyEntry(1, "vwap", "line", 0, "#ffd479", "orb", "VWAP")
    told.json(FrameType.SYMBOLS, SymbolTable(entries, (), (study,)))
    for number, span in ((1, 1), (2, 60)):
        told.rows(FrameType.SNAPSHOT, BAR, [(OPEN + MINUTE, 9, 9, 9, 9, 1, span, 0)], number)
    told.rows(FrameType.STUDY, STUDY, [(OPEN + MINUTE, 9.5, 1, 1, 0)], 1)
    for model in shown(told).series("A").values():
        assert model.series[1].at(0) == 9.5


def test_a_snapshot_forgets_points_markers_and_lines():
    told = session()
    told.rows(FrameType.SNAPSHOT, BAR, [(OPEN, 1.0, 1.0, 1.0, 1.0, 1.0, 60, 0)], 1)
    apple = shown(told).model("AAPL")
    assert (len(apple.bars), len(apple.levels), len(apple.marks().bar)) == (1, 0, 0)
    assert apple.position == 200.0


def test_lines_go_to_every_series_of_their_ticker_and_are_taken_away():
    told = session()
    mirror = shown(told)
    (entry, *rest) = mirror.table.symbols
    longer = type(entry)(9, "AAPL", 300, 0.01, 1.0, 2)
    told.json(FrameType.SYMBOLS, SymbolTable((entry, *rest, longer)))
    told.rows(FrameType.PRICE_LINE, PRICE_LINE, [(20, 97.0, 100.0, np.nan, 3, 1, 2, 0)], 1)
    mirror = shown(told)
    assert list(mirror.series("AAPL")) == [60, 300]
    assert 20 in mirror.charts[9].levels
    assert 20 in mirror.charts[1].levels
    told.rows(FrameType.PRICE_LINE, PRICE_LINE, [(20, np.nan, 0.0, np.nan, 3, 1, 2, 0)], 1)
    mirror = shown(told)
    assert 20 not in mirror.charts[9].levels
    assert len(mirror.charts[1].bars) == 90  # a new table leaves what is shown
    assert isnan(mirror.charts[9].last)


def test_changed_rows_take_the_place_of_their_id():
    told = session()
    told.json(
        FrameType.ORDERS,
        Orders(1, False, (OrderRow("m-2", "AAPL", "manual", -200, 0, "stop", "stop", "DONE", 1),)),
    )
    mirror = shown(told)
    assert [row.state for row in mirror.orders.values()] == ["FILLED", "DONE", "REJECTED"]


def test_the_log_is_bounded_and_loses_its_oldest():
    told = session()
    rows = tuple(LogRow(n, 0, "info", "X", "x") for n in range(MOST_LINES + 10))
    told.json(FrameType.LOG, Log(True, rows))
    mirror = shown(told)
    assert (len(mirror.log), next(iter(mirror.log))) == (MOST_LINES, 10)


def test_a_reset_forgets_all_but_who_the_engine_is():
    told = session("REPLAY")
    told.json(FrameType.RESET, Reset("seek", OPEN))
    mirror = shown(told)
    assert (mirror.symbols, mirror.orders, len(mirror.equity)) == ([], {}, 0)
    assert mirror.hello.mode == "REPLAY"


def test_a_missed_frame_is_noticed_once():
    told = session()
    del told.frames[-3]
    assert shown(told).lost


def test_types_of_a_newer_engine_are_passed_over():
    mirror = shown(session())
    mirror.take(Frame(200, b"?", 0, 0))
    assert not mirror.lost


def test_nonsense_is_refused():
    mirror = shown(session())
    for frame in (
        Frame(FrameType.APPEND, bytes(BAR.itemsize), 77),
        Frame(FrameType.APPEND, b"123", 1),
        Frame(FrameType.ORDERS, b"{}"),
        Frame(FrameType.WANT, b"{}"),
    ):
        with pytest.raises(BadInput):
            mirror.take(frame)


def family(*spans: int) -> Told:
    """A ticker with a series of each span, a fill, a stop and two points of a study."""
    told = Told()
    told.hello()
    entries = tuple(SymbolEntry(n, "A", span, 0.01, 1.0, 2) for n, span in enumerate(spans, 1))
    study = StudyEntry(1, "vwap", "line", 0, "#ffd479", "orb", "VWAP")
    told.json(FrameType.SYMBOLS, SymbolTable(entries, (), (study,)))
    for number, span in enumerate(spans, 1):
        bars(told, number, span)
    drawn(told)
    return told


def bars(told: Told, number: int, span: int) -> None:
    rows = [(OPEN + (k + 1) * span * 10**9, 9, 9, 9, 9, 1, span, 0) for k in range(2)]
    told.rows(FrameType.SNAPSHOT, BAR, rows, number)


def drawn(told: Told) -> None:
    points = [(OPEN + (k + 1) * MINUTE, 9.5 + k, 1, 1, 0) for k in range(2)]
    told.rows(FrameType.STUDY, STUDY, points, 1)
    told.rows(FrameType.MARKER, MARKER, [(OPEN + MINUTE, 9.0, 100.0, 0, 0, 1, 1)], 1)
    told.rows(FrameType.PRICE_LINE, PRICE_LINE, [(20, 8.0, -100.0, 9.0, 1, 1, 1, 0)], 1)


def what_is_drawn(mirror: Mirror) -> list[tuple[int, list[int], list[float]]]:
    return [
        (len(model.marks().bar), list(model.levels), [model.series[1].at(k) for k in range(2)])
        for model in mirror.series("A").values()
    ]


def test_a_ticker_that_is_told_anew_has_each_fill_once_on_every_series():
    told = family(60, 300)
    once = what_is_drawn(shown(told))
    assert [one[:2] for one in once] == [(1, [20]), (1, [20])]
    bars(told, 1, 60)  # a bar of its past was amended: everything follows anew
    drawn(told)
    np.testing.assert_equal(what_is_drawn(shown(told)), once)


def test_a_series_that_comes_later_has_what_was_drawn_before_and_what_comes():
    told = family(60)
    table = tuple(SymbolEntry(n, "A", span, 0.01, 1.0, 2) for n, span in ((1, 60), (2, 120)))
    told.json(FrameType.SYMBOLS, SymbolTable(table, (), shown(told).table.studies))
    bars(told, 2, 120)
    mirror = shown(told)
    assert [one[:2] for one in what_is_drawn(mirror)] == [(1, [20]), (1, [20])]
    assert mirror.charts[2].series[1].at(0) == 10.5  # the last of the points in its bar
    told.rows(FrameType.PRICE_LINE, PRICE_LINE, [(20, np.nan, 0.0, np.nan, 1, 1, 1, 0)], 1)
    assert [one[1] for one in what_is_drawn(shown(told))] == [[], []]
    bars(told, 2, 120)
    assert [one[0] for one in what_is_drawn(shown(told))] == [1, 1]
