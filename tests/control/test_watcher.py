from math import nan

import numpy as np

from tradeplat.control.protocol import FrameType
from tradeplat.control.records import BAR, STUDY, MarkerKind
from tradeplat.control.series import Series, Sheet
from tradeplat.control.watcher import FULL, Picture, Watcher
from tradeplat.core.market import MINUTE, Bar
from watching import Window


def sheet(n: int) -> Sheet:
    made = Sheet("A", Series(1, "A", 60))
    for at in range(1, n + 1):
        made.series[0].add(Bar("A", at * MINUTE, 1.0, 2.0, 0.5, 1.5, 10.0, 60, "x"))
    return made


def shown(watcher: Watcher, what: Sheet, lines: dict | None = None) -> int:
    return sum(1 for _ in watcher.ticker(what, lines or {}))


def test_nothing_is_told_twice() -> None:
    window, what = Window(), sheet(3)
    watcher = Watcher(window.link)
    watcher.stain(["A"])
    what.point(MINUTE, nan, 1, 1)
    what.mark((MINUTE, 1.0), 5.0, MarkerKind.FILL, 1)
    shown(watcher, what)
    assert not watcher.dirty
    window.read()
    shown(watcher, what)
    assert window.pipe.sent == b""
    assert (len(window.bars[1]), len(window.points[1]), len(window.markers[1])) == (3, 1, 1)


def test_who_reads_nothing_is_told_nothing_and_the_ticker_stays_dirty() -> None:
    window, what = Window(), sheet(3)
    what.points += bytes(10_000 * STUDY.itemsize)
    watcher = Watcher(window.link)
    watcher.stain(["A"])
    for _ in watcher.ticker(what, {}):
        window.pipe.unsent = FULL + 1
    assert watcher.full
    assert list(watcher.dirty) == ["A"]
    window.read()
    assert len(window.bars[1]) == 3
    assert 1 not in window.points
    shown(watcher, what)
    window.read()
    assert len(window.points[1]) == 10_000


def test_what_comes_faster_than_it_goes_out_waits_for_the_next_turn() -> None:
    window, what = Window(), sheet(3)
    watcher = Watcher(window.link)
    watcher.stain(["A"])
    for step, _ in enumerate(watcher.ticker(what, {})):
        assert step < 10
        at = len(what.series[0]) + 1
        what.series[0].add(Bar("A", at * MINUTE, 1.0, 2.0, 0.5, 1.5, 10.0, 60, "x"))
        what.point(at * MINUTE, 1.0, 1, 1)
        what.mark((at * MINUTE, 1.0), 5.0, MarkerKind.FILL, 1)
    watcher.stain(["A"])
    shown(watcher, what)
    window.read()
    assert len(window.bars[1]) == len(what.series[0])


def test_a_client_that_is_gone_counts_as_full() -> None:
    window = Window()
    window.pipe.gone = True
    assert Watcher(window.link).full


def test_with_new_bars_a_client_gets_all_that_is_drawn_on_them_anew() -> None:
    window, what = Window(), sheet(3)
    watcher = Watcher(window.link)
    what.point(MINUTE, 1.0, 1, 1)
    shown(watcher, what)
    what.series[0].add(Bar("A", MINUTE, 1.0, 2.0, 0.5, 1.75, 10.0, 60, "x"))
    shown(watcher, what)
    window.read()
    assert window.counts[FrameType.SNAPSHOT] == 2
    assert window.bars[1]["close"][0] == 1.75
    assert len(window.points[1]) == 1
    watcher.forget([what])
    shown(watcher, what)
    window.read()
    assert window.counts[FrameType.SNAPSHOT] == 3


def test_points_go_out_in_slices() -> None:
    window, what = Window(), sheet(1)
    what.points += bytes(12_000 * STUDY.itemsize)
    assert shown(Watcher(window.link), what) == 1 + 4
    window.read()
    assert len(window.points[1]) == 12_000


def test_only_the_tickers_that_are_wanted_get_dirty() -> None:
    watcher = Watcher(Window().link)
    watcher.only = frozenset({"B"})
    watcher.stain(["A", "B"])
    assert list(watcher.dirty) == ["B"]


def test_a_picture_is_sent_once_and_again_after_a_reset() -> None:
    window = Window()
    watcher = Watcher(window.link)
    picture = Picture(0, b'{"full":true}')
    for _ in range(2):
        watcher.picture(FrameType.LOG, picture)
    watcher.reset()
    watcher.picture(FrameType.LOG, picture)
    window.read()
    assert window.counts[FrameType.LOG] == 2


def test_empty_series_are_not_told_of() -> None:
    window = Window()
    shown(Watcher(window.link), sheet(0))
    assert window.pipe.sent == b""
    assert np.zeros(0, BAR).nbytes == 0
