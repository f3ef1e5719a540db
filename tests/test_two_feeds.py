"""Bars of one vendor and quotes of the other in a whole session, and in lockstep."""

import asyncio
import contextlib
from pathlib import Path

import numpy as np
import pytest

from markets import KEY, OPEN, SECRET, control, quote, trade, venue
from sessions import OURS, hurried, trading
from streams.test_on_the_venue import QUICK, SYMBOLS, Clock, desks, seconds, walk
from tradeplat.app.rerunning import run as rerun
from tradeplat.core.market import MINUTE, SECOND, Bar, Quote, Status
from tradeplat.core.record import Shown
from tradeplat.journal.reader import Record
from tradeplat.streams.alpaca import AlpacaWebSocketClient
from tradeplat.streams.client import Services, Tuning
from tradeplat.streams.connection import Access
from tradeplat.streams.joined import JoinedStreams
from tradeplat.streams.polygon import AsyncPolygonAggClient
from tradeplat.streams.polygon_history import PolygonHistory
from tradeplat.venue.clock import MAX
from tradeplat.venue.script import event_key
from waits import until

__all__ = ["hurried"]


@contextlib.asynccontextmanager
async def joined_on(served, now, **tuning):
    options = Tuning(timing=QUICK, retry=0.02, **tuning)
    async with PolygonHistory(Access(served.url, KEY, ""), "polygon", 60_000) as history:
        rng = np.random.default_rng(1)
        bars = AsyncPolygonAggClient(
            Access(f"{served.ws_url}/stocks", KEY, ""), "polygon",
            Services(Clock(now), rng, history), (1, 60), options, quotes=False,
        )  # fmt: skip
        access = Access(f"{served.ws_url}/v2/iex", KEY, SECRET)
        quotes = AlpacaWebSocketClient(access, "iex", Services(Clock(now), rng), (), options)
        client = JoinedStreams(bars, quotes)
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(body()) for body in client.bodies.values()]
        try:
            yield client
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # cancelled here


def order(event):
    """The place of an event at a desk (delivery order)."""
    kind = {Quote: 1, Bar: 2}[type(event)]
    return event.ts, kind, event.span if kind == 2 else 0


async def test_in_lockstep_both_feeds_come_in_one_delivery_order_and_alike_each_time():
    start = OPEN - MINUTE
    events = seconds(start + SECOND, 70)
    halt = [
        Status(SYMBOLS[0], start + k * SECOND, trading, "LUDP", "t")
        for k, trading in ((20, False), (45, True))
    ]
    events = [
        event
        for event in events
        if event.symbol != SYMBOLS[0] or not 20 <= (event.ts - start) / SECOND < 47
    ]
    events = sorted([*events, *halt], key=event_key)
    end = max(event.ts for event in events)
    walks = []
    for _ in range(2):
        clock = {"ts": start}
        served = venue(events, start=start, symbols=SYMBOLS, speed=MAX, pace_wait=10.0)
        async with (
            served,
            joined_on(served, lambda clock=clock: clock["ts"], paced=True) as client,
            desks(client, *SYMBOLS) as shown,
            asyncio.timeout(60),
        ):
            while len(client.stages) < len(SYMBOLS) or not client.drained:
                await asyncio.sleep(0.005)
            await walk(served, client, clock, lambda ts: ts >= end)
        walks.append(shown)
    assert walks[0] == walks[1]
    for symbol in SYMBOLS:
        told = [e for e in walks[0][symbol] if isinstance(e, Status)]
        ends = [(e.ts - start) // SECOND for e in told]
        assert ends == ([20, 20, 45] if symbol == SYMBOLS[0] else [])
        got = [e for e in walks[0][symbol] if not isinstance(e, Status)]
        assert {(type(e), e.feed) for e in got} == {(Bar, "polygon"), (Quote, "iex")}
        assert [order(e) for e in got] == sorted(map(order, got))
        wanted = [e for e in events if e.symbol == symbol]
        assert sum(isinstance(e, Quote) for e in got) == sum(isinstance(e, Quote) for e in wanted)
        ones = [e.ts for e in got if isinstance(e, Bar) and e.span == 1]
        assert ones == sorted(e.ts for e in wanted if isinstance(e, Bar))


@pytest.mark.usefixtures("hurried")
async def test_a_session_trades_on_two_feeds_and_says_how_each_stands(tmp_path: Path) -> None:
    events = [e for k in range(1200) for e in (
        quote(OPEN + k * SECOND // 2, 4.99 + k / 1000, 5.01 + k / 1000),
        trade(OPEN + k * SECOND // 2 + 1000, 5.0 + k / 1000),
    )]  # fmt: skip
    two = ("stream.use=polygon", "stream.spans=[1]", "quotes.use=alpaca")
    async with (
        venue(events, accounts=OURS, speed=10.0) as served,
        trading(served, tmp_path, ["AAA"], "coin_flip", *two, "desks.warmup_bars=30") as session,
    ):
        client, conditions = session.live.client, session.live.desks.house.conditions

        def whole():
            return not any(source.startswith("stream") for source, _ in conditions.standing)

        await until(lambda: session.stages == ["live"] and whole())
        await until(lambda: all(told["newest"] for told in client.feeds))
        feeds = session.live.numbers()["feeds"]["told"]
        assert [(told["feed"], told["brings"]) for told in feeds] == [
            ("polygon", "bars"), ("builtin", "quotes"),
        ]  # fmt: skip
        done = await control(served, "disconnect", path="/v2/sip", how="abort")
        assert done["done"] == 1
        await until(lambda: client.quotes.counters["reconnects"] == 1 and whole())
        assert client.bars.counters["reconnects"] == 0
    shown = [entry.event for entry in Record(tmp_path) if isinstance(entry, Shown)]
    assert {(type(e), e.feed) for e in shown if isinstance(e, Bar | Quote)} == {
        (Bar, "polygon"), (Quote, "builtin"),
    }  # fmt: skip
    assert Record(tmp_path).header().feed == "polygon, builtin"
    assert rerun(tmp_path).numbers["same"]
