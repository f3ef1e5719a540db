"""AsyncPolygonAggClient against a loopback venue: order, overlaps, healing, refusals, losses."""

import asyncio
import contextlib
import random

import numpy as np
import pytest

from tradeplat.core.errors import BadInput, Denied, StreamLagged, Transient
from tradeplat.core.market import MINUTE, SECOND, Backfill, Bar, Quote, Status
from tradeplat.streams.client import Services, Tuning
from tradeplat.streams.connection import Access, State, Timing
from tradeplat.streams.polygon import AsyncPolygonAggClient
from tradeplat.streams.polygon_history import PolygonHistory
from waits import until

START = 1_767_623_400 * SECOND  # 2026-01-05T14:30:00Z
T = START // SECOND
QUICK = Timing(delays=(0.0, 0.01), settled=0.0, slot=0.01, close=0.5, watch=0.01, mute=None)


class Clock:
    def __init__(self, ts=START):
        self.ts = ts

    def now(self):
        return self.ts

    async def sleep_until(self, ts):
        raise AssertionError


class House:
    """The client's task and one task a desk, which keeps all it is given."""

    def __init__(self, polygon, spans=(1, 60), history=None, **tuning):
        self.clock = Clock()
        services = Services(self.clock, np.random.default_rng(1), history)
        options = Tuning(timing=QUICK, retry=0.01, early=1e6, **{"lateness": 2.0, **tuning})
        access = Access(polygon.url, "KEY", "")
        self.client = AsyncPolygonAggClient(access, "polygon", services, spans, options)
        self.got = {}
        self.errors = {}
        self.tasks = []

    async def __aenter__(self):
        self.start(self.client.run())
        return self

    async def __aexit__(self, *_):
        for task in reversed(self.tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Denied):  # whichever way it ended
                await task

    def start(self, body):
        self.tasks.append(asyncio.get_running_loop().create_task(body))

    def desk(self, symbol):
        self.got[symbol] = []
        self.start(self._listen(symbol))
        return self.got[symbol]

    async def _listen(self, symbol):
        try:
            async with self.client.open(symbol) as batches:
                async for batch in batches:
                    self.got[symbol] += batch
        except (StreamLagged, Denied, Transient) as error:
            self.errors[symbol] = error

    async def live(self, *symbols):
        """Wait until the streams are live; time goes on so far that history is complete."""

        def there():
            if self.client.stages and "backfilling" in self.client.stages.values():
                self.clock.ts += 3 * SECOND
            return all(self.client.stages.get(symbol) == "live" for symbol in symbols)

        await until(there)


def bars(events, span=None):
    return [e for e in events if isinstance(e, Bar) and span in (None, e.span)]


def keys(events):
    return [(e.ts // SECOND - T, e.span, e.revision) for e in bars(events)]


def rest_row(aggregate):
    return {"v": aggregate["v"], "vw": 1.0, "o": aggregate["o"], "c": aggregate["c"],
            "h": aggregate["h"], "l": aggregate["l"], "t": aggregate["s"], "n": 1}  # fmt: skip


@pytest.fixture
async def history(polygon):
    async with PolygonHistory(Access(polygon.data_url, "KEY", ""), "polygon", 60_000) as made:
        yield made


async def test_channels_follow_what_is_wanted_and_each_event_reaches_its_desk(polygon, aggregate):
    async with House(polygon) as house:
        one, two = house.desk("AAA"), house.desk("BRK.B")
        session = await polygon.connected(topics=8)
        assert session.topics == {
            (channel, symbol) for channel in ("A", "AM", "LULD", "Q") for symbol in ("AAA", "BRK.B")
        }
        assert session.requests[0] == {"action": "auth", "params": "KEY"}
        await house.live("AAA", "BRK.B")
        quote = {"ev": "Q", "sym": "BRK.B", "bp": 1.0, "bs": 1, "ap": 2.0, "as": 2, "c": 1,
                 "t": (T + 9) * 1000}  # fmt: skip
        luld = {
            "ev": "LULD",
            "T": "AAA",
            "h": 3.0,
            "l": 1.0,
            "i": [17],
            "t": START + SECOND * 19 // 2,
        }
        await session.say(quote, luld, {"ev": "NEW"}, aggregate("AAA", T + 10))
        house.clock.ts = START + 20 * SECOND
        await until(lambda: len(one) == 2 and len(two) == 1)
        assert [type(e) for e in one] == [Status, Bar]
        assert isinstance(two[0], Quote)
        assert house.client.counters["decode_errors"] == 1


async def test_quotes_and_prints_are_asked_for_only_when_wanted(polygon):
    services = Services(Clock(), np.random.default_rng(1))
    client = AsyncPolygonAggClient(
        Access(polygon.url, "KEY", ""), "polygon", services, (60,),
        Tuning(timing=QUICK, prints=True), quotes=False,
    )  # fmt: skip
    task = asyncio.get_running_loop().create_task(client.run())
    async with client.open("AAA"):
        session = await polygon.connected(topics=3)
        assert {channel for channel, _ in session.topics} == {"AM", "LULD", "T"}
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):  # as asked
        await task
    with pytest.raises(BadInput, match="spans"):
        AsyncPolygonAggClient(Access("ws://x", "K", ""), "polygon", services, (5,))


async def test_shuffled_bars_come_out_in_strict_order_and_later_ones_as_amendments(
    polygon, aggregate
):
    rng = random.Random(7)
    seconds = [aggregate("AAA", T + k) for k in range(20, 200) if k % 7 and k % 11]
    minutes = [aggregate("AAA", T + k, 60) for k in (60, 120, 180)]
    told = [(m["e"] / 1000 + rng.uniform(0, 1.9), m) for m in [*seconds, *minutes]]
    told.sort(key=lambda pair: pair[0])
    async with House(polygon) as house:
        got = house.desk("AAA")
        session = await polygon.connected(topics=4)
        await house.live("AAA")
        for at, message in told:
            house.clock.ts = max(house.clock.ts, int(at * SECOND))
            twice = [message] if rng.random() < 0.2 else []
            heard = house.client.received + 1 + len(twice)
            await session.say(message, *twice)
            await until(lambda heard=heard: house.client.received == heard)
        house.clock.ts = START + 210 * SECOND
        await until(lambda: len(got) == len(told))
        order = [(bar.ts, bar.span) for bar in got]
        assert order == sorted(order)
        assert {bar.revision for bar in got} == {0}
        await session.say(aggregate("AAA", T + 77), aggregate("AAA", T + 60, 60, close=1.7))
        await until(lambda: len(got) == len(told) + 2)
        assert keys(got[-2:]) == [(77, 1, 1), (60, 60, 1)]
        counters = house.client.counters
        assert (counters["late"], counters["amended"]) == (1, 2)


async def test_history_and_stream_overlap_and_each_bar_comes_once(polygon, aggregate, history):
    seconds = [aggregate("AAA", T + k) for k in range(-30, 6)]
    polygon.rest["aggs"]["AAA", "second"] = [rest_row(m) for m in seconds[:-2]]
    polygon.rest["aggs"]["AAA", "minute"] = [
        rest_row(aggregate("AAA", T + 60 * k, 60)) for k in range(-9, 1)
    ]
    overlap = asyncio.Event()

    async def meanwhile(*_):
        if not overlap.is_set():
            overlap.set()
            await polygon.sessions[0].say(*seconds[-8:], aggregate("AAA", T, 60))

    polygon.on_rest = meanwhile
    async with House(polygon, history=history, warm=5) as house:
        got = house.desk("AAA")
        await polygon.connected(topics=4)
        await house.live("AAA")
        house.clock.ts += 10 * SECOND
        await until(lambda: len(got) == 6)
        backfill, *rest = got
        assert isinstance(backfill, Backfill)
        assert [k for k in keys(backfill.bars) if k[1] == 60] == [
            (60 * k, 60, 0) for k in range(-4, 1)
        ]
        assert [k[0] for k in keys(backfill.bars) if k[1] == 1] == list(range(-4, 1))
        assert keys(rest) == [(k, 1, 0) for k in range(1, 6)]
        assert polygon.queries[0][1]["limit"] or polygon.auth[0] == "Bearer KEY"


async def test_after_a_loss_the_gap_is_filled_and_nothing_comes_twice(polygon, aggregate, history):
    every = {k: aggregate("AAA", T + k) for k in range(1, 60)}
    polygon.rest["aggs"]["AAA", "second"] = [rest_row(m) for m in every.values()]
    async with House(polygon, spans=(1,), history=history, warm=0) as house:
        got = house.desk("AAA")
        first = await polygon.connected(topics=3)
        await house.live("AAA")
        base = house.clock.ts // SECOND - T
        for k in range(base + 1, base + 4):
            await first.say(every[k])
        await until(lambda: len(bars(got)) == 3)
        first.abort()
        house.clock.ts = START + 30 * SECOND
        second = await polygon.connected(2, topics=3)
        await second.say(every[29], every[30], every[31])
        await house.live("AAA")
        await second.say(every[30], every[32])
        house.clock.ts += 10 * SECOND

        def seen():
            healed = [b for e in got if isinstance(e, Backfill) for b in e.bars]
            return sorted(b.ts // SECOND - T for b in healed + bars(got))

        await until(lambda: seen()[-1] == 32)
        assert seen() == list(range(base + 1, 33))
        assert {b.revision for b in bars(got)} == {0}
        assert house.client.counters["reconnects"] == 1


async def test_a_topic_the_plan_lacks_is_refused_alone(polygon, aggregate):
    polygon.refuse["Q"] = "not_authorized"
    async with House(polygon) as house:
        got = house.desk("AAA")
        session = await polygon.connected(topics=3)
        await house.live("AAA")
        assert house.client.channels["AAA", "Q"] == "down"
        assert house.client.channels["AAA", "A"] == "live"
        await session.say(aggregate("AAA", house.clock.ts // SECOND + 1))
        house.clock.ts += 9 * SECOND
        await until(lambda: len(got) == 1)
        assert house.client.counters["refused_topics"] == 1
        (line,) = house.client.feeds[0]["told"]
        assert line.startswith("does not give us Q of AAA (since ")
        assert "venue error not_authorized" in line


async def test_a_topic_that_is_never_acknowledged_costs_itself_not_the_connection(polygon):
    polygon.forget = {("Q", "AAA")}
    timing = Timing(delays=(0.0,), answer=0.3, close=0.2, watch=0.01, mute=None)
    services = Services(Clock(), np.random.default_rng(1))
    access = Access(polygon.url, "KEY", "")
    client = AsyncPolygonAggClient(
        access, "polygon", services, (60,), Tuning(timing=timing, lateness=0.0)
    )
    task = asyncio.get_running_loop().create_task(client.run())
    async with client.open("AAA") as batches:
        waiting = asyncio.ensure_future(anext(batches))
        await until(lambda: client.stages == {"AAA": "live"})
        assert client.channels["AAA", "Q"] == "down"
        (line,) = client.feeds[0]["told"]
        assert line.startswith("does not give us Q of AAA (not confirmed); asked for again on")
        waiting.cancel()
    assert len(polygon.sessions) == 1
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):  # as asked
        await task


@pytest.mark.parametrize("word", ["auth_failed", "not_authorized"])
async def test_who_is_not_let_in_is_told_and_stops(polygon, word):
    polygon.auth_errors = [word]
    async with House(polygon) as house:
        house.desk("AAA")
        await until(lambda: "AAA" in house.errors)
        assert isinstance(house.errors["AAA"], Denied)
        assert word in str(house.errors["AAA"]) or "auth_failed" in str(house.errors["AAA"])
    assert len(polygon.sessions) == 1


async def test_who_was_let_in_and_is_not_any_more_goes_on_without_and_says_so(polygon, aggregate):
    async with House(polygon, spans=(60,)) as house:
        house.desk("AAA")
        first = await polygon.connected(topics=3)
        await house.live("AAA")
        polygon.auth_errors = ["auth_failed"] * 9
        await first.say({"ev": "status", "status": "force_disconnect", "message": "bye"})
        await until(lambda: house.client.connection.outages.final)
        assert house.errors == {}
        (line,) = house.client.feeds[0]["told"]
        assert house.client.feeds[0]["vendor"] == "polygon"
        assert "force_disconnect" in line
        assert "venue error auth_failed" in line
        assert "a person must act" in line
    assert len(polygon.sessions) == 2


@pytest.mark.parametrize(
    "word", ["slow_consumer", "force_disconnect", "max_connections", "auth_timeout"]
)
async def test_a_connection_that_is_ended_is_sought_again_and_says_why(polygon, aggregate, word):
    async with House(polygon, spans=(60,)) as house:
        house.desk("AAA")
        first = await polygon.connected(topics=3)
        await house.live("AAA")
        await first.say({"ev": "status", "status": word, "message": "because"})
        await polygon.connected(2, topics=3)
        assert word in house.client.connection.lost_because
        await house.live("AAA")
        await until(lambda: house.client.connection.state is State.LIVE)


async def test_a_limit_or_a_strange_status_is_counted_and_the_stream_goes_on(polygon, aggregate):
    async with House(polygon, spans=(60,), lateness=0.0) as house:
        got = house.desk("AAA")
        session = await polygon.connected(topics=3)
        await house.live("AAA")
        await session.say(
            {"ev": "status", "status": "error", "message": "limit"},
            {"ev": "status", "status": "brand_new", "message": "?"},
            aggregate("AAA", T + 60, 60),
        )
        await until(lambda: len(got) == 1)
        assert house.client.counters["complaints"] == 2
        assert got[0].ts == START + MINUTE


async def test_a_frame_of_eight_megabytes_is_read(polygon, aggregate):
    async with House(polygon, spans=(60,), lateness=0.0) as house:
        got = house.desk("AAA")
        session = await polygon.connected(topics=3)
        await house.live("AAA")
        many = [aggregate(f"S{k}", T + 60, 60) for k in range(48_000)]
        await session.say(*many, aggregate("AAA", T + 60, 60))
        await until(lambda: len(got) == 1)
        assert house.client.received == 48_001


async def test_in_lockstep_a_tick_hands_on_seconds_then_their_minute(polygon, aggregate):
    async with House(polygon, paced=True) as house:
        got = house.desk("AAA")
        session = await polygon.connected(topics=4)
        await until(lambda: house.client.stages.get("AAA") == "live")
        await session.say(aggregate("AAA", T + 60, 60), aggregate("AAA", T + 60))
        await until(lambda: house.client.received == 2)
        assert not got
        house.clock.ts = START + MINUTE
        house.client.tick(house.clock.ts)
        await until(lambda: len(got) == 2)
        assert keys(got) == [(60, 1, 0), (60, 60, 0)]
