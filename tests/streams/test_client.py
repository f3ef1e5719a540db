"""What every vendor's client is made of: given a wire, its channels and how tickers are kept."""

import asyncio
import contextlib

import numpy as np
import pytest

from tradeplat.core.errors import Corrupt
from tradeplat.core.market import MINUTE, SECOND, Bar
from tradeplat.streams.alpaca_codec import CHANNELS, AlpacaCodec
from tradeplat.streams.client import Services, TickerStreams, Tuning, Vendor
from tradeplat.streams.connection import Access, Timing
from tradeplat.streams.counts import COUNTED
from tradeplat.streams.terms import Terms
from waits import until

START = 1_767_623_400 * SECOND


class StandStill:
    def now(self):
        return START

    async def sleep_until(self, ts):
        raise AssertionError


@pytest.fixture
async def client(alpaca):
    vendor = Vendor("alpaca", AlpacaCodec("mine"), CHANNELS, ("bars",), Terms((60,), "mine"))
    tuning = Tuning(early=1e6, timing=Timing(delays=(0.0,), close=0.2))
    services = Services(StandStill(), np.random.default_rng(1))
    made = TickerStreams(Access(alpaca.url, "K", "S"), vendor, services, tuning)
    task = asyncio.get_running_loop().create_task(made.run())
    yield made
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):  # as asked
        await task


async def test_a_client_asks_for_the_channels_of_its_vendor_and_hands_on_its_facts(
    client, alpaca, wire_bar
):
    async with client.open("AAA") as batches:
        got = asyncio.ensure_future(anext(batches))
        await until(lambda: client.stages == {"AAA": "live"})
        session = await alpaca.connected(topics=1)
        assert session.topics == {("bars", "AAA")}
        await session.say(wire_bar("AAA", START // SECOND + 60))
        (bar,) = await got
        assert isinstance(bar, Bar)
        assert (bar.ts, bar.feed) == (START + MINUTE, "mine")
    assert client.stages == {}


async def test_a_ticker_is_open_once_and_everything_is_counted_from_the_start(client, alpaca):
    assert set(COUNTED) < set(client.counters)
    async with client.open("AAA"):
        with pytest.raises(Corrupt, match="open"):
            client.open("AAA")
        await until(lambda: client.channels == {("AAA", "bars"): "subscribed"})
        assert [c.code for c in client.conditions(START)] == ["STREAM_DOWN"]


async def test_one_message_dated_in_the_future_does_not_move_how_far_the_feed_is(
    client, alpaca, wire_bar
):
    async with client.open("AAA") as batches:
        got = asyncio.ensure_future(anext(batches))
        session = await alpaca.connected(topics=1)
        await until(lambda: client.stages == {"AAA": "live"})
        await session.say(wire_bar("AAA", START // SECOND))
        await got
        await session.say(wire_bar("AAA", START // SECOND + 2_000_040))
        await until(lambda: client.counters["future"] == 1)
        assert client.feeds[0]["newest"] == START


async def test_a_halt_that_a_feed_ended_in_is_over_with_what_trades_after_it(
    client, alpaca, wire_bar
):
    start, halt = START // SECOND, {"sc": "H", "sm": "Halt", "rc": "T1", "rm": "News", "z": "C"}
    async with client.open("AAA") as batches:
        first = asyncio.ensure_future(anext(batches))
        await until(lambda: client.stages == {"AAA": "live"})
        session = await alpaca.connected(topics=1)
        await session.say({"T": "s", "S": "AAA", "t": START + 90 * SECOND, **halt})
        (told,) = await first
        assert (told.trading, told.code) == (False, "T1")
    # The list lets go of it: what is said of it now nobody hears.
    await until(lambda: not session.topics)
    async with client.open("AAA") as batches:
        first = asyncio.ensure_future(anext(batches))
        await until(lambda: client.stages == {"AAA": "live"})
        await session.say(wire_bar("AAA", start + 60), wire_bar("AAA", start + 600))
        got = list(await first)
        while len(got) < 3:
            got += await anext(batches)
    assert [getattr(event, "code", "") for event in got] == ["", "RESUMED", ""]
    assert got[1].ts == START + 540 * SECOND
