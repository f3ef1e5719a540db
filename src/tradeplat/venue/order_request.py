"""An order request read from its JSON body: whole and consistent in itself, or refused.

What needs an account or a market to judge is in `order_checks`.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

import msgspec

from tradeplat.core.orders import OrderType, TimeInForce
from tradeplat.venue.numbers import on_grid, read_positive, read_quantity, text
from tradeplat.venue.refusals import invalid, unprocessable

Body = Mapping[str, object]
_Kind = TypeVar("_Kind", bound=StrEnum)

LONGEST_CLIENT_ID = 48


class OrderClass(StrEnum):
    """How many orders a request makes and how they depend on one another."""

    SIMPLE = "simple"
    BRACKET = "bracket"
    OTO = "oto"
    OCO = "oco"


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 to buy, -1 to sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request, its numbers decimals; exactly one of `qty` and `notional` is set."""

    symbol: str
    side: Side
    type: OrderType
    tif: TimeInForce
    order_class: OrderClass = OrderClass.SIMPLE
    qty: Decimal | None = None
    notional: Decimal | None = None
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    extended: bool = False
    client_id: str = ""
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    stop_loss_limit: Decimal | None = None
    intent: str = ""

    @property
    def fractional(self) -> bool:
        """True when it may trade a part of a share."""
        return self.qty is None or self.qty % 1 != 0


def read_order(body: Body, longest_id: int = LONGEST_CLIENT_ID) -> OrderRequest:
    """The request in `body`; raises Refusal (422) with the vendor's code and words."""
    request = _read(body, longest_id)
    _check_size(request)
    _check_prices(request)
    _check_extended(request)
    _check_auction(request)
    _check_class(request)
    return request


def read_client_id(value: object, longest: int = LONGEST_CLIENT_ID) -> str:
    """A client order id of at most `longest` characters; absent is empty."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid("client_order_id must be a string")
    if len(value) > longest:
        raise invalid(f"client_order_id must be no more than {longest} characters")
    return value


def read_tif(value: object) -> TimeInForce:
    """A time in force; absent is `day`."""
    if value is None:
        return TimeInForce.DAY
    return _one_of(TimeInForce, value, "time_in_force")


def check_price(price: Decimal | None, field: str) -> None:
    """Raise Refusal (422) when `price` is finer than the minimum pricing increment."""
    if price is not None and not on_grid(price):
        raise unprocessable(
            f"invalid {field} {text(price)}. sub-penny increment does not fulfill minimum "
            "pricing criteria"
        )


def _read(body: Body, longest_id: int) -> OrderRequest:
    legs = body.get("legs")
    if body.get("order_class") == "mleg" or (isinstance(legs, list) and legs):
        raise unprocessable("mleg orders are not supported for equities")
    profit = _nested(body, "take_profit")
    loss = _nested(body, "stop_loss")
    intent = body.get("position_intent")
    request = OrderRequest(
        symbol=_symbol(body.get("symbol")),
        side=_side(body.get("side")),
        type=_type(body.get("type")),
        tif=read_tif(body.get("time_in_force")),
        order_class=_class(body.get("order_class")),
        qty=_optional_quantity(body, "qty"),
        notional=_optional_quantity(body, "notional"),
        limit=_optional(body, "limit_price"),
        stop=_optional(body, "stop_price"),
        trail_price=_optional(body, "trail_price"),
        trail_percent=_optional(body, "trail_percent"),
        extended=_flag(body.get("extended_hours"), "extended_hours"),
        client_id=read_client_id(body.get("client_order_id"), longest_id),
        take_profit=_optional(profit, "limit_price", "take_profit.limit_price"),
        stop_loss=_optional(loss, "stop_price", "stop_loss.stop_price"),
        stop_loss_limit=_optional(loss, "limit_price", "stop_loss.limit_price"),
        intent=_intent(intent, body.get("side")),
    )
    return _oco_price(request)


def _oco_price(request: OrderRequest) -> OrderRequest:
    """An oco order's limit and its take-profit are one price, given in either place."""
    if request.order_class is not OrderClass.OCO:
        return request
    if request.type is not OrderType.LIMIT:
        raise unprocessable("oco orders must be limit orders")
    price = request.take_profit if request.take_profit is not None else request.limit
    return msgspec.structs.replace(request, take_profit=price, limit=price)


def _symbol(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise invalid("symbol is required")
    return value


def _side(value: object) -> Side:
    if value is None:
        raise invalid("side is required")
    if value == "buy":
        return Side.BUY
    if value == "sell":
        return Side.SELL
    raise invalid("invalid side")


def _one_of(kind: type[_Kind], value: object, what: str) -> _Kind:
    if not isinstance(value, str) or value not in {one.value for one in kind}:
        raise invalid(f"invalid {what}")
    return kind(value)


def _type(value: object) -> OrderType:
    if value is None:
        return OrderType.MARKET
    return _one_of(OrderType, value, "order type")


def _class(value: object) -> OrderClass:
    if value is None or value == "":
        return OrderClass.SIMPLE
    return _one_of(OrderClass, value, "order_class")


def _intent(value: object, side: object) -> str:
    if value is None or value == "":
        return ""
    known = ("buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close")
    if not isinstance(value, str) or value not in known:
        raise invalid("invalid position_intent")
    if not value.startswith(f"{side}_"):
        raise invalid("position_intent does not match side")
    return value


def _flag(value: object, field: str) -> bool:
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    raise invalid(f"{field} must be a boolean")


def _nested(body: Body, field: str) -> Body:
    value = body.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(f"{field} must be an object")
    return value


def _optional(body: Body, key: str, field: str = "") -> Decimal | None:
    value = body.get(key)
    return None if value is None else read_positive(value, field or key)


def _optional_quantity(body: Body, key: str) -> Decimal | None:
    value = body.get(key)
    return None if value is None else read_quantity(value, key)


def _check_size(request: OrderRequest) -> None:
    if request.qty is not None and request.notional is not None:
        raise invalid("only one of qty or notional is accepted")
    if request.qty is None and request.notional is None:
        raise invalid("qty or notional is required")
    if request.notional is not None:
        if request.type is not OrderType.MARKET:
            raise unprocessable("notional orders must be market orders")
        if request.notional < 1:
            raise unprocessable("notional value must be at least 1")
        if request.notional * 100 % 1:
            raise unprocessable("notional value must be limited to 2 decimal places")
    if not request.fractional:
        return
    if request.tif is not TimeInForce.DAY:
        raise unprocessable("fractional orders must be DAY orders")
    if request.order_class is not OrderClass.SIMPLE:
        raise unprocessable("fractional orders must be simple orders")


_WANTS: dict[OrderType, frozenset[str]] = {
    OrderType.MARKET: frozenset(),
    OrderType.LIMIT: frozenset({"limit_price"}),
    OrderType.STOP: frozenset({"stop_price"}),
    OrderType.STOP_LIMIT: frozenset({"limit_price", "stop_price"}),
    OrderType.TRAILING_STOP: frozenset({"trail_price", "trail_percent"}),
}


def _check_prices(request: OrderRequest) -> None:
    given = {
        "limit_price": request.limit,
        "stop_price": request.stop,
        "trail_price": request.trail_price,
        "trail_percent": request.trail_percent,
    }
    words = request.type.value.replace("_", " ")
    wanted = _WANTS[request.type]
    for field, value in given.items():
        if value is not None and field not in wanted:
            raise invalid(f"{words} orders require no {field.replace('_', ' ')}")
    if request.type is OrderType.TRAILING_STOP:
        if (request.trail_price is None) == (request.trail_percent is None):
            raise unprocessable(
                "trailing stop orders require exactly one of trail_price or trail_percent"
            )
        if request.trail_percent is not None and request.trail_percent >= 100:
            raise unprocessable("trail_percent must be below 100")
    else:
        for field in sorted(wanted):
            missing = given[field] is None
            if missing and not (request.order_class is OrderClass.OCO and field == "limit_price"):
                raise invalid(f"{words} orders require {field.replace('_', ' ')}")
    check_price(request.limit, "limit_price")
    check_price(request.stop, "stop_price")
    check_price(request.trail_price, "trail_price")
    check_price(request.take_profit, "take_profit.limit_price")
    check_price(request.stop_loss, "stop_loss.stop_price")
    check_price(request.stop_loss_limit, "stop_loss.limit_price")


def _check_extended(request: OrderRequest) -> None:
    if not request.extended:
        return
    if request.order_class is not OrderClass.SIMPLE:
        raise unprocessable("extended hours orders must be simple orders")
    if request.type is not OrderType.LIMIT:
        raise invalid("only type=limit is allowed for extended hours orders")
    if request.tif is not TimeInForce.DAY:
        raise unprocessable("extended hours order must be DAY limit orders")


def _check_auction(request: OrderRequest) -> None:
    plain = request.type in {OrderType.MARKET, OrderType.LIMIT}
    auction = request.tif in {TimeInForce.OPG, TimeInForce.CLS}
    if auction and not plain:
        raise unprocessable(f"{request.tif.value} orders must be market or limit orders")
    immediate = request.tif in {TimeInForce.IOC, TimeInForce.FOK}
    if immediate and not plain:
        raise unprocessable(f"{request.tif.value} orders must be market or limit orders")


def _check_class(request: OrderRequest) -> None:
    kind = request.order_class
    legged = request.take_profit is not None or request.stop_loss is not None
    if kind is OrderClass.SIMPLE:
        if legged or request.stop_loss_limit is not None:
            raise unprocessable("take_profit and stop_loss require a complex order_class")
        if request.type is OrderType.TRAILING_STOP and request.tif not in {
            TimeInForce.DAY,
            TimeInForce.GTC,
        }:
            raise unprocessable("trailing stop orders must be DAY or GTC orders")
        return
    if request.type is OrderType.TRAILING_STOP:
        raise unprocessable("trailing stop orders must be simple orders")
    if request.tif not in {TimeInForce.DAY, TimeInForce.GTC}:
        raise unprocessable(f"{kind.value} orders must be DAY or GTC orders")
    _check_legs(request)


def _check_legs(request: OrderRequest) -> None:
    kind = request.order_class
    if request.stop_loss_limit is not None and request.stop_loss is None:
        raise unprocessable(f"{kind.value} orders require stop_loss.stop_price")
    if kind is OrderClass.OTO:
        if (request.take_profit is None) == (request.stop_loss is None):
            raise unprocessable("oto orders require either take_profit or stop_loss")
        return
    if request.take_profit is None:
        raise unprocessable(f"{kind.value} orders require take_profit.limit_price")
    if request.stop_loss is None:
        raise unprocessable(f"{kind.value} orders require stop_loss.stop_price")
