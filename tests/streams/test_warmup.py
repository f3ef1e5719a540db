"""The seam: exactly the windows missing, and the fuller bar of two."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tradeplat.core.market import MINUTE, SECOND, Bar
from tradeplat.streams.warmup import SHORT, Recent, fetch, last_complete, merge, windows


def bar(k, volume=1.0, span=60):
    return Bar("AAA", k * span * SECOND, 1.0, 1.0, 1.0, 1.0, volume, span, "iex")


class Store:
    def __init__(self, bars):
        self.kept = bars
        self.asked = []

    async def bars(self, symbol, span, start, end):
        self.asked.append((span, start, end))
        return [b for b in self.kept if b.span == span and start < b.ts <= end]


def test_the_running_window_is_never_part_of_history():
    assert last_complete(125 * SECOND, 60) == 120 * SECOND
    assert last_complete(120 * SECOND, 60) == 120 * SECOND
    assert last_complete(125 * SECOND + 1, 1) == 125 * SECOND


def test_a_cold_start_asks_for_the_last_bars_and_a_loss_for_what_is_missing():
    seam = 1_000 * MINUTE + 5 * SECOND
    assert windows([1, 60], {}, 10, seam) == {
        1: (seam - 10 * SECOND, seam),
        60: (990 * MINUTE, 1_000 * MINUTE),
    }
    assert windows([60], {60: 995 * MINUTE}, 10, seam) == {60: (979 * MINUTE, 1_000 * MINUTE)}
    assert windows([60], {}, 0, seam) == {}


def test_after_a_loss_all_is_asked_for_that_may_have_been_corrected_meanwhile():
    seam = 1_000 * MINUTE
    last = {1: seam - 10 * SECOND, 60: seam - MINUTE}
    for folded, again in ((True, 120), (False, 960)):
        assert windows(last, last, 10, seam, folded=folded) == {
            1: (seam - (10 + again) * SECOND, seam),
            60: (seam - 17 * MINUTE, seam),
        }


def test_of_short_bars_only_the_last_minutes_warm():
    seam = 2_000 * MINUTE
    assert windows([1, 60], {}, 1_200, seam) == {
        1: (seam - SHORT * SECOND, seam),
        60: (800 * MINUTE, seam),
    }


def test_recent_bars_are_kept_span_by_span_and_given_in_delivery_order():
    recent = Recent(3)
    for k in range(1, 5):
        for second in range(k * 60 - 4, k * 60 + 1):
            recent.add(bar(second, span=1))
        recent.add(bar(k))
    assert [(b.ts // SECOND, b.span) for b in recent.bars()] == [
        (120, 60), (180, 60), (238, 1), (239, 1), (240, 1), (240, 60),
    ]  # fmt: skip


async def test_a_history_that_recalls_by_number_is_asked_by_number():
    class Recalling(Store):
        async def recent(self, symbol, span, end, count):
            return [b for b in self.kept if b.span == span and b.ts <= end][-count:]

    store = Recalling([bar(k) for k in (1, 2, 3, 500)] + [bar(k, span=1) for k in range(9)])
    end = 500 * MINUTE
    wanted = {60: (end - 3 * MINUTE, end), 1: (5 * SECOND, 8 * SECOND)}
    got = await fetch(store, "AAA", wanted, 3)
    assert [b.ts // MINUTE for b in got if b.span == 60] == [2, 3, 500]
    assert [b.ts // SECOND for b in got if b.span == 1] == [6, 7, 8]
    assert store.asked == [(1, 5 * SECOND, 8 * SECOND)]


async def test_a_gap_is_fetched_as_it_is():
    store = Store([bar(k) for k in range(20)])
    got = await fetch(store, "AAA", {60: (5 * MINUTE, 10 * MINUTE)}, 0)
    assert [b.ts // MINUTE for b in got] == [6, 7, 8, 9, 10]
    assert len(store.asked) == 1


def test_the_fuller_bar_wins_and_on_a_tie_the_streams():
    history = [bar(1, 5.0), bar(2, 5.0), bar(3, 5.0)]
    live = bar(2, 5.0)
    merged = merge(history, [bar(1, 4.0), live, bar(4, 1.0)])
    assert [b.volume for b in merged] == [5.0, 5.0, 5.0, 1.0]
    assert merged[1] is live


def test_a_correction_that_came_after_history_was_asked_for_counts_for_more():
    history = [bar(1, 5.0), bar(2, 5.0), bar(3, 5.0)]
    busted = [replace(bar(1, 4.0), seen=9), replace(bar(2, 4.0), seen=11)]
    assert [b.volume for b in merge(history, busted, 10)] == [5.0, 4.0, 5.0]


def test_what_history_has_as_it_was_before_a_correction_is_the_older():
    history = [bar(1, 5.0), bar(2, 4.0)]
    streamed = [bar(1, 5.0), bar(1, 4.0), bar(2, 5.0)]
    assert [b.volume for b in merge(history, streamed, 10)] == [4.0, 5.0]


KEYS = st.sets(st.tuples(st.sampled_from([1, 60]), st.integers(1, 50)))


@given(KEYS, KEYS, st.integers(0, 3))
def test_whatever_overlaps_each_window_comes_once_in_order(old, new, lead):
    history = [bar(k, 3.0, span) for span, k in old]
    streamed = [bar(k, float(lead), span) for span, k in new]
    merged = merge(history, streamed)
    keys = [(b.ts, b.span) for b in merged]
    assert keys == sorted(set(keys))
    assert {(b.span, b.ts // SECOND // b.span) for b in merged} == old | new
    assert all(b.volume == 3.0 for b in merged if (b.span, b.ts // SECOND // b.span) in old - new)


def test_nothing_wanted_asks_nothing():
    store = Store([])
    assert asyncio.run(fetch(store, "AAA", {}, 5)) == []
    assert store.asked == []
