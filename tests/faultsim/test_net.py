"""Connections in memory: unmodified clients and servers talk, and every way to fail is there."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest
import websockets
from aiohttp import web

from faultsim.loop import SimLoop
from faultsim.net import Link, Net
from faultsim.running import run_sim


def net() -> Net:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimLoop)
    return loop.net


async def served(handler: Callable[[web.Request], Any]) -> tuple[web.AppRunner, str]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


def with_client(
    body: Callable[[aiohttp.ClientSession, str], Coroutine[Any, Any, Any]],
    handler: Callable[[web.Request], Any] = echo,
) -> Any:
    async def main() -> Any:
        runner, url = await served(handler)
        timeout = aiohttp.ClientTimeout(total=5, sock_connect=2, sock_read=3)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            found = await body(session, url)
        await runner.cleanup()
        return found

    return run_sim(main, 3)


def test_an_unmodified_client_talks_to_an_unmodified_server() -> None:
    async def body(session: aiohttp.ClientSession, url: str) -> list[bytes]:
        answers = []
        for size in (0, 10, 300_000):
            async with session.post(url, data=b"x" * size) as response:
                answers.append(await response.read())
        assert net().made == 1, "the connection is kept"
        return answers

    assert [len(answer) for answer in with_client(body)] == [0, 10, 300_000]


def test_an_unmodified_websocket_library_works_both_ways() -> None:
    async def main() -> list[str | bytes]:
        async def serve(socket: websockets.ServerConnection) -> None:
            async for message in socket:
                await socket.send(message)

        async with (
            websockets.serve(serve, "127.0.0.1", 9001),
            websockets.connect("ws://127.0.0.1:9001", ping_interval=5) as client,
        ):
            await asyncio.sleep(60)
            await client.send("hello")
            await client.send(b"1" * 200_000)
            return [await client.recv(), await client.recv()]

    text, data = run_sim(main)
    assert (text, len(data)) == ("hello", 200_000)


def test_nobody_listens() -> None:
    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            await session.get("http://127.0.0.1:1")

    with pytest.raises(aiohttp.ClientConnectorError):
        run_sim(main)


@pytest.mark.parametrize("harm", [Link.reset, Link.silence])
def test_a_lost_connection_is_an_error_at_once_and_a_silent_one_a_timeout(
    harm: Callable[[Link], None],
) -> None:
    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response(text="late")

    async def body(session: aiohttp.ClientSession, url: str) -> float:
        loop = asyncio.get_running_loop()
        loop.call_later(0.5, lambda: harm(net().links[0]))
        began = loop.time()
        with pytest.raises((aiohttp.ClientError, TimeoutError)):
            await session.post(url)
        return loop.time() - began

    took = with_client(body, slow)
    assert took == pytest.approx(0.5 if harm is Link.reset else 3.0, abs=0.1)


def test_an_answer_can_be_cut_in_the_middle() -> None:
    async def large(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 100_000)

    async def body(session: aiohttp.ClientSession, url: str) -> None:
        async with session.get(url) as response:
            await response.read()
        net().links[0].down.left = 5_000
        with pytest.raises(aiohttp.ClientError):
            async with session.get(url) as response:
                await response.read()

    with_client(body, large)


def test_a_reader_who_pauses_stops_the_writer() -> None:
    async def main() -> tuple[int, int]:
        sent = received = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            for _ in range(100):
                writer.write(b"x" * 10_000)
                await writer.drain()
                sent += 10_000

        server = await asyncio.start_server(serve, "127.0.0.1", 9002)
        reader, _ = await asyncio.open_connection("127.0.0.1", 9002)
        await asyncio.sleep(10)
        held = sent
        while received < 1_000_000:
            received += len(await reader.read(50_000))
        server.close()
        return held, received

    held, received = run_sim(main)
    assert 100_000 < held < 700_000
    assert received == 1_000_000


def test_a_killed_process_closes_its_connections_and_frees_its_port() -> None:
    async def main() -> str:
        venue, daemon = net().host("venue"), net().host("daemon")
        told: list[str] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                told.append((await reader.readexactly(5)).decode())
                await reader.readexactly(1)
            except asyncio.IncompleteReadError:
                told.append("end")

        async def listen() -> None:
            await asyncio.start_server(serve, "127.0.0.1", 9003)
            await asyncio.Event().wait()

        async def talk() -> None:
            _, writer = await asyncio.open_connection("127.0.0.1", 9003)
            writer.write(b"hello")
            await asyncio.sleep(1)
            raise SystemError("never: it is dead by then")

        venue.start(listen())
        await asyncio.sleep(0.1)
        daemon.start(talk())
        await asyncio.sleep(0.5)
        daemon.die("killed")
        await asyncio.sleep(0.5)
        venue.die("killed")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", 9003)
        assert not net().links
        return " ".join(told)

    assert run_sim(main) == "hello end"


def test_connections_overtake_each_other_and_bytes_never_do() -> None:
    async def main() -> list[int]:
        seen: list[int] = []
        streams: dict[int, list[int]] = {}

        async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            name = (await reader.readexactly(1))[0]
            seen.append(name)
            rest = await reader.readexactly(50)
            streams[name] = list(rest)

        await asyncio.start_server(serve, "127.0.0.1", 9004)
        writers = [(await asyncio.open_connection("127.0.0.1", 9004))[1] for _ in range(10)]
        for number, writer in enumerate(writers):
            writer.write(bytes([number]))
        for byte in range(50):
            for writer in writers:
                writer.write(bytes([byte]))
            await asyncio.sleep(0.0001)
        await asyncio.sleep(1)
        assert all(stream == list(range(50)) for stream in streams.values())
        assert len(streams) == 10
        return seen

    assert run_sim(main, 5) != list(range(10))
