"""The built-in venue as a server: one port, every path, one clock.

Composition lives here. A part of the venue joins by offering its routes in `MODULES`; an engine
that must see the market before its listeners do is in `venue.engines`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
from aiohttp import web

from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND, Status
from tradeplat.history.sessions import nyse_calendar
from tradeplat.runtime.supervisor import OnFault, Supervisor
from tradeplat.sim.options import FREE, Costs
from tradeplat.venue import alpaca_data, alpaca_stream, pace_socket
from tradeplat.venue.accounts import AccountTerms
from tradeplat.venue.agenda import Agenda, Deed
from tradeplat.venue.alpaca_wire import Message
from tradeplat.venue.beginning import from_books, kept_books, universe_of
from tradeplat.venue.clock import VenueClock, speed_text
from tradeplat.venue.control import Control
from tradeplat.venue.control import routes as control_routes
from tradeplat.venue.data_door import DataDoor
from tradeplat.venue.fault_plan import Planned, schedule
from tradeplat.venue.faults import Fault, Faults
from tradeplat.venue.market import Market, Timing
from tradeplat.venue.market_floor import MarketFloor, StreamTerms
from tradeplat.venue.pace import Pace
from tradeplat.venue.pace_socket import PaceSocket
from tradeplat.venue.plan import PLUS, Plan
from tradeplat.venue.player import Engine, Player, Stage
from tradeplat.venue.profile import LOCKSTEP, PAPER, Profile
from tradeplat.venue.rate_limit import RateLimit
from tradeplat.venue.reference import Reference
from tradeplat.venue.request_faults import Harm, struck
from tradeplat.venue.script import Reel, Script
from tradeplat.venue.sockets import OpenSocket
from tradeplat.venue.trading import TradingSide, TradingTerms
from tradeplat.venue.unknown_paths import unserved
from tradeplat.venue.vendor_side import VendorSide, VendorTerms

LIVE_FEEDS = ("iex", "sip", "test")
"""Feeds that tell the market as it happens."""

DELAYED_FEED = "delayed_sip"
"""The feed that tells it 15 minutes later."""

_CLOSING_SECONDS = 1.0


class VenueOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a venue is run. Port 0 takes any free one; `speed` is clock.MAX for lockstep.

    `pace_wait` is how many real seconds lockstep waits for its first paced client, 0 not at all.
    `profile` and `timing` None mean the vendor's habits, or in lockstep no delay and no chance.
    `costs` are what fills cost beyond price.
    `faults` are armed from the beginning, or planned, each for its moment.
    `order_log` is a file for the log of orders, None keeps it in memory.
    `end` is the last instant of what is played, told to whoever asks; 0 when nobody knows.
    `books` is a file that keeps accounts and orders: a venue that finds one goes on where it ends.
    `reference` is what is known of the tickers.
    """

    host: str = "127.0.0.1"
    port: int = 0
    speed: float = 1.0
    seed: int = 0
    plan: Plan = PLUS
    profile: Profile | None = None
    accounts: tuple[AccountTerms, ...] = (AccountTerms(),)
    stream: StreamTerms = msgspec.field(default_factory=StreamTerms)
    timing: Timing | None = None
    pace_wait: float = 0.0
    costs: Costs = FREE
    order_log: Path | None = None
    end: int = 0
    faults: tuple[Planned | Fault, ...] = ()
    books: Path | None = None
    reference: Reference = Reference()


class Venue:
    """One market, its clock and its accounts behind one port; an async context that serves."""

    def __init__(
        self,
        script: Script,
        options: VenueOptions,
        monotonic: Callable[[], int] = time.monotonic_ns,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        self.books = kept_books(options.books)
        script = self.script = from_books(script, self.books, options.end)
        self.options = options
        self.wall = wall
        self.calendar = nyse_calendar()
        self.clock = VenueClock(script.start, options.speed, monotonic)
        # Time begins when the market does, not while the venue is being built.
        self.clock.limit = script.start
        self.profile = options.profile or (LOCKSTEP if self.clock.jumping else PAPER)
        self.rng = np.random.default_rng(options.seed)
        self.universe = universe_of(script)
        self.faults = Faults(np.random.default_rng([options.seed, 2]))
        """What is to go wrong."""
        self.trading = self._trading_side()
        self.accounts = self.trading.accounts
        self.floor = MarketFloor(self.accounts, options.plan, options.stream, self.faults)
        self.agenda = Agenda()
        self.floor.later = self._later
        self.floor.now = self.clock.now
        self.market = Market(script, self.calendar, self.agenda, self._timing(), self._broadcast)
        self.vendors = self._vendor_side()
        self.engines: list[Engine] = [self.trading.exchange]
        self.pace = Pace(options.pace_wait)
        self.floor.joined = self.pace.stir
        self.player = self._cast()
        self._connect()
        self.stopping = asyncio.Event()
        """Set when somebody asked the venue to end."""
        self._supervisor = Supervisor(self.rng)
        self._begun = 0
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """The port it serves on."""
        return self._port

    @property
    def url(self) -> str:
        """Where REST is, without a slash at the end."""
        return f"http://{self.options.host}:{self._port}"

    @property
    def ws_url(self) -> str:
        """Where the sockets are, without a slash at the end."""
        return f"ws://{self.options.host}:{self._port}"

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(application(self), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        self._port = await _listen(self._runner, self.options.host, self.options.port)
        self._supervisor.start("player", self._play, OnFault.FATAL)
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in self._supervisor.running:
            await self._supervisor.stop(name)
        await asyncio.gather(*(_close(socket.ws) for socket in self.floor.sockets))
        if self._runner is not None:
            await self._runner.cleanup()
        if self.books is not None:
            self.books.close()

    async def run(self) -> None:
        """Serve until asked to stop; a fault of the player is raised."""
        await self.stopping.wait()
        if self._supervisor.fatal is not None:
            raise self._supervisor.fatal

    async def pause(self, nanoseconds: int) -> None:
        """Return after so much venue time, which is seen to pass."""
        due = self.clock.now() + nanoseconds
        self.agenda.put(due, _nothing)
        self.player.wake()
        await self.clock.sleep_until(due)

    def background(self, name: str, body: Callable[[], Awaitable[None]]) -> None:
        """Run `body` beside everything else, until it ends or the venue does."""
        self._begun += 1
        self._supervisor.start(f"{name}-{self._begun}", body)

    def _later(self, nanoseconds: int, deed: Deed) -> None:
        self.agenda.put(self.clock.now() + nanoseconds, deed)
        self.player.wake()

    def _real(self, nanoseconds: int) -> float:
        return nanoseconds / SECOND / self.clock.speed

    def _halt(self, symbol: str, nanoseconds: int) -> None:
        """Halt `symbol` now, and let it trade again so much later."""
        for delay, trading in ((0, False), (nanoseconds, True)):
            self._later(delay, partial(self._tell_status, symbol, trading=trading))

    def _tell_status(self, symbol: str, ts: int, *, trading: bool) -> None:
        self.player.inject([Status(symbol, ts, trading, "LUDP", "venue")])

    async def _play(self) -> None:
        try:
            await self.player.run()
        finally:
            self.stopping.set()

    def _connect(self) -> None:
        """Let the parts reach one another."""
        exchange, stream = self.trading.exchange, self.trading.stream
        exchange.on_sooner(self.player.wake)
        exchange.on_halt = self._halt
        stream.on_login = self._name_socket
        stream.real = self._real
        if self.books is not None:
            # Once the past has been played: it is no reason to fill what waits.
            self.agenda.put(self.script.start, exchange.resume)

    def _cast(self) -> Player:
        return Player(
            Stage(
                clock=self.clock,
                reel=Reel(self.script.events()),
                market=self.market,
                agenda=self.agenda,
                engines=self.engines,
                pace=self.pace,
            )
        )

    def _vendor_side(self) -> VendorSide:
        options = self.options
        return VendorSide(
            VendorTerms(
                script=self.script,
                reference=options.reference,
                market=self.market,
                floor=self.floor,
                agenda=self.agenda,
                calendar=self.calendar,
                clock=self.clock,
                accounts=self.accounts,
                wall=self.wall,
                delay=self._timing().bar_delay,
                limited=self.profile.rate_limited,
            )
        )

    def _trading_side(self) -> TradingSide:
        options = self.options
        return TradingSide(
            TradingTerms(
                universe=self.universe,
                calendar=self.calendar,
                clock=self.clock,
                # Chance of its own: what fills must not depend on how often a task was restarted.
                rng=np.random.default_rng([options.seed, 1]),
                accounts=options.accounts,
                profile=self.profile,
                costs=options.costs,
                closes=self.script.closes,
                log=options.order_log,
                wall=self.wall,
                faults=self.faults,
                books=self.books,
                # Lockstep is to be repeated to the letter; elsewhere an id is given once for good,
                # a venue that was started again included.
                ids=None if self.clock.jumping else np.random.default_rng(self.wall()),
            )
        )

    def _name_socket(self, request: web.Request, key: str) -> None:
        self.floor.sockets.of(request).key = key

    def _timing(self) -> Timing:
        if self.options.timing is not None:
            return self.options.timing
        return Timing(bar_delay=0) if self.clock.jumping else Timing()

    def _broadcast(self, messages: list[Message]) -> None:
        self.floor.hub.publish(messages, LIVE_FEEDS)
        self.vendors.take(messages)
        if any(one.feed == DELAYED_FEED for one in self.floor.hub.receivers):
            due = self.clock.now() + alpaca_data.DELAY
            self.agenda.put(due, lambda _: self.floor.hub.publish(messages, (DELAYED_FEED,)))


Routes = Callable[[Venue], Sequence[web.RouteDef]]


def _market_routes(venue: Venue) -> Sequence[web.RouteDef]:
    return alpaca_stream.routes(venue.floor)


def _data_routes(venue: Venue) -> Sequence[web.RouteDef]:
    plan = venue.options.plan
    limit = RateLimit(plan.requests, enforced=venue.profile.rate_limited)
    side = venue.vendors
    pages = alpaca_data.DataPages(venue.market, side.past, plan, venue.clock.now, side.ratio)
    door = DataDoor(venue.accounts, limit, venue.wall)
    return [*alpaca_data.routes(pages, door), *venue.vendors.routes(door)]


def _control_routes(venue: Venue) -> Sequence[web.RouteDef]:
    control = Control(venue)
    venue.faults.arm(*(one for one in venue.options.faults if isinstance(one, Fault)))
    plan = [one for one in venue.options.faults if isinstance(one, Planned)]
    schedule(plan, control, venue.agenda, venue.script.start)
    socket = PaceSocket(venue.pace, venue.clock, venue.accounts, control.counts)
    return [*control_routes(control), *pace_socket.routes(socket)]


def _trading_routes(venue: Venue) -> Sequence[web.RouteDef]:
    return venue.trading.routes()


MODULES: tuple[Routes, ...] = (_market_routes, _data_routes, _trading_routes, _control_routes)
"""Every part of the venue that has paths of its own."""


def application(venue: Venue) -> web.Application:
    """The venue's paths, its faults and the headers every answer carries."""
    sockets = venue.floor.sockets
    harm = Harm(venue.faults, venue)

    @web.middleware
    async def serve(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        fault = struck(venue.faults, request)
        try:
            if fault is not None:
                return await harm.answer(fault, request, handler)
            return unserved(request) or await handler(request)
        finally:
            sockets.remove(request)
            # What a request led to may be due before whatever the player waits for.
            venue.player.wake()
            venue.pace.stir()

    async def stamp(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["X-Clock-Speed"] = speed_text(venue.clock.speed)
        # The wall that budgets are told by, which in a simulation is not the machine's.
        response.headers["Date"] = formatdate(venue.wall() / SECOND, usegmt=True)
        if isinstance(response, web.WebSocketResponse):
            sockets.add(OpenSocket(request.path, request, response))

    app = web.Application(middlewares=[serve], client_max_size=1 << 20)
    app.on_response_prepare.append(stamp)
    for routes in MODULES:
        app.add_routes(list(routes(venue)))
    return app


def _nothing(_: int) -> None:
    """Only let the moment come."""


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise BadInput(
            f"venue port {port}: {error.strerror or error}, expected a free port"
        ) from None
    found: int = runner.addresses[0][1]
    return found


async def _close(ws: web.WebSocketResponse) -> None:
    try:
        async with asyncio.timeout(_CLOSING_SECONDS):
            await ws.close(code=1001, message=b"going away")
    except (TimeoutError, ConnectionError):
        return
