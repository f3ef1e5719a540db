"""Halts by the venue's word, at the price bands, and by a silence nobody explains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import LIMIT_STATE, MINUTE, SECOND, SUSPECTED, Quote, Status
from tradeplat.streams.halts import Band, Halts
from worlds import DAY

OPEN, NOW = DAY.open, DAY.open + 60 * MINUTE
CALENDAR = Calendar([DAY])


def halts() -> Halts:
    return Halts("A", "t", CALENDAR)


def quote(ts: int, bid: float, ask: float) -> Quote:
    return Quote("A", ts, bid, 1.0, ask, 1.0, "t", ts)


def status(ts: int, *, trading: bool, code: str = "LUDP") -> Status:
    return Status("A", ts, trading, code, "t", ts)


def told(said: object) -> list[tuple[int, bool, str]]:
    found = said if isinstance(said, list | tuple) else [said]
    return [(one.ts, one.trading, one.code) for one in found]


def minutes(*gone: int, last: int = NOW) -> list[int]:
    """Closes of 31 minutes up to `last`, without those that are `gone`, counted from it."""
    return [last - k * MINUTE for k in range(30, -1, -1) if k not in gone]


@pytest.mark.parametrize(
    ("bid", "ask", "limited"),
    [
        (4.60, 5.60, False),
        (5.60, 5.61, False),
        (5.61, 5.62, True),
        (5.70, 5.80, True),
        (4.58, 4.59, True),
        (4.59, 4.60, False),
        (0.0, 0.0, False),
        (5.0, 0.0, False),
        (5.61, 0.0, True),
    ],
)
def test_a_quote_at_its_band_is_a_limit_state(bid: float, ask: float, limited: bool) -> None:
    one = halts()
    assert one.on_band(Band("A", NOW, 4.59, 5.61)) == ()
    assert one.bounded
    expected = [(NOW + 1, False, LIMIT_STATE)] if limited else []
    assert told(one.on_quote(quote(NOW + 1, bid, ask))) == expected


def test_a_limit_state_is_told_once_and_ends_with_a_quote_inside() -> None:
    one = halts()
    one.on_band(Band("A", NOW, 4.59, 5.61))
    assert len(one.on_quote(quote(NOW + 1, 5.61, 5.62))) == 1
    assert one.on_quote(quote(NOW + 2, 5.61, 5.63)) == ()
    assert one.on_band(Band("A", NOW + 3, 4.60, 5.62)) == ()
    assert told(one.on_quote(quote(NOW + 4, 5.61, 5.63))) == [(NOW + 4, True, "RESUMED")]


def test_a_halt_out_of_a_limit_state_ends_by_the_venues_word_alone() -> None:
    one = halts()
    one.on_band(Band("A", NOW, 4.59, 5.61))
    one.on_quote(quote(NOW + 5, 5.61, 5.62))
    halt = one.on_status(status(NOW + 3, trading=False))
    # Never before what the desk was told already.
    assert told(halt) == [(NOW + 5, False, "LUDP")]
    assert not one.bounded
    assert told(one.on_status(status(NOW + 9, trading=True))) == [(NOW + 9, True, "LUDP")]


def test_a_symbol_that_resumes_at_a_new_band_stays_limited() -> None:
    one = halts()
    one.on_status(status(NOW, trading=False))
    one.on_band(Band("A", NOW + 1, 4.59, 5.61))
    assert one.on_quote(quote(NOW + 2, 5.61, 5.62)) == ()
    assert told(one.on_status(status(NOW + 3, trading=True))) == [(NOW + 3, False, LIMIT_STATE)]
    assert told(one.on_quote(quote(NOW + 4, 5.0, 5.02))) == [(NOW + 4, True, "RESUMED")]


@pytest.mark.parametrize(
    "gone", [Band("A", NOW + 5, 0.0, 0.0), Band("A", NOW + 5, 5.0, 4.0), Band("A", DAY.close, 1, 2)]
)
def test_a_band_that_is_withdrawn_limits_nothing(gone: Band) -> None:
    one = halts()
    one.on_band(Band("A", NOW, 4.59, 5.61))
    one.on_quote(quote(NOW + 1, 5.61, 5.62))
    assert told(one.on_band(gone)) == [(gone.ts, True, "RESUMED")]
    assert not one.bounded
    # An older one than this comes late.
    assert one.on_band(Band("A", NOW + 4, 4.59, 5.61)) == ()
    assert not one.bounded


def test_bands_hold_in_regular_hours_only() -> None:
    one = halts()
    one.on_band(Band("A", NOW, 4.59, 5.61))
    one.on_quote(quote(NOW + 1, 5.61, 5.62))
    assert told(one.on_quote(quote(DAY.close, 5.61, 5.62))) == [(DAY.close, True, "RESUMED")]
    early = halts()
    early.on_band(Band("A", DAY.pre_open + 1, 4.59, 5.61))
    assert not early.bounded


def test_late_and_repeated_words_of_the_venue_pass_as_they_are() -> None:
    one = halts()
    halt = status(NOW, trading=False)
    assert one.on_status(halt) == (halt,)
    assert one.on_status(halt) == (halt,)
    late = status(NOW - 1, trading=True)
    assert one.on_status(late) == (late,)
    assert one.joined(minutes(), 60, NOW) == ()


def test_what_was_said_already_is_not_told_again_by_whoever_says_it() -> None:
    one = halts()
    assert len(one.on_status(status(NOW, trading=False))) == 1
    assert one.on_status(status(NOW + 1, trading=False)) == ()
    assert told(one.on_status(status(NOW + 2, trading=False, code="T1"))) == [
        (NOW + 2, False, "T1")
    ]
    end = NOW + 300 * SECOND
    assert len(one.on_status(status(end, trading=True))) == 1
    # The other vendor says so too, and goes on saying it.
    assert one.on_status(status(end + SECOND, trading=True)) == ()
    assert one.on_status(status(end + 200 * SECOND, trading=True)) == ()
    assert one.on_status(status(end + 499 * SECOND, trading=True)) == ()
    # So long after it another halt may have passed that nobody told of.
    again = end + 800 * SECOND
    assert told(one.on_status(status(again, trading=True))) == [(again, True, "LUDP")]
    one.lost()
    assert len(one.on_status(status(again + SECOND, trading=True))) == 1


def test_a_limit_state_names_the_feed_of_the_quote_that_shows_it() -> None:
    one = halts()
    one.on_band(Band("A", NOW, 4.59, 5.61))
    for ts, bid in ((NOW + 1, 5.61), (NOW + 2, 5.0)):
        shown = Quote("A", ts, bid, 1.0, 5.62, 1.0, "other", ts)
        assert [said.feed for said in one.on_quote(shown)] == ["other"]


def test_a_session_that_starts_inside_a_halt_knows_it_by_the_silence() -> None:
    one = halts()
    now = NOW + 4 * MINUTE
    assert told(one.joined(minutes(), 60, now)) == [(now, False, SUSPECTED)]
    assert one.suspected
    assert one.on_print(now - 1, now) == ()
    assert told(one.on_print(now + 7, now + 7)) == [(now + 7, True, "RESUMED")]
    assert not one.suspected


@pytest.mark.parametrize(
    ("bars", "span", "silent"),
    [
        (minutes(), 60, 3 * MINUTE),
        (minutes(2, 3, 4, 9), 60, 12 * MINUTE),
        (minutes()[:5], 60, 50 * MINUTE),
        ([], 60, 50 * MINUTE),
        ([NOW - k * SECOND for k in range(30, -1, -1)], 1, 60 * SECOND),
    ],
)
def test_a_silence_that_the_pace_explains_is_none(bars: list[int], span: int, silent: int) -> None:
    one = halts()
    assert one.joined(bars, span, NOW + silent) == ()
    if len(bars) > 8:
        assert told(one.joined(bars, span, NOW + silent + 1)) == [
            (NOW + silent + 1, False, SUSPECTED)
        ]


def test_nobody_is_suspected_outside_regular_hours_or_without_a_calendar() -> None:
    assert halts().joined(minutes(), 60, DAY.close) == ()
    assert Halts("A", "t").joined(minutes(), 60, NOW + 60 * MINUTE) == ()
    # What was silent since the evening has had no time yet to trade.
    early = halts()
    bars = minutes(last=OPEN - 300 * MINUTE)
    assert early.joined(bars, 60, OPEN + 3 * MINUTE) == ()
    assert len(early.joined(bars, 60, OPEN + 3 * MINUTE + 1)) == 1


def test_the_end_of_a_halt_that_was_missed_is_seen_in_history() -> None:
    one = halts()
    one.on_status(status(NOW, trading=False, code="T1"))
    one.lost()
    bars = [*minutes(), NOW + 2 * MINUTE]
    assert told(one.joined(bars, 60, NOW + 3 * MINUTE)) == [(NOW + 3 * MINUTE, True, "RESUMED")]


def test_a_halt_that_goes_on_over_a_loss_stands_until_something_trades() -> None:
    one = halts()
    one.on_status(status(NOW, trading=False, code="T1"))
    one.lost()
    assert one.joined(minutes(), 60, NOW + 3 * MINUTE) == ()
    assert one.suspected
    one.lost()
    assert one.joined(minutes(), 60, NOW + 5 * MINUTE) == ()
    # What traded before it may be reported a little later.
    assert one.on_print(NOW + MINUTE - 1, 7) == ()
    assert told(one.on_print(NOW + 6 * MINUTE, 7)) == [(NOW + 6 * MINUTE, True, "RESUMED")]


def test_the_silence_of_a_halt_that_is_over_says_nothing_of_what_follows() -> None:
    one = halts()
    one.on_status(status(NOW, trading=False, code="T1"))
    end = NOW + 5 * MINUTE
    one.on_status(status(end, trading=True, code="T3"))
    assert one.joined(minutes(), 60, end + 1) == ()
    assert one.joined(minutes(), 60, end + 3 * MINUTE) == ()
    late = end + 3 * MINUTE + 1
    assert told(one.joined(minutes(), 60, late)) == [(late, False, SUSPECTED)]


def test_the_venues_word_ends_a_suspicion() -> None:
    one = halts()
    now = NOW + 4 * MINUTE
    one.joined(minutes(), 60, now)
    assert told(one.on_status(status(now + 1, trading=True, code="T3"))) == [(now + 1, True, "T3")]
    assert not one.suspected


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("band"), st.floats(1, 9), st.floats(1, 9)),
            st.tuples(st.just("quote"), st.floats(0, 10), st.floats(0, 10)),
            st.tuples(st.just("halt"), st.booleans(), st.integers(-5, 0)),
            st.tuples(st.just("print"), st.integers(-90, 0), st.none()),
            st.tuples(st.just("join"), st.integers(0, 40), st.none()),
        ),
        max_size=40,
    )
)
def test_what_is_told_never_goes_back_and_never_lifts_a_halt_of_the_venue(deeds: list) -> None:
    one, now, newest, halted = halts(), NOW, 0, False
    for deed, this, that in deeds:
        now += SECOND
        said: tuple[Status, ...] = ()
        if deed == "band":
            said = tuple(one.on_band(Band("A", now, this, that, now)))
        elif deed == "quote" and one.bounded:
            said = tuple(one.on_quote(quote(now, this, that)))
        elif deed == "halt":
            halted = not this
            said = tuple(one.on_status(status(now, trading=this)))
        elif deed == "print" and not halted:
            said = tuple(one.on_print(now + this * SECOND, now))
        elif deed == "join" and not halted:
            one.lost()
            said = tuple(one.joined(minutes(last=now - this * MINUTE), 60, now))
        for each in said:
            assert each.ts >= newest
            newest = each.ts
            assert not (halted and each.trading)
