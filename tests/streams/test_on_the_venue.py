"""The live path against the built-in venue: lockstep to the last bar, and over its faults."""

import asyncio
import contextlib
import json

import aiohttp
import numpy as np
import pytest

from markets import KEY, OPEN, SECRET, bar, control, quote, venue
from tradeplat.core.errors import Denied, Transient
from tradeplat.core.market import (
    LIMIT_STATE,
    MINUTE,
    SECOND,
    SUSPECTED,
    Backfill,
    Bar,
    Quote,
    Status,
)
from tradeplat.history.dataset import DataSet
from tradeplat.history.sessions import nyse_calendar
from tradeplat.streams.alpaca import AlpacaWebSocketClient, Services, Tuning
from tradeplat.streams.alpaca_history import AlpacaHistory
from tradeplat.streams.connection import Access, Timing
from tradeplat.streams.stamps import write_rfc3339
from tradeplat.venue.clock import MAX

QUICK = Timing(delays=(0.0, 0.02), settled=0.0, slot=0.05, close=0.5, watch=0.01, mute=None)


class Clock:
    """Stands where the venue stands."""

    def __init__(self, now):
        self.now = now

    async def sleep_until(self, ts):
        while self.now() < ts:
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def client_of(served, now, *, spans=(1, 60), calendar=None, **tuning):
    access = Access(f"{served.ws_url}/v2/iex", KEY, SECRET)
    data = Access(served.url, KEY, SECRET)
    async with AlpacaHistory(data, "builtin", 6_000) as history:
        services = Services(Clock(now), np.random.default_rng(1), history, calendar=calendar)
        options = Tuning(timing=QUICK, retry=0.02, **tuning)
        client = AlpacaWebSocketClient(access, "builtin", services, spans, options)
        task = asyncio.get_running_loop().create_task(client.run())
        try:
            yield client
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Denied):  # whichever way it ended
                await task


@contextlib.asynccontextmanager
async def desks(client, *symbols):
    """What each symbol's desk was shown; a desk whose stream lagged or was lost opens again."""
    shown = {symbol: [] for symbol in symbols}

    async def trade(symbol):
        while True:
            with contextlib.suppress(Transient):  # lost or lagged: opened again
                async with client.open(symbol) as batches:
                    async for batch in batches:
                        shown[symbol] += batch

    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(trade(symbol)) for symbol in symbols]
    try:
        yield shown
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # cancelled here


async def walk(served, client, clock, until):
    """Follow the venue in lockstep until its script has ended (venue/pace.py)."""
    ticked = 0
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{served.ws_url}/control/pace?key={KEY}") as ws,
    ):
        while True:
            frame = await ws.receive(timeout=30)
            prompt = json.loads(frame.data)
            clock["ts"] = max(clock["ts"], prompt["ts"])
            while client.received < prompt["data"] or not client.drained:
                await asyncio.sleep(0)
            if prompt["phase"] == "data" and prompt["ts"] > ticked:
                ticked = prompt["ts"]
                client.tick(ticked)
                while not client.drained:
                    await asyncio.sleep(0)
                if until(ticked):
                    return
            await ws.send_json({**prompt, "data": client.received})


def bars_of(shown):
    """Every bar shown, history and live alike."""
    found = []
    for event in shown:
        found += event.bars if isinstance(event, Backfill) else [event]
    return [event for event in found if isinstance(event, Bar)]


def figures(bars):
    return [(b.ts, b.open, b.high, b.low, b.close, b.volume) for b in bars]


async def play_in_lockstep(events, start, symbols, spans):
    """Show the venue's events to desks that were there from the start."""
    end = max(event.ts for event in events)
    clock = {"ts": start}
    served = venue(events, start=start, symbols=symbols, speed=MAX, pace_wait=10.0)
    async with served, client_of(served, lambda: clock["ts"], spans=spans, paced=True) as client:
        async with desks(client, *symbols) as shown:
            async with asyncio.timeout(60):
                while not all(stage != "subscribing" for stage in client.stages.values()) or (
                    len(client.stages) < len(symbols)
                ):
                    await asyncio.sleep(0.005)
                await walk(served, client, clock, lambda ts: ts >= end)
        assert client.counters["late"] == client.counters["amended"] == 0
    return shown


@pytest.mark.parametrize("symbol", ["BAC", "IBM"])
async def test_recorded_seconds_come_back_to_the_last_digit(shared_data, symbol):
    start = 1_381_238_940 * SECOND  # 2013-10-08 09:29 in New York
    window = {"start": start + MINUTE, "end": start + 6 * MINUTE}
    found = DataSet.open([shared_data / "second"], **window)
    events = [e for chunk in found.events(symbol) for e in chunk]
    source = [e for e in events if isinstance(e, Bar)]
    quotes = [e for e in events if isinstance(e, Quote)]
    assert len(source) > 100
    shown = (await play_in_lockstep(events, start, (symbol,), (1,)))[symbol]
    live = [e for e in shown if isinstance(e, Bar)]
    assert figures(live) == figures(source)
    got = [e for e in shown if isinstance(e, Quote)]
    assert [(q.ts, q.bid, q.ask) for q in got] == [(q.ts, q.bid, q.ask) for q in quotes]
    keys = [(e.ts, isinstance(e, Bar)) for e in shown]
    assert keys == sorted(keys)


SYMBOLS = ("AAA", "BBB", "CCC")


def seconds(start, count, symbols=SYMBOLS):
    """Second bars and quotes with holes, each symbol its own."""
    rng = np.random.default_rng(3)
    events = []
    for number, symbol in enumerate(symbols):
        price = 10.0 + number
        for k in range(1, count + 1):
            if rng.random() < 0.3:
                continue
            ends = [round(price + float(x), 2) for x in rng.normal(0, 0.05, 2)]
            high, low = max(ends) + 0.02, min(ends) - 0.02
            volume = float(rng.integers(1, 500))
            ts = start + k * SECOND
            events.append(
                Bar(symbol, ts, ends[0], round(high, 2), round(low, 2), ends[1], volume, 1, "csv")
            )
            events.append(
                quote(ts - int(rng.integers(1, SECOND)), ends[0] - 0.01, ends[0] + 0.01, symbol)
            )
    return events


async def test_in_lockstep_minutes_follow_their_seconds_and_add_up():
    start = OPEN - MINUTE
    events = seconds(start + SECOND, 150)
    shown = await play_in_lockstep(events, start, SYMBOLS, (1, 60))
    for symbol in SYMBOLS:
        bars = [e for e in shown[symbol] if isinstance(e, Bar)]
        ones = [b for b in bars if b.span == 1]
        source = sorted(
            (e for e in events if isinstance(e, Bar) and e.symbol == symbol), key=lambda b: b.ts
        )
        assert figures(ones) == figures(source)
        minutes = [b for b in bars if b.span == 60]
        assert len(minutes) == 2
        for minute in minutes:
            before = bars[: bars.index(minute)]
            assert max(b.ts for b in before if b.span == 1) <= minute.ts
            inside = [b for b in ones if minute.ts - MINUTE < b.ts <= minute.ts]
            assert minute.volume == sum(b.volume for b in inside)
            assert minute.close == inside[-1].close


async def test_two_walks_through_one_day_are_alike():
    events = seconds(OPEN + SECOND, 20)
    one, two = [await play_in_lockstep(events, OPEN, SYMBOLS, (1, 60)) for _ in range(2)]
    assert one == two


async def test_over_an_aborted_connection_no_bar_is_lost_or_doubled():
    events = seconds(OPEN, 150)
    async with (
        venue(events, start=OPEN, symbols=SYMBOLS, speed=40.0) as served,
        client_of(served, served.clock.now, grace=10.0) as client,
        desks(client, *SYMBOLS) as shown,
    ):
        for at in (30, 100):
            await Clock(served.clock.now).sleep_until(OPEN + at * SECOND)
            done = await control(served, "disconnect", path="/v2/iex", how="abort")
            assert done["done"] == 1
        await Clock(served.clock.now).sleep_until(OPEN + 170 * SECOND)
        assert client.counters["reconnects"] == 2
    for symbol in SYMBOLS:
        bars = bars_of(shown[symbol])
        closed = [(b.span, b.ts) for b in bars if not b.revision]
        assert len(closed) == len(set(closed))
        latest = {b.ts: b for b in bars if b.span == 1}
        wanted = [e for e in events if isinstance(e, Bar) and e.symbol == symbol]
        assert figures(latest[ts] for ts in sorted(latest)) == figures(wanted)
        assert [ts for span, ts in closed if span == 60] == [OPEN + MINUTE, OPEN + 2 * MINUTE]
        assert sum(isinstance(e, Backfill) for e in shown[symbol]) >= 2


async def test_the_venues_login_faults_halts_and_text_frames_are_met():
    async with venue(seconds(OPEN, 60), start=OPEN, symbols=SYMBOLS, speed=5.0) as served:
        await control(served, "login_error", code=406, times=2)
        await control(served, "text_frames", on=True)
        async with client_of(served, served.clock.now) as client, desks(client, "AAA") as shown:
            async with asyncio.timeout(30):
                while client.stages.get("AAA") != "live":
                    await asyncio.sleep(0.005)
                await control(served, "halt", symbol="AAA", trading=False, code="LUDP")
                while not any(isinstance(e, Status) for e in shown["AAA"]):
                    await asyncio.sleep(0.005)
            halt = next(e for e in shown["AAA"] if isinstance(e, Status))
            assert (halt.trading, halt.code) == (False, "LUDP")
            assert client.counters["complaints"] == 2


async def told(shown, symbol, count):
    """The first `count` statuses of `symbol`, as whether it trades and why."""
    async with asyncio.timeout(10):
        while len(found := [e for e in shown[symbol] if isinstance(e, Status)]) < count:
            await asyncio.sleep(0.005)
    return [(status.trading, status.code) for status in found]


async def test_quotes_at_the_venues_band_are_a_limit_state_until_they_leave_it():
    async with (
        venue(start=OPEN, symbols=SYMBOLS, speed=1.0) as served,
        client_of(served, served.clock.now, calendar=nyse_calendar()) as client,
        desks(client, "AAA") as shown,
    ):
        async with asyncio.timeout(10):
            while client.stages.get("AAA") != "live":
                await asyncio.sleep(0.005)
        await control(served, "band", symbol="AAA", low=4.5, high=5.5)
        for bid, ask in ((5.4, 5.5), (5.5, 5.51), (5.3, 5.4)):
            await control(served, "quote", symbol="AAA", bid=bid, ask=ask)
        assert await told(shown, "AAA", 2) == [(False, LIMIT_STATE), (True, "RESUMED")]
        kinds = [type(e) for e in shown["AAA"] if not isinstance(e, Bar | Backfill)]
        # The desk knows of the limit state before it sees the quote that is in it.
        assert kinds[kinds.index(Status) + 1] is Quote


async def test_a_session_that_starts_inside_a_halt_knows_it_until_the_venue_lets_it_trade():
    past = [
        bar(OPEN + k * MINUTE, span=60, symbol=symbol)
        for symbol, last in (("AAA", 15), ("BBB", 20))
        for k in range(1, last + 1)
    ]
    start = OPEN + 20 * MINUTE
    options = {"symbols": SYMBOLS, "start": start, "past": past, "speed": 1.0}
    async with venue(**options) as served:
        await control(served, "halt", symbol="AAA", trading=False, code="T1")
        async with (
            client_of(served, served.clock.now, spans=(60,), calendar=nyse_calendar()) as client,
            desks(client, "AAA", "BBB") as shown,
        ):
            assert await told(shown, "AAA", 1) == [(False, SUSPECTED)]
            await control(served, "halt", symbol="AAA", trading=True, code="T3")
            assert (await told(shown, "AAA", 2))[1] == (True, "T3")
            async with asyncio.timeout(10):
                while client.stages.get("BBB") != "live":
                    await asyncio.sleep(0.005)
            assert not any(isinstance(e, Status) for e in shown["BBB"])


async def test_the_end_of_a_halt_that_came_while_nobody_listened_is_seen():
    async with (
        venue(start=OPEN, symbols=SYMBOLS, speed=1.0) as served,
        client_of(served, served.clock.now, calendar=nyse_calendar()) as client,
        desks(client, "AAA") as shown,
    ):
        async with asyncio.timeout(10):
            while client.stages.get("AAA") != "live":
                await asyncio.sleep(0.005)
        # So long ago that what is printed now traded after it.
        began = write_rfc3339(served.clock.now() - 61 * SECOND)
        halt = {"T": "s", "S": "AAA", "sc": "H", "sm": "Trading Halt", "rc": "T1", "rm": "News"}
        await control(served, "publish", messages=[halt | {"t": began, "z": "C"}])
        assert await told(shown, "AAA", 1) == [(False, "T1")]
        await control(served, "login_error", code=406, times=2)
        await control(served, "disconnect", path="/v2/iex", how="abort")
        async with asyncio.timeout(10):
            while client.stages.get("AAA") != "live" or not client.counters["reconnects"]:
                await asyncio.sleep(0.005)
        assert len([e for e in shown["AAA"] if isinstance(e, Status)]) == 1
        await control(served, "trade", symbol="AAA", price=5.0, size=100)
        assert (await told(shown, "AAA", 2))[1] == (True, "RESUMED")


async def test_late_prints_cancellations_and_corrections_come_as_amendments():
    async with (
        venue(start=OPEN, symbols=SYMBOLS, speed=20.0) as served,
        client_of(served, served.clock.now, spans=(1,), grace=0.2) as client,
        desks(client, "AAA") as shown,
    ):
        async with asyncio.timeout(30):
            while client.stages.get("AAA") != "live":
                await asyncio.sleep(0.005)
            await control(served, "trade", symbol="AAA", price=5.0, size=100)
            while not shown["AAA"]:
                await asyncio.sleep(0.005)
            first = shown["AAA"][0]
            at = np.datetime_as_string(np.datetime64(first.ts - 1, "ns")) + "Z"
            await control(served, "trade", symbol="AAA", price=5.5, size=50, ts=str(at))
            while len(shown["AAA"]) < 2:
                await asyncio.sleep(0.005)
            await control(served, "cancel", symbol="AAA", id=2)
            while len(shown["AAA"]) < 3:
                await asyncio.sleep(0.005)
    assert [(b.ts, b.close, b.volume, b.revision) for b in shown["AAA"]] == [
        (first.ts, 5.0, 100.0, 0),
        (first.ts, 5.5, 150.0, 1),
        (first.ts, 5.0, 100.0, 2),
    ]
