import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, WSMsgType, web

from execution.loopback import QUICK, connected
from tradeplat.core.errors import Denied, Throttled, Transient
from tradeplat.execution.brokers.alpaca_rest import SLOT_WAIT
from tradeplat.execution.brokers.alpaca_socket import AccountSocket

SWIFT = QUICK._replace(heartbeat=0.05, silence=0.1)


class Peer:
    """Answers with what it is given, and pings only while `lively`."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.lively = True
        self.pings = 0
        self.pongs = 0
        self.ws: web.WebSocketResponse | None = None
        self.transport: asyncio.Transport | None = None

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        self.transport = request.transport
        ws = self.ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        async for message in ws:
            if message.type is WSMsgType.PING:
                self.pings += 1
                if self.lively:
                    await ws.pong(message.data)
            elif message.type is WSMsgType.PONG:
                self.pongs += 1
            elif message.type is WSMsgType.TEXT and self.answers:
                await ws.send_str(self.answers.pop(0))
        return ws


@asynccontextmanager
async def socket(peer: Peer) -> AsyncIterator[AccountSocket]:
    app = web.Application()
    app.router.add_get("/stream", peer.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"ws://127.0.0.1:{runner.addresses[0][1]}/stream"
    try:
        async with ClientSession() as session, session.ws_connect(url, autoping=False) as ws:
            yield AccountSocket(ws, SWIFT)
    finally:
        await runner.cleanup()


def status(stream: str, fields: str) -> str:
    return f'{{"stream":"{stream}","data":{{{fields}}}}}'


YES = status("authorization", '"status":"authorized"')
UPDATE = '{"stream":"trade_updates","data":{"event":"new","order":{"id":"1"}}}'


async def test_updates_before_the_confirmation_are_kept() -> None:
    heard = status("listening", '"streams":["trade_updates"]')
    peer = Peer(YES, UPDATE)
    async with socket(peer) as ours:
        async with asyncio.TaskGroup() as group:
            early = group.create_task(ours.listen({}))
            while len(peer.answers):
                await asyncio.sleep(0.001)
            assert peer.ws is not None
            await peer.ws.send_str(heard)
        assert [frame.stream for frame in early.result()] == ["trade_updates"]


async def test_a_peer_that_vanishes_after_its_ping_is_a_loss_like_any_other() -> None:
    peer = Peer()
    async with socket(peer) as ours:
        while peer.ws is None or not peer.ws.prepared:
            await asyncio.sleep(0.001)
        await peer.ws.ping(b"there?")
        await asyncio.sleep(0.01)
        assert peer.transport is not None
        peer.transport.abort()
        await asyncio.sleep(0.01)
        with pytest.raises(Transient, match="account socket"):
            await ours.next()


async def test_a_quiet_peer_that_answers_pings_is_kept() -> None:
    peer = Peer()
    async with socket(peer) as ours:
        for pings in range(1, 4):
            assert await ours.next() is None
            assert peer.pings == pings
        assert peer.ws is not None
        await peer.ws.send_str(UPDATE)
        frame = await ours.next()
        assert frame is not None
        assert frame.stream == "trade_updates"


async def test_a_mute_peer_is_dead() -> None:
    peer = Peer()
    peer.lively = False
    async with socket(peer) as ours:
        with pytest.raises(Transient, match="not a word for"):
            await ours.next()
        assert peer.pings == 1


async def test_a_ping_of_the_venue_is_answered() -> None:
    peer = Peer()
    async with socket(peer) as ours:
        assert await ours.next() is None
        assert peer.ws is not None
        await peer.ws.ping(b"x")
        await peer.ws.send_str(UPDATE)
        assert await ours.next() is not None
        assert await ours.next() is None
        assert peer.pongs == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ('"status":"unauthorized","message":"connection limit exceeded"', Throttled),
        ('"status":"unauthorized"', Denied),
    ],
)
async def test_a_taken_place_is_waited_for_and_wrong_keys_are_not(
    fields: str, error: type[Exception]
) -> None:
    async with socket(Peer(status("authorization", fields))) as ours:
        with pytest.raises(error) as raised:
            await ours.listen({})
        if isinstance(raised.value, Throttled):
            assert raised.value.wait == SLOT_WAIT


async def test_an_upgrade_refused_for_the_taken_place_says_when_to_come_back() -> None:
    async with connected() as (venue, broker):
        venue.upgrade_status = 429
        with pytest.raises(Throttled) as raised:
            async with broker.updates():
                pass  # refused on the way in
        assert raised.value.wait == SLOT_WAIT
