"""A vendor's REST on 127.0.0.1 whose answers a test writes down."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec
from aiohttp import web

from tradeplat.core.clock import ReplayClock
from tradeplat.core.market import SECOND
from tradeplat.scanners.budget import Budget
from tradeplat.scanners.rest import Rest

NOW = 1_767_623_400 * SECOND
"""2026-01-05 14:30:00 UTC."""
KEY = "K3Y-OF-THE-VENDOR"


class StandingClock(ReplayClock):
    """Moves when told, or when somebody sleeps."""

    async def sleep_until(self, ts: int) -> None:
        self.advance(max(ts, self.ts))

    def after(self, seconds: float) -> None:
        self.advance(self.ts + int(seconds * SECOND))


class Said(NamedTuple):
    """One answer."""

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = {}


Answer = Said | Callable[[web.Request], Said]


class Vendor:
    """Answers by path; what is not written down is 404."""

    def __init__(self) -> None:
        self.clock = StandingClock(NOW)
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.headers: list[Mapping[str, str]] = []
        self.url = ""

    def say(
        self, path: str, body: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        self.answers[path] = Said(status, body, headers or {})

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((request.path, dict(request.query)))
        self.headers.append(request.headers)
        found = self.answers.get(request.path, Said(404))
        said = found if isinstance(found, Said) else found(request)
        body = said.body if isinstance(said.body, bytes) else msgspec.json.encode(said.body)
        return web.Response(status=said.status, body=body, headers=said.headers)


@asynccontextmanager
async def vendor() -> AsyncIterator[Vendor]:
    """One that listens."""
    served = Vendor()
    app = web.Application()
    app.router.add_get("/{tail:.*}", served.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield served
    finally:
        await runner.cleanup()


@asynccontextmanager
async def rest(
    name: str = "vendor", budget: Callable[[StandingClock], Budget] | None = None
) -> AsyncIterator[tuple[Vendor, Rest]]:
    """A vendor, and what reads it."""
    async with vendor() as served:
        made = budget(served.clock) if budget is not None else Budget(100, served.clock)
        async with Rest(name, served.url, {"apikey": KEY}, made, served.clock) as client:
            yield served, client
