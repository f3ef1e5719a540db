import asyncio
import json

import aiohttp
import msgspec
import pytest

from planes import EPOCH, Plane, status_of
from tradeplat.control import web
from tradeplat.control.protocol import FrameReader, FrameType, Role, packed
from waits import until


def bearer(plane: Plane, role: Role = Role.TRADER) -> dict[str, str]:
    return {"Authorization": f"Bearer {plane.token(role)}"}


async def test_the_same_commands_go_over_http(plane: Plane) -> None:
    status, body = await plane.http("GET", "/v1/status")
    assert (status, body) == (200, {"mode": "NORMAL"})
    command = plane.command("flatten", body={"symbols": ["BAC"]})
    status, body = await plane.http("POST", "/v1/command", body=command)
    assert (status, body["outcome"]["text"]) == (200, "flat")
    status, body = await plane.http("POST", "/v1/command", body=command)
    assert (status, body["answer"]["repeated"]) == (200, True)
    assert plane.daemon.count("flatten") == 1
    killer = {"Authorization": f"Bearer {plane.token(Role.KILL)}"}
    status, body = await plane.http("POST", "/v1/command", killer, plane.command("kill", 2))
    assert (status, body["outcome"]["text"]) == (200, "killed")


async def test_what_takes_long_is_answered_before_it_ends(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "OUTCOME_SECONDS", 0.05)
    plane.daemon.gate.clear()
    status, body = await plane.http("POST", "/v1/command", body=plane.command("flatten"))
    assert (status, body["outcome"]) == (202, None)


async def test_a_connection_serves_many_requests(plane: Plane) -> None:
    async with aiohttp.ClientSession(headers=bearer(plane)) as session:
        for n in range(1, 4):
            url = f"http://{plane.host}/v1/command"
            async with session.post(url, json=plane.command("order", n)) as answer:
                assert answer.status == 200
                assert answer.headers["Cache-Control"] == "no-store"
                assert not any("access-control" in name.lower() for name in answer.headers)
                assert "set-cookie" not in {name.lower() for name in answer.headers}
    assert plane.daemon.count("order") == 3


async def test_frames_go_over_a_websocket(plane: Plane) -> None:
    async with (
        aiohttp.ClientSession(headers=bearer(plane)) as session,
        session.ws_connect(f"http://{plane.host}/v1/link") as ws,
    ):
        reader = FrameReader()

        async def frame():
            (found,) = reader.feed(await ws.receive_bytes(timeout=30))
            return found.type, msgspec.json.decode(found.payload)

        assert await frame() == (FrameType.HELLO, {"protocol": 1, "epoch": EPOCH})
        await ws.send_bytes(packed(FrameType.COMMAND, plane.command("kill")))
        assert (await frame())[1]["accepted"]
        assert (await frame())[1]["text"] == "killed"
        (link,) = plane.server.reception.links
        assert link.send(FrameType.LOG, {"line": 1})
        assert await frame() == (FrameType.LOG, {"line": 1})
    await until(lambda: not plane.server.reception.links)


@pytest.mark.parametrize(
    "sent", ["hello", b"\x00" * 20, packed(FrameType.LOG, {}), b"", b"x" * 70_000]
)
async def test_a_message_that_is_no_command_ends_the_websocket(
    plane: Plane, sent: str | bytes
) -> None:
    async with (
        aiohttp.ClientSession(headers=bearer(plane)) as session,
        session.ws_connect(f"http://{plane.host}/v1/link") as ws,
    ):
        await ws.receive_bytes(timeout=30)
        await (ws.send_str(sent) if isinstance(sent, str) else ws.send_bytes(sent))
        if sent != b"":
            assert (await ws.receive(timeout=30)).type in {
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.ERROR,
            }


async def test_a_websocket_that_does_not_read_is_dropped(plane: Plane) -> None:
    async with (
        aiohttp.ClientSession(headers=bearer(plane)) as session,
        session.ws_connect(f"http://{plane.host}/v1/link") as ws,
    ):
        await ws.receive_bytes(timeout=30)
        (link,) = plane.server.reception.links
        ws._response.connection.transport.pause_reading()
        sent = 0
        while link.send(FrameType.LOG, {"text": "x" * 50_000}):
            sent += 1
            assert sent < 1_000
            await asyncio.sleep(0)
        assert link.gone
        ws._response.connection.transport.abort()


async def test_a_body_that_dribbles_is_not_waited_for(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "BODY_SECONDS", 0.1)
    head = (
        f"POST /v1/command HTTP/1.1\r\nHost: {plane.host}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {plane.token(Role.TRADER)}\r\nContent-Length: 500\r\n\r\n{{"
    )
    answer = await plane.raw(head.encode())
    assert status_of(answer) == 408


async def test_a_head_that_dribbles_is_cut_off(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "HEAD_SECONDS", 0.1)
    assert await plane.raw(f"GET /v1/status HTTP/1.1\r\nHost: {plane.host}\r\n".encode()) == b""
    assert await plane.raw(b"") == b""


async def test_a_flood_of_strangers_keeps_no_owner_out(plane: Plane) -> None:
    writers = []
    for _ in range(3 * web.MOST_CONNECTIONS):
        _, writer = await asyncio.open_connection("127.0.0.1", plane.server.port)
        writer.write(b"GET / HTTP/1.1\r\n")
        writers.append(writer)
    killer = {"Authorization": f"Bearer {plane.token(Role.KILL)}"}
    status, body = await plane.http("POST", "/v1/command", killer, plane.command("kill"))
    assert (status, body["outcome"]["done"]) == (200, True)
    web_server = plane.server._web
    assert web_server is not None
    assert len(web_server._server.connections) <= web.MOST_CONNECTIONS + 1
    for writer in writers:
        writer.transport.abort()


async def test_a_locked_peer_may_still_kill(plane: Plane) -> None:
    for _ in range(5):
        status, _ = await plane.http("GET", "/v1/status", {"Authorization": "Bearer wrong"})
        assert status == 401
    status, body = await plane.http("GET", "/v1/status")
    assert (status, body) == (429, {"message": "LOCKED"})
    killer = {"Authorization": f"Bearer {plane.token(Role.KILL)}"}
    status, _ = await plane.http("POST", "/v1/command", killer, plane.command("kill"))
    assert status == 200


async def test_every_answer_is_one_json_object(plane: Plane) -> None:
    for path in ("/v1/status", "/nowhere"):
        answer = await plane.raw(f"GET {path} HTTP/1.1\r\nHost: {plane.host}\r\n\r\n".encode())
        assert isinstance(json.loads(answer.partition(b"\r\n\r\n")[2]), dict)
