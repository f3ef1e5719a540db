"""AlpacaWebSocketClient against a loopback venue: feeds, faults and lockstep, end to end."""

import asyncio
import contextlib

import numpy as np
import pytest

from tradeplat.core.errors import BadInput, Corrupt, Denied, StreamLagged, Transient
from tradeplat.core.market import MINUTE, SECOND, Backfill, Bar, Quote, Status, Trade
from tradeplat.streams.alpaca import AlpacaWebSocketClient, Services, Tuning
from tradeplat.streams.alpaca_history import AlpacaHistory
from tradeplat.streams.connection import Access, State, Timing
from waits import until

START = 1_767_623_400 * SECOND  # 2026-01-05T14:30:00Z
QUICK = Timing(delays=(0.0, 0.01), settled=0.0, slot=0.01, close=0.5, watch=0.01, mute=None)


class Clock:
    def __init__(self, ts=START):
        self.ts = ts

    def now(self):
        return self.ts

    async def sleep_until(self, ts):
        raise AssertionError


class Desk:
    """A ticker's task: keeps every event, and lets tests wait for a number of them."""

    def __init__(self, feed, wait=None):
        self.feed = feed
        self.got = []
        self.batches = 0
        self.error = None
        self.wait = wait
        self._news = asyncio.Event()

    async def run(self):
        try:
            async with self.feed as batches:
                async for batch in batches:
                    self.got += batch
                    self.batches += 1
                    self._news.set()
                    if self.wait is not None:
                        await self.wait.wait()
        except (StreamLagged, Denied, Transient) as error:
            self.error = error
            self._news.set()

    async def until(self, test):
        async with asyncio.timeout(30):
            while not test(self):
                self._news.clear()
                await self._news.wait()


class House:
    """The client's task and the desks' tasks, ended with the test."""

    def __init__(self, url, *, history=None, clock=None, spans=(60,), feed="iex", **tuning):
        self.clock = clock or Clock()
        self.latencies = []
        services = Services(self.clock, np.random.default_rng(1), history, self.latencies.append)
        access = Access(url, "K", "S")
        options = Tuning(timing=QUICK, retry=0.01, early=1e6, **tuning)
        self.client = AlpacaWebSocketClient(access, feed, services, spans, options)
        self.tasks = {}

    async def __aenter__(self):
        self.start("client", self.client.run())
        return self

    async def __aexit__(self, *_):
        for name in reversed(list(self.tasks)):
            await self.stop(name)

    def start(self, name, body):
        self.tasks[name] = asyncio.get_running_loop().create_task(body)

    async def stop(self, name):
        task = self.tasks.pop(name)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Denied):  # whichever way it ended
            await task

    async def live(self, *symbols, stage="live"):
        """Wait until the streams of `symbols` are live: what is said from now on is new."""
        await until(lambda: any(self.client.stages.get(s) == stage for s in symbols))

    def desk(self, symbol, wait=None):
        desk = Desk(self.client.open(symbol), wait)
        self.start(symbol, desk.run())
        return desk


def quote(ts, symbol="AAA", bid=1.0):
    return {"T": "q", "S": symbol, "t": ts, "bp": bid, "bs": 1, "ap": 2.0, "as": 1, "c": ["R"]}


def trade(ts, price, number, symbol="AAA", size=1):
    return {
        "T": "t",
        "S": symbol,
        "t": ts,
        "p": price,
        "s": size,
        "i": number,
        "c": ["@"],
        "z": "C",
    }


@pytest.fixture
async def history(alpaca):
    async with AlpacaHistory(Access(alpaca.data_url, "K", "S"), "iex", 6_000) as made:
        yield made


async def test_each_ticker_gets_its_own_events_of_every_kind_in_order(alpaca, wire_bar):
    async with House(alpaca.url) as house:
        one, two = house.desk("AAA"), house.desk("BBB")
        session = await alpaca.connected(topics=8)
        await house.live("AAA", "BBB")
        t = START + MINUTE
        await session.say(
            quote(t - 1),
            wire_bar("AAA", t // SECOND),
            wire_bar("BBB", t // SECOND),
            wire_bar("ZZZ", t // SECOND),
            {"T": "s", "S": "BBB", "t": t, "sc": "H", "rc": "T1", "z": "C"},
        )
        await one.until(lambda d: len(d.got) == 2)
        await two.until(lambda d: len(d.got) == 2)
        assert [type(e) for e in one.got] == [Quote, Bar]
        assert two.got[0].ts == t
        assert two.got[1] == Status("BBB", t, False, "T1", "iex", START)
        assert house.client.received == 5
        assert len(house.latencies) == one.batches + two.batches
        assert house.client.stages == {"AAA": "live", "BBB": "live"}


async def test_the_contract_of_a_stream_client(alpaca):
    async with House(alpaca.url) as house:
        desk = house.desk("AAA")
        session = await alpaca.connected(topics=4)
        with pytest.raises(Corrupt, match="open"):
            house.client.open("AAA")
        await house.stop("AAA")
        await alpaca.until(lambda: not session.topics)
        assert desk.error is None
        again = house.client.open("AAA")
        other = house.client.open("AAA")
        async with again:
            with pytest.raises(Corrupt, match="open"):
                async with other:
                    pass  # refused on the way in
        await alpaca.until(lambda: not session.topics)


@pytest.mark.parametrize("spans", [(5,), (60, 300)])
def test_spans_nobody_sells_are_bad_input(spans):
    with pytest.raises(BadInput, match="spans"):
        House("ws://127.0.0.1:9", spans=spans)


def test_a_stream_of_nothing_at_all_is_bad_input():
    services = Services(Clock(), np.random.default_rng(1))
    with pytest.raises(BadInput, match="spans"):
        AlpacaWebSocketClient(
            Access("ws://127.0.0.1:9", "K", "S"), "iex", services, (), quotes=False
        )


async def test_repeats_updates_and_late_bars_are_told_apart(alpaca, wire_bar):
    async with House(alpaca.url) as house:
        desk = house.desk("AAA")
        session = await alpaca.connected(topics=4)
        await house.live("AAA")
        t = START // SECOND
        await session.say(wire_bar("AAA", t), wire_bar("AAA", t))
        await session.say(wire_bar("AAA", t + 60), wire_bar("AAA", t, 1.5, kind="u"))
        await session.say(wire_bar("AAA", t - 60), wire_bar("AAA", t + 120))
        await desk.until(lambda d: len(d.got) == 5)
        counters = house.client.counters
    assert [(b.ts // SECOND - t, b.revision, b.close) for b in desk.got] == [
        (0, 0, 1.0),
        (60, 0, 1.0),
        (0, 1, 1.5),
        (-60, 1, 1.0),
        (120, 0, 1.0),
    ]
    assert (counters["repeats"], counters["late"], counters["amended"]) == (1, 1, 2)


async def test_a_warm_start_has_neither_hole_nor_repeat_at_the_seam(alpaca, wire_bar, history):
    t = START // SECOND
    alpaca.rest["bars"]["AAA"] = [wire_bar("AAA", t + 60 * k) for k in range(-10, 1)]
    async with House(alpaca.url, history=history, clock=Clock(START + SECOND)) as house:
        desk = house.desk("AAA")

        async def meanwhile(_kind, _query):
            alpaca.on_rest = None
            session = alpaca.sessions[0]
            await session.say(wire_bar("AAA", t), quote(START + 5), wire_bar("AAA", t + 60))

        alpaca.on_rest = meanwhile
        await desk.until(lambda d: len(d.got) >= 3)
        await alpaca.sessions[0].say(wire_bar("AAA", t + 120))
        await desk.until(lambda d: len(d.got) == 4)
    warm = desk.got[0]
    assert isinstance(warm, Backfill)
    assert [b.ts // SECOND for b in warm.bars] == [t + 60 * k for k in range(-10, 1)]
    assert [e.ts // SECOND for e in desk.got[1:]] == [t, t + 60, t + 120]


async def test_after_the_venue_fell_silent_by_reset_no_bar_is_lost_or_doubled(
    alpaca, wire_bar, history
):
    t = START // SECOND
    async with House(alpaca.url, history=history) as house:
        desk = house.desk("AAA")
        first = await alpaca.connected(topics=4)
        await house.live("AAA")
        await first.say(wire_bar("AAA", t), wire_bar("AAA", t + 60))
        await desk.until(lambda d: len(d.got) == 2)
        alpaca.rest["bars"]["AAA"] = [wire_bar("AAA", t + 60 * k) for k in range(5)]
        house.clock.ts = START + 4 * MINUTE + SECOND
        first.abort()
        second = await alpaca.connected(count=2, topics=4)
        await desk.until(lambda d: len(d.got) == 3)
        await second.say(wire_bar("AAA", t + 240), wire_bar("AAA", t + 300))
        await desk.until(lambda d: len(d.got) == 4)
        assert house.client.counters["reconnects"] == 1
    assert [b.ts // SECOND - t for b in desk.got[2].bars] == [120, 180, 240]
    assert desk.got[3].ts // SECOND - t == 300


async def test_what_was_missed_while_a_grant_was_taken_back_is_healed(alpaca, wire_bar, history):
    t = START // SECOND
    async with House(alpaca.url, history=history) as house:
        desk = house.desk("AAA")
        session = await alpaca.connected(topics=4)
        await house.live("AAA")
        await session.say(wire_bar("AAA", t))
        await desk.until(lambda d: len(d.got) == 1)
        alpaca.rest["bars"]["AAA"] = [wire_bar("AAA", t + 60 * k) for k in range(2)]
        house.clock.ts = START + MINUTE + SECOND
        # Nobody asked: the venue names all we have, and we have nothing any more.
        session.topics.clear()
        await session.say({"T": "subscription", "bars": [], "quotes": []})
        await alpaca.connected(topics=4)
        await desk.until(lambda d: len(d.got) == 2)
        await session.say(wire_bar("AAA", t + 120))
        await desk.until(lambda d: len(d.got) == 3)
    healed = desk.got[1]
    assert isinstance(healed, Backfill)
    assert [b.ts // SECOND - t for b in healed.bars] == [60]
    assert healed.healed
    assert house.client.counters["reconnects"] == 0


async def test_seconds_are_folded_live_and_closed_by_the_clock(alpaca, wire_bar):
    clock = Clock(START + 100)
    async with House(alpaca.url, spans=(1, 60), clock=clock, grace=0.0) as house:
        desk = house.desk("AAA")
        session = await alpaca.connected(topics=5)
        await house.live("AAA", stage="backfilling")
        clock.ts = START + SECOND
        await house.live("AAA")
        at = START + 58 * SECOND
        await session.say(trade(at, 5.0, 1), trade(at + 9, 6.0, 2), trade(at + SECOND, 7.0, 3))
        await desk.until(lambda d: len(d.got) == 1)
        await session.say(wire_bar("AAA", START // SECOND + 60))
        await desk.until(lambda d: len(d.got) == 3)
        await session.say(trade(START + 61 * SECOND, 8.0, 4))
        while house.client.received < 5:
            await asyncio.sleep(0.001)
        clock.ts = START + 62 * SECOND
        await desk.until(lambda d: len(d.got) == 4)
    assert [(b.span, (b.ts - START) // SECOND, b.close) for b in desk.got] == [
        (1, 59, 6.0),
        (1, 60, 7.0),
        (60, 60, 1.0),
        (1, 62, 8.0),
    ]


async def test_prints_that_are_read_late_are_in_their_second_from_the_first(alpaca):
    clock = Clock(START)
    async with House(alpaca.url, spans=(1,), clock=clock, grace=0.0) as house:
        desk = house.desk("AAA")
        await alpaca.connected(topics=4)
        await house.live("AAA", stage="backfilling")
        clock.ts = START + SECOND
        await house.live("AAA")
        clock.ts = START + 60 * SECOND
        for k in range(1, 300):
            # A tenth of a second of the market in each, read half a minute late.
            ts = START + SECOND + k * SECOND // 10
            house.client.on_facts([Trade("AAA", ts, 5.0, 1.0, "iex", k, clock.ts)])
            house.client._timer.cancel()
            house.client._look()
        await desk.until(lambda d: len(d.got) == 30)
    assert all(bar.revision == 0 for bar in desk.got)
    assert [bar.volume for bar in desk.got] == [9.0, *[10.0] * 29]


async def test_a_slow_desk_is_told_it_lags_and_the_others_never_notice(alpaca, wire_bar):
    async with House(alpaca.url, mailbox=5) as house:
        stuck = asyncio.Event()
        slow, quick = house.desk("AAA", wait=stuck), house.desk("BBB")
        session = await alpaca.connected(topics=8)
        await house.live("AAA", "BBB")
        t = START // SECOND
        await session.say(wire_bar("AAA", t))
        await slow.until(lambda d: d.got)
        for k in range(1, 20):
            await session.say(wire_bar("AAA", t + 60 * k), wire_bar("BBB", t + 60 * k))
            await quick.until(lambda d, k=k: len(d.got) == k)
        stuck.set()
        await slow.until(lambda d: d.error is not None)
        assert isinstance(slow.error, StreamLagged)
        assert house.client.counters["dropped"] > 0


async def test_a_halt_the_lagging_desk_never_saw_is_told_to_its_successor(alpaca, wire_bar):
    async with House(alpaca.url, mailbox=2) as house:
        stuck = asyncio.Event()
        slow = house.desk("AAA", wait=stuck)
        session = await alpaca.connected(topics=4)
        await house.live("AAA")
        t = START // SECOND
        await session.say(wire_bar("AAA", t))
        await slow.until(lambda d: d.got)
        await session.say({"T": "s", "S": "AAA", "t": START, "sc": "H", "rc": "T1", "z": "C"})
        await session.say(*(wire_bar("AAA", t + 60 * k) for k in range(1, 9)))
        while not house.client.counters["dropped"]:
            await asyncio.sleep(0.001)
        stuck.set()
        await slow.until(lambda d: d.error is not None)
        await house.stop("AAA")
        desk = house.desk("AAA")
        await desk.until(lambda d: d.got)
        assert desk.got[0] == Status("AAA", START, False, "T1", "iex", START)


async def test_quotes_conflate_while_a_desk_is_busy(alpaca, wire_bar):
    async with House(alpaca.url) as house:
        stuck = asyncio.Event()
        desk = house.desk("AAA", wait=stuck)
        session = await alpaca.connected(topics=4)
        await house.live("AAA")
        await session.say(wire_bar("AAA", START // SECOND))
        await desk.until(lambda d: d.got)
        await session.say(*(quote(START + k, bid=k / 100) for k in range(1, 50)))
        await session.say(wire_bar("AAA", START // SECOND + 60))
        while house.client.counters["messages"] < 51:
            await asyncio.sleep(0.001)
        stuck.set()
        await desk.until(lambda d: len(d.got) == 3)
    assert desk.got[1].bid == 0.49
    assert house.client.counters["conflated"] == 48


async def test_a_fatal_refusal_reaches_every_feed_and_the_clients_task(alpaca):
    alpaca.auth_errors = [402] * 5
    async with House(alpaca.url) as house:
        desk = house.desk("AAA")
        await desk.until(lambda d: d.error is not None)
        assert isinstance(desk.error, Denied)
        with pytest.raises(Denied, match="402"):
            await house.tasks["client"]
        late = house.desk("BBB")
        await late.until(lambda d: d.error is not None)
        assert isinstance(late.error, Denied)


async def test_a_symbol_of_which_nothing_is_granted_is_tried_again_later(alpaca):
    alpaca.forget = {(c, "BBB") for c in ("bars", "updatedBars", "quotes", "statuses", "lulds")}
    async with House(alpaca.url) as house:
        kept, lost = house.desk("AAA"), house.desk("BBB")
        await lost.until(lambda d: d.error is not None)
        assert isinstance(lost.error, Transient)
        assert "BBB" in str(lost.error)
        assert kept.error is None


async def test_a_thousand_comings_and_goings_leave_nothing_behind(alpaca):
    async with House(alpaca.url) as house:
        session = await alpaca.connected()
        async with asyncio.timeout(30):
            while house.client.connection.state is not State.LIVE:
                await asyncio.sleep(0.001)
            for k in range(1_000):
                async with house.client.open(f"S{k % 7}"):
                    await asyncio.sleep(0)
            while house.client._subscriptions.waiting:
                await asyncio.sleep(0.001)
        assert session.topics == set()
        assert len(session.requests) > 1_000
        assert house.client.stages == {}
        assert house.client.drained
        assert len(house.tasks) == 1


async def lockstep(house, session, ts, *messages):
    """Play one instant: tell it, wait until it was received, tick, wait until all is idle."""
    before = house.client.received
    if messages:
        await session.say(*messages)
    async with asyncio.timeout(30):
        while house.client.received < before + len(messages) or not house.client.drained:
            await asyncio.sleep(0)
        house.clock.ts = ts
        house.client.tick(ts)
        while not house.client.drained:
            await asyncio.sleep(0)


async def test_in_lockstep_instants_are_played_whole_and_in_order_of_symbol(alpaca, wire_bar):
    async with House(alpaca.url, spans=(1, 60), paced=True) as house:
        order = []
        two, one = house.desk("BBB"), house.desk("AAA")
        assert not house.client.drained
        session = await alpaca.connected(topics=10)
        await lockstep(house, session, START + SECOND)
        for desk in (one, two):
            desk.got = _Tap(order)
        t = START + 59 * SECOND
        await lockstep(house, session, t, trade(t, 5.0, 1, "BBB"), trade(t, 5.0, 2, "AAA"))
        assert order == []
        end = START + MINUTE
        bars = [wire_bar("BBB", end // SECOND), wire_bar("AAA", end // SECOND)]
        await lockstep(house, session, end, *bars, quote(end, "AAA", 1.0), quote(end, "AAA", 1.1))
    assert [(e.symbol, type(e).__name__, getattr(e, "span", 0)) for e in order] == [
        ("AAA", "Quote", 0),
        ("AAA", "Quote", 0),
        ("AAA", "Bar", 1),
        ("AAA", "Bar", 60),
        ("BBB", "Bar", 1),
        ("BBB", "Bar", 60),
    ]


class _Tap(list):
    """A desk's list that also writes into one shared order."""

    def __init__(self, order):
        super().__init__()
        self._order = order

    def __iadd__(self, events):
        self._order += events
        return super().__iadd__(events)
