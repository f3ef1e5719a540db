"""Strict order, each event once, amendments told apart from repeats and from the late."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tradeplat.core.market import SECOND, Bar, Quote, Status, Trade
from tradeplat.streams.ordering import Lane, Ordering
from tradeplat.streams.repeats import KEPT


def bar(k, span=60, close=1.0, revision=0):
    return Bar("AAA", k * SECOND, 1.0, 2.0, 0.5, close, 10.0, span, "iex", 0, revision)


def quote(k, bid=1.0):
    return Quote("AAA", k * SECOND, bid, 1.0, 2.0, 1.0, "iex")


def test_a_repeat_is_dropped_and_counted():
    order = Ordering()
    assert list(order.admit(bar(60))) == [bar(60)]
    assert not order.admit(bar(60))
    assert not order.admit(bar(60, revision=1))
    assert order.repeats == 2


def test_differing_values_come_out_as_the_next_revision():
    order = Ordering()
    order.admit(bar(60))
    order.admit(bar(120))
    assert list(order.admit(bar(60, close=1.5))) == [bar(60, close=1.5, revision=1)]
    assert list(order.admit(bar(60, close=1.6, revision=1))) == [bar(60, close=1.6, revision=2)]
    assert not order.admit(bar(60, close=1.6))
    assert order.amended == 2


def test_an_update_of_a_bar_never_delivered_is_that_bars_close():
    assert list(Ordering().admit(bar(60, revision=1))) == [bar(60)]


def test_a_bar_after_its_successor_is_late():
    order = Ordering()
    order.admit(bar(120))
    assert not order.admit(bar(60))
    assert order.late == 1


def test_a_minute_waits_for_its_last_second():
    order = Ordering([1, 60])
    assert list(order.admit(bar(59, 1))) == [bar(59, 1)]
    assert not order.admit(bar(60))
    assert list(order.admit(bar(60, 1))) == [bar(60, 1), bar(60)]
    assert not order.admit(bar(120))
    assert list(order.reached(1, 119 * SECOND)) == []
    assert list(order.reached(1, 120 * SECOND)) == [bar(120)]


def test_a_later_second_lets_the_minute_go_first():
    order = Ordering([1, 60])
    order.admit(bar(60))
    assert list(order.admit(bar(61, 1))) == [bar(60), bar(61, 1)]


def test_a_second_the_minute_did_not_wait_for_is_late():
    order = Ordering([1, 60])
    order.admit(bar(60))
    assert list(order.advance(60 * SECOND)) == [bar(60)]
    assert not order.admit(bar(58, 1))
    assert order.late == 1


def test_a_held_bar_takes_its_newest_values_without_a_revision():
    order = Ordering([1, 60])
    order.admit(bar(60))
    order.admit(bar(60, close=1.5))
    assert list(order.advance(60 * SECOND)) == [bar(60, close=1.5)]


def test_the_clock_ends_the_wait():
    order = Ordering([60], lateness=120 * SECOND)
    assert not order.admit(bar(60))
    assert not order.admit(bar(120))
    assert not order.advance(59 * SECOND)
    assert list(order.advance(120 * SECOND)) == [bar(60), bar(120)]


BARS = st.lists(
    st.tuples(st.sampled_from([1, 60]), st.integers(1, 40)), unique=True, min_size=1, max_size=40
)


@given(BARS, st.integers(0, 30), st.data())
def test_shuffling_within_the_lateness_window_changes_nothing(keys, lateness, data):
    bars = [bar(k * span if span == 60 else k * 7, span) for span, k in keys]
    straight = sorted(bars, key=lambda b: (b.ts, b.span))
    delays = data.draw(st.lists(st.integers(0, lateness), min_size=len(bars), max_size=len(bars)))
    shuffled = [
        b
        for _, b in sorted(
            zip(delays, straight, strict=True), key=lambda pair: pair[1].ts + pair[0] * SECOND
        )
    ]
    repeated = [b for b in shuffled for _ in range(data.draw(st.integers(1, 2)))]
    order = Ordering([1, 60], lateness=lateness * SECOND)
    out = [b for one in repeated for b in order.admit(one)]
    out += order.advance(10_000 * SECOND)
    assert out == straight
    assert order.repeats == len(repeated) - len(straight)
    assert order.late == order.amended == 0


@given(
    st.lists(st.tuples(st.sampled_from([1, 60]), st.integers(1, 9), st.sampled_from([1.0, 1.5])))
)
def test_any_arrival_comes_out_strictly_ascending_with_ascending_revisions(rows):
    order = Ordering([1, 60])
    out = [b for span, k, close in rows for b in order.admit(bar(k * 60, span, close))]
    out += order.advance(10_000 * SECOND)
    for span in (1, 60):
        first = [b.ts for b in out if b.span == span and b.revision == 0]
        assert first == sorted(set(first))
        for ts in first:
            revisions = [b.revision for b in out if b.span == span and b.ts == ts]
            assert revisions == list(range(len(revisions)))


def test_history_closes_the_seam_and_what_was_delivered_is_only_amended():
    order = Ordering()
    order.admit(bar(60))
    order.admit(bar(120))
    new, amended = order.absorb([bar(240), bar(180), bar(120, close=1.5), bar(60)])
    assert new == [bar(180), bar(240)]
    assert amended == [bar(120, close=1.5, revision=1)]
    assert not order.admit(bar(240))
    assert list(order.admit(bar(300))) == [bar(300)]
    assert order.last(60) == 300 * SECOND
    assert order.last(1) == 0


def test_history_overtakes_what_is_held():
    order = Ordering([1, 60])
    order.admit(bar(60))
    assert order.absorb([bar(60), bar(60, 1)]) == ([bar(60, 1), bar(60)], [])
    assert not order.advance(60 * SECOND)


def test_quotes_do_not_go_back():
    order = Ordering()
    assert list(order.admit(quote(5))) == [quote(5)]
    assert not order.admit(quote(4))
    assert list(order.admit(quote(5, 1.1))) == [quote(5, 1.1)]
    assert order.late == 1


def test_statuses_do_not_go_back_and_do_not_repeat():
    order = Ordering()
    halt = Status("AAA", 5, False, "H", "iex")
    assert list(order.admit(halt)) == [halt]
    assert not order.admit(replace(halt, seen=9))
    assert not order.admit(replace(halt, ts=4, trading=True))
    again = replace(halt, ts=6)
    assert list(order.admit(again)) == [again]


@pytest.mark.parametrize("number", [0, 7])
def test_a_print_is_told_by_its_identity_if_it_has_one(number):
    order = Ordering()
    trade = Trade("AAA", 5, 1.0, 2.0, "iex", number)
    assert order.unseen(trade)
    assert order.unseen(trade) is (number == 0)
    assert order.unseen(replace(trade, price=1.5))


STEPS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from([1.0, 1.5, 2.0])), max_size=40)


@given(st.integers(1, 2600), STEPS, st.booleans(), st.sampled_from([1, 60]))
@settings(max_examples=60, deadline=None)
def test_a_lane_tells_repeats_and_revisions_of_all_it_has_to_remember(count, steps, folded, span):
    lane = Lane(span, folded=folded)
    known = {}
    for k in range(1, count + 1):
        assert lane.follows(bar(2 * k * span, span))
        known[2 * k * span] = bar(2 * k * span, span)
    oldest = max(count - lane.kept, 0) + 1
    for back, close in steps:
        # Among the oldest that have to be remembered, and in the holes between them.
        k = min(2 * oldest + back, 2 * count - 1) * span
        found = known.get(k)
        told = lane.revision(bar(k, span, close))
        if found is None:
            assert told is None
            revised = bar(k, span, close, 1)
        elif found.close == close:
            assert told == 0
            continue
        else:
            assert told == found.revision + 1
            revised = bar(k, span, close, found.revision + 1)
        lane.revise(revised)
        known[k] = revised
        assert list(lane.delivered) == sorted(lane.delivered)
    assert len(lane.delivered) <= lane.kept + 128 + len(steps)


def test_memory_is_bounded_and_what_fell_out_is_late():
    order = Ordering()
    for k in range(1, 2 * 64 + 10):
        order.admit(bar(k * 60))
    assert not order.admit(bar(60, close=1.7))
    assert order.late == 1
    trades = [Trade("AAA", k, 1.0, 2.0, "iex", k) for k in range(1, KEPT + 2)]
    assert all(order.unseen(trade) for trade in trades)
    assert order.unseen(trades[0])
    assert not order.unseen(trades[-1])


def live(spans=(1, 60), lateness=2):
    """As for a vendor's own bars: late ones are amendments."""
    return Ordering(spans, lateness * SECOND, amends=True, folded=False)


def test_what_adjoins_goes_on_at_once_and_behind_a_hole_it_waits():
    order = live((1,))
    order.settle(10 * SECOND)
    assert list(order.admit(bar(11, 1))) == [bar(11, 1)]
    assert not order.admit(bar(13, 1))
    assert list(order.admit(bar(12, 1))) == [bar(12, 1), bar(13, 1)]
    assert not order.admit(bar(15, 1))
    assert not order.settle(14 * SECOND - 1)
    assert list(order.settle(14 * SECOND)) == [bar(15, 1)]


def test_a_minute_waits_for_shuffled_seconds_and_the_next_seconds_for_the_minute():
    order = live()
    order.settle(57 * SECOND)
    assert list(order.admit(bar(58, 1))) == [bar(58, 1)]
    assert not order.admit(bar(60))
    assert not order.admit(bar(60, 1))
    assert list(order.admit(bar(59, 1))) == [bar(59, 1), bar(60, 1), bar(60)]
    assert list(order.admit(bar(61, 1))) == [bar(61, 1)]
    order.settle(118 * SECOND)
    assert list(order.admit(bar(119, 1))) == [bar(119, 1)]
    assert list(order.admit(bar(120, 1))) == [bar(120, 1)]
    assert not order.admit(bar(121, 1))
    assert list(order.admit(bar(120))) == [bar(120), bar(121, 1)]


def test_a_bar_later_than_the_window_is_counted_and_handed_on_as_an_amendment():
    order = live((1,))
    order.settle(10 * SECOND)
    order.admit(bar(11, 1))
    order.settle(14 * SECOND)
    assert list(order.admit(bar(15, 1))) == [bar(15, 1)]
    assert list(order.admit(bar(13, 1))) == [bar(13, 1, revision=1)]
    assert not order.admit(bar(13, 1))
    assert list(order.admit(bar(13, 1, close=1.5))) == [bar(13, 1, close=1.5, revision=2)]
    assert (order.late, order.repeats, order.amended) == (1, 1, 2)
    assert order.last(1) == 15 * SECOND


def test_history_fills_what_lies_before_an_amendment_that_came_first():
    order = live()
    order.settle(57 * SECOND)
    order.admit(bar(57, 1))
    order.settle(60 * SECOND)
    assert list(order.admit(bar(60))) == [bar(60)]
    assert list(order.admit(bar(59, 1))) == [bar(59, 1, revision=1)]
    new, amended = order.absorb([bar(k, 1) for k in (58, 59, 60, 61)])
    # The minute was delivered: what belongs before it is an amendment.
    assert (new, amended) == ([bar(61, 1)], [bar(k, 1, revision=1) for k in (58, 60)])
    assert not order.admit(bar(59, 1))
    assert not order.admit(bar(58, 1))
    assert not order.admit(bar(61, 1))
    assert list(order.admit(bar(62, 1))) == [bar(62, 1)]


def test_history_tells_of_a_hole_that_the_stream_left():
    order = live((1,))
    order.settle(10 * SECOND)
    order.admit(bar(11, 1))
    order.settle(12 * SECOND)
    order.admit(bar(13, 1))
    new, amended = order.absorb([bar(k, 1) for k in (12, 13, 14)])
    assert (new, amended) == ([bar(14, 1)], [bar(12, 1, revision=1)])


def test_a_second_corrected_a_quarter_of_an_hour_later_is_told_from_a_repeat():
    order = live((1,))
    for k in range(1, 901):
        order.admit(bar(k, 1))
    assert not order.admit(bar(1, 1))
    assert order.repeats == 1
    assert list(order.admit(bar(2, 1, close=1.5))) == [bar(2, 1, close=1.5, revision=1)]
    assert list(order.admit(bar(2, 1, close=1.6))) == [bar(2, 1, close=1.6, revision=2)]
    assert (order.late, order.amended) == (0, 2)


@given(BARS, st.integers(1, 5), st.data())
def test_seconds_and_minutes_shuffled_within_the_window_come_out_in_strict_order(
    keys, lateness, data
):
    bars = {bar(k * span if span == 60 else 55 + k, span).ts: (span, k) for span, k in keys}
    straight = sorted(
        (bar(k * span if span == 60 else 55 + k, span) for span, k in set(bars.values())),
        key=lambda b: (b.ts, b.span),
    )
    delays = data.draw(
        st.lists(st.integers(0, lateness), min_size=len(straight), max_size=len(straight))
    )
    arrivals = sorted(
        zip(delays, straight, strict=True), key=lambda pair: pair[1].ts + pair[0] * SECOND
    )
    order = Ordering([1, 60], lateness * SECOND, amends=True, folded=False)
    out = []
    for delay, one in arrivals:
        out += order.settle(one.ts + (delay - lateness) * SECOND - 1)
        out += order.admit(one)
    out += order.settle(10_000 * SECOND)
    assert out == straight
    assert order.late == order.amended == 0
