"""One socket: logged in, subscribed by content, alive, reconnected, and closed with manners."""

import asyncio
import contextlib

import numpy as np
import pytest
from aiohttp import web

from tradeplat.core.errors import BadInput, Denied
from tradeplat.core.market import SECOND
from tradeplat.streams.alpaca_codec import CHANNELS, AlpacaCodec
from tradeplat.streams.connection import PART, Access, Connection, State, Timing
from tradeplat.streams.subscriptions import Subscriptions
from tradeplat.streams.turns import REST, Turns, Way
from waits import until

QUICK = Timing(
    delays=(0.0, 0.01),
    settled=0.0,
    slot=0.02,
    answer=2.0,
    heartbeat=5.0,
    close=0.5,
    watch=0.01,
    mute=0.05,
)


class Clock:
    def now(self):
        return 7

    async def sleep_until(self, ts):
        raise AssertionError


class Ear:
    """A listener that keeps what it hears and lets tests wait for it."""

    def __init__(self):
        self.facts = []
        self.frames = 0
        self.granted = 0
        self.lost = []
        self.fatal = self.denied = None
        self.turns = Turns()
        self._news = asyncio.Event()

    def on_facts(self, facts):
        self.facts += facts
        self.frames += 1
        self._news.set()
        return self.turns.over(facts)

    def held(self):
        return self.turns.held

    def on_granted(self):
        self.granted += 1
        self._news.set()

    def on_lost(self, reason):
        self.lost.append(reason)
        self._news.set()

    def on_fatal(self, error):
        self.fatal = error
        self._news.set()

    def on_denied(self, error):
        self.denied = error
        self._news.set()

    async def until(self, test):
        async with asyncio.timeout(30):
            while not test():
                self._news.clear()
                await self._news.wait()


class Client:
    def __init__(self, url, timing=QUICK, packed=True):
        self.subs = Subscriptions(CHANNELS)
        self.ear = Ear()
        self.codec = AlpacaCodec("iex", packed=packed)
        access = Access(url, "K", "S")
        self.connection = Connection(access, self.codec, self.subs, self.ear, Clock(), timing)

    async def want(self, symbol, channels=("bars",)):
        await self.connection.send(self.subs.want(symbol, channels))

    @contextlib.asynccontextmanager
    async def running(self):
        run = self.connection.run(np.random.default_rng(1))
        task = asyncio.get_running_loop().create_task(run)
        try:
            yield self
        finally:
            task.cancel()
            # Whichever way it ended, its test has seen.
            with contextlib.suppress(asyncio.CancelledError, Denied, BadInput):  # seen already
                await task


@pytest.mark.parametrize("packed", [True, False])
async def test_it_logs_in_subscribes_and_delivers_in_both_encodings(alpaca, wire_bar, packed):
    client = Client(alpaca.url, packed=packed)
    await client.want("AAA", ("bars", "quotes"))
    async with client.running():
        session = await alpaca.connected(topics=2)
        assert session.packed is packed
        assert session.requests[0] == {"action": "auth", "key": "K", "secret": "S"}
        await client.ear.until(lambda: client.subs.settled)
        await client.want("BBB")
        await alpaca.connected(topics=3)
        assert session.requests[-1] == {"action": "subscribe", "bars": ["BBB"]}
        await session.say(wire_bar("AAA", 600), wire_bar("BBB", 600))
        await client.ear.until(lambda: client.ear.facts)
        assert client.connection.state is State.LIVE
    assert [(b.symbol, b.ts, b.seen) for b in client.ear.facts] == [
        ("AAA", 600 * SECOND, 7),
        ("BBB", 600 * SECOND, 7),
    ]
    assert client.connection.messages == 2
    assert client.connection.state is State.DOWN


@pytest.mark.parametrize("proven", [0.0, 1e6])
async def test_only_a_venue_that_throws_us_out_at_once_is_asked_less_and_less_often(alpaca, proven):
    waits = (0.0, 0.01, 1e6)
    timing = Timing(delays=waits, settled=1e9, proven=proven, close=0.5, watch=0.01, mute=None)
    client = Client(alpaca.url, timing)
    await client.want("AAA")
    async with client.running():
        for count in range(1, 6 if proven == 0.0 else 3):
            session = await alpaca.connected(count, topics=1)
            await client.ear.until(lambda n=count: client.connection.connects == n)
            async with asyncio.timeout(30):
                while client.connection.state is not State.LIVE:
                    await asyncio.sleep(0.005)
            session.abort()
            await client.ear.until(lambda n=count: len(client.ear.lost) == n)
        if proven:
            # It waits now for as long as there are delays.
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await alpaca.connected(3)


async def test_json_frames_are_read_although_messagepack_was_asked_for(alpaca, wire_bar):
    alpaca.json_always = True
    client = Client(alpaca.url)
    await client.want("AAA")
    async with client.running():
        session = await alpaca.connected(topics=1)
        await session.say(wire_bar("AAA", 600))
        await client.ear.until(lambda: client.ear.facts)


async def test_a_quiet_stream_is_live_once_a_ping_is_answered(alpaca):
    client = Client(alpaca.url)
    await client.want("AAA")
    async with client.running():
        await client.ear.until(lambda: client.subs.settled)
        async with asyncio.timeout(30):
            while client.connection.state is not State.LIVE:
                await asyncio.sleep(0.001)
        assert client.connection.ping_seconds > 0.0


async def test_leaving_closes_with_the_handshake(alpaca):
    client = Client(alpaca.url)
    async with client.running():
        session = await alpaca.connected()
        await alpaca.until(lambda: session.requests)
    await alpaca.until(lambda: session.close_code is not None)
    assert session.close_code == 1000


@pytest.mark.parametrize("code", [402, 408, 409])
async def test_what_only_a_person_can_cure_is_denied(alpaca, code):
    alpaca.auth_errors = [code] * 9
    client = Client(alpaca.url)
    with pytest.raises(Denied, match=f"venue error {code}"):
        await client.connection.run(np.random.default_rng(1))
    assert isinstance(client.ear.fatal, Denied)
    assert len(alpaca.sessions) == 1
    assert "S" not in repr(Access("u", "K", "S"))


@pytest.mark.parametrize("code", [402, 408, 409])
async def test_what_was_live_and_is_denied_stays_down_and_lets_the_rest_go_on(alpaca, code):
    client = Client(alpaca.url)
    async with client.running():
        await until(lambda: client.connection.state is State.LIVE)
        alpaca.auth_errors = [code] * 9
        alpaca.sessions[0].abort()
        await client.ear.until(lambda: client.ear.denied is not None)
        assert client.connection.state is State.DOWN
        assert client.ear.fatal is None
        (line,) = client.connection.outages.lines((), client.codec)
        assert f"venue error {code}" in line
        assert "a person must act" in line
    assert len(alpaca.sessions) == 2


async def test_while_the_place_is_held_the_connection_is_down_and_says_when_it_tries_again(alpaca):
    client = Client(alpaca.url, Timing(delays=(0.0,), slot=30.0, close=0.1))
    alpaca.auth_errors = [406]
    async with client.running():
        await client.ear.until(lambda: client.ear.lost)
        assert client.connection.state is State.DOWN
        (line,) = client.connection.outages.lines((), client.codec)
        assert "venue error 406" in line
        assert "an earlier connection still holds" in line
        assert "connects again in" in line


@pytest.mark.parametrize("code", [404, 406])
async def test_a_taken_place_and_a_late_login_are_tried_again(alpaca, code):
    alpaca.auth_errors = [code, code]
    client = Client(alpaca.url)
    await client.want("AAA")
    async with client.running():
        await alpaca.connected(count=3, topics=1)
    assert [bool(s.topics) for s in alpaca.sessions] == [False, False, True]


async def test_a_refused_upgrade_is_tried_again_but_not_for_ever_when_forbidden(alpaca):
    alpaca.upgrade_statuses = [429, 503]
    client = Client(alpaca.url)
    async with client.running():
        await alpaca.connected()
        assert client.connection.lost_because == "HTTP 503 at the upgrade"
    alpaca.upgrade_statuses = [401]
    with pytest.raises(Denied, match="HTTP 401"):
        await Client(alpaca.url).connection.run(np.random.default_rng(1))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_the_socket_is_not_followed_to_another_host_with_our_key(alpaca, status):
    heard = []

    async def elsewhere(request):
        heard.append(request)
        there = f"{alpaca.data_url.replace('127.0.0.1', 'localhost')}/v2/iex"
        return web.Response(status=status, headers={"Location": there})

    runner = web.ServerRunner(web.Server(elsewhere))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = Client(f"ws://127.0.0.1:{runner.addresses[0][1]}/v2/iex")
    async with client.running():
        await until(lambda: len(heard) >= 2)
        assert "not followed" in client.connection.lost_because
    assert not alpaca.sessions
    await runner.cleanup()


async def test_who_accepts_and_says_nothing_is_left_with_the_reason(alpaca):
    alpaca.greeting = []
    client = Client(alpaca.url, Timing(delays=(0.0,), answer=0.2, close=0.1))
    async with client.running():
        await alpaca.connected(count=2)
        assert client.connection.lost_because == "no answer to the login within 0.2 s"


async def test_a_frame_beyond_all_measure_is_told_and_the_connection_sought_again(alpaca):
    client = Client(alpaca.url, packed=False)
    async with client.running():
        session = await alpaca.connected()
        await until(lambda: client.connection.state is State.LIVE)
        with contextlib.suppress(ConnectionError):  # it is not read to its end
            await session.ws.send_str("[" + " " * (33 * 1024 * 1024) + "]")
        await alpaca.connected(count=2)
        assert "exceeds limit" in client.connection.lost_because


async def test_a_url_that_is_none_is_bad_input():
    with pytest.raises(BadInput, match="expected ws://"):
        await Client("nowhere at all").connection.run(np.random.default_rng(1))


async def test_nobody_listening_is_tried_again_until_somebody_does(alpaca):
    port = alpaca.port
    await alpaca.stop()
    client = Client(f"ws://127.0.0.1:{port}/v2/iex")
    async with client.running():
        await client.ear.until(lambda: len(client.ear.lost) >= 2)
    assert client.connection.lost_because


async def test_after_a_reset_everything_wanted_is_asked_for_again(alpaca, wire_bar):
    client = Client(alpaca.url)
    await client.want("AAA")
    async with client.running():
        first = await alpaca.connected(topics=1)
        await client.ear.until(lambda: client.subs.settled)
        await client.want("BBB")
        first.abort()
        second = await alpaca.connected(count=2, topics=2)
        await client.ear.until(lambda: client.subs.settled)
        assert second.requests[1] == {"action": "subscribe", "bars": ["AAA", "BBB"]}
        await second.say(wire_bar("BBB", 600))
        await client.ear.until(lambda: client.ear.facts)
    assert client.connection.connects == 2


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011])
async def test_every_close_we_did_not_ask_for_is_met_with_a_new_connection(alpaca, code):
    client = Client(alpaca.url)
    async with client.running():
        session = await alpaca.connected()
        await alpaca.until(lambda: session.requests)
        await session.ws.close(code=code)
        await alpaca.connected(count=2)
    assert str(code) in client.connection.lost_because


async def test_a_symbol_limit_keeps_the_first_symbols_and_the_bars_of_all(alpaca):
    alpaca.symbol_limit = 2
    client = Client(alpaca.url)
    for symbol in ("AAA", "BBB", "CCC", "DDD"):
        await client.want(symbol, ("bars", "quotes"))
    async with client.running():
        await client.ear.until(lambda: client.subs.settled)
        session = alpaca.sessions[0]
        assert {s for c, s in session.topics if c == "quotes"} == {"AAA", "BBB"}
        assert {s for c, s in session.topics if c == "bars"} == {"AAA", "BBB", "CCC", "DDD"}
        (line,) = client.connection.outages.lines(client.subs.refused, client.codec)
        assert line.startswith("does not give us quotes of CCC, quotes of DDD (since ")
        assert "venue error 405: symbol limit exceeded" in line
    assert client.connection.notes > 0


async def test_an_acknowledgement_that_forgets_a_topic_is_noticed(alpaca):
    alpaca.forget = {("bars", "BBB")}
    client = Client(alpaca.url)
    await client.want("AAA")
    await client.want("BBB")
    async with client.running():
        await client.ear.until(lambda: client.subs.settled)
    assert client.subs.mismatches == 2


async def test_a_request_never_answered_ends_the_connection(alpaca):
    alpaca.swallow = 1
    client = Client(alpaca.url, Timing(delays=(0.0,), answer=0.1, watch=0.01, close=0.1))
    await client.want("AAA")
    async with client.running():
        await alpaca.connected(count=2, topics=1)
    assert "no answer" in client.ear.lost[0]


async def test_a_peer_gone_mute_after_steady_traffic_is_left(alpaca, wire_bar):
    client = Client(alpaca.url)
    await client.want("AAA")
    async with client.running():
        session = await alpaca.connected(topics=1)
        for k in range(12):
            await session.say(wire_bar("AAA", 60 * k + 60))
            await client.ear.until(lambda k=k: client.ear.frames > k)
            await asyncio.sleep(0.012)
        await alpaca.connected(count=2, topics=1)
    assert "mute" in client.ear.lost[0]


async def test_a_dead_peer_is_left_when_it_answers_no_ping(alpaca):
    """Half-open: the venue's side stops reading, so no pong can come."""
    client = Client(alpaca.url, Timing(delays=(0.0,), heartbeat=0.1, close=0.1))
    async with client.running():
        session = await alpaca.connected()
        await alpaca.until(lambda: session.requests)
        session.ws._req.transport.pause_reading()
        await alpaca.connected(count=2)
    assert client.connection.connects >= 1
    assert "the peer is dead" in client.connection.lost_because


async def test_while_a_commit_is_waited_for_nothing_more_is_handed_on(alpaca, wire_bar):
    client = Client(alpaca.url)
    committing = [True]
    client.ear.turns = Turns(Way(lambda: True, lambda: committing[0]))
    await client.want("AAA")
    async with client.running():
        session = await alpaca.connected(topics=1)
        rows = [wire_bar(f"S{n}", 600) for n in range(3 * PART)]
        await session.say(*rows)
        await client.ear.until(lambda: client.ear.facts)
        for _ in range(5):
            await asyncio.sleep(REST)
        assert len(client.ear.facts) == PART
        committing[0] = False
        await client.ear.until(lambda: len(client.ear.facts) == 3 * PART)


async def test_garbage_frames_cost_only_themselves(alpaca, wire_bar):
    client = Client(alpaca.url)
    await client.want("AAA")
    async with client.running():
        session = await alpaca.connected(topics=1)
        await session.ws.send_bytes(b"\xc1garbage")
        await session.ws.send_str('{"not":"an array"}')
        await session.say({"T": "zz"}, wire_bar("AAA", 600), {"T": "b", "S": "AAA"})
        await session.say({"T": "error", "code": 407, "msg": "slow client"})
        await client.ear.until(lambda: client.ear.facts)
    assert client.codec.errors == 4
    assert client.connection.connects == 1


async def test_a_frame_above_one_mebibyte_arrives_whole(alpaca, wire_bar):
    client = Client(alpaca.url, packed=False)
    await client.want("AAA")
    async with client.running():
        session = await alpaca.connected(topics=1)
        await session.say(*(wire_bar("AAA", 60 * k + 60) for k in range(12_000)))
        await client.ear.until(lambda: len(client.ear.facts) == 12_000)
    assert [fact.ts // SECOND for fact in client.ear.facts] == [*range(60, 720_060, 60)]


@pytest.mark.parametrize("packed", [True, False])
async def test_a_frame_of_eight_megabytes_arrives_whole(alpaca, wire_bar, packed):
    client = Client(alpaca.url, packed=packed)
    await client.want("AAA")
    rows = [wire_bar("AAA", 60 * k + 60) for k in range(500)]
    rows.append({**rows[0], "filler": "x" * 8_000_000})
    async with client.running():
        session = await alpaca.connected(topics=1)
        await session.say(*rows)
        await client.ear.until(lambda: len(client.ear.facts) == 501)
    assert client.codec.errors == 0


async def test_what_else_is_due_runs_in_the_midst_of_a_burst(alpaca, wire_bar):
    client = Client(alpaca.url)
    seen = []

    def due():
        seen.append(len(client.ear.facts))
        asyncio.get_running_loop().call_soon(due)

    await client.want("AAA")
    async with client.running():
        session = await alpaca.connected(topics=1)
        await session.say(*(wire_bar("AAA", 60 * k + 60) for k in range(1_000)))
        due()
        await client.ear.until(lambda: len(client.ear.facts) == 1_000)
    assert {*range(100, 1_000, 100)} <= {*seen}


async def test_frames_split_into_single_bytes_arrive_whole(alpaca, wire_bar):
    async with dribbling(alpaca.port) as port:
        client = Client(f"ws://127.0.0.1:{port}/v2/iex")
        await client.want("AAA")
        async with client.running():
            session = await alpaca.connected(topics=1)
            await session.say(wire_bar("AAA", 600), wire_bar("AAA", 660))
            await client.ear.until(lambda: client.ear.facts)
    assert len(client.ear.facts) == 2
    assert client.codec.errors == 0


@contextlib.asynccontextmanager
async def dribbling(port):
    """A port that passes everything on to `port`, and its answers byte by byte."""

    async def pass_on(reader, writer, size):
        with contextlib.suppress(ConnectionError):  # one side has left
            while data := await reader.read(4096):
                for at in range(0, len(data), size):
                    writer.write(data[at : at + size])
                    await writer.drain()
                    await asyncio.sleep(0)
        writer.close()

    async def serve(reader, writer):
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pass_on(reader, outer, 4096), pass_on(inner, writer, 1))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
