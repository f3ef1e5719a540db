"""A data socket against a client that reads, one that does not, and one that is cut."""

import asyncio
import json

import aiohttp
from aiohttp import web

from markets import BYE
from tradeplat.venue.alpaca_wire import json_array
from tradeplat.venue.feed_socket import FeedSocket, opened
from tradeplat.venue.market_floor import StreamTerms
from tradeplat.venue.sockets import OpenSocket
from waits import PATIENCE, until


class Echo:
    """Answers each frame with its length."""

    known = True
    wire: FeedSocket

    def on_frame(self, frame) -> None:
        self.wire.say(len(frame))

    def on_silence(self) -> None:
        self.wire.say("silence")
        self.wire.end()

    def slow(self) -> object:
        return "slow"

    def control(self, message: object) -> bytes:
        return json.dumps([message]).encode()


async def talked(scene, **terms):
    """Run `scene` with a client and the venue's end of its socket."""
    talk = Echo()
    ready = asyncio.Event()
    told = {}

    async def serve(request):
        ws = await opened(request)
        talk.wire = FeedSocket(OpenSocket("/", request, ws), talk, StreamTerms(**terms), json_array)
        ready.set()
        await talk.wire.run()
        told["clean"] = talk.wire.left_cleanly
        return ws

    app = web.Application()
    app.add_routes([web.get("/", serve)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    try:
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(f"http://127.0.0.1:{port}/", timeout=BYE) as ws,
        ):
            await ready.wait()
            await scene(ws, talk)
        await until(lambda: "clean" in told)
        return told["clean"]
    finally:
        await runner.cleanup()


async def test_data_shares_a_frame_and_control_messages_do_not():
    async def scene(ws, talk):
        for part in (b"1", b"2"):
            talk.wire.offer(part)
        talk.wire.say("control")
        talk.wire.offer(b"3")
        assert [json.loads((await ws.receive()).data) for _ in range(3)] == [
            [1, 2], ["control"], [3],
        ]  # fmt: skip
        await ws.send_str("hello")
        assert json.loads((await ws.receive()).data) == [5]

    assert await talked(scene)


async def test_whoever_is_ended_gets_what_waits_and_a_goodbye():
    async def scene(ws, talk):
        talk.wire.offer(b"1")
        talk.wire.cut(clean=True)
        assert (await ws.receive(timeout=PATIENCE)).data == "[1]"
        await ws.receive(timeout=PATIENCE)
        assert ws.close_code == 1001

    assert await talked(scene)


async def test_whoever_is_cut_gets_no_goodbye():
    async def scene(ws, talk):
        talk.wire.cut(clean=False)
        await ws.receive(timeout=PATIENCE)
        assert ws.close_code == 1006

    assert not await talked(scene)


async def test_too_much_that_waits_is_replaced_by_one_word():
    async def scene(ws, talk):
        for _ in range(20):
            talk.wire.offer(b"1")
        assert json.loads((await ws.receive(timeout=PATIENCE)).data) == ["slow"]

    await talked(scene, buffer=10)


async def test_who_says_nothing_is_noticed():
    Echo.known = False
    try:

        async def scene(ws, _):
            assert json.loads((await ws.receive(timeout=PATIENCE)).data) == ["silence"]

        await talked(scene, auth_timeout=0.01)
    finally:
        Echo.known = True
