"""Whether an account may place a well-formed request now: the rules that need book and market."""

from decimal import Decimal

import msgspec

from tradeplat.core.orders import OrderType
from tradeplat.venue.accounts import Account, Figures
from tradeplat.venue.assets import Asset
from tradeplat.venue.numbers import PENNY, money, text
from tradeplat.venue.order_book import VenueOrder, held_for_orders
from tradeplat.venue.order_request import OrderClass, OrderRequest, Side
from tradeplat.venue.prices import Prices
from tradeplat.venue.profile import Profile
from tradeplat.venue.refusals import Refusal, forbidden, invalid, unprocessable

ZERO = Decimal(0)
_STOPS = frozenset({OrderType.STOP, OrderType.TRAILING_STOP})


class Case(msgspec.Struct, frozen=True):
    """One request with all that it is judged by."""

    request: OrderRequest
    account: Account
    asset: Asset
    prices: Prices
    figures: Figures
    profile: Profile

    @property
    def held(self) -> Decimal:
        """The signed position in the symbol."""
        return self.account.held(self.asset.symbol).quantity

    @property
    def opening(self) -> bool:
        """True when the request adds to the position or starts one."""
        return self.held * self.request.side.sign >= 0


def check_order(case: Case) -> None:
    """Raise the Refusal (403 or 422) that the account's state calls for, if any."""
    _check_account(case)
    _check_asset(case)
    _check_class(case)
    _check_relations(case)
    if case.profile.self_crosses_refused:
        _check_wash(case)
    if case.opening:
        _check_opening(case)
        _check_power(case)
    else:
        check_free(case.account, case.asset.symbol, case.request.side, shares(case))


def shares(case: Case) -> Decimal:
    """How many shares the request is for; a notional one at the price it would take now."""
    request = case.request
    if request.qty is not None:
        return request.qty
    price = case.prices.taking(request.side)
    if request.notional is None or not price:
        raise unprocessable(f'asset "{request.symbol}" has no price to size a notional order by')
    return (request.notional / price).quantize(Decimal("0.000000001"), rounding="ROUND_DOWN")


def unit_value(case: Case) -> Decimal:
    """Buying power one share of an opening order takes; 0 when no price is known at all."""
    request = case.request
    priced = request.limit if request.limit is not None else request.stop
    taking = case.prices.taking(request.side)
    if request.side is Side.SELL:
        ask = case.prices.ask if case.prices.ask is not None else case.prices.last
        return max(priced or ZERO, (ask or ZERO) * case.profile.market_margin)
    if priced is not None:
        return priced
    if request.notional is not None:
        return taking or ZERO
    return (taking or ZERO) * case.profile.market_margin


def check_free(account: Account, symbol: str, side: Side, wanted: Decimal) -> None:
    """Raise Refusal (403) when less of the position is free to close than `wanted`."""
    open_orders = account.orders.open_orders(symbol)
    existing = account.held(symbol).quantity
    held = held_for_orders(open_orders, side)
    available = max(abs(existing) - held, ZERO)
    if wanted <= available:
        return
    related = [o.id for o in open_orders if o.side is side and not o.opening and not o.waiting]
    raise forbidden(
        f"insufficient qty available for order (requested: {text(wanted)}, "
        f"available: {text(available)})",
        {
            "symbol": symbol,
            "existing_qty": text(abs(existing)),
            "held_for_orders": text(held),
            "available": text(available),
            "related_orders": related,
        },
    )


def insufficient_power(figures: Figures, cost: Decimal) -> Refusal:
    """The refusal of an order that costs more than the account may spend."""
    return forbidden(
        "insufficient buying power",
        {"buying_power": money(figures.buying_power), "cost_basis": money(cost)},
    )


def check_exit_prices(
    side: Side, target: Decimal | None, stop: Decimal | None, base: Decimal | None
) -> None:
    """Raise Refusal (422) when exits of an entry on `side` lie on the wrong side of it."""
    sign = side.sign
    if target is not None and stop is not None and (target - stop) * sign <= 0:
        word = "higher" if side is Side.BUY else "lower"
        raise unprocessable(
            f"take_profit.limit_price must be {word} than stop_loss.stop_price",
            {"base_price": text(base) if base is not None else None},
        )
    if stop is not None and base is not None and (base - stop) * sign < PENNY:
        words = "<= base_price - 0.01" if side is Side.BUY else ">= base_price + 0.01"
        raise unprocessable(f"stop_loss.stop_price must be {words}", {"base_price": text(base)})


def _check_account(case: Case) -> None:
    if case.account.settings.suspend_trade:
        raise forbidden("new orders are rejected by user request")
    client_id = case.request.client_id
    if client_id and case.account.orders.by_client_id(client_id) is not None:
        raise invalid("client_order_id must be unique")


def _check_asset(case: Case) -> None:
    asset, request = case.asset, case.request
    if not (asset.active and asset.tradable):
        raise unprocessable(f'asset "{asset.symbol}" is not tradable')
    if not request.fractional:
        return
    if not (asset.fractionable and case.account.settings.fractional_trading):
        raise unprocessable(f'asset "{asset.symbol}" is not fractionable')
    if request.extended and not (asset.fractional_extended or case.profile.fractional_extended):
        raise unprocessable("fractional orders are not allowed in extended hours")


def _check_class(case: Case) -> None:
    kind = case.request.order_class
    if kind in {OrderClass.BRACKET, OrderClass.OTO} and not case.opening:
        raise unprocessable(f"{kind.value} orders must be entry orders")
    if kind is OrderClass.OCO and case.opening:
        raise unprocessable("oco orders must be exit orders")
    words = case.request.intent
    if words and words.endswith("_open") != case.opening:
        raise unprocessable("position_intent does not match the position")


def _check_relations(case: Case) -> None:
    request = case.request
    if request.take_profit is None and request.stop_loss is None:
        return
    if request.order_class is OrderClass.OCO:
        entry, base = request.side.opposite, case.prices.taking(request.side)
    else:
        entry = request.side
        priced = request.limit if request.limit is not None else request.stop
        base = priced if priced is not None else case.prices.taking(request.side)
    check_exit_prices(entry, request.take_profit, request.stop_loss, base)


def _check_wash(case: Case) -> None:
    request = case.request
    for other in case.account.orders.open_orders(case.asset.symbol):
        if other.side is request.side or other.waiting:
            continue
        if _could_trade(case, other):
            raise forbidden(
                "potential wash trade detected. use complex orders",
                {
                    "reject_reason": "opposite side order exists",
                    "existing_order_id": other.id,
                },
            )


def _could_trade(case: Case, other: VenueOrder) -> bool:
    """An own market or stop order may trade at any price, a limit only where the prices cross."""
    if other.type is OrderType.MARKET or other.type in _STOPS or other.limit is None:
        return True
    request = case.request
    mine = request.limit if request.limit is not None else case.prices.taking(request.side)
    if request.type in _STOPS:
        return True
    return mine is not None and (mine - other.limit) * request.side.sign >= 0


def _check_opening(case: Case) -> None:
    request, account, asset = case.request, case.account, case.asset
    short = request.side is Side.SELL
    if short:
        if not account.may_short:
            raise forbidden("account is not allowed to short")
        if not asset.shortable or not asset.easy_to_borrow:
            raise unprocessable(f'asset "{asset.symbol}" cannot be sold short')
        if request.fractional:
            raise unprocessable("fractional orders cannot be sold short")
    if not case.held and case.profile.self_crosses_refused:
        across = [o for o in account.orders.open_orders(asset.symbol) if o.opening]
        if any(o.side is not request.side for o in across):
            words = ("short sell", "long buy") if short else ("long buy", "short sell")
            raise forbidden(f"cannot open a {words[0]} while a {words[1]} order is open")


def _check_power(case: Case) -> None:
    cost = unit_value(case) * shares(case)
    if cost > case.figures.buying_power:
        raise insufficient_power(case.figures, cost)
