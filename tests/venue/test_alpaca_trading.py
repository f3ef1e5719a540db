"""The vendor's own TradingClient, unmodified, against the venue on loopback."""

import base64
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import aiohttp
import msgspec
import pytest
from alpaca.trading.enums import (
    OrderClass,
    OrderSide,
    OrderStatus,
    OrderType,
    PositionSide,
    QueryOrderStatus,
    TimeInForce,
)
from alpaca.trading.models import Order, Position
from alpaca.trading.requests import (
    ClosePositionRequest,
    GetOrderByIdRequest,
    GetOrdersRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    ReplaceOrderRequest,
    StopLimitOrderRequest,
    StopLossRequest,
    StopOrderRequest,
    TakeProfitRequest,
    TrailingStopOrderRequest,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exchanges import EXACT
from loopback_venue import KEY, SECRET, loopback
from tradeplat.venue.accounts import AccountTerms

BUY, SELL = OrderSide.BUY, OrderSide.SELL
DAY, GTC = TimeInForce.DAY, TimeInForce.GTC
EXITS = {
    "take_profit": TakeProfitRequest(limit_price=6.0),
    "stop_loss": StopLossRequest(stop_price=4.0),
}
POOR = AccountTerms(key=KEY, secret=SECRET, cash=Decimal(1000), multiplier=1)


def market(side=BUY, **given):
    given = {"symbol": "AAA", "qty": 10, "side": side, "time_in_force": DAY} | given
    return MarketOrderRequest(**given)


def limit(price=4.5, side=BUY, **given):
    given = {"symbol": "AAA", "qty": 10, "side": side, "time_in_force": DAY} | given
    return LimitOrderRequest(limit_price=price, **given)


KINDS = {
    "market": (market(), OrderType.MARKET),
    "limit": (limit(), OrderType.LIMIT),
    "stop": (
        StopOrderRequest(symbol="AAA", qty=10, side=BUY, time_in_force=GTC, stop_price=5.5),
        OrderType.STOP,
    ),
    "stop limit": (
        StopLimitOrderRequest(
            symbol="AAA", qty=10, side=BUY, time_in_force=DAY, stop_price=5.5, limit_price=5.6
        ),
        OrderType.STOP_LIMIT,
    ),
    "trailing by price": (
        TrailingStopOrderRequest(symbol="AAA", qty=10, side=BUY, time_in_force=DAY, trail_price=1),
        OrderType.TRAILING_STOP,
    ),
    "trailing by percent": (
        TrailingStopOrderRequest(
            symbol="AAA", qty=10, side=BUY, time_in_force=GTC, trail_percent=1.5
        ),
        OrderType.TRAILING_STOP,
    ),
    "notional": (market(qty=None, notional=100.5), OrderType.MARKET),
    "fractional": (market(qty=1.5), OrderType.MARKET),
    "extended": (limit(extended_hours=True), OrderType.LIMIT),
    "bracket": (limit(order_class=OrderClass.BRACKET, **EXITS), OrderType.LIMIT),
    "market bracket": (market(order_class=OrderClass.BRACKET, **EXITS), OrderType.MARKET),
    "oto": (
        limit(order_class=OrderClass.OTO, stop_loss=StopLossRequest(stop_price=4.0)),
        OrderType.LIMIT,
    ),
} | {
    tif.value: (limit(time_in_force=tif), OrderType.LIMIT)
    for tif in (TimeInForce.CLS, TimeInForce.IOC, TimeInForce.FOK, GTC)
}


@pytest.mark.parametrize("name", KINDS)
async def test_every_kind_of_order_is_taken_and_read_back(name):
    request, kind = KINDS[name]
    async with loopback() as venue:
        placed = await venue.call(venue.client.submit_order, request)
        assert isinstance(placed, Order)
        assert placed.type is kind
        assert placed.order_class is (request.order_class or OrderClass.SIMPLE)
        assert placed.time_in_force is request.time_in_force
        found = await venue.call(venue.client.get_order_by_id, placed.id)
        assert found.id == placed.id
        same = await venue.call(venue.client.get_order_by_client_id, placed.client_order_id)
        assert same.id == placed.id


async def test_numbers_and_strings_are_taken_alike():
    async with loopback() as venue:
        for quantity, price in ((10, 4.5), ("10", "4.50")):
            body = {"symbol": "AAA", "qty": quantity, "side": "buy", "type": "limit",
                    "time_in_force": "day", "limit_price": price}  # fmt: skip
            order = await venue.call(venue.raw.post, "/orders", body)
            assert (order["qty"], order["limit_price"]) == ("10", "4.5")


async def test_a_bracket_is_seen_with_both_legs_and_runs_to_its_end():
    async with loopback() as venue:
        order = await venue.call(venue.client.submit_order, KINDS["bracket"][0])
        assert [leg.status for leg in order.legs] == [OrderStatus.HELD] * 2
        assert [leg.type for leg in order.legs] == [OrderType.LIMIT, OrderType.STOP]
        venue.wait()
        venue.quote(4.49, 4.50)
        nested = GetOrderByIdRequest(nested=True)
        order = await venue.call(venue.client.get_order_by_id, order.id, nested)
        assert order.status is OrderStatus.FILLED
        assert [leg.status for leg in order.legs] == [OrderStatus.NEW] * 2
        venue.wait()
        venue.trade(6.01)
        order = await venue.call(venue.client.get_order_by_id, order.id, nested)
        assert [leg.status for leg in order.legs] == [OrderStatus.FILLED, OrderStatus.CANCELED]
        assert await venue.call(venue.client.get_all_positions) == []


async def test_an_oco_order_closes_a_position():
    async with loopback() as venue:
        await venue.call(venue.client.submit_order, market())
        request = LimitOrderRequest(
            symbol="AAA", qty=10, side=SELL, time_in_force=GTC, order_class=OrderClass.OCO, **EXITS
        )
        order = await venue.call(venue.client.submit_order, request)
        assert order.order_class is OrderClass.OCO
        assert [leg.status for leg in order.legs] == [OrderStatus.HELD]
        flat = await venue.call(venue.client.get_orders)
        assert [o.id for o in flat] == [order.id]
        venue.wait()
        venue.trade(3.9)
        venue.quote(3.89, 3.9)
        order = await venue.call(
            venue.client.get_order_by_id, order.id, GetOrderByIdRequest(nested=True)
        )
        assert order.status is OrderStatus.CANCELED
        assert order.legs[0].status is OrderStatus.FILLED


async def test_a_chain_of_replaces_can_be_walked():
    async with loopback() as venue:
        first = await venue.call(venue.client.submit_order, limit())
        second = await venue.call(
            venue.client.replace_order_by_id,
            first.id,
            ReplaceOrderRequest(limit_price=4.6, client_order_id="second"),
        )
        third = await venue.call(
            venue.client.replace_order_by_id, second.id, ReplaceOrderRequest(qty=20)
        )
        assert (second.replaces, third.replaces) == (first.id, second.id)
        assert second.client_order_id == "second"
        assert third.qty == "20"
        old = await venue.call(venue.client.get_order_by_id, first.id)
        assert (old.status, old.replaced_by) == (OrderStatus.REPLACED, second.id)
        error = await venue.refused(
            venue.client.replace_order_by_id, third.id, ReplaceOrderRequest(limit_price=4.6)
        )
        assert (error.status_code, error.code) == (403, 40310000)
        assert error.message == "order parameters are not changed"
        error = await venue.refused(
            venue.client.replace_order_by_id, first.id, ReplaceOrderRequest(limit_price=4.7)
        )
        assert error.status_code == 422


async def test_cancels_are_asked_for_and_then_refused():
    async with loopback() as venue:
        order = await venue.call(venue.client.submit_order, limit())
        assert await venue.call(venue.client.cancel_order_by_id, order.id) is None
        found = await venue.call(venue.client.get_order_by_id, order.id)
        assert found.status is OrderStatus.CANCELED
        error = await venue.refused(venue.client.cancel_order_by_id, order.id)
        assert (error.status_code, error.code) == (422, 42210000)
        error = await venue.refused(venue.client.cancel_order_by_id, uuid4())
        assert (error.status_code, error.code) == (404, 40410000)


async def test_all_orders_are_cancelled_with_one_call():
    async with loopback() as venue:
        for _ in range(3):
            await venue.call(venue.client.submit_order, limit())
        rows = await venue.call(venue.client.cancel_orders)
        assert [row.status for row in rows] == [200, 200, 200]
        assert await venue.call(venue.client.get_orders) == []


async def test_unknown_and_malformed_ids_differ():
    async with loopback() as venue:
        error = await venue.refused(venue.client.get_order_by_id, uuid4())
        assert (error.status_code, error.code) == (404, 40410000)
        error = await venue.refused(venue.client.get, "/orders/not-a-uuid")
        assert (error.status_code, error.code) == (422, 40010001)
        error = await venue.refused(venue.client.get_order_by_client_id, "nobody")
        assert (error.status_code, error.code) == (404, 40410000)


async def test_positions_are_read_and_closed_by_quantity_and_percentage():
    async with loopback() as venue:
        await venue.call(venue.client.submit_order, market(qty=100))
        (position,) = await venue.call(venue.client.get_all_positions)
        assert isinstance(position, Position)
        assert (position.qty, position.side) == ("100", PositionSide.LONG)
        by_id = await venue.call(venue.client.get_open_position, position.asset_id)
        assert by_id.symbol == "AAA"
        close = venue.client.close_position
        part = await venue.call(close, "AAA", ClosePositionRequest(qty="30"))
        assert part.qty == "30"
        part = await venue.call(close, "AAA", ClosePositionRequest(percentage="50"))
        assert part.qty == "35"
        rest = await venue.call(close, "AAA")
        assert rest.qty == "35"
        for function in (close, venue.client.get_open_position):
            error = await venue.refused(function, "AAA")
            assert (error.status_code, error.code) == (404, 40410000)
            assert error.message == "position does not exist"


async def test_held_shares_cannot_be_closed_until_their_orders_are_cancelled():
    async with loopback() as venue:
        await venue.call(venue.client.submit_order, market())
        await venue.call(venue.client.submit_order, limit(6.0, SELL))
        (row,) = await venue.call(venue.client.close_all_positions)
        assert row.status == 403
        assert row.body.available == 0
        (row,) = await venue.call(venue.client.close_all_positions, True)
        assert (row.status, row.symbol) == (200, "AAA")
        assert row.body.side is SELL
        assert await venue.call(venue.client.get_all_positions) == []


async def test_a_short_position_is_negative():
    async with loopback() as venue:
        await venue.call(venue.client.submit_order, market(SELL))
        position = await venue.call(venue.client.get_open_position, "AAA")
        assert (position.side, position.qty) == (PositionSide.SHORT, "-10")
        close = await venue.call(venue.client.close_position, "AAA")
        assert close.side is BUY


async def test_lists_are_filtered_and_paged():
    async with loopback() as venue:
        placed = []
        for number in range(7):
            request = limit(symbol="CCC" if number % 2 else "AAA", time_in_force=GTC)
            placed.append((await venue.call(venue.client.submit_order, request)).id)
        await venue.call(venue.client.cancel_order_by_id, placed[0])
        listed = venue.client.get_orders

        async def ids(**wanted):
            return [o.id for o in await venue.call(listed, GetOrdersRequest(**wanted))]

        assert await ids() == placed[:0:-1]
        assert await ids(status=QueryOrderStatus.CLOSED) == placed[:1]
        assert await ids(symbols=["CCC"], direction="asc") == placed[1::2]
        assert await ids(side=SELL) == []
        seen, until = [], None
        while page := await venue.call(
            listed, GetOrdersRequest(status=QueryOrderStatus.ALL, limit=3, until=until)
        ):
            fresh = [order for order in page if order.id not in seen]
            if not fresh:
                break
            seen += [order.id for order in fresh]
            until = fresh[-1].submitted_at
        assert seen == placed[::-1]


async def test_nested_lists_roll_legs_up():
    async with loopback() as venue:
        order = await venue.call(venue.client.submit_order, KINDS["bracket"][0])
        flat = await venue.call(venue.client.get_orders)
        assert [o.id for o in flat] == [order.id]
        (nested,) = await venue.call(venue.client.get_orders, GetOrdersRequest(nested=True))
        assert len(nested.legs) == 2


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"status": "lost"}, "status"),
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"direction": "up"}, "direction"),
        ({"nested": "maybe"}, "nested"),
        ({"side": "both"}, "side"),
        ({"after": "yesterday"}, "after"),
    ],
)
async def test_a_wrong_filter_is_named(query, words):
    async with loopback() as venue:
        error = await venue.refused(venue.client.get, "/orders", query)
        assert (error.status_code, error.code) == (422, 40010001)
        assert words in error.message


REFUSED = {
    "duplicate client id": (limit(client_order_id="taken"), 422, 40010001, "must be unique"),
    "long client id": (limit(client_order_id="x" * 49), 422, 40010001, "48 characters"),
    "extended market": (market(extended_hours=True), 422, 40010001, "only type=limit"),
    "extended gtc": (limit(extended_hours=True, time_in_force=GTC), 422, 42210000, "DAY limit"),
    "sub-penny": (limit(5.011), 422, 42210000, "invalid limit_price 5.011. sub-penny increment"),
    "sub-penny below one": (limit(0.50001), 422, 42210000, "sub-penny"),
    "buying power": (limit(qty=90_000), 403, 40310000, "insufficient buying power"),
    "no such asset": (limit(symbol="ZZZ"), 422, 42210000, 'asset "ZZZ" not found'),
    "not tradable": (limit(symbol="DDD"), 422, 42210000, "not tradable"),
    "not shortable": (
        market(SELL, symbol="BBB"),
        422,
        42210000,
        'asset "BBB" cannot be sold short',
    ),
    "fraction": (market(symbol="CCC", qty=1.5), 422, 42210000, "not fractionable"),
    "fractional gtc": (market(qty=1.5, time_in_force=GTC), 422, 42210000, "DAY"),
    "fractional extended": (limit(qty=1.5, extended_hours=True), 422, 42210000, "extended hours"),
    "fractional short": (market(SELL, qty=1.5), 422, 42210000, "sold short"),
    "oco without position": (
        limit(side=SELL, order_class=OrderClass.OCO, **EXITS),
        422,
        42210000,
        "oco orders must be exit orders",
    ),
    "bracket ioc": (
        limit(order_class=OrderClass.BRACKET, time_in_force=TimeInForce.IOC, **EXITS),
        422,
        42210000,
        "DAY or GTC",
    ),
    "bracket extended": (
        limit(order_class=OrderClass.BRACKET, extended_hours=True, **EXITS),
        422,
        42210000,
        "simple",
    ),
    "target below stop": (
        limit(
            order_class=OrderClass.BRACKET,
            take_profit=TakeProfitRequest(limit_price=4.0),
            stop_loss=StopLossRequest(stop_price=4.2),
        ),
        422,
        42210000,
        "must be higher than",
    ),
    "stop at the base": (
        limit(
            order_class=OrderClass.BRACKET,
            take_profit=TakeProfitRequest(limit_price=6.0),
            stop_loss=StopLossRequest(stop_price=4.5),
        ),
        422,
        42210000,
        "base_price",
    ),
    "trailing ioc": (
        TrailingStopOrderRequest(
            symbol="AAA", qty=1, side=SELL, time_in_force=TimeInForce.IOC, trail_price=1
        ),
        422,
        42210000,
        "must be market or limit",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_each_refusal_has_its_status_code_and_words(name):
    request, status, code, words = REFUSED[name]
    async with loopback() as venue:
        await venue.call(venue.client.submit_order, limit(client_order_id="taken"))
        error = await venue.refused(venue.client.submit_order, request)
        assert (error.status_code, error.code) == (status, code)
        assert words in error.message
        assert len(venue.account.orders) == 1


async def test_refusals_that_depend_on_the_position_name_the_quantities():
    async with loopback() as venue:
        await venue.call(venue.client.submit_order, market(qty=23))
        resting = await venue.call(venue.client.submit_order, limit(6.0, SELL, qty=23))
        error = await venue.refused(venue.client.submit_order, limit(6.0, SELL, qty=23))
        body = msgspec.json.decode(str(error))
        assert (error.status_code, error.code) == (403, 40310000)
        assert error.message == (
            "insufficient qty available for order (requested: 23, available: 0)"
        )
        assert body["related_orders"] == [str(resting.id)]
        assert (body["symbol"], body["existing_qty"], body["held_for_orders"]) == (
            "AAA",
            "23",
            "23",
        )
        exits = {
            "take_profit": TakeProfitRequest(limit_price=4.0),
            "stop_loss": StopLossRequest(stop_price=6.0),
        }
        bracket = limit(side=SELL, order_class=OrderClass.BRACKET, **exits)
        error = await venue.refused(venue.client.submit_order, bracket)
        assert error.message == "bracket orders must be entry orders"


async def test_trading_with_oneself_is_refused_with_the_other_order():
    async with loopback() as venue:
        await venue.call(venue.client.submit_order, market())
        stop = StopOrderRequest(symbol="AAA", qty=10, side=SELL, time_in_force=DAY, stop_price=4.0)
        existing = await venue.call(venue.client.submit_order, stop)
        error = await venue.refused(venue.client.submit_order, market())
        body = msgspec.json.decode(str(error))
        assert (error.status_code, error.code) == (403, 40310000)
        assert error.message == "potential wash trade detected. use complex orders"
        assert body["existing_order_id"] == str(existing.id)


async def test_insufficient_buying_power_tells_both_amounts():
    async with loopback(terms=POOR) as venue:
        error = await venue.refused(venue.client.submit_order, limit(4.5, qty=1000))
        body = msgspec.json.decode(str(error))
        assert (body["buying_power"], body["cost_basis"]) == ("1000", "4500")


async def test_wrong_credentials_are_unauthorized():
    async with loopback() as venue:
        venue.client._secret_key = "wrong"
        error = await venue.refused(venue.client.get_account)
        assert error.status_code == 401
        assert msgspec.json.decode(str(error)) == {"message": "unauthorized."}


async def test_basic_credentials_are_taken_as_well():
    async with loopback() as venue:
        token = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        headers = {"Authorization": f"Basic {token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            answer = await session.get(f"{venue.url}/v2/account")
            assert answer.status == 200


@pytest.mark.parametrize(
    ("key", "needed"),
    [("id", True), ("client_order_id", True), ("created_at", True), ("updated_at", True),
     ("submitted_at", True), ("time_in_force", True), ("status", True), ("extended_hours", True),
     ("qty", False), ("legs", False), ("hwm", False), ("expires_at", False)],
)  # fmt: skip
async def test_the_sdk_needs_exactly_these_keys_of_an_order(key, needed):
    async with loopback() as venue:
        body = await venue.call(venue.raw.submit_order, limit())
        assert key in body
        del body[key]
        if needed:
            with pytest.raises(ValidationError):
                Order(**body)
        else:
            Order(**body)


@pytest.mark.parametrize(
    ("key", "needed"),
    [("asset_id", True), ("symbol", True), ("exchange", True), ("asset_class", True),
     ("avg_entry_price", True), ("qty", True), ("side", True), ("cost_basis", True),
     ("market_value", False), ("lastday_price", False)],
)  # fmt: skip
async def test_the_sdk_needs_exactly_these_keys_of_a_position(key, needed):
    async with loopback() as venue:
        await venue.call(venue.client.submit_order, market())
        body = await venue.call(venue.raw.get_open_position, "AAA")
        assert all(isinstance(value, str | bool) for value in body.values())
        del body[key]
        if needed:
            with pytest.raises(ValidationError):
                Position(**body)
        else:
            Position(**body)


async def test_outside_hours_orders_wait_and_extended_ones_trade():
    async with loopback("08:00") as venue:
        plain = await venue.call(venue.client.submit_order, limit(5.1))
        early = await venue.call(venue.client.submit_order, limit(5.1, extended_hours=True))
        assert plain.status is OrderStatus.ACCEPTED
        early = await venue.call(venue.client.get_order_by_id, early.id)
        assert early.status is OrderStatus.FILLED
        venue.until("09:30:01")
        venue.quote(4.99, 5.00)
        plain = await venue.call(venue.client.get_order_by_id, plain.id)
        assert plain.status is OrderStatus.FILLED


async def test_a_halted_symbol_fills_nothing():
    async with loopback() as venue:
        venue.halt(trading=False)
        order = await venue.call(venue.client.submit_order, market())
        venue.wait()
        venue.quote(4.99, 5.00)
        assert (await venue.call(venue.client.get_order_by_id, order.id)).filled_qty == "0"
        venue.halt(trading=True)
        venue.wait()
        venue.quote(4.99, 5.00)
        order = await venue.call(venue.client.get_order_by_id, order.id)
        assert order.status is OrderStatus.FILLED


async def test_partial_fills_add_up():
    profile = msgspec.structs.replace(EXACT, partial_rate=1.0)
    async with loopback(profile=profile) as venue:
        order = await venue.call(venue.client.submit_order, market(qty=100))
        order = await venue.call(venue.client.get_order_by_id, order.id)
        assert (order.status, order.filled_qty) == (OrderStatus.FILLED, "100")
        fills = await venue.call(venue.client.get, "/account/activities/FILL")
        assert len(fills) > 1
        assert sum(Decimal(fill["qty"]) for fill in fills) == 100
        assert [fill["type"] for fill in reversed(fills)][-1] == "fill"


async def test_a_suspended_account_places_nothing():
    async with loopback() as venue:
        await venue.call(venue.client.patch, "/account/configurations", {"suspend_trade": True})
        error = await venue.refused(venue.client.submit_order, market())
        assert (error.status_code, error.code) == (403, 40310000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)
FIELDS = st.sampled_from(
    ["symbol", "qty", "notional", "side", "type", "time_in_force", "limit_price", "stop_price",
     "trail_price", "trail_percent", "extended_hours", "client_order_id", "order_class",
     "take_profit", "stop_loss", "position_intent", "legs"]
)  # fmt: skip
SOUND = {"symbol": "AAA", "qty": "10", "side": "buy", "type": "limit", "limit_price": "4.5"}


async def test_no_body_can_break_the_server():
    examples = []

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.binary(max_size=60)
        | st.dictionaries(FIELDS, JSON, max_size=4).map(lambda d: msgspec.json.encode(SOUND | d))
    )
    def collect(body):
        examples.append(body)

    collect()
    examples += [b"[" * 5_000, b'{"qty":' + b"9" * 6_000 + b"}", b'{"qty":1e400}', b"\xff\xfe"]
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    async with loopback() as venue, aiohttp.ClientSession(headers=headers) as session:
        order = await venue.call(venue.client.submit_order, limit())
        for index, body in enumerate(examples):
            path = ("/v2/orders", f"/v2/orders/{order.id}", "/v2/account/configurations")[index % 3]
            send = session.post if index % 3 == 0 else session.patch
            answer = await send(venue.url + path, data=body)
            shown = await answer.json()
            assert answer.status == 200 or 400 <= answer.status < 500, (path, body)
            if answer.status != 200:
                assert set(shown) >= {"code", "message"}


async def test_a_body_too_large_is_refused_in_json():
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    async with loopback() as venue, aiohttp.ClientSession(headers=headers) as session:
        answer = await session.post(f"{venue.url}/v2/orders", data=BytesIO(b" " * (3 << 20)))
        assert answer.status == 413
        assert "code" in await answer.json()
