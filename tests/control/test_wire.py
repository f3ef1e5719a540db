import asyncio
import os
import socket
import stat
import time
from pathlib import Path

import msgspec
import pytest

from planes import EPOCH, Plane
from tradeplat.control import wire
from tradeplat.control.link import MOST_CLIENTS
from tradeplat.control.protocol import (
    Answer,
    Frame,
    FrameReader,
    FrameType,
    Login,
    Outcome,
    Role,
    pack,
    packed,
)
from tradeplat.control.wire import reached


class Raw:
    """A connection to the socket that sends whatever it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.frames = FrameReader()
        self.ready: list[Frame] = []

    async def next(self) -> Frame | None:
        """The next frame, None when the connection ended."""
        async with asyncio.timeout(30):
            while not self.ready:
                try:
                    data = await self.reader.read(65_536)
                except ConnectionError:
                    return None
                if not data:
                    return None
                self.ready = self.frames.feed(data)
        return self.ready.pop(0)

    async def answer(self) -> Answer:
        frame = await self.next()
        assert frame is not None
        assert frame.type == FrameType.ANSWER
        return msgspec.json.decode(frame.payload, type=Answer)

    async def outcome(self) -> Outcome:
        while (frame := await self.next()) is not None:
            if frame.type == FrameType.OUTCOME:
                return msgspec.json.decode(frame.payload, type=Outcome)
        raise AssertionError("ended")

    async def login(self, plane: Plane, role: Role = Role.TRADER) -> None:
        self.writer.write(packed(FrameType.LOGIN, Login(plane.token(role), role)))
        frame = await self.next()
        assert frame is not None
        assert frame.type == FrameType.HELLO
        assert msgspec.json.decode(frame.payload)["epoch"] == EPOCH


async def opened(plane: Plane) -> Raw:
    with reached(plane.folder / "control.sock") as address:
        reader, writer = await asyncio.open_unix_connection(address)
    plane.writers.append(writer)
    return Raw(reader, writer)


def command(plane: Plane, do: str, n: int = 1, **changes: object) -> bytes:
    return packed(FrameType.COMMAND, plane.command(do, n, **changes))


async def test_only_its_owner_may_open_the_socket(plane: Plane) -> None:
    mode = (plane.folder / "control.sock").stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


async def test_a_process_of_another_user_is_cut_off_before_its_first_byte(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    client = await opened(plane)
    assert await client.next() is None
    assert not plane.server.reception.links


async def test_a_login_is_greeted_and_its_commands_are_answered_and_done(plane: Plane) -> None:
    client = await opened(plane)
    await client.login(plane)
    client.writer.write(command(plane, "flatten", body={"symbols": ["BAC"]}))
    assert await client.answer() == Answer("t", 1, accepted=True)
    assert (await client.outcome()).detail == {"symbols": ["BAC"]}
    assert plane.daemon.done == [("flatten", ("BAC",))]


@pytest.mark.parametrize(
    "first",
    [
        packed(FrameType.LOGIN, Login("", Role.TRADER)),
        packed(FrameType.LOGIN, Login("x" * 43, Role.TRADER)),
        packed(FrameType.LOGIN, {"token": "x"}),
        packed(FrameType.LOGIN, {"token": "x", "role": "root"}),
        packed(FrameType.LOGIN, {"token": "x" * 200, "role": "gui"}),
        packed(FrameType.COMMAND, {"do": "kill"}),
        pack(Frame(1, b"")),
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x00" * 16,
        b"\xff" * 16,
    ],
)
async def test_without_a_good_login_nothing_is_heard(plane: Plane, first: bytes) -> None:
    client = await opened(plane)
    client.writer.write(first + command(plane, "kill"))
    assert not (await client.answer()).accepted
    assert await client.next() is None
    assert not plane.daemon.done


async def test_nobody_gets_more_than_their_token_gives(plane: Plane) -> None:
    for token, asked in ((Role.VIEWER, Role.TRADER), (Role.KILL, Role.TRADER)):
        client = await opened(plane)
        client.writer.write(packed(FrameType.LOGIN, Login(plane.token(token), asked)))
        assert (await client.answer()).code == "NO_RIGHT"
    client = await opened(plane)
    await client.login(plane, Role.VIEWER)
    client.writer.write(command(plane, "order"))
    assert (await client.answer()).code == "NO_RIGHT"
    await (killer := await opened(plane)).login(plane, Role.KILL)
    killer.writer.write(command(plane, "order") + command(plane, "kill", 2))
    assert (await killer.answer()).code == "NO_RIGHT"
    assert (await killer.answer()).accepted
    assert (await killer.outcome()).text == "killed"


async def test_who_asks_for_less_gets_less(plane: Plane) -> None:
    client = await opened(plane)
    client.writer.write(packed(FrameType.LOGIN, Login(plane.token(Role.TRADER), Role.VIEWER)))
    assert (await client.next()).type == FrameType.HELLO
    client.writer.write(command(plane, "order"))
    assert (await client.answer()).code == "NO_RIGHT"


async def test_five_wrong_tokens_lock_a_peer_out_but_never_its_kill(plane: Plane) -> None:
    for _ in range(5):
        client = await opened(plane)
        client.writer.write(packed(FrameType.LOGIN, Login("w" * 43, Role.TRADER)))
        assert (await client.answer()).code == "BAD_TOKEN"
    client = await opened(plane)
    client.writer.write(packed(FrameType.LOGIN, Login(plane.token(Role.TRADER), Role.TRADER)))
    assert (await client.answer()).code == "LOCKED"
    killer = await opened(plane)
    await killer.login(plane, Role.KILL)
    killer.writer.write(command(plane, "kill"))
    assert (await killer.outcome()).text == "killed"


async def test_who_shows_no_token_in_time_is_let_go(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LOGIN_SECONDS", 0.05)
    client = await opened(plane)
    client.writer.write(b"\x01")
    assert (await client.answer()).code == "LOGIN_TIMEOUT"
    assert await client.next() is None


async def test_a_flood_of_silent_connections_keeps_nobody_out(plane: Plane) -> None:
    working = await opened(plane)
    await working.login(plane)
    silent = [await opened(plane) for _ in range(2 * MOST_CLIENTS)]
    killer = await opened(plane)
    await killer.login(plane, Role.KILL)
    killer.writer.write(command(plane, "kill"))
    assert (await killer.outcome()).done
    working.writer.write(command(plane, "order"))
    assert (await working.answer()).accepted
    assert await silent[0].next() is None


async def test_a_flood_of_commands_waits_and_slows_nobody_else(plane: Plane) -> None:
    flood = await opened(plane)
    await flood.login(plane)
    flood.writer.write(b"".join(command(plane, "order", n) for n in range(1, 5_001)))
    killer = await opened(plane)
    began = time.monotonic()
    await killer.login(plane, Role.KILL)
    killer.writer.write(command(plane, "kill"))
    assert (await killer.outcome()).done
    # At the rate a client has, the flood takes 25 seconds: nobody else may wait for it.
    assert time.monotonic() - began < 5.0
    assert plane.daemon.count("order") < 2_000


async def test_what_was_held_back_is_heard_later(plane: Plane) -> None:
    client = await opened(plane)
    await client.login(plane)
    # Of a kind that is never too old: how fast this machine is decides nothing.
    client.writer.write(b"".join(command(plane, "flatten", n) for n in range(1, 131)))
    while plane.daemon.count("flatten") < 130:
        assert await client.next() is not None


async def test_a_client_that_does_not_read_is_dropped(plane: Plane) -> None:
    client = await opened(plane)
    await client.login(plane)
    (link,) = plane.server.reception.links
    client.writer.transport.pause_reading()
    sent = 0
    while link.send(FrameType.LOG, {"text": "x" * 10_000}):
        sent += 1
        assert sent < 1_000
        await asyncio.sleep(0)
    assert link.gone
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not plane.server.reception.links
    assert not link.send(FrameType.LOG, {})


async def test_an_oversized_frame_ends_the_connection_with_a_reason(plane: Plane) -> None:
    client = await opened(plane)
    await client.login(plane)
    client.writer.write(pack(Frame(FrameType.COMMAND, b"x" * 65_537)))
    assert "expected at most 65536" in (await client.answer()).reason
    assert await client.next() is None


async def test_a_socket_is_reached_however_long_its_path(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / ("longer" * 20)
    folder.mkdir(parents=True)
    path = folder / "control.sock"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        with reached(path) as address:
            server.bind(address)
        server.listen()
        with reached(path) as address:
            client.connect(address)
    assert path.exists()
