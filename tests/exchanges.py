"""A whole exchange for tests: real engine, real accounts, a clock that moves when told."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from tradeplat.core.market import SECOND, Bar, Quote, Status, Trade
from tradeplat.history.sessions import nyse_calendar
from tradeplat.venue.accounts import Account, AccountTerms
from tradeplat.venue.assets import Asset, Universe
from tradeplat.venue.engine_pit import EnginePit
from tradeplat.venue.exchange import Exchange, Setup
from tradeplat.venue.faults import Faults
from tradeplat.venue.order_log import OrderLog
from tradeplat.venue.order_request import read_order
from tradeplat.venue.prices import PriceBoard
from tradeplat.venue.profile import LOCKSTEP, Profile
from tradeplat.venue.replacing import read_change

CALENDAR = nyse_calendar()
ASSETS = (
    Asset(symbol="AAA"),
    Asset(symbol="BBB", exchange="NYSE", shortable=False),
    Asset(symbol="CCC", fractionable=False),
    Asset(symbol="DDD", tradable=False),
)
EXACT = msgspec.structs.replace(LOCKSTEP, self_crosses_refused=True, stop_collars=True)
"""Every rule of the vendor, but no delay and no chance."""


def at(text: str) -> int:
    """UTC ns of a New York time on 2026-01-05, or of a whole date and time."""
    whole = text if "T" in text else f"2026-01-05T{text}"
    moment = datetime.fromisoformat(whole).replace(tzinfo=ZoneInfo("America/New_York"))
    gone = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (gone.days * 86_400 + gone.seconds) * SECOND + gone.microseconds * 1_000


class TradingDay:
    """One account on one exchange; `told` holds every update it was sent."""

    def __init__(
        self,
        start: str = "10:00",
        profile: Profile = EXACT,
        terms: AccountTerms | None = None,
        seed: int = 7,
    ) -> None:
        self.now = at(start)
        rng = np.random.default_rng(seed)
        self.account = Account(
            account_id="5f3b2c1e-0000-4000-8000-000000000001",
            number=1,
            terms=terms or AccountTerms(),
            opened=self.now,
        )
        self.log = OrderLog()
        faults = Faults(np.random.default_rng(seed))
        self.exchange = Exchange(
            Setup(
                accounts=[self.account],
                universe=Universe(ASSETS),
                calendar=CALENDAR,
                profile=profile,
                board=PriceBoard({"AAA": 4.9, "BBB": 20.0, "CCC": 30.0}),
                pit=EnginePit(profile, rng, faults=faults),
                faults=faults,
                log=self.log,
                rng=rng,
                now=lambda: self.now,
            )
        )
        self.told: list[dict] = []
        self.account.feed.listen(self.told.append)

    def until(self, text: str) -> "TradingDay":
        """Let time pass to `text`, all that was due on the way included."""
        return self.pass_to(at(text))

    def wait(self, seconds: float) -> "TradingDay":
        """Let `seconds` pass."""
        return self.pass_to(self.now + int(seconds * SECOND))

    def pass_to(self, ts: int) -> "TradingDay":
        """Let time pass to `ts`, stopping at each moment something is due."""
        while (due := self.exchange.next_due) is not None and due <= ts:
            self.now = max(self.now, due)
            self.exchange.settle(self.now)
        self.now = ts
        self.exchange.settle(ts)
        return self

    def quote(self, bid: float, ask: float, symbol: str = "AAA") -> "TradingDay":
        """Show a quote now."""
        self._show(Quote(symbol, self.now, bid, 500, ask, 500, "builtin"))
        return self

    def trade(self, price: float, symbol: str = "AAA") -> "TradingDay":
        """Show a print now."""
        self._show(Trade(symbol, self.now, price, 100, "builtin"))
        return self

    def bar(self, open_: float, high: float, low: float, close: float) -> "TradingDay":
        """Let a minute pass and show its bar."""
        self.pass_to(self.now + 60 * SECOND - 1)
        self.now += 1
        bar = Bar("AAA", self.now, open_, high, low, close, 1000, 60, "builtin")
        self._show(bar)
        return self

    def status(self, *, trading: bool, symbol: str = "AAA") -> "TradingDay":
        """Halt or resume a symbol now."""
        self._show(Status(symbol, self.now, trading, "LUDP", "builtin"))
        return self

    def post(self, **fields) -> dict:
        """Place an order: ten shares of AAA bought for the day unless told otherwise."""
        body = {"symbol": "AAA", "qty": "10", "side": "buy", "type": "market"} | fields
        return self.exchange.submit(
            self.account, read_order({k: v for k, v in body.items() if v is not None})
        )

    def patch(self, order_id: str, **fields) -> dict:
        """Replace an order."""
        order = self.account.orders.get(order_id)
        return self.exchange.replace(self.account, order, read_change(fields, 48))

    def cancel(self, order_id: str) -> None:
        """Cancel an order."""
        self.exchange.cancel(self.account, self.account.orders.get(order_id))

    def order(self, order_id: str):
        """An order as the exchange keeps it."""
        return self.account.orders.get(order_id)

    def status_of(self, order_id: str) -> str:
        """Where an order stands."""
        return self.order(order_id).status.value

    def events(self, order_id: str = "") -> list[str]:
        """Names of the updates sent, of one order or of all."""
        return [
            update["event"]
            for update in self.told
            if not order_id or update["order"]["id"] == order_id
        ]

    @property
    def held(self) -> Decimal:
        """Shares of AAA."""
        return self.account.held("AAA").quantity

    def check(self) -> None:
        """The invariants that hold after anything."""
        figures = self.account.figures(self.exchange.board.mark)
        spent = sum(
            (fill.qty * fill.price * fill.side.sign for fill in self.account.fills), Decimal(0)
        )
        assert figures.cash == self.account.terms.cash - spent
        value = sum(
            (
                held.quantity * (self.exchange.board.mark(symbol) or held.average)
                for symbol, held in self.account.positions.items()
            ),
            Decimal(0),
        )
        assert figures.equity == figures.cash + value
        assert figures.reserved >= 0
        assert figures.buying_power >= 0
        for order in self.account.orders:
            assert 0 <= order.filled <= order.shares

    def _show(self, event) -> None:
        self.exchange.on_event(event)
        self.exchange.settle(self.now)
