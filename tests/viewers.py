"""The control plane on the simulated net, and a viewer in front of it whose window is frozen."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

import aiohttp
import msgspec

from faultsim.intruder import TOKENS
from faultsim.loop import SimLoop
from planes import EPOCH
from tradeplat.control.actions import Actions, Deed
from tradeplat.control.link import Reception
from tradeplat.control.protocol import FrameType
from tradeplat.control.tokens import Lockout
from tradeplat.control.web import WebServer
from tradeplat.runtime.supervisor import Supervisor

LINE = {"line": "x" * 4_000}


class Window:
    """A served control plane; an open context. `tell` shows a line to everybody who looks."""

    def __init__(self, deeds: Mapping[str, Deed[Any]]) -> None:
        self._deeds = deeds
        self._stack = AsyncExitStack()
        self._number = 0
        self.reception: Reception
        self.port = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop)
        supervisor = await self._stack.enter_async_context(Supervisor(loop.rng))
        actions = Actions(self._deeds, EPOCH, loop.wall_ns, supervisor.start)
        lockout = Lockout(loop.time)
        self.reception = Reception(TOKENS, lockout, actions, lambda: {"epoch": EPOCH})
        web = WebServer(self.reception, lambda: {"mode": "NORMAL"}, supervisor.start)
        self._session = await self._stack.enter_async_context(aiohttp.ClientSession())
        await web.open(0)
        self._stack.push_async_callback(web.close)
        self.port = web.port
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def opened(self) -> aiohttp.ClientWebSocketResponse:
        """A viewer's connection; whoever never reads it is frozen."""
        return await self._session.ws_connect(
            f"http://127.0.0.1:{self.port}/v1/link",
            headers={"Authorization": f"Bearer {TOKENS.viewer}"},
        )

    def tell(self) -> None:
        """A line of the log, for every viewer."""
        for link in list(self.reception.links):
            link.send(FrameType.LOG, LINE)

    async def command(self, do: str) -> int:
        """What a trader commands from elsewhere; the status of the answer."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop)
        self._number += 1
        told = {"client": "t", "n": self._number, "epoch": EPOCH, "ts": loop.wall_ns(), "do": do}
        async with self._session.post(
            f"http://127.0.0.1:{self.port}/v1/command",
            data=msgspec.json.encode(told),
            headers={
                "Authorization": f"Bearer {TOKENS.trader}",
                "Content-Type": "application/json",
            },
        ) as answer:
            return answer.status


async def every(seconds: float, deed: Callable[[], None]) -> None:
    """Do `deed` again and again, for ever."""
    while True:
        deed()
        await asyncio.sleep(seconds)
