"""What the broker lets us do: which tickers, which short, and how many requests are left."""

import asyncio
from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import structlog
from msgspec.structs import replace

from tradeplat.app.volumes import Days, Volumes
from tradeplat.core.errors import Transient
from tradeplat.core.instrument import Asset, Instrument
from tradeplat.core.ports import Clock
from tradeplat.core.premises import Premises
from tradeplat.desk.floor import Floor
from tradeplat.runtime.supervisor import Supervisor

log = structlog.get_logger()

LOOK_SECONDS = 0.2
"""Seconds of the loop between looks for tickers that have come."""
RETRY_SECONDS = 5.0
"""The same after the broker gave no answer."""


@runtime_checkable
class Lists(Protocol):
    """A broker that says what it allows."""

    async def asset(self, symbol: str) -> Asset | None:
        """What is allowed of `symbol`, None for one it does not list."""

    def rationed(self, now: int) -> int:
        """When entries may be sent again as far as the budget goes (UTC ns), 0 for now."""
        ...


def watch(
    supervisor: Supervisor,
    broker: object,
    floor: Floor,
    clock: Clock,
    days: Days | None = None,
) -> None:
    """Let the gate know what `broker` allows, where it is one that can say so, and how much is
    traded on a day, where `days` can.

    The gate itself never waits: each ticker is asked for once, as its desk opens, and what differs
    from the usual terms is told as premises, which the record keeps.
    """
    if isinstance(broker, Lists):
        floor.house.gate.ration(broker.rationed)
        listings = Listings(broker, floor, clock)
        supervisor.start("listings", listings.run)
    if days is not None:
        supervisor.start("volumes", Volumes(days, floor, clock).run)


class Listings:
    """Asks the broker for the terms of every ticker that has a desk."""

    def __init__(self, broker: Lists, floor: Floor, clock: Clock) -> None:
        self._broker = broker
        self._floor = floor
        self._clock = clock
        self._asked: set[str] = set()

    async def run(self) -> None:
        """Ask as desks open, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look(list(self._floor.desks))
            except Transient as error:
                log.warning("asset_unread", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def look(self, symbols: Iterable[str]) -> None:
        """Ask for those of `symbols` that were not asked for yet."""
        for symbol in symbols:
            if symbol in self._asked:
                continue
            asset = await self._broker.asset(symbol)
            self._asked.add(symbol)
            usual = self._floor.house.market.instrument(symbol)
            told = terms(usual, asset)
            if told != usual:
                self._floor.on_premises(Premises((told,)), self._clock.now())


def terms(usual: Instrument, asset: Asset | None) -> Instrument:
    """`usual` as the broker sees it; an asset of None is one that it does not list."""
    if asset is None:
        return replace(usual, barred="the broker does not list it")
    barred = "" if asset.tradable else "the broker does not trade it"
    shortable = None if asset.shortable and not asset.borrow_known else asset.shortable
    return replace(usual, barred=barred, shortable=shortable)
