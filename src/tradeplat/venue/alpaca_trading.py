"""The vendor's trading REST under /v2: orders, positions, account, assets, clock, calendar."""

from collections.abc import Mapping
from decimal import Decimal

from aiohttp import web

from tradeplat.core.position import Position
from tradeplat.venue.accounts import Account, position_wire
from tradeplat.venue.alpaca_account import AccountPages
from tradeplat.venue.exchange import Exchange
from tradeplat.venue.numbers import read_positive, read_quantity
from tradeplat.venue.order_book import Listing, VenueOrder, order_wire
from tradeplat.venue.order_request import Side, read_order
from tradeplat.venue.read_faults import Recall
from tradeplat.venue.refusals import Refusal, invalid, not_found
from tradeplat.venue.replacing import read_change
from tradeplat.venue.rest import Answer, Call, Door, read_uuid

_MOST_ORDERS = 500
_DEFAULT_ORDERS = 50


def trading_routes(exchange: Exchange, door: Door) -> list[web.RouteDef]:
    """Every route of the trading API."""
    recall = Recall(exchange.faults, exchange.now)
    orders, positions = OrderPages(exchange, recall), PositionPages(exchange, recall)
    account = AccountPages(exchange, recall)
    read, change = door.reading, door.changing
    return [
        web.post("/v2/orders", change(orders.place)),
        web.get("/v2/orders", read(orders.listed)),
        web.delete("/v2/orders", change(orders.cancel_all)),
        web.get("/v2/orders:by_client_order_id", read(orders.by_client_id)),
        web.get("/v2/orders/{order_id}", read(orders.one)),
        web.patch("/v2/orders/{order_id}", change(orders.replace)),
        web.delete("/v2/orders/{order_id}", change(orders.cancel)),
        web.get("/v2/positions", read(positions.listed)),
        web.delete("/v2/positions", change(positions.close_all)),
        web.get("/v2/positions/{symbol}", read(positions.one)),
        web.delete("/v2/positions/{symbol}", change(positions.close)),
        web.get("/v2/account", read(account.account)),
        web.get("/v2/account/configurations", read(account.configurations)),
        web.patch("/v2/account/configurations", read(account.configure)),
        web.get("/v2/account/portfolio/history", read(account.history)),
        web.get("/v2/account/activities", read(account.activities)),
        web.get("/v2/account/activities/{kind}", read(account.activities)),
        web.get("/v2/assets", read(account.assets)),
        web.get("/v2/assets/{symbol}", read(account.asset)),
        web.get("/v2/clock", read(account.clock)),
        web.get("/v2/calendar", read(account.calendar)),
    ]


class OrderPages:
    """Placing, finding, changing and cancelling orders."""

    def __init__(self, exchange: Exchange, recall: Recall) -> None:
        self._exchange = exchange
        self._recall = recall

    def place(self, call: Call) -> Answer:
        """POST: the order as it was taken."""
        longest = self._exchange.profile.longest_client_id
        return Answer(self._exchange.submit(call.account, read_order(call.fields(), longest)))

    def listed(self, call: Call) -> Answer:
        """GET: the page asked for."""
        status = call.query.get("status", "") or "open"
        if status not in {"open", "closed", "all"}:
            raise invalid("status must be open, closed or all")
        side = call.query.get("side", "")
        if side not in {"", "buy", "sell"}:
            raise invalid("side must be buy or sell")
        listing = Listing(
            status=status,
            limit=call.count("limit", _DEFAULT_ORDERS, _MOST_ORDERS),
            after=call.instant("after"),
            until=call.instant("until"),
            ascending=call.ascending(),
            nested=call.flag("nested"),
            side=Side(side) if side else None,
            symbols=call.names("symbols"),
        )
        rows = call.account.orders.listed(listing, self._recall.orders(call.account))
        return Answer([order_wire(order, nested=listing.nested) for order in rows])

    def by_client_id(self, call: Call) -> Answer:
        """GET by client order id, legs included."""
        client_id = call.query.get("client_order_id", "")
        if not client_id:
            raise invalid("client_order_id is required")
        order = call.account.orders.by_client_id(client_id)
        if order is None or not self._recall.knows(order):
            raise not_found(f"order not found for {client_id[:64]}")
        return Answer(order_wire(order, nested=True))

    def one(self, call: Call) -> Answer:
        """GET by id."""
        order = _order(call)
        if not self._recall.knows(order):
            raise not_found(f"order not found for {order.id}")
        return Answer(order_wire(order, nested=call.flag("nested")))

    def replace(self, call: Call) -> Answer:
        """PATCH: the order that takes the old one's place."""
        longest = self._exchange.profile.longest_client_id
        order = _order(call)
        return Answer(
            self._exchange.replace(call.account, order, read_change(call.fields(), longest))
        )

    def cancel(self, call: Call) -> Answer:
        """DELETE: the cancel is asked for, its outcome comes as an event."""
        self._exchange.cancel(call.account, _order(call))
        return Answer(status=204)

    def cancel_all(self, call: Call) -> Answer:
        """DELETE without id: one row for each open order."""
        asked = self._exchange.cancel_all(call.account)
        return Answer([{"id": order.id, "status": 200} for order in asked], 207)


class PositionPages:
    """Positions, and orders that close them."""

    def __init__(self, exchange: Exchange, recall: Recall) -> None:
        self._exchange = exchange
        self._recall = recall

    def listed(self, call: Call) -> Answer:
        """GET: every position that is not flat."""
        rows = self._recall.positions(call.account)
        return Answer([self._wire(call.account, symbol, held) for symbol, held in rows.items()])

    def one(self, call: Call) -> Answer:
        """GET by symbol or asset id."""
        asset = self._exchange.universe.find(call.path["symbol"])
        symbol = "" if asset is None else asset.symbol
        held = self._recall.positions(call.account).get(symbol)
        if held is None:
            raise not_found("position does not exist")
        return Answer(self._wire(call.account, symbol, held))

    def close(self, call: Call) -> Answer:
        """DELETE: the order that closes all, `qty` or `percentage` of the position."""
        symbol = self._symbol(call)
        return Answer(self._exchange.close_position(call.account, symbol, self._part(call, symbol)))

    def close_all(self, call: Call) -> Answer:
        """DELETE without symbol: one row for each position, with its order or its refusal."""
        cancel_first = call.flag("cancel_orders")
        if cancel_first:
            self._exchange.cancel_all(call.account, at_once=True)
        return Answer([self._close_row(call.account, s) for s in call.account.positions], 207)

    def _close_row(self, account: Account, symbol: str) -> Mapping[str, object]:
        try:
            order = self._exchange.close_position(account, symbol, None)
        except Refusal as refusal:
            return {"symbol": symbol, "status": refusal.status, "body": refusal.body()}
        return {"symbol": symbol, "status": 200, "order_id": order["id"], "body": order}

    def _part(self, call: Call, symbol: str) -> Decimal | None:
        quantity, share = call.query.get("qty"), call.query.get("percentage")
        if quantity is not None and share is not None:
            raise invalid("only one of qty or percentage is accepted")
        if quantity is not None:
            return read_quantity(quantity, "qty")
        if share is None:
            return None
        percentage = read_positive(share, "percentage")
        if percentage > 100:
            raise invalid("percentage must be from 0 to 100")
        held = abs(call.account.held(symbol).quantity)
        part = held * percentage / 100
        asset = self._exchange.universe.find(symbol)
        step = Decimal("1e-9") if asset is not None and asset.fractionable else Decimal(1)
        cut = part // step * step
        if not cut:
            raise invalid("percentage leaves less than one share to close")
        return cut

    def _symbol(self, call: Call) -> str:
        asset = self._exchange.universe.find(call.path["symbol"])
        if asset is None or not call.account.held(asset.symbol).quantity:
            raise not_found("position does not exist")
        return asset.symbol

    def _wire(self, account: Account, symbol: str, held: Position) -> dict[str, object]:
        asset = self._exchange.asset(symbol)
        return position_wire(account, held, asset, self._exchange.board.of(symbol))


def _order(call: Call) -> VenueOrder:
    order_id = read_uuid(call.path["order_id"], "order_id")
    order = call.account.orders.get(order_id)
    if order is None:
        raise not_found(f"order not found for {order_id}")
    return order
