"""What a client gets for a REST request that a fault strikes."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
from aiohttp import web

from tradeplat.venue.faults import Fault, Faults, Site, Spot, names
from tradeplat.venue.refusals import BAD_BODY, FORBIDDEN, INVALID, TOO_MANY, UNPROCESSABLE

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]

REQUEST_FAULTS = tuple(names(Site.REQUEST))
"""Faults of requests, in the order in which they are asked."""

_GATEWAY = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_CODES = {400: BAD_BODY, 403: FORBIDDEN, 422: UNPROCESSABLE, 429: TOO_MANY}
_PIECES = 10


class Host(Protocol):
    """What of the venue a harmed request needs."""

    async def pause(self, nanoseconds: int) -> None:
        """Return after so much venue time."""

    def background(self, name: str, body: Callable[[], Awaitable[None]]) -> None:
        """Run `body` beside everything else."""


def struck(faults: Faults, request: web.Request) -> Fault | None:
    """The fault that harms `request`, if any does."""
    return faults.first(REQUEST_FAULTS, Spot(path=request.path, method=request.method))


class Harm:
    """Answers requests as faults want them answered."""

    def __init__(self, faults: Faults, host: Host) -> None:
        self._faults = faults
        self._host = host

    async def answer(  # one way out a fault
        self, fault: Fault, request: web.Request, serve: Serve
    ) -> web.StreamResponse:
        """What the client gets for `request`, which `fault` strikes."""
        if "Upgrade" in request.headers and fault.name != "request_lost":
            # A socket's session is no answer that could be spoilt: the upgrade fails before it.
            return self._status(fault)
        match fault.name:
            case "request_lost" | "response_lost":
                if _done(fault, usual=fault.name == "response_lost"):
                    await serve(request)
                return _cut(request)
            case "accepted_late":
                await self._later(fault, request, serve)
                return _cut(request)
            case "slow":
                return await self._slow(fault, request, serve)
            case "slow_body":
                return await self._slow_body(fault, request, await serve(request))
            case "garbage_body" | "truncated_body":
                return _spoilt(fault, await serve(request))
        if _done(fault, usual=self._carried_out(fault)):
            await serve(request)
        return self._status(fault)

    def _carried_out(self, fault: Fault) -> bool:
        return fault.name == "http_504" or (fault.name == "http_5xx" and self._faults.coin())

    async def _later(self, fault: Fault, request: web.Request, serve: Serve) -> None:
        # Read now: there is no connection to read from later.
        await request.read()
        delay = self._faults.delay(fault)

        async def carry_out() -> None:
            await self._host.pause(delay)
            await serve(request)

        self._host.background("late", carry_out)

    async def _slow(self, fault: Fault, request: web.Request, serve: Serve) -> web.StreamResponse:
        delay = self._faults.delay(fault)
        if not _done(fault, usual=True):
            await self._host.pause(delay)
            return await serve(request)
        answer = await serve(request)
        await self._host.pause(delay)
        return answer

    async def _slow_body(
        self, fault: Fault, request: web.Request, answer: web.StreamResponse
    ) -> web.StreamResponse:
        data = _body(answer)
        slow = web.StreamResponse(
            status=answer.status, headers={"Content-Type": "application/json"}
        )
        slow.content_length = len(data)
        await slow.prepare(request)
        delay, step = self._faults.delay(fault), max(1, -(-len(data) // _PIECES))
        for at in range(0, len(data), step):
            await self._host.pause(delay // _PIECES)
            await slow.write(data[at : at + step])
        await slow.write_eof()
        return slow

    def _status(self, fault: Fault) -> web.Response:
        match fault.name:
            case "http_4xx":
                status = fault.status or self._faults.pick((400, 403, 422))
                told = _words(status, "request refused")
            case "http_429":
                status, told = fault.status or 429, _words(429, "too many requests.")
            case "http_504":
                status, told = fault.status or 504, _GATEWAY.format("504 Gateway Time-out")
            case "http_status":
                status, told = fault.status or 500, ""
            case _:
                status = fault.status or self._faults.pick((500, 502, 503))
                told = _GATEWAY.format(f"{status} Server Error")
        own = not told.startswith("<")
        wait = {"Retry-After": f"{max(fault.span[0], 1.0):g}"} if status == 429 else {}
        return web.Response(
            status=status,
            text=told if fault.body is None else fault.body,
            content_type=fault.content_type or ("application/json" if own else "text/html"),
            headers=wait | fault.headers,
        )


def _done(fault: Fault, *, usual: bool) -> bool:
    return usual if fault.after is None else fault.after


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _spoilt(fault: Fault, answer: web.StreamResponse) -> web.Response:
    data = _body(answer)
    if fault.name == "truncated_body":
        # An empty body has no half: what it is cut to then is the beginning of some other.
        data = data[: len(data) // 2] or b'{"'
    else:
        data = b"\x00\xff<garbage>" if fault.body is None else fault.body.encode()
    return web.Response(
        status=fault.status or (200 if answer.status == 204 else answer.status),
        body=data,
        content_type=fault.content_type or "application/json",
    )


def _body(answer: web.StreamResponse) -> bytes:
    body = answer.body if isinstance(answer, web.Response) else b""
    return bytes(body) if isinstance(body, bytes | bytearray) else b""


def _words(status: int, message: str) -> str:
    body = {"code": _CODES.get(status, INVALID), "message": message}
    return msgspec.json.encode(body).decode()
