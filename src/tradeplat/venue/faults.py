"""What goes wrong on demand: answers of the REST side, logins, frames.

A rule strikes the next `times` requests whose method and path it names, before the request is
served or, with `after`, once it has been carried out: then the client cannot know.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

import msgspec
from aiohttp import web

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Harm(StrEnum):
    """What happens to a request."""

    STATUS = "status"
    """It is answered with another status and body."""
    DROP = "drop"
    """The connection is cut without an answer."""
    HANG = "hang"
    """The answer comes `seconds` later."""
    SLOW_BODY = "slow_body"
    """The head comes at once, the body in pieces over `seconds`."""


class Rule(msgspec.Struct, kw_only=True):
    """Harm for requests: `path` is a prefix, an empty `method` means any."""

    path: str
    method: str = ""
    harm: Harm = Harm.STATUS
    status: int = 500
    body: str = ""
    content_type: str = "application/json"
    headers: dict[str, str] = {}
    times: int = 1
    seconds: float = 1.0
    after: bool = False

    def strikes(self, request: web.Request) -> bool:
        """True when this request is to be harmed."""
        return (
            self.times > 0
            and request.path.startswith(self.path)
            and self.method.upper() in {"", request.method}
        )


class Faults:
    """All that is to go wrong. With `text_frames` market sockets speak JSON whatever was asked."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.login_errors: deque[int] = deque()
        self.text_frames = False

    def next_login_error(self) -> int:
        """The error code the next market-data login gets, 0 for none."""
        return self.login_errors.popleft() if self.login_errors else 0

    def strike(self, request: web.Request) -> Rule | None:
        """The rule that harms this request, counted down."""
        for rule in self.rules:
            if rule.strikes(request):
                rule.times -= 1
                return rule
        return None

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.rules.clear()
        self.login_errors.clear()
        self.text_frames = False


async def harmed(rule: Rule, request: web.Request, serve: Serve) -> web.StreamResponse:
    """What the client gets for a request that `rule` strikes."""
    answer = await serve(request) if rule.after or rule.harm in _DELAYS else None
    match rule.harm:
        case Harm.DROP:
            _cut(request)
            return web.Response(status=rule.status)
        case Harm.HANG:
            await asyncio.sleep(rule.seconds)
        case Harm.SLOW_BODY:
            return await _slowly(request, answer, rule.seconds)
        case Harm.STATUS:
            answer = web.Response(
                status=rule.status,
                text=rule.body,
                content_type=rule.content_type,
                headers=rule.headers,
            )
    return answer if answer is not None else web.Response(status=rule.status)


_DELAYS = frozenset({Harm.HANG, Harm.SLOW_BODY})


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _slowly(
    request: web.Request, answer: web.StreamResponse | None, seconds: float
) -> web.StreamResponse:
    body = answer.body if isinstance(answer, web.Response) else b""
    data = body if isinstance(body, bytes | bytearray) else b""
    headers: Mapping[str, str] = {"Content-Type": "application/json"}
    slow = web.StreamResponse(status=answer.status if answer is not None else 200, headers=headers)
    slow.content_length = len(data)
    await slow.prepare(request)
    step = max(1, len(data) // 10)
    for at in range(0, len(data), step):
        await asyncio.sleep(seconds / 10)
        await slow.write(bytes(data[at : at + step]))
    await slow.write_eof()
    return slow
