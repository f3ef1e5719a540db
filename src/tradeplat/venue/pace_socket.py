"""The websocket of lockstep, `/control/pace`; `pace` says what is spoken on it."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from aiohttp import WSMsgType, web

from tradeplat.core.errors import BadInput
from tradeplat.venue.accounts import Account
from tradeplat.venue.clock import VenueClock
from tradeplat.venue.pace import Counts, Follower, Pace, Prompt, read_answer


class PaceSocket:
    """Joins clients to `pace`; `counts` tells what passed between the venue and an account.

    What passed before a client that names itself (`?client=`) came for the first time is none of
    its counts: that was another's.
    """

    def __init__(
        self,
        pace: Pace,
        clock: VenueClock,
        accounts: Sequence[Account],
        counts: Callable[[Account], Counts],
    ) -> None:
        self._pace = pace
        self._clock = clock
        self._accounts = accounts
        self._counts = counts
        self._before: dict[tuple[str, str], Counts] = {}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Walk in lockstep with a client until it leaves."""
        key = request.headers.get("APCA-API-KEY-ID", "") or request.query.get("key", "")
        account = next((one for one in self._accounts if one.terms.key == key), None)
        if account is None:
            return web.json_response({"message": f"no account has the key {key!r}"}, status=401)
        if not self._clock.jumping:
            return web.json_response({"message": "the venue's speed is not max"}, status=409)
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        prompts: asyncio.Queue[Prompt | None] = asyncio.Queue()
        counted = self._counting(account, request.query.get("client"))
        follower = Follower(prompts.put_nowait, counted)
        self._pace.join(follower)
        try:
            await asyncio.gather(_ask(ws, prompts), self._listen(ws, follower, prompts))
        finally:
            self._pace.leave(follower)
        return ws

    def _counting(self, account: Account, client: str | None) -> Callable[[], Counts]:
        if client is None:
            return lambda: self._counts(account)
        first = self._before.setdefault((account.terms.key, client), self._counts(account))

        def counted() -> Counts:
            now = self._counts(account)
            # Market messages are counted by open sockets, which nobody shares.
            return Counts(now.data, now.account - first.account, now.orders - first.orders)

        return counted

    async def _listen(
        self, ws: web.WebSocketResponse, follower: Follower, prompts: asyncio.Queue[Prompt | None]
    ) -> None:
        """Take answers until the client leaves or says something else."""
        try:
            async for frame in ws:
                if frame.type is WSMsgType.TEXT:
                    follower.answer = read_answer(frame.data)
                    self._pace.stir()
        except BadInput as error:
            await ws.close(code=1008, message=str(error)[:100].encode())
        finally:
            self._pace.leave(follower)
            prompts.put_nowait(None)


def routes(socket: PaceSocket) -> list[web.RouteDef]:
    """The one path of lockstep."""
    return [web.get("/control/pace", socket.serve)]


async def _ask(ws: web.WebSocketResponse, prompts: asyncio.Queue[Prompt | None]) -> None:
    while (prompt := await prompts.get()) is not None:
        try:
            await ws.send_str(msgspec.json.encode(prompt).decode())
        except ConnectionError:
            return
