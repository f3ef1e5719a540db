from decimal import Decimal

from execution.loopback import order
from execution.trading import S, trading
from tradeplat.core.orders import OrderType

LIMIT = {"type": OrderType.LIMIT, "limit": Decimal(5)}


async def test_the_feed_is_live_while_it_is_connected() -> None:
    async with trading() as t:
        assert t.executor.account.live
        t.venue.upgrade_status = 503
        await t.venue.cut()
        await t.until(lambda: not t.executor.account.live)
        t.venue.upgrade_status = 0
        await t.executor.account.until_live()


async def test_a_fill_the_feed_dropped_is_seen_by_looking() -> None:
    async with trading("account") as t:
        for name in ("a", "b"):
            t.executor.accept(order(name, **LIMIT))
            await t.becomes(order(name).id, S.WORKING)
        t.venue.set(t.venue.by_client(order("a").id), "partially_filled", "4", "5")
        t.venue.set(t.venue.by_client(order("b").id), "filled", "10", "5")
        await t.executor.account.look()
        assert (t.state(order("a").id), t.state(order("b").id)) == (S.PARTIAL, S.FILLED)
        assert t.book.net("AAA") == 14
        await t.executor.account.look()
        assert t.book.net("AAA") == 14


async def test_orders_of_others_come_into_the_book_by_looking() -> None:
    async with trading("account") as t:
        t.venue.place(
            {
                "symbol": "BBB",
                "qty": "1",
                "side": "buy",
                "type": "limit",
                "client_order_id": "phone",
            }
        )
        await t.executor.account.look()
        found = t.book.order("phone")
        assert found is not None
        assert found.strategy == "external"


async def test_looking_repeats_by_itself() -> None:
    async with trading("account", "account-poll") as t:
        t.executor.account._interval = 0.01
        import asyncio

        task = asyncio.create_task(t.executor.account.poll())
        await t.until(lambda: t.venue.requests["GET /orders"] >= 3)
        task.cancel()
