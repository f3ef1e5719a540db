import asyncio

import aiohttp
import pytest

from markets import (
    KEY,
    OPEN,
    SECOND,
    SECRET,
    ask,
    control,
    market_socket,
    said,
    trade,
    venue,
)
from tradeplat.venue.clock import MAX
from waits import until


async def status(served) -> dict:
    async with (
        aiohttp.ClientSession() as client,
        client.get(served.url + "/control/status") as answer,
    ):
        return await answer.json()


async def test_the_status_tells_where_the_venue_stands():
    async with venue([trade(OPEN + SECOND)], speed=MAX) as served, market_socket(served) as ws:
        await served.player.finished.wait()
        shown = await status(served)
        assert (shown["speed"], shown["finished"], shown["symbols"]) == (
            "max",
            True,
            ["AAA", "BBB"],
        )
        assert shown["now_ns"] == served.clock.now()
        assert shown["sockets"] == [{"path": "/v2/iex", "key": KEY}]
        await ask(ws, action="subscribe", trades=["*"])
        await control(served, "trade", symbol="AAA", price=5.0)
        await said(ws)
        counts = (await status(served))["accounts"][KEY]
        assert (counts["data"], counts["orders"]) == (1, 0)


async def test_stop_ends_the_venue_and_the_answer_still_comes():
    async with venue(speed=1) as served:
        assert (await control(served, "stop"))["done"] == 1
        async with asyncio.timeout(30):
            await served.run()


async def test_speed_may_be_changed_while_it_runs():
    async with venue(speed=1) as served:
        assert (await control(served, "speed", speed="max"))["status"] == 200
        assert served.clock.jumping
        answer = await control(served, "speed", speed=-1)
        assert (answer["status"], answer["message"]) == (
            400, "venue speed -1.0: expected a number above 0, or max",
        )  # fmt: skip


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011])
async def test_connections_are_closed_with_the_code_asked_for(code):
    async with venue(speed=1) as served, market_socket(served) as ws:
        assert (await control(served, "disconnect", path="/v2/iex", code=code))["done"] == 1
        frame = await ws.receive(timeout=30)
        assert (frame.type, frame.data) == (aiohttp.WSMsgType.CLOSE, code)


async def test_connections_are_cut_without_a_goodbye():
    async with venue(speed=1) as served, market_socket(served) as ws:
        assert (await control(served, "disconnect", key="other", how="abort"))["done"] == 0
        assert (await control(served, "disconnect", key=KEY, how="abort"))["done"] == 1
        assert (await ws.receive(timeout=30)).type is aiohttp.WSMsgType.CLOSED
        answer = await control(served, "disconnect", how="gently")
        assert (answer["status"], answer["message"]) == (
            400, "how: found 'gently', expected close or abort",
        )  # fmt: skip


async def test_error_frames_are_sent_on_demand_and_fatal_ones_end_the_connection():
    async with venue(speed=1) as served, market_socket(served) as ws:
        await control(served, "error", code=500)
        assert await said(ws) == [{"T": "error", "code": 500, "msg": "internal error"}]
        await control(served, "error", code=407, message="too slow")
        assert (await said(ws))[0]["msg"] == "too slow"
        await control(served, "error", code=406)
        await said(ws)
        assert (await ws.receive(timeout=30)).type is aiohttp.WSMsgType.CLOSE


async def test_made_up_events_reach_listeners_and_the_matching_engine():
    async with venue(speed=1) as served, market_socket(served) as ws:
        await ask(ws, action="subscribe", trades=["*"], quotes=["*"], statuses=["*"])
        await control(served, "quote", symbol="AAA", bid=5.0, ask=5.02)
        assert (await said(ws))[0]["ap"] == 5.02
        body = {"symbol": "AAA", "qty": "1", "side": "buy", "type": "market",
                "time_in_force": "day"}  # fmt: skip
        headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
        async with (
            aiohttp.ClientSession(headers=headers) as client,
            client.post(f"{served.url}/v2/orders", json=body) as answer,
        ):
            assert answer.status == 200
        account = served.accounts[0]
        await until(lambda: account.fills)
        assert float(account.fills[0].price) == 5.02
        await control(served, "halt", symbol="AAA")
        assert (await said(ws))[0]["sc"] == "H"
        assert (await status(served))["halted"] == ["AAA"]


@pytest.mark.parametrize(
    ("deed", "body", "code", "words"),
    [
        ("halt", {"symbol": "ZZZ"}, 404, "the venue lists no ZZZ"),
        ("cancel", {"symbol": "AAA", "id": 5}, 404, "AAA has no print 5"),
        ("correct", {"symbol": "AAA", "id": 5, "price": 1, "size": 1}, 404, "AAA has no print 5"),
        ("cancel", {"symbol": "AAA"}, 400, "missing required field `id`"),
        ("mute", {"everybody": True}, 400, "unknown field `everybody`"),
        ("trade", {"symbol": "AAA", "price": 1, "ts": "soon"}, 400, "ts must be an RFC 3339"),
        ("fault", {"name": "flood"}, 400, "expected one of"),
        ("fault", {"name": "slo"}, 400, "did you mean 'slow'?"),
        ("fault", {"name": "slow", "seconds": [9, 1]}, 400, "low before high"),
        ("preset", {"name": "hurricane"}, 400, "expected one of calm, rough"),
    ],
)
async def test_a_bad_deed_is_one_clear_message(deed, body, code, words):
    async with venue(speed=1) as served:
        answer = await control(served, deed, **body)
        assert answer["status"] == code
        assert words in answer["message"]


async def test_clear_makes_everything_right_again():
    async with venue(speed=1) as served, market_socket(served) as ws:
        await ask(ws, action="subscribe", trades=["*"])
        for deed, body in {
            "mute": {}, "hold": {"seconds": 90}, "text_frames": {}, "login_error": {"code": 402},
            "fault": {"name": "http_5xx", "path": "/v2/stocks", "times": 9},
            "preset": {"name": "storm"},
        }.items():  # fmt: skip
            assert (await control(served, deed, **body))["status"] == 200
        await control(served, "clear")
        assert served.faults.quiet
        assert not served.floor.hub.receivers[0].mute


async def test_the_faults_page_shows_table_presets_armed_and_struck():
    async with venue(speed=1) as served, aiohttp.ClientSession() as client:
        await control(served, "fault", name="429", path="/v2/clock")
        assert (await client.get(f"{served.url}/v2/clock")).status == 429
        async with client.get(f"{served.url}/control/faults") as answer:
            page = await answer.json()
        assert page["faults"]["half_open"]["site"] == "stream"
        assert "storm" in page["presets"]
        assert (page["armed"], page["struck"]) == ([], {"http_429": 1})
