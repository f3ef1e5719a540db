"""Lockstep with a venue that waits for us: its clock is ours, and we say when we are done."""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush

import aiohttp
import msgspec

from tradeplat.core.errors import Transient

PACE_PATH = "/control/pace"
QUIET_TURNS = 3
"""Turns of the loop without anything left to do that count as idle: a task that was just woken
has then had its say.
"""


class Prompt(msgspec.Struct, frozen=True):
    """What the venue asks and we answer: counts of messages and requests so far (venue/pace.py)."""

    ts: int
    phase: str
    data: int
    account: int
    orders: int


class Counts(msgspec.Struct, frozen=True):
    """What passed through our edges so far, and whether anything is still under way."""

    data: int
    account: int
    orders: int
    idle: bool


class PacedClock:
    """A clock that stands where the venue last stood (core.ports.Clock)."""

    def __init__(self, ts: int = 0) -> None:
        self._now = ts
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._naps = 0

    def now(self) -> int:
        """The venue's instant."""
        return self._now

    def advance(self, ts: int) -> None:
        """Move to `ts` and wake whoever slept until then; an earlier `ts` changes nothing."""
        self._now = max(self._now, ts)
        while self._sleepers and self._sleepers[0][0] <= self._now:
            nap = heappop(self._sleepers)[2]
            if not nap.done():
                nap.set_result(None)

    async def sleep_until(self, ts: int) -> None:
        """Return once the venue has reached `ts`."""
        if ts <= self._now:
            await asyncio.sleep(0)
            return
        self._naps += 1
        nap: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, (ts, self._naps, nap))
        await nap


class Pacer:
    """Answers the venue's prompts once everything it counted has been handled.

    `name` is ours alone: what passed on the account before is not counted. `counts` looks at our
    edges; `tick` closes what ends at an instant (one-second bars) and is called once for each, when
    all of its market messages are in, and then, when the desks are done with them, `settle`. Told
    to hold after an instant, it sets `held` at the first later one and answers no more until told
    to go on: the venue waits.
    """

    def __init__(
        self,
        url: str,
        headers: dict[str, str],
        clock: PacedClock,
        counts: Callable[[], Counts],
        tick: Callable[[int], None],
        name: str = "",
    ) -> None:
        self._params = {"client": name} if name else {}
        self._url = url.replace("http", "ws", 1) + PACE_PATH
        self._headers = headers
        self._clock = clock
        self._counts = counts
        self._tick = tick
        self.settle: Callable[[int], None] = lambda _: None
        """Is told of each instant when all of it was handled."""
        self._ticked = 0
        self._last: int | None = None
        self._going = asyncio.Event()
        self.held = asyncio.Event()
        self.instants = 0

    def hold_after(self, ts: int) -> None:
        """Play no instant after `ts` until told to go on."""
        self._last = ts

    def go_on(self) -> None:
        """Hold no longer."""
        self._last = None
        self._going.set()

    async def run(self) -> None:
        """Follow the venue until it closes the socket; Transient when it was lost."""
        try:
            async with (
                aiohttp.ClientSession(trust_env=False) as session,
                session.ws_connect(self._url, headers=self._headers, params=self._params) as socket,
            ):
                async for message in socket:
                    prompt = msgspec.json.decode(message.data, type=Prompt)
                    answer = await self._handled(prompt)
                    await socket.send_str(msgspec.json.encode(answer).decode())
        except (aiohttp.ClientError, msgspec.MsgspecError, RecursionError) as error:
            raise Transient(f"pace socket: {error}") from error

    async def _handled(self, prompt: Prompt) -> Prompt:
        """The answer to `prompt`, given when all it counted is in and nothing is under way."""
        if self._last is not None and prompt.ts > self._last:
            self.held.set()
            await self._going.wait()
        self._clock.advance(prompt.ts)
        await self._quiet(lambda now: now.data >= prompt.data and now.account >= prompt.account)
        if prompt.phase == "data" and prompt.ts > self._ticked:
            self._ticked = prompt.ts
            self.instants += 1
            self._tick(prompt.ts)
            await self._quiet(lambda now: now.data >= prompt.data)
            self.settle(prompt.ts)
            await self._quiet(lambda now: now.data >= prompt.data)
        now = self._counts()
        return Prompt(prompt.ts, prompt.phase, now.data, now.account, now.orders)

    async def _quiet(self, enough: Callable[[Counts], bool]) -> None:
        turns = 0
        while turns < QUIET_TURNS:
            now = self._counts()
            turns = turns + 1 if now.idle and enough(now) else 0
            await asyncio.sleep(0)
