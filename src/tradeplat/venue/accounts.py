"""Trading accounts: keys, cash, positions, margin and settings, as the vendor shows them.

Invariant: equity is cash plus every position at its mark, after any fills.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import msgspec

from tradeplat.core.ledger import Ledger
from tradeplat.core.orders import Fill
from tradeplat.core.position import Position
from tradeplat.venue.activities import Activity, FillActivity, OtherActivity
from tradeplat.venue.assets import Asset
from tradeplat.venue.numbers import money, ratio, read_number, text
from tradeplat.venue.order_book import OrderBook, held_for_orders, reserved
from tradeplat.venue.order_request import Side
from tradeplat.venue.portfolio import EquityCurve
from tradeplat.venue.prices import Prices
from tradeplat.venue.refusals import invalid
from tradeplat.venue.stamps import utc_text
from tradeplat.venue.update_feed import UpdateFeed

ZERO = Decimal(0)
_INITIAL = Decimal("0.5")
_MAINTENANCE = Decimal("0.3")

Mark = Callable[[str], Decimal | None]
"""The last known price of a symbol, None before the first."""


class AccountTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What an account starts with. `legacy_fields` sends the day-trade fields removed in 2026."""

    key: str = "PKBUILTIN"
    secret: str = "builtin-venue-needs-no-secret"  # noqa: S105  # no secret: it opens play money
    cash: Decimal = Decimal(100_000)
    multiplier: int = 2
    shorting: bool = True
    legacy_fields: bool = False


class Configurations(msgspec.Struct, kw_only=True):
    """Settings a client may change; the names are the vendor's."""

    fractional_trading: bool = True
    max_margin_multiplier: str = "4"
    no_shorting: bool = False
    suspend_trade: bool = False
    trade_confirm_email: str = "all"
    ptp_no_exception_entry: bool = False
    max_options_trading_level: int | None = None


class Account:
    """One account: its book of fills, its orders and its settings."""

    def __init__(self, *, account_id: str, number: int, terms: AccountTerms, opened: int) -> None:
        self.id = account_id
        self.number = f"PA{number:010d}"
        self.terms = terms
        self.opened = opened
        self.settings = Configurations()
        self.orders = OrderBook()
        self.ledger = Ledger(terms.cash)
        self.last_equity = terms.cash
        self.last_maintenance = ZERO
        self.day = Ledger(ZERO)
        """The same positions as if bought at yesterday's close: what they gain is intraday."""
        self.feed = UpdateFeed()
        self.fills: list[FillActivity] = []
        self.others: list[OtherActivity] = []
        """What moved shares or money without an order."""
        self.on_other: Callable[[OtherActivity], None] | None = None
        """Hears of each such."""
        self.curve = EquityCurve(opened, terms.cash)
        self.last_submitted = opened
        self.order_requests = 0
        """Requests to place, change or cancel orders so far, refused ones included."""

    def book(self, fill: Fill) -> None:
        """Count `fill` in cash and position."""
        self.ledger = self.ledger.after(fill)
        self.day = self.day.after(fill)

    def receive(self, activity: OtherActivity) -> None:
        """Take in what moves shares or money without an order."""
        self.others.append(activity)
        self.ledger = moved(self.ledger, activity)
        self.day = moved(self.day, activity)
        if self.on_other is not None:
            self.on_other(activity)

    def held(self, symbol: str) -> Position:
        """The position in `symbol`, flat when there is none."""
        return self.ledger.position(symbol)

    @property
    def history(self) -> list[Activity]:
        """All that happened to it, oldest first."""
        if not self.others:
            return list(self.fills)
        return sorted([*self.fills, *self.others], key=lambda one: one.ts)

    @property
    def positions(self) -> dict[str, Position]:
        """Positions that are not flat, sorted by symbol."""
        rows = self.ledger.positions.items()
        return {symbol: held for symbol, held in sorted(rows) if held.quantity}

    def free(self, symbol: str, held: Position | None = None) -> Decimal:
        """Shares of a position (the present one) that no open closing order holds, without sign."""
        quantity = (self.held(symbol) if held is None else held).quantity
        side = Side.SELL if quantity > 0 else Side.BUY
        return abs(quantity) - held_for_orders(self.orders.open_orders(symbol), side)

    @property
    def multiplier(self) -> int:
        """Leverage in force: the account's, capped by the client's own setting."""
        return min(self.terms.multiplier, int(Decimal(self.settings.max_margin_multiplier)))

    @property
    def may_short(self) -> bool:
        """True when short sales are allowed at all."""
        return self.terms.shorting and self.multiplier > 1 and not self.settings.no_shorting

    def figures(self, mark: Mark) -> "Figures":
        """What the account is worth and may still spend at the given marks."""
        long = short = ZERO
        for symbol, held in self.positions.items():
            price = mark(symbol)
            value = held.quantity * (held.average if price is None else price)
            long, short = (long + value, short) if value > 0 else (long, short + value)
        return Figures(
            cash=self.ledger.cash,
            long=long,
            short=short,
            reserved=reserved(self.orders.open_orders()),
            multiplier=self.multiplier,
        )

    def roll_day(self, mark: Mark) -> None:
        """Close the trading day: its equity and positions become yesterday's."""
        figures = self.figures(mark)
        self.last_equity = figures.equity
        self.last_maintenance = figures.maintenance
        self.day = Ledger(
            ZERO,
            {
                symbol: Position(held.quantity, price if (price := mark(symbol)) else held.average)
                for symbol, held in self.positions.items()
            },
        )


def moved(ledger: Ledger, activity: OtherActivity) -> Ledger:
    """`ledger` after `activity`: shares cost nothing, whatever they are said to be worth."""
    positions = dict(ledger.positions)
    if activity.symbol:
        held = ledger.position(activity.symbol)
        positions[activity.symbol] = held.after(activity.qty, activity.price)
    return Ledger(ledger.cash + activity.amount, positions)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """An account's amounts at one instant; `short` is negative, `reserved` never is."""

    cash: Decimal
    long: Decimal
    short: Decimal
    reserved: Decimal
    multiplier: int

    @property
    def equity(self) -> Decimal:
        """Cash plus what the positions are worth."""
        return self.cash + self.long + self.short

    @property
    def gross(self) -> Decimal:
        """Long and short value, both counted up."""
        return self.long - self.short

    @property
    def buying_power(self) -> Decimal:
        """What opening orders may still cost; never below zero."""
        return self._power(self.multiplier)

    @property
    def regt_buying_power(self) -> Decimal:
        """Buying power overnight: at most twice the free equity."""
        return self._power(min(self.multiplier, 2))

    @property
    def cash_power(self) -> Decimal:
        """What may be spent without borrowing."""
        return max(ZERO, self.cash + self.short - self.reserved)

    @property
    def initial(self) -> Decimal:
        """Margin that opening the positions took."""
        return self.gross * _INITIAL

    @property
    def maintenance(self) -> Decimal:
        """Margin that keeping the positions takes."""
        return self.gross * _MAINTENANCE

    def _power(self, multiplier: int) -> Decimal:
        return max(ZERO, self.equity * multiplier - self.gross - self.reserved)


def account_wire(account: Account, mark: Mark) -> dict[str, object]:
    """The account object; every amount is a string."""
    now = account.figures(mark)
    body: dict[str, object] = {
        "id": account.id,
        "account_number": account.number,
        "status": "ACTIVE",
        "crypto_status": "INACTIVE",
        "currency": "USD",
        "cash": money(now.cash),
        "equity": money(now.equity),
        "last_equity": money(account.last_equity),
        "portfolio_value": money(now.equity),
        "buying_power": money(now.buying_power),
        "regt_buying_power": money(now.regt_buying_power),
        "non_marginable_buying_power": money(now.cash_power),
        "multiplier": str(account.multiplier),
        "shorting_enabled": account.may_short,
        "trading_blocked": False,
        "transfers_blocked": False,
        "account_blocked": False,
        "trade_suspended_by_user": account.settings.suspend_trade,
        "long_market_value": money(now.long),
        "short_market_value": money(now.short),
        "position_market_value": money(now.gross),
        "initial_margin": money(now.initial),
        "maintenance_margin": money(now.maintenance),
        "last_maintenance_margin": money(account.last_maintenance),
        "sma": "0",
        "accrued_fees": "0",
        "created_at": utc_text(account.opened),
    }
    if account.terms.legacy_fields:
        body |= {
            "pattern_day_trader": False,
            "daytrade_count": 0,
            "daytrading_buying_power": money(now.buying_power),
        }
    return body


def position_wire(
    account: Account, held: Position, asset: Asset, prices: Prices
) -> dict[str, object]:
    """The position object of `held` in `asset`, which must not be flat; amounts are strings."""
    symbol = asset.symbol
    last = prices.last if prices.last is not None else held.average
    before = prices.last_day if prices.last_day is not None else last
    cost = held.quantity * held.average
    value = held.quantity * last
    gain = value - cost
    base = held.quantity * account.day.position(symbol).average
    today = value - base
    return {
        "asset_id": asset.id,
        "symbol": symbol,
        "exchange": asset.exchange,
        "asset_class": "us_equity",
        "asset_marginable": asset.marginable,
        "qty": text(held.quantity),
        "qty_available": text(account.free(symbol, held) * (1 if held.quantity > 0 else -1)),
        "avg_entry_price": text(held.average.quantize(Decimal("0.000001"))),
        "side": "long" if held.quantity > 0 else "short",
        "market_value": text(value.quantize(Decimal("0.0001"))),
        "cost_basis": text(cost.quantize(Decimal("0.0001"))),
        "unrealized_pl": text(gain.quantize(Decimal("0.0001"))),
        "unrealized_plpc": ratio(gain / abs(cost)) if cost else "0",
        "unrealized_intraday_pl": text(today.quantize(Decimal("0.0001"))),
        "unrealized_intraday_plpc": ratio(today / abs(base)) if base else "0",
        "current_price": text(last),
        "lastday_price": text(before),
        "change_today": ratio(last / before - 1) if before else "0",
    }


def configurations_wire(account: Account) -> dict[str, object]:
    """The settings object."""
    body: dict[str, object] = msgspec.to_builtins(account.settings)
    if account.terms.legacy_fields:
        body |= {"dtbp_check": "entry", "pdt_check": "entry"}
    return body


def configure(account: Account, body: Mapping[str, object]) -> None:
    """Change the settings named in `body`, all of them or none; raises Refusal (422)."""
    settings = msgspec.structs.replace(account.settings)
    for key, value in body.items():
        match key:
            case "fractional_trading" | "no_shorting" | "suspend_trade" | "ptp_no_exception_entry":
                if not isinstance(value, bool):
                    raise invalid(f"{key} must be a boolean")
                setattr(settings, key, value)
            case "max_margin_multiplier":
                factor = read_number(value, key)
                if factor not in {1, 2, 4}:
                    raise invalid("max_margin_multiplier must be 1, 2 or 4")
                settings.max_margin_multiplier = text(factor)
            case "trade_confirm_email":
                if value not in {"all", "none"}:
                    raise invalid("trade_confirm_email must be all or none")
                settings.trade_confirm_email = str(value)
            case "max_options_trading_level":
                settings.max_options_trading_level = _level(value)
            case _:
                continue
    account.settings = settings


def find_account(accounts: Iterable[Account], key: str, secret: str) -> Account | None:
    """The account these credentials open, None when they open none."""
    for account in accounts:
        if account.terms.key == key and account.terms.secret == secret:
            return account
    return None


def _level(value: object) -> int | None:
    if value is None:
        return None
    level = read_number(value, "max_options_trading_level")
    if level not in {0, 1, 2, 3}:
        raise invalid("max_options_trading_level must be 0 to 3")
    return int(level)
