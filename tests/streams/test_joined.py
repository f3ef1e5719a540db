"""Bars of Polygon and quotes of Alpaca as one stream: each goes on without the other."""

import asyncio
import contextlib

import numpy as np
import pytest

from streams.test_polygon import QUICK, START, Clock, T, bars, keys, rest_row
from tradeplat.core.errors import Denied, StreamLagged, Transient
from tradeplat.core.market import SECOND, Backfill, Quote, Status
from tradeplat.streams.alpaca import AlpacaWebSocketClient
from tradeplat.streams.client import Services, Tuning
from tradeplat.streams.connection import Access
from tradeplat.streams.joined import JoinedStreams
from tradeplat.streams.polygon import AsyncPolygonAggClient
from tradeplat.streams.polygon_history import PolygonHistory
from waits import until


class House:
    """Both clients' tasks and one task a desk, which keeps all it is given."""

    def __init__(self, polygon, alpaca, history=None, warm=0):
        self.clock = Clock()
        tuning = Tuning(timing=QUICK, retry=0.01, early=1e6, warm=warm, lateness=0.0)
        known = Services(self.clock, np.random.default_rng(1), history)
        self.polygon, self.alpaca = polygon, alpaca
        bars = AsyncPolygonAggClient(
            Access(polygon.url, "KEY", ""), "polygon", known, (1,), tuning, quotes=False
        )
        other = Services(self.clock, np.random.default_rng(2))
        quotes = AlpacaWebSocketClient(Access(alpaca.url, "K", "S"), "iex", other, (), tuning)
        self.client = JoinedStreams(bars, quotes)
        self.got = {}
        self.tasks = []

    async def __aenter__(self):
        for body in self.client.bodies.values():
            self._start(body())
        return self

    async def __aexit__(self, *_):
        for task in reversed(self.tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Denied):  # whichever way it ended
                await task

    def _start(self, body):
        self.tasks.append(asyncio.get_running_loop().create_task(body))

    def desk(self, symbol="AAA"):
        self.got[symbol] = []
        self._start(self._listen(symbol))
        return self.got[symbol]

    async def _listen(self, symbol):
        # What came before the end is looked at, not how it ended.
        with contextlib.suppress(StreamLagged, Denied, Transient):  # whichever way it ended
            async with self.client.open(symbol) as batches:
                async for batch in batches:
                    self.got[symbol] += batch

    @property
    def asked(self):
        """Conditions by source and scope."""
        return {(c.source, c.scope): c.why for c in self.client.conditions(self.clock.now())}

    async def live(self):
        await until(lambda: not self.asked)

    @property
    def quoted(self):
        return [e.ts // SECOND - T for got in self.got.values() for e in got if type(e) is Quote]

    async def quote(self, k, bid=1.0, symbol="AAA"):
        """A quote at `k` seconds, as Alpaca tells it."""
        row = {"T": "q", "S": symbol, "t": START + k * SECOND, "bp": bid, "bs": 1, "ap": bid + 0.01,
               "as": 1, "ax": "V", "bx": "V", "c": ["R"]}  # fmt: skip
        await self.alpaca.sessions[-1].say(row)

    async def status(self, k, code):
        row = {"T": "s", "S": "AAA", "t": START + k * SECOND, "sc": code, "sm": "", "rc": "T1",
               "rm": "", "z": "C"}  # fmt: skip
        await self.alpaca.sessions[-1].say(row)


@pytest.fixture
async def history(polygon):
    async with PolygonHistory(Access(polygon.data_url, "KEY", ""), "polygon", 60_000) as made:
        yield made


async def test_each_event_names_its_feed_and_each_vendor_is_asked_for_its_part(
    polygon, alpaca, aggregate
):
    async with House(polygon, alpaca) as house:
        got = house.desk()
        one = await polygon.connected(topics=2)
        two = await alpaca.connected(topics=3)
        assert {channel for channel, _ in one.topics} == {"A", "LULD"}
        assert {channel for channel, _ in two.topics} == {"statuses", "lulds", "quotes"}
        await house.live()
        await one.say(aggregate("AAA", T + 1))
        await house.quote(2)
        await until(lambda: len(got) == 2)
        assert {type(e).__name__: e.feed for e in got} == {"Bar": "polygon", "Quote": "iex"}
        bars_told, quotes_told = house.client.feeds
        assert (bars_told["feed"], bars_told["brings"]) == ("polygon", "bars")
        assert bars_told["newest"] == START + SECOND
        assert (quotes_told["feed"], quotes_told["brings"]) == ("iex", "quotes")
        assert (quotes_told["newest"], quotes_told["state"]) == (START + 2 * SECOND, "live")
        assert quotes_told["lag_ms"] == -2000.0
        assert house.client.channels["AAA", "quotes:quotes"] == "live"
        assert house.client.counters["quotes_messages"] == 1
        assert house.client.received == 2


async def test_while_the_quotes_are_lost_bars_go_on_and_entries_wait_for_them(
    polygon, alpaca, aggregate
):
    async with House(polygon, alpaca) as house:
        got = house.desk()
        one = await polygon.connected(topics=2)
        two = await alpaca.connected(topics=3)
        await house.live()
        alpaca.upgrade_statuses = [500] * 1000
        two.abort()
        await until(lambda: house.asked)
        assert set(house.asked) == {("stream:quotes", "")}
        assert house.asked["stream:quotes", ""].startswith("quotes of iex: market data is")
        await one.say(aggregate("AAA", T + 1))
        await until(lambda: keys(got) == [(1, 1, 0)])
        alpaca.upgrade_statuses.clear()
        await house.live()
        await alpaca.connected(2, topics=3)
        await house.quote(3)
        await until(lambda: house.quoted == [3])
        assert not [e for e in got if isinstance(e, Backfill)]


async def test_while_the_bars_are_lost_quotes_go_on_and_the_gap_is_filled(
    polygon, alpaca, aggregate, history
):
    every = [aggregate("AAA", T + k) for k in range(1, 40)]
    polygon.rest["aggs"]["AAA", "second"] = [rest_row(m) for m in every]
    async with House(polygon, alpaca, history) as house:
        got = house.desk()
        one = await polygon.connected(topics=2)
        await alpaca.connected(topics=3)
        await house.live()
        await one.say(every[0])
        await until(lambda: len(bars(got)) == 1)
        polygon.upgrade_statuses = [500] * 1000
        one.abort()
        await until(lambda: house.asked)
        assert set(house.asked) == {("stream", "")}
        assert "bars of polygon" in house.asked["stream", ""]
        await house.quote(5)
        await house.quote(6)
        await until(lambda: house.quoted[-1:] == [6])
        house.clock.ts = START + 20 * SECOND
        polygon.upgrade_statuses.clear()
        await house.live()
        healed = [b.ts // SECOND - T for e in got if isinstance(e, Backfill) for b in e.bars]
        assert healed == list(range(2, 21))
        assert keys(got) == [(1, 1, 0)]


async def test_quotes_wait_for_the_history_that_warms_a_desk(polygon, alpaca, aggregate, history):
    polygon.rest["aggs"]["AAA", "second"] = [rest_row(aggregate("AAA", T - 1))]
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slowly(*_):
        asked.set()
        await answer.wait()

    polygon.on_rest = slowly
    async with House(polygon, alpaca, history, warm=5) as house:
        got = house.desk()
        await alpaca.connected(topics=3)
        await asked.wait()
        await until(lambda: not any(scope == "stream:quotes" for scope, _ in house.asked))
        for k in (1, 2, 3):
            await house.quote(k)
        await until(lambda: house.client.quotes.received == 3)
        assert got == []
        answer.set()
        await until(lambda: len(got) == 2)
        assert [type(e) for e in got] == [Backfill, Quote]
        assert house.quoted == [3]


async def test_halts_are_told_by_either_feed_and_the_newest_word_counts(polygon, alpaca):
    async with House(polygon, alpaca) as house:
        got = house.desk()
        one = await polygon.connected(topics=2)
        await alpaca.connected(topics=3)
        await house.live()

        async def luld(k, what):
            at = START + k * SECOND
            row = {"ev": "LULD", "T": "AAA", "h": 3.0, "l": 0.5, "i": [what], "t": at}
            await one.say(row)

        def told():
            return [e.trading for e in got if isinstance(e, Status)]

        await luld(1, 17)
        await until(lambda: told() == [False])
        await luld(9, 18)
        await until(lambda: told() == [False, True])
        # Alpaca says the same, late: the halt of long ago is none any more.
        await house.status(1, "H")
        await house.quote(10)
        await until(lambda: house.quoted == [10])
        assert told() == [False, True]
        await luld(20, 17)
        await until(lambda: told() == [False, True, False])
        await house.status(30, "T")
        await until(lambda: told() == [False, True, False, True])
        # One tells the halt, the other its end, and that it ended is told once.
        await house.status(40, "H")
        await until(lambda: told()[4:] == [False])
        await luld(50, 18)
        await until(lambda: told()[4:] == [False, True])
        await house.status(51, "T")
        await house.quote(52)
        await until(lambda: house.quoted == [10, 52])
        await luld(60, 17)
        await until(lambda: told()[4:] == [False, True, False])


async def test_quotes_that_the_plan_lacks_keep_entries_away_and_bars_coming(
    polygon, alpaca, aggregate
):
    alpaca.forget = {(channel, "AAA") for channel in ("quotes", "statuses", "lulds")}
    async with House(polygon, alpaca) as house:
        got = house.desk()
        one = await polygon.connected(topics=2)
        await until(lambda: house.client.stages.get("AAA") == "live")
        await one.say(aggregate("AAA", T + 1))
        await until(lambda: keys(got) == [(1, 1, 0)])
        await until(lambda: ("stream:quotes", "AAA") in house.asked)
        assert house.client.quotes.stages == {"AAA": "subscribing"}


async def test_a_ticker_leaves_both_and_may_come_back(polygon, alpaca):
    async with House(polygon, alpaca) as house:
        for _ in range(2):
            async with house.client.open("AAA"):
                await until(lambda: polygon.sessions and len(polygon.sessions[-1].topics) == 2)
                await until(lambda: alpaca.sessions and len(alpaca.sessions[-1].topics) == 3)
            await until(lambda: not polygon.sessions[-1].topics | alpaca.sessions[-1].topics)
