"""Prints fold into second bars exactly, whatever their order; late news revises."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tradeplat.core.market import SECOND, Bar, Trade
from tradeplat.streams.prints import ALL, LAST, RANGE, VOLUME, Cancel, Correction
from tradeplat.streams.seconds import PRINTS_KEPT, SECONDS_KEPT, SecondFold


def trade(second, price, size=1.0, number=0, ns=0):
    return Trade("AAA", second * SECOND + ns, price, size, "sip", number)


def bar(k, o, h, l, c, v, *, revision=0):
    return Bar("AAA", k * SECOND, o, h, l, c, v, 1, "sip", 0, revision)


def plain_fold(trades):
    """What history does: by second, open first, close last in time."""
    bars = {}
    for one in sorted(trades, key=lambda t: t.ts):
        start = one.ts // SECOND
        o, h, l, _, v = bars.get(start, (one.price, one.price, one.price, 0.0, 0.0))
        bars[start] = (o, max(h, one.price), min(l, one.price), one.price, v + one.size)
    return [bar(start + 1, *figures) for start, figures in sorted(bars.items())]


def test_a_later_print_closes_the_second():
    fold = SecondFold("AAA", "sip")
    assert not fold.add(trade(10, 5.0, 2))
    assert not fold.add(trade(10, 5.2, 3, ns=5))
    assert not fold.add(trade(10, 5.1, 1, ns=999_999_999))
    assert list(fold.add(trade(11, 5.0))) == [bar(11, 5.0, 5.2, 5.0, 5.1, 6.0)]


def test_time_closes_the_second_and_only_once():
    fold = SecondFold("AAA", "sip")
    fold.add(trade(10, 5.0))
    assert not fold.close(11 * SECOND - 1)
    assert list(fold.close(11 * SECOND, seen=3)) == [
        Bar("AAA", 11 * SECOND, 5.0, 5.0, 5.0, 5.0, 1.0, 1, "sip", 3)
    ]
    assert not fold.close(20 * SECOND)


PRICES = st.integers(1, 9).map(float)
PRINTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, SECOND - 1), PRICES, PRICES), max_size=40
)


@given(PRINTS)
def test_prints_in_order_fold_exactly_as_history_does(rows):
    trades = sorted((trade(s, p, v, ns=ns) for s, ns, p, v in rows), key=lambda t: t.ts)
    fold = SecondFold("AAA", "sip")
    out = [b for one in trades for b in fold.add(one)]
    out += fold.close(100 * SECOND)
    assert out == plain_fold(trades)


@given(PRINTS)
def test_in_any_order_the_last_revision_is_what_history_says(rows):
    stamped = {(s, ns): (p, v) for s, ns, p, v in rows}
    trades = [trade(s, p, v, ns=ns) for (s, ns), (p, v) in stamped.items()]
    fold = SecondFold("AAA", "sip")
    out = [b for one in trades for b in fold.add(one)]
    out += fold.close(100 * SECOND)
    latest = {b.ts: b for b in out}
    revisions = {ts: [b.revision for b in out if b.ts == ts] for ts in latest}
    assert all(each == list(range(len(each))) for each in revisions.values())
    same = [bar(b.ts // SECOND, b.open, b.high, b.low, b.close, b.volume) for b in latest.values()]
    assert sorted(same, key=lambda b: b.ts) == plain_fold(trades)


def test_conditions_keep_a_print_from_moving_prices():
    fold = SecondFold("AAA", "sip")
    fold.add(trade(10, 5.0, 2), ALL)
    fold.add(trade(10, 9.0, 3), VOLUME)
    fold.add(trade(10, 4.0, 1), RANGE | VOLUME)
    fold.add(trade(10, 5.1, 7), LAST | RANGE)
    assert list(fold.close(11 * SECOND)) == [bar(11, 5.0, 5.1, 4.0, 5.1, 6.0)]


def test_a_second_whose_prints_move_no_price_makes_no_bar():
    fold = SecondFold("AAA", "sip")
    fold.add(trade(10, 9.0, 3), VOLUME)
    assert not fold.close(11 * SECOND)
    fold.add(trade(12, 9.0, 3), RANGE)
    assert not fold.close(13 * SECOND)


def test_a_late_print_revises_the_closed_second():
    fold = SecondFold("AAA", "sip")
    fold.add(trade(10, 5.0))
    fold.add(trade(11, 6.0))
    assert list(fold.add(trade(10, 4.0, ns=7))) == [bar(11, 5.0, 5.0, 4.0, 4.0, 2.0, revision=1)]


def test_a_cancelled_print_is_worked_out_of_its_second():
    fold = SecondFold("AAA", "sip")
    fold.add(trade(10, 5.0, 1, 1))
    fold.add(trade(10, 9.0, 1, 2))
    fold.close(11 * SECOND)
    gone = Cancel("AAA", 12 * SECOND, 2, 9.0, 1.0)
    assert list(fold.cancel(gone)) == [bar(11, 5.0, 5.0, 5.0, 5.0, 1.0, revision=1)]
    assert not fold.cancel(gone)
    assert fold.unmatched == 1


def test_a_second_left_without_prints_keeps_its_prices_and_loses_its_volume():
    fold = SecondFold("AAA", "sip")
    fold.add(trade(10, 5.0, 1, 1))
    fold.close(11 * SECOND)
    revised = fold.cancel(Cancel("AAA", 12 * SECOND, 1, 5.0, 1.0))
    assert list(revised) == [bar(11, 5.0, 5.0, 5.0, 5.0, 0.0, revision=1)]
    again = fold.add(trade(10, 7.0, 2, 3))
    assert list(again) == [bar(11, 7.0, 7.0, 7.0, 7.0, 2.0, revision=2)]


def test_a_cancellation_within_the_running_second_leaves_no_trace():
    fold = SecondFold("AAA", "sip")
    fold.add(trade(10, 1.0, 1, 1))
    assert not fold.cancel(Cancel("AAA", 10 * SECOND, 1, 1.0, 1.0))
    assert not fold.add(trade(10, 5.0, 2, 2))
    assert list(fold.close(11 * SECOND)) == [bar(11, 5.0, 5.0, 5.0, 5.0, 2.0)]


def test_a_correction_takes_the_old_prints_place():
    fold = SecondFold("AAA", "sip")
    fold.add(trade(10, 5.0, 1, 1))
    fold.add(trade(10, 9.0, 1, 2, ns=5))
    fold.close(11 * SECOND)
    fix = Correction("AAA", 12 * SECOND, 1, 5.0, 1.0, trade(12, 6.0, 4, 3))
    assert list(fold.correct(fix)) == [bar(11, 6.0, 9.0, 6.0, 9.0, 5.0, revision=1)]
    unknown = Correction("AAA", 12 * SECOND, 77, 5.0, 1.0, trade(12, 6.0, 4, 3))
    assert not fold.correct(unknown)


CHANGES = st.lists(st.tuples(st.integers(0, 39), st.booleans(), PRICES, PRICES), max_size=10)


@given(PRINTS, CHANGES)
def test_cancelled_and_corrected_prints_leave_what_history_has_without_them(rows, changes):
    trades = [
        trade(s, p, v, number + 1, ns=ns) for number, (s, ns, p, v) in enumerate(sorted(rows))
    ]
    fold = SecondFold("AAA", "sip")
    out = [b for one in trades for b in fold.add(one)]
    out += fold.close(100 * SECOND)
    left = {one.trade_id: one for one in trades}
    for number, gone, price, size in changes:
        one = left.get(number + 1)
        if one is None:
            assert not fold.cancel(Cancel("AAA", 100 * SECOND, number + 1, price, size))
        elif gone:
            del left[number + 1]
            out += fold.cancel(Cancel("AAA", 100 * SECOND, number + 1, one.price, one.size))
        else:
            left[number + 1] = replace(one, price=price, size=size)
            new = replace(left[number + 1], ts=100 * SECOND)
            fix = Correction("AAA", 100 * SECOND, number + 1, one.price, one.size, new)
            out += fold.correct(fix)
    latest = {b.ts: replace(b, revision=0) for b in out}
    for each in plain_fold(left.values()):
        assert latest.pop(each.ts) == each
    assert all(each.volume == 0.0 for each in latest.values())


def test_prints_before_the_beginning_are_not_ours_to_fold():
    fold = SecondFold("AAA", "sip", since=10 * SECOND)
    assert not fold.add(trade(9, 5.0, ns=SECOND - 1))
    assert fold.late == 0
    fold.add(trade(10, 5.0))
    assert len(fold.close(11 * SECOND)) == 1
    fold.restart(20 * SECOND)
    assert not fold.add(trade(19, 5.0))
    assert not fold.close(30 * SECOND)


def test_memory_is_bounded_in_seconds_and_prints():
    fold = SecondFold("AAA", "sip")
    for k in range(SECONDS_KEPT + 5):
        for number in range(40):
            fold.add(trade(k, 5.0, 1, k * 40 + number + 1))
    assert fold._held <= PRINTS_KEPT + 40
    assert len(fold._closed) == SECONDS_KEPT
    assert not fold.add(trade(1, 5.0))
    assert fold.late == 1
    assert not fold.cancel(Cancel("AAA", 0, 3 * 40 * 10 + 1, 5.0, 1.0))
    grown = fold.add(trade(10, 6.0))
    assert (grown[0].high, grown[0].volume) == (6.0, 41.0)
