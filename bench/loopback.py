"""What the servers and clients of measurements share: each server is a process of its own."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import msgspec
import structlog
from aiohttp import web

Session = Callable[[web.Request], Awaitable[web.StreamResponse]]
Topics = dict[str, set[str]]
"""Symbols asked for, by channel."""


@contextmanager
def serving(*command: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`python -m COMMAND` while the context is open, and the port it says it listens on."""
    with subprocess.Popen(
        [sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield server, int(server.stdout.readline())
        finally:
            server.kill()


def last_line(*command: str) -> str:
    """What `python -m COMMAND` says last."""
    done = subprocess.run(
        [sys.executable, "-m", *command], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.splitlines()[-1]


async def listen(
    path: str, session: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> None:
    """Serve `session` at `path` for ever; the port is the first line said."""
    app = web.Application()
    app.router.add_get(path, session)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


async def listen_raw(protocol: Callable[[], asyncio.Protocol]) -> None:
    """Serve a bare protocol for ever; the port is the first line said."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def subscribed(
    request: web.Request, enough: Callable[[Topics], bool]
) -> web.WebSocketResponse:
    """Alpaca's market data up to the first message: greets, lets anybody in, grants every topic
    until there are `enough`.
    """
    ws = web.WebSocketResponse(max_msg_size=0)
    await ws.prepare(request)
    encode = msgspec.msgpack.encode
    await ws.send_bytes(encode([{"T": "success", "msg": "connected"}]))
    await ws.receive()
    await ws.send_bytes(encode([{"T": "success", "msg": "authenticated"}]))
    topics: Topics = {}
    while not enough(topics):
        body = msgspec.msgpack.decode((await ws.receive()).data)
        for channel, symbols in body.items():
            if channel != "action" and symbols:
                topics.setdefault(channel, set()).update(symbols)
        answer = {"T": "subscription", **{c: sorted(s) for c, s in topics.items()}}
        await ws.send_bytes(encode([answer]))
    return ws


def framed(payload: bytes, *, text: bool = False) -> bytes:
    """`payload` as one unmasked websocket frame, binary or `text`."""
    size, kind = len(payload), 0x81 if text else 0x82
    if size < 126:
        return bytes((kind, size)) + payload
    if size < 65_536:
        return bytes((kind, 126)) + size.to_bytes(2, "big") + payload
    return bytes((kind, 127)) + size.to_bytes(8, "big") + payload


def quiet() -> None:
    """Log errors only, as what is measured must not write to a terminal."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
