"""The venue's trading side as one part: exchange, REST, account socket and order log."""

import asyncio
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from aiohttp import web

from tradeplat.core.calendar import Calendar
from tradeplat.sim.options import FREE, Costs
from tradeplat.venue.accounts import Account, AccountTerms
from tradeplat.venue.alpaca_account_stream import AccountStream
from tradeplat.venue.alpaca_trading import trading_routes
from tradeplat.venue.assets import Universe
from tradeplat.venue.engine_pit import EnginePit
from tradeplat.venue.exchange import Exchange, Setup
from tradeplat.venue.order_log import OrderLog
from tradeplat.venue.prices import PriceBoard
from tradeplat.venue.profile import PAPER, Profile
from tradeplat.venue.rate_limit import RateLimit
from tradeplat.venue.rest import Door, House
from tradeplat.venue.venue_ids import VenueIds

_LONGEST_NAP = 0.5
"""Seconds after which a waiting exchange looks at the clock again: its speed may have changed."""

_SHORTEST_NAP = 0.0005
"""Seconds between two looks while the clock waits for the market right before something is due."""


class VenueTime(Protocol):
    """The venue's clock: UTC ns, and real seconds until it shows an instant (may be infinite)."""

    def now(self) -> int:
        """The venue's instant."""
        ...

    def seconds_until(self, ts: int) -> float:
        """Real seconds until the clock shows `ts`."""
        ...


class TradingTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a trading side is made of; `log` is a file for the order log, None keeps it in memory.

    `closes` are yesterday's closing prices by symbol.
    """

    universe: Universe
    calendar: Calendar
    clock: VenueTime
    rng: np.random.Generator
    accounts: tuple[AccountTerms, ...] = (AccountTerms(),)
    profile: Profile = PAPER
    costs: Costs = FREE
    closes: Mapping[str, float] = msgspec.field(default_factory=dict)
    log: Path | None = None


class TradingSide:
    """Serves the trading API over `exchange`; accounts are fresh.

    Hand market events to `exchange.on_event` in time order and call `exchange.settle` at the end
    of each instant; supervise `run` so that delayed things happen between events as well.
    """

    def __init__(self, terms: TradingTerms) -> None:
        now = terms.clock.now()
        ids = VenueIds(terms.rng)
        self.log = OrderLog(terms.log)
        self.accounts = [
            Account(account_id=ids.draw(), number=number, terms=each, opened=now)
            for number, each in enumerate(terms.accounts, 1)
        ]
        self.exchange = Exchange(
            Setup(
                accounts=self.accounts,
                universe=terms.universe,
                calendar=terms.calendar,
                profile=terms.profile,
                board=PriceBoard(terms.closes),
                pit=EnginePit(terms.profile, terms.rng, terms.costs),
                log=self.log,
                rng=terms.rng,
                now=terms.clock.now,
            )
        )
        self.stream = AccountStream(self.accounts, binary=terms.profile.binary_updates)
        self._clock = terms.clock
        self._door = Door(
            House(
                accounts=self.accounts,
                limit=RateLimit(terms.profile.rate_limit, enforced=terms.profile.rate_limited),
                log=self.log,
                now=terms.clock.now,
                wall=time.time_ns,
                drained=self.stream.drained,
                update_before_response=terms.profile.update_before_response,
            )
        )

    def routes(self) -> list[web.RouteDef]:
        """Every route: the trading REST, the account socket, and the log for tests."""
        return [
            *trading_routes(self.exchange, self._door),
            *self.stream.routes(),
            web.get("/control/orders", self._log_page),
        ]

    def account(self, key: str) -> Account | None:
        """The account that `key` opens."""
        return next((each for each in self.accounts if each.terms.key == key), None)

    def counts(self, key: str) -> tuple[int, int]:
        """Updates sent to the account of `key` so far, and order requests it made."""
        account = self.account(key)
        return (0, 0) if account is None else (account.feed.sent, account.order_requests)

    async def run(self) -> None:
        """Settle the exchange whenever something is due, for ever."""
        wake = asyncio.Event()
        self.exchange.on_sooner(wake.set)
        while True:
            wake.clear()
            due = self.exchange.next_due
            left = math.inf if due is None else self._clock.seconds_until(due)
            if left <= 0:
                self.exchange.settle(self._clock.now())
                await asyncio.sleep(0)
                continue
            try:
                await asyncio.wait_for(wake.wait(), min(max(left, _SHORTEST_NAP), _LONGEST_NAP))
            except TimeoutError:
                continue

    def close(self) -> None:
        """End the account connections and close the log."""
        self.stream.close()
        self.log.close()

    async def _log_page(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        lines = self.log.since(int(since) if since.isdecimal() and len(since) < 10 else 0)
        return web.Response(body=msgspec.json.encode(lines), content_type="application/json")
