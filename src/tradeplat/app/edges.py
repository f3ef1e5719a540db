"""Builds the edges of a session from their plug-ins, each with the services it asks for by name."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple, TypeVar

import msgspec
import structlog

from tradeplat.app import plugins, scan_sources
from tradeplat.app.place import Place
from tradeplat.app.rests import Rests, newsroom
from tradeplat.app.settings import Plug, Settings
from tradeplat.core.errors import BadInput, Throttled, Transient
from tradeplat.core.market import SECOND
from tradeplat.core.ports import Clock
from tradeplat.history.sessions import nyse_calendar
from tradeplat.runtime.timekeeping import ALERT
from tradeplat.runtime.wall_clock import FollowedClock, WallClock
from tradeplat.scanners.alpaca_data import AlpacaScreener
from tradeplat.streams.alpaca_history import AlpacaHistory
from tradeplat.streams.client import Services, TickerStreams, Tuning
from tradeplat.streams.connection import Access
from tradeplat.streams.joined import JoinedStreams
from tradeplat.streams.polygon_history import PolygonHistory

log = structlog.get_logger()

T = TypeVar("T")
PATIENCE, RETRY = 30.0, 0.5
"""Seconds for which a session that begins asks again, and between two attempts."""

GRACE = 0.25
"""Market seconds after its end at which a one-second bar is closed."""
WIRE_SECONDS = 0.03
"""Wall seconds a print may take from the venue to us."""

TRUSTED = SECOND // 4
"""Nanoseconds of the wall that a reading of the venue's clock may take one way and count."""

VENDOR_REQUESTS = 200
"""History requests a minute that the vendor allows."""
BUILTIN_REQUESTS = 20_000
"""The same at the built-in venue, whose minutes are short."""

JUDGED = "min_sentiment"
"""The setting of a scanner that news are needed for."""

OFFERED = {
    "broker": ("url", "key", "secret", "clock"),
    "stream": ("access", "feed", "services", "tuning"),
    "scanner": ("screener", "clock", "now", "sources", "calendar", "newsroom"),
}
"""What a session hands to each kind of edge, by the name of the constructor's argument."""

Body = Callable[[], Awaitable[None]]


def check(settings: Settings) -> None:
    """Raise BadInput when an edge that `settings` name is unknown or takes other arguments."""
    plugs = (
        ("broker", settings.broker),
        ("stream", settings.stream),
        ("scanner", settings.scanner),
    )
    for kind, plug in plugs:
        plugins.check(kind, plug.use, plug.options, OFFERED[kind])
    if settings.stream.options.get("spans") == []:
        raise BadInput("stream.spans: found [], expected the seconds of one bar or more")
    beside = quotes_beside(settings)
    if beside is not None:
        for key, plug in (("stream", settings.stream), ("quotes", beside)):
            if not issubclass(plugins.find("stream", plug.use), TickerStreams):
                raise BadInput(f"{key}.use: {plug.use} cannot be one of two streams")
        plugins.check("stream", beside.use, {**beside.options, "spans": []}, OFFERED["stream"])


def quotes_beside(settings: Settings) -> Plug | None:
    """The stream that brings the quotes, None where the one of the bars brings its own."""
    quotes, bars = settings.quotes, settings.stream.use
    if quotes is None or _vendor(quotes.use) == _vendor(bars):
        return None
    return quotes


def _vendor(name: str) -> str:
    return plugins.ALIASES.get(name, name)


@asynccontextmanager
async def broker(settings: Settings, place: Place, clock: Clock) -> AsyncIterator[Any]:
    """The broker plug-in, connected."""
    services = _named("broker", place.trading_url, place.key, place.secret, clock)
    plug = settings.broker
    async with plugins.build("broker", plug.use, plug.options, services) as made:
        yield made


class Skew(NamedTuple):
    """By how much our clock was ahead of the venue's, and how much of that the answer's way may
    be, in nanoseconds of market time.
    """

    ahead: int
    doubt: int


async def answered(ask: Callable[[], Awaitable[T]]) -> T:
    """What `ask` answers, asked again while the world fails it; in the end its own fault."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while True:
        try:
            return await ask()
        except Transient as error:
            wait = error.wait if isinstance(error, Throttled) else RETRY
            if loop.time() + wait > deadline:
                raise
            log.warning("asked_again", error=str(error))
            await asyncio.sleep(wait)


async def follow_once(broker_: Any, clock: FollowedClock, speed: float) -> Skew:
    """Take over the venue's reading, its age on the wire allowed for; how far ours was off.

    A reading that was long under way and does not contradict ours is worth less than ours.
    """
    asked = clock.monotonic()
    reading = await broker_.clock()
    aged = int((clock.monotonic() - asked) / 2 * speed)
    ahead = clock.now() - reading.ts - aged
    if aged <= int(TRUSTED * speed) or abs(ahead) > aged:
        clock.anchor(reading.ts + aged, speed)
    return Skew(ahead, aged)


Past = AlpacaHistory | PolygonHistory
"""A history that knows daily bars as well."""


class Stream(NamedTuple):
    """A stream client, what has to run for it to deliver, and who knows daily bars: nobody where a
    venue waits for us, for there a session is held to what a replay is held to.
    """

    client: Any
    bodies: Mapping[str, Body]
    days: Past | None


class Source(NamedTuple):
    """Where a stream's events come from: its socket, the name of its feed, and its history."""

    access: Access
    feed: str
    history: Past


def source(settings: Settings, place: Place, use: str = "") -> Source:
    """What the stream `use`, that of `settings` unless named, is made of: the vendor's whose wire
    it speaks, else Alpaca's, which is every session's broker.
    """
    real = place.name.startswith("Alpaca")
    if _vendor(use or settings.stream.use) == "polygon":
        found = place.vendor("polygon")
        access = Access(found.stream_url, found.key, "")
        feed = "delayed" if "delayed" in found.stream_url else "polygon"
        budget = settings.polygon.requests_minute if real else BUILTIN_REQUESTS
        history = PolygonHistory(Access(found.url, found.key, ""), feed, budget)
        return Source(access, feed, history)
    access = Access(place.stream_url, *place.data)
    budget = VENDOR_REQUESTS if real else BUILTIN_REQUESTS
    past = AlpacaHistory(Access(place.data_url, *place.data), place.feed, budget)
    return Source(access, place.feed, past)


@asynccontextmanager
async def stream(settings: Settings, place: Place, services: Services) -> AsyncIterator[Stream]:
    """The stream plug-in with its history, which `services` need not name, ready to run."""
    wire = place.speed * WIRE_SECONDS
    tuning = Tuning(
        warm=settings.desks.warmup_bars,
        # On a clock that runs fast, the wire's delay is long in market time.
        grace=max(GRACE, wire),
        lateness=settings.polygon.lateness + wire,
        paced=place.lockstep,
        # A clock that is off by less is told of to nobody (runtime/timekeeping.py).
        skew=max(ALERT / SECOND, wire),
        early=max(1.0, place.speed),
    )
    access, feed, past = source(settings, place)
    plug, beside = settings.stream, quotes_beside(settings)
    async with past as history:
        days = None if place.lockstep else history
        known = msgspec.structs.replace(services, calendar=nyse_calendar())
        warmed = msgspec.structs.replace(known, history=history)
        own = _named("stream", access, feed, warmed, tuning)
        if beside is None:
            made = plugins.build("stream", plug.use, plug.options, own)
            yield Stream(made, {"stream": made.run}, days)
            return
        bars = plugins.build("stream", plug.use, {**plug.options, "quotes": False}, own)
        access, feed, _ = source(settings, place, beside.use)
        other = _named("stream", access, feed, known, tuning)
        options = {**beside.options, "spans": []}
        joined = JoinedStreams(bars, plugins.build("stream", beside.use, options, other))
        yield Stream(joined, joined.bodies, days)


def feeds(settings: Settings, place: Place) -> str:
    """The names of the feeds that a session with these settings trades on."""
    beside = quotes_beside(settings)
    names = [settings.stream.use, *([beside.use] if beside is not None else [])]
    return ", ".join(source(settings, place, name).feed for name in names)


@asynccontextmanager
async def scanner(
    settings: Settings, place: Place, clock: Clock, client: Any = None
) -> AsyncIterator[Any]:
    """The scanner plug-in, with the vendor's screener at hand, and whom else it asks; a stream's
    `client` tells it the halts of the market, where it goes by them.
    """
    hosts, plug = (place.data_url, place.trading_url), settings.scanner
    keys = (place.key, place.secret, place.feed)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        rests = await enter(Rests(place, settings, WallClock()))
        screener = await enter(AlpacaScreener(*hosts, *keys, budget=rests.budget("alpaca")))
        asked, taken = None, plugins.takes("scanner", plug.use)
        if "sources" in taken:
            asked = await enter(scan_sources.opened(settings, place, clock, screener, rests))
            asked = asked._replace(halts=await scan_sources.halts(settings, clock, client))
        judged = "newsroom" in taken and JUDGED in plug.options
        room = await newsroom(rests, clock) if judged else None
        services = _named("scanner", screener, clock, clock.now, asked, nyse_calendar(), room)
        yield plugins.build("scanner", plug.use, plug.options, services)


def _named(kind: str, *services: object) -> dict[str, object]:
    return dict(zip(OFFERED[kind], services, strict=True))
