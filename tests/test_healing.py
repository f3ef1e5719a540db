"""Over a warm start and a loss a strategy's indicators are those of a run over all of history."""

import asyncio
import contextlib

import numpy as np
import pytest
from msgspec.structs import replace

from streams.conftest import aggregate, alpaca, polygon, wire_bar
from streams.test_alpaca import QUICK, START, Clock
from streams.test_polygon import rest_row
from tradeplat.core.market import MINUTE, SECOND, Backfill, Bar
from tradeplat.core.ports import Strategy
from tradeplat.history.sessions import nyse_calendar
from tradeplat.strategies.ema_cross import EmaCross
from tradeplat.strategies.sma_cross import SmaCross
from tradeplat.strategies.vwap_reversion import VwapReversion
from tradeplat.streams.alpaca import AlpacaWebSocketClient
from tradeplat.streams.alpaca_history import AlpacaHistory
from tradeplat.streams.client import Services, Tuning
from tradeplat.streams.connection import Access
from tradeplat.streams.polygon import AsyncPolygonAggClient
from tradeplat.streams.polygon_history import PolygonHistory
from waits import until
from worlds import Script, World

__all__ = ["aggregate", "alpaca", "polygon", "wire_bar"]

WARM = 1_200
"""Bars a desk is warmed with, as a session has it."""
LONG = 3_000
"""Bars of history there are."""
OVER = ("stop", "target")
"""Curves that follow a position, not the market."""


def stamps(start: int) -> list[int]:
    """Closes of LONG minutes of trading before `start`, and of 40 after it."""
    found: list[int] = []
    for day in reversed(nyse_calendar().sessions):
        if day.pre_open < start and len(found) < LONG:
            last = min(day.post_close, start)
            found = [*range(day.pre_open + MINUTE, last + 1, MINUTE), *found]
    return found[-LONG:] + [start + k * MINUTE for k in range(1, 41)]


def minutes(first: int, last: int, start: int = START) -> list[Bar]:
    """The minutes from the `first` to the `last`, 0 being the one that closes at `start`."""
    rng = np.random.default_rng(7)
    closes = 20.0 + np.cumsum(rng.normal(0, 0.02, LONG + 40))
    found = []
    for at, (ts, close) in enumerate(zip(stamps(start), closes.round(2).tolist(), strict=True)):
        if first <= at - LONG + 1 <= last:
            ends = (close + 0.03, close - 0.03)
            volume = float(100 + (at * 37) % 900)
            found.append(Bar("AAA", ts, close, *ends, close, volume, 60, "x"))
    return found


def strategies() -> dict[str, Strategy]:
    return {"sma": SmaCross(), "ema": EmaCross(), "vwap": VwapReversion(), "diary": Script()}


def curves(world: World) -> dict[str, float]:
    """Every indicator of every strategy, as it stands."""
    found = {}
    for seat in world.floor.desks["AAA"].seats:
        told = seat.curves().items()
        known = {name: v for name, v in told if v is not None and name not in OVER}
        found |= {f"{seat.name}.{name}": v for name, v in known.items()}
    return found


def world_of() -> World:
    world = World(lambda _: strategies())
    world.market.calendar = nyse_calendar()
    world.floor.open_desk("AAA", 0)
    return world


def over_all_of_history(last: int, start: int = START) -> dict[str, float]:
    world = world_of()
    for bar in minutes(-LONG, last, start):
        world.floor.desks["AAA"].on_market(bar, bar.ts)
    return curves(world)


class Alpaca:
    def __init__(self, venue, wire_bar):
        self.venue, self.wire_bar = venue, wire_bar

    def history(self):
        return AlpacaHistory(Access(self.venue.data_url, "K", "S"), "iex", 60_000)

    def client(self, services, tuning):
        access = Access(self.venue.url, "K", "S")
        return AlpacaWebSocketClient(access, "iex", services, (60,), tuning)

    def row(self, bar):
        return {**self.wire_bar("AAA", bar.ts // SECOND), "o": bar.open, "h": bar.high,
                "l": bar.low, "c": bar.close, "v": bar.volume}  # fmt: skip

    def keep(self, bars):
        self.venue.rest["bars"]["AAA"] = [self.row(bar) for bar in bars]


class Polygon:
    def __init__(self, venue, aggregate):
        self.venue, self.aggregate = venue, aggregate

    def history(self):
        return PolygonHistory(Access(self.venue.data_url, "K", ""), "polygon", 60_000)

    def client(self, services, tuning):
        access = Access(self.venue.url, "K", "")
        return AsyncPolygonAggClient(access, "polygon", services, (60,), tuning)

    def row(self, bar):
        return {**self.aggregate("AAA", bar.ts // SECOND, 60), "o": bar.open, "h": bar.high,
                "l": bar.low, "c": bar.close, "v": bar.volume}  # fmt: skip

    def keep(self, bars):
        self.venue.rest["aggs"]["AAA", "minute"] = [rest_row(self.row(bar)) for bar in bars]


@pytest.fixture(params=["alpaca", "polygon"])
def vendor(request, alpaca, polygon, wire_bar, aggregate):
    return Alpaca(alpaca, wire_bar) if request.param == "alpaca" else Polygon(polygon, aggregate)


@contextlib.asynccontextmanager
async def desk_on(vendor, clock, world):
    """A desk of `world` that is shown what the vendor's client hands it."""
    async with vendor.history() as history:
        services = Services(clock, np.random.default_rng(1), history)
        tuning = Tuning(timing=QUICK, retry=0.01, early=1e6, warm=WARM, lateness=0.0)
        client = vendor.client(services, tuning)
        shown = []

        async def trade():
            async with client.open("AAA") as batches:
                async for batch in batches:
                    for event in batch:
                        shown.append(event)
                        world.floor.desks["AAA"].on_market(event, clock.now())

        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(client.run()), loop.create_task(trade())]
        try:
            yield client, shown
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # cancelled here


def seen_up_to(shown, last, start=START):
    ts = start + last * MINUTE
    return lambda: any(
        (event.bars[-1].ts if isinstance(event, Backfill) and event.bars else event.ts) >= ts
        for event in shown
    )


HOUR = 60 * MINUTE
STARTS = {
    "at the open": (START, 0),
    "in mid-minute": (START + 30 * MINUTE, 31 * SECOND),
    "before the open": (START - 5 * HOUR, 59 * SECOND),
    "with the first minute of the day": (START - 5 * HOUR - 29 * MINUTE, SECOND),
    "after half a day and a week-end": (1_764_599_400 * SECOND, SECOND),
}
"""The last minute that is over, and how long it is; 2025-12-01 comes after Thanksgiving."""


@pytest.mark.parametrize("when", STARTS)
async def test_the_first_live_value_is_that_of_a_run_over_the_long_history(vendor, when):
    start, into = STARTS[when]
    clock, world = Clock(start + into), world_of()
    vendor.venue.page = 500
    # The minute under way has traded already, and history tells of it.
    vendor.keep([*minutes(-LONG, 0, start), replace(minutes(1, 1, start)[0], volume=1.0)])
    async with desk_on(vendor, clock, world) as (client, shown):
        await until(lambda: client.stages.get("AAA") == "live")
        await until(seen_up_to(shown, 0, start))
        assert [type(event) for event in shown] == [Backfill]
        assert len(shown[0].bars) == WARM
        assert curves(world) == pytest.approx(over_all_of_history(0, start), rel=1e-12)
        clock.ts = start + MINUTE + SECOND
        await vendor.venue.sessions[-1].say(vendor.row(minutes(1, 1, start)[0]))
        await until(seen_up_to(shown, 1, start))
    live, long = curves(world), over_all_of_history(1, start)
    assert len(long) >= 5
    assert live == pytest.approx(long, rel=1e-12)


async def test_after_a_loss_values_are_as_if_nothing_had_been_lost_and_strategies_hear_of_it(
    vendor,
):
    clock, world = Clock(), world_of()
    vendor.keep(minutes(-LONG, 0))
    async with desk_on(vendor, clock, world) as (client, shown):
        await until(lambda: client.stages.get("AAA") == "live")
        clock.ts = START + MINUTE + SECOND
        await vendor.venue.sessions[-1].say(vendor.row(minutes(1, 1)[0]))
        await until(seen_up_to(shown, 1))
        vendor.venue.upgrade_statuses = [500] * 1000
        vendor.venue.sessions[-1].abort()
        await until(lambda: client.stages.get("AAA") == "subscribing")
        vendor.keep(minutes(-LONG, 30))
        clock.ts = START + 30 * MINUTE + SECOND
        vendor.venue.upgrade_statuses.clear()
        await until(seen_up_to(shown, 30))
        diary = world.floor.desks["AAA"].seats[-1].strategy
        gap = [(g.since - START, g.ts - START, g.healed) for g in diary.gaps]
        assert gap == [(MINUTE, 30 * MINUTE, True)]
        assert curves(world) == pytest.approx(over_all_of_history(30), rel=1e-12)
        await until(lambda: client.stages.get("AAA") == "live")
        await vendor.venue.sessions[-1].say(vendor.row(minutes(31, 31)[0]))
        await until(seen_up_to(shown, 31))
    assert curves(world) == pytest.approx(over_all_of_history(31), rel=1e-12)
    assert not any(not isinstance(e, Backfill | Bar) for e in shown)
