from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import numpy as np

from execution.loopback import QUICK, TestClock
from loopback_venue import KEY, SECRET, LoopbackVenue, loopback
from tradeplat.app import listings, wiring
from tradeplat.app.settings import Plug, Settings
from tradeplat.core.instrument import Asset, Instrument
from tradeplat.core.market import Bar
from tradeplat.desk.floor import Floor
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.history.sessions import nyse_calendar
from tradeplat.journal.digest import RunDigest
from tradeplat.runtime.supervisor import Supervisor


class Nobody:
    """Knows of no day."""

    async def days(self, symbol: str, end: int, count: int) -> list[Bar]:
        return []


def floor_of() -> Floor:
    settings = Settings(strategy=(Plug.model_validate({"use": "coin_flip"}),))
    account = wiring.Account("a", Decimal(100_000))
    witnesses = wiring.Witnesses(RunDigest(), None, lambda _: None)
    return wiring.join(settings, nyse_calendar(), account, witnesses).floor


@asynccontextmanager
async def asked() -> AsyncIterator[tuple[LoopbackVenue, AlpacaBroker, Floor]]:
    async with loopback() as venue:
        clock = TestClock(venue.clock.ts)
        async with AlpacaBroker(venue.url, KEY, SECRET, clock, QUICK) as broker:
            yield venue, broker, floor_of()


async def test_the_gate_learns_what_the_broker_does_not_allow() -> None:
    async with asked() as (venue, broker, floor):
        made = listings.Listings(broker, floor, TestClock(venue.clock.ts))
        await made.look(["AAA", "BBB", "DDD", "ZZZ"])
        terms = floor.house.market.instrument
        assert terms("AAA") == Instrument("AAA")
        assert (terms("BBB").barred, terms("BBB").shortable) == ("", False)
        assert terms("DDD").barred == "the broker does not trade it"
        assert terms("ZZZ").barred == "the broker does not list it"


async def test_each_ticker_is_asked_for_once() -> None:
    async with asked() as (venue, broker, floor):
        made = listings.Listings(broker, floor, TestClock(venue.clock.ts))
        await made.look(["ZZZ", "AAA"])
        venue.side.exchange.universe = None
        await made.look(["ZZZ", "AAA"])


async def test_a_broker_that_says_nothing_is_left_alone() -> None:
    async with Supervisor(np.random.default_rng(0)) as supervisor:
        listings.watch(supervisor, object(), floor_of(), TestClock())
        assert supervisor.running == []


async def test_who_knows_daily_bars_is_asked_for_volumes() -> None:
    async with asked() as (venue, broker, floor), Supervisor(np.random.default_rng(0)) as house:
        listings.watch(house, broker, floor, TestClock(venue.clock.ts), Nobody())
        assert sorted(house.running) == ["listings", "volumes"]


async def test_watching_rations_the_gate_by_the_brokers_budget() -> None:
    async with asked() as (venue, broker, floor), Supervisor(np.random.default_rng(0)) as house:
        listings.watch(house, broker, floor, TestClock(venue.clock.ts))
        assert house.running == ["listings"]


def test_shares_that_may_be_sold_short_but_are_hard_to_borrow_are_not_known_to_be() -> None:
    asset = Asset("AAA", tradable=True, shortable=True, borrow_known=False)
    assert listings.terms(Instrument("AAA"), asset).shortable is None
