"""Bars are never lost in silence, quotes conflate, statuses stay, one wake-up serves a batch."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.errors import Denied, StreamLagged
from tradeplat.core.market import Bar, Quote, Status
from tradeplat.streams.mailbox import Mailbox


def bar(ts):
    return Bar("AAA", ts, 1.0, 1.0, 1.0, 1.0, 1.0, 60, "iex")


def quote(ts):
    return Quote("AAA", ts, 1.0, 1.0, 1.0, 1.0, "iex")


def status(ts):
    return Status("AAA", ts, False, "H", "iex")


async def test_everything_that_waits_is_taken_at_once_in_order():
    box = Mailbox(10)
    box.put_all([bar(1), quote(2), status(3), bar(4)])
    assert box.depth == 4
    assert await box.take() == [bar(1), quote(2), status(3), bar(4)]
    assert box.depth == 0
    assert box.deepest == 4


async def test_a_waiting_taker_is_woken_once_for_a_whole_batch():
    box = Mailbox(100)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(box.take())
        await asyncio.sleep(0)
        assert box.idle
        box.put_all(bar(ts) for ts in range(50))
        assert not box.idle
    assert len(task.result()) == 50
    assert box.woken == 1


async def test_of_quotes_in_a_row_the_newest_waits_and_bars_keep_their_place():
    box = Mailbox(10)
    box.put_all([quote(1), quote(2), bar(3), quote(4), quote(5), quote(6)])
    assert await box.take() == [quote(2), bar(3), quote(6)]
    assert box.conflated == 3


async def test_as_many_quotes_in_a_row_wait_as_asked_for():
    box = Mailbox(10, quotes=2)
    box.put_all([quote(1), quote(2), quote(3), bar(4), quote(5)])
    assert await box.take() == [quote(2), quote(3), bar(4), quote(5)]


async def test_one_bar_too_many_is_told_at_the_next_take():
    box = Mailbox(2)
    box.put_all([bar(1), bar(2)])
    assert len(await box.take()) == 2
    box.put_all([bar(3), bar(4), status(5), bar(6), bar(7), status(8)])
    with pytest.raises(StreamLagged, match="more than 2"):
        await box.take()
    assert box.dropped == 3
    assert box.statuses == [status(5), status(8)]


async def test_an_error_reaches_the_taker_who_waits():
    box = Mailbox(2)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(_failure(box))
        await asyncio.sleep(0)
        box.fail(Denied("auth failed"))
    assert task.result() == "auth failed"


async def test_what_is_held_comes_when_it_is_released_in_delivery_order():
    box = Mailbox(10, 10)
    for event in (bar(3), quote(2), bar(1), status(3), quote(3)):
        box.hold(event)
    assert not box.depth
    box.release()
    assert await box.take() == [bar(1), quote(2), status(3), quote(3), bar(3)]
    box.release()
    assert not box.depth


async def _failure(box):
    try:
        await box.take()
    except Denied as error:
        return str(error)


async def test_an_interrupt_is_answered_with_an_empty_batch():
    box = Mailbox(2)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(box.take())
        await asyncio.sleep(0)
        box.interrupt()
        assert not box.idle
    assert task.result() == []


async def test_a_cancelled_taker_leaves_the_box_usable():
    box = Mailbox(2)
    task = asyncio.get_running_loop().create_task(box.take())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not box.idle
    box.put(bar(1))
    assert await box.take() == [bar(1)]


@given(st.lists(st.sampled_from("bqs"), max_size=60), st.integers(1, 5), st.integers(1, 3))
def test_whatever_comes_nothing_but_quotes_is_missing_and_order_holds(kinds, limit, quotes):
    make = {"b": bar, "q": quote, "s": status}
    events = [make[kind](ts) for ts, kind in enumerate(kinds)]
    box = Mailbox(limit, quotes)
    box.put_all(events)

    async def taken():
        try:
            return await box.take()
        except StreamLagged:
            return None

    if not events:
        return
    got = asyncio.run(taken())
    statuses = [e for e in events if isinstance(e, Status)]
    if kinds.count("b") > limit:
        assert got is None
        assert [e for e in box.statuses if e in statuses] == box.statuses == statuses
        return
    assert [e.ts for e in got] == sorted(e.ts for e in got)
    assert [e for e in got if not isinstance(e, Quote)] == [
        e for e in events if not isinstance(e, Quote)
    ]
    if isinstance(events[-1], Quote):
        assert got[-1] == events[-1]
