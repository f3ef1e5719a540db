"""What the vendor's own socket clients do with what the venue sends them: why the platform has a
client of its own (protocols.md, 13). When one of these fails, a new client has mended it.
"""

import asyncio
import logging

import aiohttp
import pytest

from markets import KEY, control, quote, venue
from markets import OPEN as START
from polygons import NAMES, package, sdk, status, stocks, tell
from tradeplat.venue.alpaca_wire import Message
from tradeplat.venue.market_floor import StreamTerms
from tradeplat.venue.polygon_stream import FEED
from waits import until

pytestmark = pytest.mark.parametrize("name", NAMES)

TRADE = {"ev": "T", "sym": "AAA", "x": 4, "i": "1", "z": 3, "p": 5.0, "s": 100, "t": 1, "q": 1}


def topics(served) -> dict[str, list[str]]:
    """What the one listener is subscribed to, empty channels aside."""
    found = [one for one in served.floor.hub.receivers if one.feed == FEED]
    if not found:
        return {}
    return {channel: sorted(names) for channel, names in found[-1].topics.items() if names}


async def print_(served, number: int) -> None:
    await control(served, "publish", messages=[{**TRADE, "i": str(number)}])


async def test_subscriptions_are_changed_while_it_runs(name):
    async with venue(speed=1) as served, sdk(served, name, "T.AAA") as (client, heard, task):
        await until(lambda: topics(served) == {"T": ["AAA"]})
        client.subscribe("Q.BBB", "AM.*")
        client.unsubscribe("T.AAA")
        # The client looks for changes once a second, or behind a message.
        await print_(served, 1)
        await until(lambda: topics(served) == {"Q": ["BBB"], "AM": ["*"]})
        count = len(heard)
        await print_(served, 2)
        served.player.inject([quote(served.clock.now(), symbol="BBB")])
        await until(lambda: len(heard) > count)
        assert [one.event_type for one in heard[count:]] == ["Q"]
        client.unsubscribe_all()
        await until(lambda: not topics(served))
        assert not task.done()


async def broken(served) -> None:
    """Cut the one connection; returns once the client is back and has asked for something."""
    first = served.floor.hub.receivers[0]
    await control(served, "disconnect", how="abort")
    await until(lambda: topics(served) and first not in served.floor.hub.receivers)


async def test_it_comes_back_with_all_its_topics(name):
    async with (
        venue(speed=1) as served,
        sdk(served, name, "T.AAA", "A.*") as (_, heard, _task),
    ):
        await until(lambda: topics(served) == {"T": ["AAA"], "A": ["*"]})
        await broken(served)
        assert topics(served) == {"T": ["AAA"], "A": ["*"]}
        await print_(served, 2)
        await until(lambda: heard)
        assert [one.id for one in heard] == ["2"]


@pytest.mark.parametrize("code", [1000, 1001])
async def test_trap_23_a_goodbye_ends_it_in_silence(name, code):
    async with venue(speed=1) as served, sdk(served, name, "T.AAA") as (_, _heard, task):
        await until(lambda: topics(served))
        await control(served, "disconnect", how="close", code=code)
        await until(task.done)
        assert task.exception() is None


async def test_trap_23_a_second_connection_ends_the_first_in_silence(name, caplog):
    caplog.set_level(logging.CRITICAL)
    async with venue(speed=1) as served, sdk(served, name, "T.AAA") as (_, _heard, first):
        await until(lambda: topics(served))
        async with sdk(served, name, "Q.AAA") as (_, _more, second):
            await until(lambda: topics(served) == {"Q": ["AAA"]})
            await until(first.done)
            assert (first.exception(), second.done()) == (None, False)


@pytest.mark.parametrize("limit", ["default", "connect"])
async def test_trap_24_a_frame_above_a_mebibyte_is_read_only_if_connect_is_told_so(
    name, limit, caplog
):
    caplog.set_level(logging.CRITICAL)
    big = {**TRADE, "i": "x" * 1_100_000}
    options = {"max_size": None} if limit == "connect" else {}
    async with venue(speed=1) as served, sdk(served, name, "T.AAA", **options) as (
        client, heard, _task,
    ):  # fmt: skip
        await until(lambda: topics(served))
        first = client.websocket
        served.floor.hub.publish([Message("T", "AAA", big)], (FEED,))
        if limit == "connect":
            await until(lambda: heard)
        else:
            await until(lambda: client.websocket not in (first, None))
            assert not heard


async def test_trap_25_reconnects_are_counted_over_the_whole_life(name, caplog):
    caplog.set_level(logging.CRITICAL)
    async with venue(speed=1) as served:
        client = package(name).WebSocketClient(
            KEY, feed=served.ws_url[5:], market="stocks", secure=False,
            subscriptions=["T.AAA"], max_reconnects=2,
        )  # fmt: skip
        heard: list = []

        async def take(messages) -> None:
            heard.extend(messages)

        task = asyncio.ensure_future(client.connect(take))
        for number in range(2):
            await until(lambda: topics(served))
            await print_(served, number)
            await until(lambda wanted=number + 1: len(heard) == wanted)
            await broken(served)
        await control(served, "disconnect", how="abort")
        await until(task.done)
        assert type(task.exception()).__name__ == "ConnectionClosedError"


async def test_trap_26_all_seconds_take_the_minutes_away_and_themselves(name):
    async with venue(speed=1) as served, sdk(served, name, "A.*", "AM.AAA") as (client, *_):
        await until(lambda: topics(served) == {"A": ["*"], "AM": ["AAA"]})
        client.subscribe("A.*")
        await until(lambda: not topics(served))


async def test_trap_27_a_change_not_yet_sent_is_lost_with_the_connection(name, caplog):
    caplog.set_level(logging.CRITICAL)
    async with venue(speed=1) as served, sdk(served, name, "T.AAA") as (client, heard, _):
        await until(lambda: topics(served) == {"T": ["AAA"]})
        first = served.floor.hub.receivers[0]
        first.cut(clean=False)
        client.subscribe("T.BBB")
        await until(lambda: topics(served) and first not in served.floor.hub.receivers)
        await print_(served, 1)
        await until(lambda: heard)
        assert topics(served) == {"T": ["AAA"]}


async def test_trap_28_a_failing_handler_ends_the_stream_and_a_bad_topic_says_nothing(name, caplog):
    caplog.set_level(logging.CRITICAL)
    async with venue(speed=1) as served:
        client = package(name).WebSocketClient(
            KEY, feed=served.ws_url[5:], market="stocks", secure=False, subscriptions=["T.AAA"]
        )

        async def fail(_) -> None:
            raise RuntimeError("a bug of the consumer")

        task = asyncio.ensure_future(client.connect(fail))
        await until(lambda: topics(served))
        client.subscribe("nonsense")
        await print_(served, 1)
        await until(task.done)
        assert isinstance(task.exception(), RuntimeError)
        await client.close()


async def test_trap_29_a_time_limit_on_reading_is_kept_by_the_newer_client_alone(name):
    async with venue(speed=1) as served:
        await control(served, "fault", name="slow", seconds=0.6, path="/v1/marketstatus", times=9)
        client = package(name).RESTClient(KEY, base=served.url, retries=0, read_timeout=0.1)
        call = asyncio.to_thread(client.get_market_status)
        if name == "massive":
            with pytest.raises(Exception, match="Max retries exceeded"):
                await call
        else:
            assert (await call).market == "open"


async def test_a_topic_the_venue_does_not_know_costs_the_client_no_other(name, caplog):
    caplog.set_level(logging.CRITICAL)
    async with venue(speed=1) as served, sdk(served, name, "T.AAA", "FMV.AAA", "X.AAA") as (
        _, heard, _task,
    ):  # fmt: skip
        await until(lambda: topics(served) == {"T": ["AAA"]})
        await print_(served, 1)
        await until(lambda: heard)
        assert heard[0].symbol == "AAA"


async def test_a_reader_that_sleeps_is_cut_and_others_are_not(name):
    terms = StreamTerms(buffer=200)
    async with (
        venue([quote(START + 1)], speed=1, stream=terms) as served,
        stocks(served) as sleepy,
    ):
        await tell(sleepy, "subscribe", "T.AAA")
        receiver = served.floor.hub.receivers[0]
        for _ in range(3):
            await control(served, "publish", messages=[TRADE] * 300)
        frames = []
        while (frame := await sleepy.receive()).type is aiohttp.WSMsgType.TEXT:
            frames.append(frame.json())
        assert frames[-1][0]["status"] == "slow_consumer"
        assert receiver not in served.floor.hub.receivers
        async with sdk(served, name, "T.AAA") as (_, heard, _task):
            await until(lambda: topics(served))
            await print_(served, 1)
            await until(lambda: heard)
    assert status("slow_consumer", "").keys() == frames[-1][0].keys()
