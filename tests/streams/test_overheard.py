"""Halts of the whole market, heard on the built-in venue's sockets of both vendors."""

import asyncio
import contextlib

import numpy as np
import pytest

from markets import KEY, OPEN, SECRET, control, venue
from streams.test_on_the_venue import QUICK, SYMBOLS, Clock, desks
from tradeplat.core.market import Status
from tradeplat.streams.alpaca import AlpacaWebSocketClient
from tradeplat.streams.client import Services, Tuning
from tradeplat.streams.connection import Access
from tradeplat.streams.polygon import AsyncPolygonAggClient


class Ear:
    def __init__(self):
        self.heard: list[Status] = []
        self.holes = 0

    def note(self, status):
        self.heard.append(status)

    def lost(self):
        self.holes += 1


@contextlib.asynccontextmanager
async def client_of(served, vendor):
    services = Services(Clock(served.clock.now), np.random.default_rng(1))
    options = Tuning(timing=QUICK, retry=0.02)
    if vendor == "polygon":
        access = Access(f"{served.ws_url}/stocks", KEY, "")
        client = AsyncPolygonAggClient(access, "polygon", services, (60,), options)
    else:
        access = Access(f"{served.ws_url}/v2/sip", KEY, SECRET)
        client = AlpacaWebSocketClient(access, "sip", services, (60,), options)
    task = asyncio.get_running_loop().create_task(client.run())
    try:
        yield client
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):  # it was cancelled here
            await task


async def until(ready):
    async with asyncio.timeout(20):
        while not ready():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("vendor", ["alpaca", "polygon"])
async def test_halts_of_tickers_that_nobody_opened_are_heard(vendor):
    ear = Ear()
    async with (
        venue(start=OPEN, symbols=SYMBOLS, speed=20.0) as served,
        client_of(served, vendor) as client,
    ):
        await client.overheard.begin(ear, client.connection.send)
        async with desks(client, "AAA") as shown:
            await until(lambda: client.stages.get("AAA") == "live")
            for symbol in ("AAA", "BBB"):
                await control(served, "halt", symbol=symbol, trading=False, code="LUDP")
            await until(lambda: {one.symbol for one in ear.heard} == {"AAA", "BBB"})
            assert not any(one.trading for one in ear.heard)
            await until(lambda: any(isinstance(e, Status) for e in shown["AAA"]))
            assert client.channels["AAA", "LULD" if vendor == "polygon" else "statuses"] == "live"
            await control(served, "halt", symbol="BBB", trading=True)
            await until(lambda: [o.trading for o in ear.heard if o.symbol == "BBB"][-1])
            assert client.counters["refused_topics"] == client.counters["mismatches"] == 0
            path = "/stocks" if vendor == "polygon" else "/v2/sip"
            await control(served, "disconnect", path=path, how="abort")
            await until(lambda: ear.holes == 1)
            await until(lambda: client.stages.get("AAA") == "live")
            seen = len(ear.heard)
            await control(served, "halt", symbol="BBB", trading=False, code="T1")
            await until(lambda: len(ear.heard) > seen and ear.heard[-1].symbol == "BBB")


async def test_who_did_not_ask_hears_nothing():
    async with (
        venue(start=OPEN, symbols=SYMBOLS, speed=20.0) as served,
        client_of(served, "alpaca") as client,
        desks(client, "AAA"),
    ):
        await until(lambda: client.stages.get("AAA") == "live")
        before = client.counters["messages"]
        await control(served, "halt", symbol="BBB", trading=False, code="LUDP")
        await control(served, "halt", symbol="AAA", trading=False, code="LUDP")
        await until(lambda: client.counters["messages"] > before)
        assert client.counters["messages"] == before + 1
