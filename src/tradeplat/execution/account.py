"""The account's reports as they come, and a look of our own for what a healthy feed can drop."""

import asyncio

from tradeplat.core.ports import Broker
from tradeplat.execution.results import Results


class AccountWatch:
    """Feeds the account's reports to `results`; `live` while none can be missing.

    Both bodies are supervised and simply enter again after a network fault: entering the feed
    tells how everything stands. `interval` is seconds of the loop between looks.
    """

    def __init__(self, broker: Broker, results: Results, interval: float = 10.0) -> None:
        self._broker = broker
        self._results = results
        self._interval = interval
        self._live = asyncio.Event()

    @property
    def live(self) -> bool:
        """True while the feed is subscribed and its snapshot was taken in."""
        return self._live.is_set()

    async def until_live(self) -> None:
        """Return once the feed is live."""
        await self._live.wait()

    async def run(self) -> None:
        """Take in reports until the feed is lost."""
        try:
            async with self._broker.updates() as reports:
                self._live.set()
                async for report in reports:
                    self._results.report(report)
        finally:
            self._live.clear()

    async def poll(self) -> None:
        """Compare open orders with the venue's, for ever."""
        while True:
            await asyncio.sleep(self._interval)
            await self.look()

    async def look(self) -> None:
        """Read the venue's open orders, and ask about each of ours that it does not list."""
        known = [order.id for order in self._results.book.open_orders.values() if order.venue_id]
        listed = set()
        for report in await self._broker.open_orders():
            listed.add(report.order_id)
            self._results.report(report)
        for order_id in known:
            order = self._results.book.order(order_id)
            if order_id not in listed and order is not None and order.open:
                for report in await self._broker.find(order_id) or []:
                    self._results.report(report)
