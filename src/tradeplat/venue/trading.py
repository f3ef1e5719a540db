"""The venue's trading side as one part: exchange, REST, account socket and order log."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
from aiohttp import web

from tradeplat.core.calendar import Calendar
from tradeplat.core.ports import Clock
from tradeplat.sim.options import FREE, Costs
from tradeplat.venue.accounts import Account, AccountTerms
from tradeplat.venue.alpaca_account_stream import AccountStream
from tradeplat.venue.alpaca_trading import trading_routes
from tradeplat.venue.assets import Universe
from tradeplat.venue.books import Books, NoBooks
from tradeplat.venue.engine_pit import EnginePit
from tradeplat.venue.exchange import Exchange, Setup
from tradeplat.venue.faults import Faults
from tradeplat.venue.order_log import OrderLog
from tradeplat.venue.prices import PriceBoard
from tradeplat.venue.profile import PAPER, Profile
from tradeplat.venue.rate_limit import RateLimit
from tradeplat.venue.rest import Door, House
from tradeplat.venue.venue_ids import VenueIds, opened_id


class TradingTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a trading side is made of.

    `closes` are yesterday's closing prices by symbol, `costs` what fills cost beyond price; `log`
    is a file for the order log, None keeps it in memory alone. `ids` draws the ids it gives, None
    leaves that to `rng`. `books` have been read and are kept up from now on.
    """

    universe: Universe
    calendar: Calendar
    clock: Clock
    rng: np.random.Generator
    accounts: tuple[AccountTerms, ...] = (AccountTerms(),)
    wall: Callable[[], int] = time.time_ns
    profile: Profile = PAPER
    costs: Costs = FREE
    closes: Mapping[str, float] = msgspec.field(default_factory=dict)
    log: Path | None = None
    ids: np.random.Generator | None = None
    faults: Faults = msgspec.field(default_factory=lambda: Faults(np.random.default_rng(0)))
    books: Books | None = None


class TradingSide:
    """Serves the trading API over `exchange`, which must be shown the market and be settled."""

    def __init__(self, terms: TradingTerms) -> None:
        profile, now = terms.profile, terms.clock.now
        draws = terms.ids if terms.ids is not None else terms.rng
        ids = VenueIds(draws)
        opened = _opened if terms.books is None else terms.books.account
        self.accounts = [
            opened(opened_id(ids.draw(), terms.wall()), number, each, now())
            for number, each in enumerate(terms.accounts, start=1)
        ]
        self.log = OrderLog(terms.log)
        self.exchange = Exchange(
            Setup(
                accounts=self.accounts,
                universe=terms.universe,
                calendar=terms.calendar,
                profile=profile,
                board=PriceBoard(terms.closes),
                pit=EnginePit(profile, terms.rng, terms.costs, terms.faults),
                faults=terms.faults,
                books=terms.books or NoBooks(),
                log=self.log,
                rng=draws,
                now=now,
            )
        )
        self.stream = AccountStream(self.accounts, terms.faults, now, binary=profile.binary_updates)
        self._door = Door(
            House(
                accounts=self.accounts,
                limit=RateLimit(profile.rate_limit, enforced=profile.rate_limited),
                log=self.log,
                now=now,
                wall=terms.wall,
                drained=self.stream.drained,
                update_before_response=profile.update_before_response,
            )
        )

    def routes(self) -> list[web.RouteDef]:
        """Every route: the trading REST, the account socket, and for tests the order log."""
        return [
            *trading_routes(self.exchange, self._door),
            *self.stream.routes(),
            web.get("/control/orders", self._log_page),
        ]

    async def _log_page(self, request: web.Request) -> web.Response:
        """The lines of the order log after number `since`."""
        since = request.query.get("since", "")
        lines = self.log.since(int(since) if since.isdecimal() and len(since) < 10 else 0)
        return web.Response(body=msgspec.json.encode(lines), content_type="application/json")


def _opened(drawn: str, number: int, terms: AccountTerms, now: int) -> Account:
    """A new account."""
    return Account(account_id=drawn, number=number, terms=terms, opened=now)
