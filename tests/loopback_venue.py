"""The trading side as a real server on loopback, its clock moved by the test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from aiohttp import web
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient

from exchanges import ASSETS, CALENDAR, EXACT, at
from tradeplat.core.market import SECOND, Bar, Quote, Status, Trade
from tradeplat.venue.accounts import AccountTerms
from tradeplat.venue.assets import Universe
from tradeplat.venue.profile import Profile
from tradeplat.venue.trading import TradingSide, TradingTerms

KEY, SECRET = "PKTEST", "test-secret"


class HandClock:
    """Shows what the test set."""

    def __init__(self, text: str) -> None:
        self.ts = at(text)

    def now(self) -> int:
        return self.ts

    async def sleep_until(self, ts: int) -> None:
        while self.ts < ts:
            await asyncio.sleep(0)


class LoopbackVenue:
    """A trading side that listens; `client` is the vendor's own."""

    def __init__(self, side: TradingSide, clock: HandClock, port: int) -> None:
        self.side = side
        self.account = side.accounts[0]
        self.clock = clock
        self.url = f"http://127.0.0.1:{port}"
        self.socket_url = f"ws://127.0.0.1:{port}/stream"
        self.client = TradingClient(KEY, SECRET, paper=True, url_override=self.url)
        self.raw = TradingClient(KEY, SECRET, paper=True, url_override=self.url, raw_data=True)

    async def call(self, function: Callable[..., Any], *given: object) -> Any:
        """A blocking call of the vendor's client, made beside the loop."""
        return await asyncio.to_thread(function, *given)

    async def refused(self, function: Callable[..., Any], *given: object) -> APIError:
        """The error that a call ends with."""
        try:
            await self.call(function, *given)
        except APIError as error:
            return error
        raise AssertionError("the call was not refused")

    def quote(self, bid: float, ask: float, symbol: str = "AAA") -> None:
        self._show(Quote(symbol, self.clock.ts, bid, 500, ask, 500, "builtin"))

    def trade(self, price: float, symbol: str = "AAA") -> None:
        self._show(Trade(symbol, self.clock.ts, price, 100, "builtin"))

    def bar(self, open_: float, high: float, low: float, close: float) -> None:
        self._show(Bar("AAA", self.clock.ts, open_, high, low, close, 1000, 60, "builtin"))

    def halt(self, *, trading: bool) -> None:
        self._show(Status("AAA", self.clock.ts, trading, "LUDP", "builtin"))

    def wait(self, seconds: float = 1.0) -> None:
        self.until_ts(self.clock.ts + int(seconds * SECOND))

    def until(self, text: str) -> None:
        self.until_ts(at(text))

    def until_ts(self, ts: int) -> None:
        while (due := self.side.exchange.next_due) is not None and due <= ts:
            self.clock.ts = max(self.clock.ts, due)
            self.side.exchange.settle(self.clock.ts)
        self.clock.ts = ts

    def _show(self, event: Bar | Quote | Trade | Status) -> None:
        self.side.exchange.on_event(event)
        self.side.exchange.settle(self.clock.ts)


@asynccontextmanager
async def loopback(
    start: str = "10:00",
    profile: Profile = EXACT,
    terms: AccountTerms | None = None,
    log: Any = None,
) -> AsyncIterator[LoopbackVenue]:
    """A venue on a free port; AAA is quoted 4.99 to 5.00."""
    clock = HandClock(start)
    opened = terms or AccountTerms(key=KEY, secret=SECRET)
    side = TradingSide(
        TradingTerms(
            universe=Universe(ASSETS),
            calendar=CALENDAR,
            clock=clock,
            rng=np.random.default_rng(3),
            accounts=(opened,),
            profile=profile,
            closes={"AAA": 4.9, "BBB": 20.0, "CCC": 30.0},
            log=log,
        )
    )
    app = web.Application()
    app.add_routes(side.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    venue = LoopbackVenue(side, clock, port)
    venue.quote(4.99, 5.00)
    venue.quote(30.0, 30.02, "CCC")
    try:
        yield venue
    finally:
        await runner.cleanup()
