"""Polygon's own clients, under both of the vendor's names, and raw sockets, at the venue."""

import asyncio
import json
from contextlib import asynccontextmanager
from importlib import import_module

import aiohttp

from markets import BYE, KEY, said
from tradeplat.venue.server import Venue

NAMES = ("massive", "polygon")
"""Packages of the vendor's client."""


def package(name: str):
    """The vendor's client by the name of its package."""
    return import_module(name)


@asynccontextmanager
async def sdk(served: Venue, name: str, *topics: str, key: str = KEY, **options):
    """The vendor's socket client, running; what it heard, and its task."""
    client = package(name).WebSocketClient(
        key,
        feed=served.ws_url.removeprefix("ws://"),
        market="stocks",
        secure=False,
        subscriptions=list(topics),
    )
    heard: list = []

    async def take(messages) -> None:
        heard.extend(messages)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(client.connect(take, **options))
        try:
            yield client, heard, task
        finally:
            if client.websocket is not None:
                await client.close()
            task.cancel()


@asynccontextmanager
async def stocks(served: Venue, *, login: bool = True):
    """A raw client of the socket, past the handshake with `login`."""
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{served.ws_url}/stocks", timeout=BYE) as ws,
    ):
        assert await said(ws) == [status("connected", "Connected Successfully")]
        if login:
            answer = await tell(ws, "auth", KEY)
            assert answer == [status("auth_success", "authenticated")]
        yield ws


async def tell(ws, action: str, params: object) -> list[dict]:
    """Send a request and return what comes next."""
    await ws.send_str(json.dumps({"action": action, "params": params}))
    return await said(ws)


def status(kind: str, message: str) -> dict:
    return {"ev": "status", "status": kind, "message": message}
