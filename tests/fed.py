"""Desks fed by the built-in venue in virtual time: real sockets' protocol, no waiting."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from faultsim.loop import SimLoop
from markets import KEY, OPEN, SECRET, script, trade
from markets import quote as quoted
from tradeplat.core.calendar import Calendar
from tradeplat.core.errors import Transient
from tradeplat.core.market import MINUTE, SECOND, Backfill, Bar, MarketEvent, Quote
from tradeplat.core.ports import Batch, History
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.history.sessions import nyse_calendar
from tradeplat.runtime.wall_clock import FollowedClock
from tradeplat.streams.alpaca import AlpacaWebSocketClient
from tradeplat.streams.alpaca_history import AlpacaHistory
from tradeplat.streams.client import Services, TickerStreams, Tuning
from tradeplat.streams.connection import Access
from tradeplat.streams.polygon import AsyncPolygonAggClient
from tradeplat.streams.polygon_history import PolygonHistory
from tradeplat.venue.faults import Fault
from tradeplat.venue.plan import PLUS, Plan
from tradeplat.venue.server import Venue, VenueOptions

START = OPEN + 60 * SECOND
PATHS = {"alpaca": "/v2/iex", "polygon": "/stocks"}


class Fed:
    """The venue, the client, and what each desk was shown."""

    def __init__(self, venue: Venue, client: TickerStreams, clock: FollowedClock) -> None:
        self.venue = venue
        self.path = "/v2/iex"
        self.client = client
        self.clock = clock
        self.shown: dict[str, list[MarketEvent]] = {}
        self.alarms: list[str] = []
        self.history: History | None = None
        self.pause: Callable[[], float] = lambda: 0.0

    def bars(self, symbol: str = "AAA") -> list[Bar]:
        """Every closed bar of a desk, warm-up included, amendments not."""
        found: list[Bar] = []
        for event in self.shown[symbol]:
            if isinstance(event, Backfill):
                found += event.bars
            elif isinstance(event, Bar) and not event.revision:
                found.append(event)
        return found

    def quotes(self, symbol: str = "AAA") -> list[Quote]:
        return [event for event in self.shown[symbol] if isinstance(event, Quote)]

    def whole(self, symbol: str = "AAA") -> bool:
        """Each minute from the first bar to the last is there, once and in order."""
        times = [bar.ts for bar in self.bars(symbol)]
        return times == list(range(times[0], times[-1] + 1, MINUTE))

    @property
    def scopes(self) -> dict[str, str]:
        """What the stream asks of entries now, by scope."""
        return {c.scope: c.code for c in self.client.conditions(self.clock.now())}

    def harm(self, name: str, **how: object) -> None:
        self.venue.floor.faults.arm(Fault(name=name, **how))

    def cut(self) -> int:
        """Reset every data connection."""
        sockets = self.venue.floor.sockets.matching(self.path)
        for socket in sockets:
            socket.abort()
        return len(sockets)

    async def until(self, claim: Callable[[], object], seconds: float = 300.0) -> float:
        """Wait for `claim`; the seconds it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(seconds):
            while not claim():
                await asyncio.sleep(0.05)
        return loop.time() - began

    async def live(self, seconds: float = 300.0) -> float:
        return await self.until(
            lambda: len(self.client.stages) == len(self.shown) and not self.scopes, seconds
        )

    async def desk(self, symbol: str) -> None:
        """Take what comes, for ever; a feed that was lost or lagged is opened again."""
        shown = self.shown[symbol]
        while True:
            with suppress(Transient):  # lost or lagged: opened again
                async with self.client.open(symbol) as batches:
                    async for batch in batches:
                        self._take(shown, batch)
                        await asyncio.sleep(self.pause())

    @staticmethod
    def _take(shown: list[MarketEvent], batch: Batch) -> None:
        shown += batch


def traffic(minutes: int, symbols: Sequence[str], start: int = START, every: int = 1) -> list:
    """A print and a quote each second of each symbol."""
    events = []
    for number, symbol in enumerate(symbols):
        for second in range(0, minutes * 60, every):
            ts = start + second * SECOND + 250_000_000 + number
            price = round(5.0 + number + (second % 30) / 100, 2)
            events.append(quoted(ts, price - 0.01, price + 0.01, symbol))
            events.append(trade(ts + 1000, price, 100.0, symbol))
    return events


@asynccontextmanager
async def fed(
    minutes: int = 20,
    symbols: Sequence[str] = ("AAA", "BBB"),
    *,
    events: Sequence | None = None,
    calendar: Calendar | None = None,
    tuning: Tuning = Tuning(skew=0.5),
    faults: Sequence[str] = (),
    lead: float = 0.0,
    plan: Plan = PLUS,
    vendor: str = "alpaca",
    spans: tuple[int, ...] = (60,),
) -> AsyncIterator[Fed]:
    """Desks for `symbols` on a venue that plays `minutes` of traffic in virtual time.

    The client comes `lead` seconds after the traffic began; `faults` strike its data socket once.
    """
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimLoop)
    played = script(traffic(minutes, symbols) if events is None else events, start=START)
    venue = Venue(played, VenueOptions(plan=plan), loop.time_ns, loop.wall_ns)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(venue)
        for name in faults:
            venue.floor.faults.arm(Fault(name=name, socket="data", times=1))
        clock = FollowedClock(0, 1.0, loop.time_ns)
        await asyncio.sleep(lead)
        broker = await stack.enter_async_context(AlpacaBroker(venue.url, KEY, SECRET, clock))
        clock.anchor((await broker.clock()).ts, 1.0)
        data = Access(venue.url, KEY, SECRET)
        polygon = vendor == "polygon"
        kind, feed = (PolygonHistory, "polygon") if polygon else (AlpacaHistory, "builtin")
        past = kind(data, feed, 6_000)
        history: History = await stack.enter_async_context(past)
        alarms: list[str] = []
        services = Services(
            clock,
            loop.rng,
            history,
            calendar=calendar or nyse_calendar(),
            alarm=lambda code, _: alarms.append(code),
        )
        access = Access(f"{venue.ws_url}{PATHS[vendor]}", KEY, SECRET)
        client: TickerStreams
        if polygon:
            client = AsyncPolygonAggClient(access, "polygon", services, spans, tuning)
        else:
            client = AlpacaWebSocketClient(access, "builtin", services, spans, tuning)
        made = Fed(venue, client, clock)
        made.history = history
        made.path = PATHS[vendor]
        made.alarms = alarms
        made.shown = {symbol: [] for symbol in symbols}
        bodies = [client.run(), *(made.desk(symbol) for symbol in symbols)]
        tasks = [loop.create_task(body) for body in bodies]
        try:
            yield made
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # cancelled here
