"""What every stream client promises (core.ports.StreamClient), asked of each of them."""

import asyncio
import contextlib

import numpy as np
import pytest
from msgspec.structs import replace

from tradeplat.core.errors import Corrupt
from tradeplat.core.market import MINUTE, SECOND, Bar
from tradeplat.core.schema import schema_of
from tradeplat.streams.alpaca import AlpacaWebSocketClient, Services, Tuning
from tradeplat.streams.connection import Access, Timing
from tradeplat.streams.fake import FakeWebSocketClient
from tradeplat.streams.joined import JoinedStreams
from tradeplat.streams.polygon import AsyncPolygonAggClient
from tradeplat.streams.timeline import Timeline
from waits import until

START = 1_767_623_400 * SECOND
BARS = [
    Bar(symbol, START + k * MINUTE, 1.0, 2.0, 0.5, 1.5, 10.0 + k, 60, "x")
    for k in range(1, 30)
    for symbol in ("AAA", "BBB", "CCC")
]


class StandStill:
    def now(self):
        return START

    async def sleep_until(self, ts):
        raise AssertionError


class Replayed:
    """The fake client over a timeline of `BARS`."""

    def __init__(self):
        self.client = FakeWebSocketClient(Timeline(iter([BARS]), lambda _: None, sleepers=0))

    async def begin(self):
        pass  # it is there at once


class Live:
    """Alpaca's client on a loopback venue that tells `BARS` once everybody listens."""

    def __init__(self, venue):
        self.venue = venue
        services = Services(StandStill(), np.random.default_rng(1))
        tuning = Tuning(early=1e6, timing=Timing(delays=(0.0,), close=0.2))
        access = Access(venue.url, "K", "S")
        self.client = AlpacaWebSocketClient(access, "x", services, (60,), tuning)

    async def begin(self):
        await until(lambda: set(self.client.stages.values()) == {"live"})
        for at in range(0, len(BARS), 7):
            rows = [
                {"T": "b", "S": b.symbol, "t": b.ts - MINUTE, "o": b.open, "h": b.high,
                 "l": b.low, "c": b.close, "v": b.volume}
                for b in BARS[at : at + 7]
            ]  # fmt: skip
            await self.venue.sessions[-1].say(*rows)


class LivePolygon:
    """Polygon's client on a loopback venue, and where there is one, another's for quotes."""

    def __init__(self, venue, quotes=None):
        self.venue = venue
        services = Services(StandStill(), np.random.default_rng(1))
        tuning = Tuning(early=1e6, lateness=0.0, timing=Timing(delays=(0.0,), close=0.2))
        access = Access(venue.url, "K", "")
        made = AsyncPolygonAggClient(access, "x", services, (60,), tuning, quotes=quotes is None)
        self.client = made if quotes is None else JoinedStreams(made, quotes)

    async def begin(self):
        await until(lambda: set(self.client.stages.values()) == {"live"})
        for at in range(0, len(BARS), 7):
            rows = [
                {"ev": "AM", "sym": b.symbol, "s": (b.ts - MINUTE) // 10**6, "e": b.ts // 10**6,
                 "o": b.open, "h": b.high, "l": b.low, "c": b.close, "v": b.volume}
                for b in BARS[at : at + 7]
            ]  # fmt: skip
            await self.venue.sessions[-1].say(*rows)


def quotes_of(venue):
    services = Services(StandStill(), np.random.default_rng(2))
    tuning = Tuning(early=1e6, timing=Timing(delays=(0.0,), close=0.2))
    return AlpacaWebSocketClient(Access(venue.url, "K", "S"), "y", services, (), tuning)


@pytest.fixture(params=["fake", "alpaca", "polygon", "joined"])
async def stream(request, alpaca, polygon):
    if request.param == "fake":
        yield Replayed()
        return
    if request.param == "alpaca":
        live = Live(alpaca)
    else:
        live = LivePolygon(polygon, quotes_of(alpaca) if request.param == "joined" else None)
    bodies = getattr(live.client, "bodies", {"stream": getattr(live.client, "run", None)})
    tasks = [asyncio.get_running_loop().create_task(body()) for body in bodies.values()]
    yield live
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):  # as asked
            await task


async def hear(feed, count):
    got = []
    async with feed as batches:
        async for batch in batches:
            got += batch
            if len(got) >= count:
                break
    return [replace(event, seen=0) for event in got]


async def test_every_ticker_gets_each_of_its_events_once_and_in_order(stream):
    symbols = ("BBB", "AAA", "CCC")
    feeds = [stream.client.open(symbol) for symbol in symbols]
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        tasks = [group.create_task(hear(feed, 29)) for feed in feeds]
        await stream.begin()
    for symbol, task in zip(symbols, tasks, strict=True):
        assert task.result() == [bar for bar in BARS if bar.symbol == symbol]
        assert schema_of(map(type, task.result())) == schema_of([Bar])


async def test_a_ticker_is_open_once_at_a_time_and_may_come_back(stream):
    async with stream.client.open("AAA"):
        with pytest.raises(Corrupt, match="open"):
            stream.client.open("AAA")
    async with stream.client.open("AAA"):
        pass  # coming and going is all


async def test_a_ticker_that_leaves_does_not_stop_the_others(stream):
    feeds = [stream.client.open(symbol) for symbol in ("AAA", "BBB")]
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        short = group.create_task(hear(feeds[0], 1))
        whole = group.create_task(hear(feeds[1], 29))
        await stream.begin()
    assert short.result()[0].symbol == "AAA"
    assert len(whole.result()) == 29
