"""A silence is judged by the traffic before it."""

import asyncio
import contextlib

from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.market import Bar, Quote
from tradeplat.streams.silence import Channels, Mutes, Silence, Watch


def heard_at(silence, times):
    for now in times:
        silence.heard = True
        assert silence.check(now) == ""


def test_a_busy_stream_is_doubted_after_the_floor():
    silence = Silence(5.0)
    heard_at(silence, [k * 0.25 for k in range(100)])
    last = 99 * 0.25
    assert silence.check(last + 5.0) == ""
    assert "mute for 5.5 s" in silence.check(last + 5.5)


def test_a_bar_a_minute_is_given_twenty_of_them():
    silence = Silence(5.0)
    heard_at(silence, [k * 60.0 for k in range(10)])
    assert silence.check(540 + 60 * 19) == ""
    assert silence.check(540 + 60 * 21)


def test_a_stream_that_has_said_little_is_not_doubted():
    silence = Silence(5.0)
    heard_at(silence, [0.0, 0.25, 0.5])
    assert silence.check(10_000.0) == ""


def test_doubt_can_be_switched_off_and_a_new_connection_starts_anew():
    for floor in (None, 5.0):
        silence = Silence(floor)
        heard_at(silence, [k * 0.25 for k in range(100)])
        if floor:
            silence.begin()
        assert silence.check(10_000.0) == ""


@given(st.floats(0.01, 100.0), st.floats(0.0, 19.0))
def test_nineteen_usual_gaps_are_never_a_reason(gap, gaps):
    silence = Silence(0.0)
    heard_at(silence, [k * gap for k in range(30)])
    assert silence.check(29 * gap + gaps * gap) == ""


async def test_the_watch_ends_the_deadline_once_there_is_a_reason():
    reasons = iter(["", "", "late"])
    with contextlib.suppress(TimeoutError):  # the deadline it ended
        async with asyncio.timeout(None) as deadline:
            watch = Watch(lambda _: next(reasons), deadline, 0.001)
            watch.start()
            await asyncio.get_running_loop().create_future()
    assert deadline.expired()
    assert watch.reason == "late"


async def test_a_stopped_watch_looks_no_more():
    async with asyncio.timeout(None) as deadline:
        watch = Watch(lambda _: "late", deadline, 0.001)
        watch.start()
        watch.stop()
        watch.stop()
        await asyncio.sleep(0.005)
    assert watch.reason == ""


def test_bars_that_come_each_minute_are_missed_after_four():
    silence = Silence(5.0, regular=True)
    heard_at(silence, [k * 60.0 for k in range(10)])
    assert silence.check(540 + 239) == ""
    assert silence.check(540 + 241)


def test_one_kind_of_fact_that_falls_silent_is_named_though_others_go_on():
    channels = Channels(5.0)
    quote, bar = Quote("A", 1, 1.0, 1.0, 1.1, 1.0, "t"), Bar("A", 1, 1, 1, 1, 1, 1, 60, "t")
    for quarter in range(10 * 240):
        channels.hear([quote, bar] if quarter % 240 == 0 else [quote])
        assert channels.check(quarter * 0.25) == ""
    found = ""
    for quarter in range(10 * 240, 15 * 240):
        channels.hear([quote])
        found = found or channels.check(quarter * 0.25)
    assert found.startswith("bars mute")


def test_a_frame_without_facts_of_ours_is_a_sign_of_life():
    channels = Channels(5.0)
    for quarter in range(400):
        channels.hear([])
        assert channels.check(quarter * 0.25) == ""
    assert "mute" in channels.check(400 * 0.25 + 6.0)
    channels.begin()
    assert channels.check(1_000.0) == ""


def test_symbols_are_judged_each_by_its_own_traffic():
    mutes = Mutes(5.0)
    for quarter in range(400):
        mutes.heard.add("busy")
        if quarter % 40 == 0:
            mutes.heard.add("calm")
        mutes.check(quarter * 0.25)
    mutes.check(106.0)
    assert set(mutes.why) == {"busy"}
    mutes.forget("busy")
    assert mutes.why == {}


def test_another_connection_is_to_bring_what_the_one_before_did():
    silence = Silence(5.0)
    heard_at(silence, [k * 0.25 for k in range(100)])
    silence.again(30.0)
    assert silence.check(35.0) == ""
    assert "mute" in silence.check(35.5)
    silence.begin()
    assert silence.check(10_000.0) == ""
