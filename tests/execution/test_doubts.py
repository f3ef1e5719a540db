from decimal import Decimal

import pytest
from msgspec.structs import replace

from execution.loopback import order, then
from execution.trading import S, trading
from tradeplat.core.orders import OrderState, OrderType

LIMIT = {"type": OrderType.LIMIT, "limit": Decimal(5)}


@pytest.mark.parametrize("waiting", [S.CANCEL_PENDING, S.REPLACE_PENDING])
async def test_what_only_the_venue_can_end_is_asked_about(waiting: OrderState) -> None:
    async with trading("account", "account-poll") as t:
        t.executor.accept(order("a", **LIMIT))
        await t.becomes(order("a").id, S.WORKING)
        t.executor.results.move(order("a").id, waiting)
        t.venue.set(t.venue.by_client(order("a").id), "filled", "10", "5")
        await t.becomes(order("a").id, S.FILLED)


async def test_orders_of_an_earlier_session_in_doubt_are_asked_about_and_cancels_pursued() -> None:
    async with trading("account-poll") as t:
        for name in ("a", "b"):
            t.venue.place(
                {
                    "symbol": "AAA",
                    "qty": "10",
                    "side": "buy",
                    "type": "limit",
                    "client_order_id": order(name).id,
                }
            )
        left = [
            replace(order("a", **LIMIT), state=S.UNKNOWN),
            replace(order("b", **LIMIT), state=S.CANCEL_PENDING),
        ]
        t.book.restore(left, {}, t.book.cash)
        t.broker.know(left)
        t.executor.resume()
        await t.becomes(order("a").id, S.WORKING)
        await t.becomes(order("b").id, S.CANCELED)
        assert t.venue.posts.total() == 0


async def test_an_order_that_never_was_is_never_placed_and_errors_do_not_count() -> None:
    async with trading("account-poll") as t:
        t.book.restore([replace(order("a"), state=S.UNKNOWN)], {}, t.book.cash)
        t.venue.script["GET"] += [then(500, "", accept=False)] * 3
        t.executor.resume()
        await t.becomes(order("a").id, S.NOT_PLACED)
        assert t.venue.requests["GET /orders:by_client_order_id"] >= 6
        assert "order_not_placed" in t.codes
