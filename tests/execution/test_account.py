import asyncio
from decimal import Decimal

from execution.loopback import order, then
from execution.trading import S, trading
from tradeplat.core.orders import OrderType, Purpose
from tradeplat.execution.account import Drift

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


async def test_an_order_the_venue_has_forgotten_is_unknown_and_told_of_once() -> None:
    async with trading("account-poll") as t:
        t.executor.accept(order("a", **LIMIT))
        await t.becomes(order("a").id, S.WORKING)
        del t.venue.orders[t.venue.by_client(order("a").id)["id"]]
        await t.executor.account.look()
        assert t.state(order("a").id) is S.WORKING
        for _ in range(3):
            await t.executor.account.look()
        assert t.state(order("a").id) is S.UNKNOWN
        assert t.codes == ["order_vanished"]


async def test_a_position_that_differs_for_long_is_told_of_until_it_agrees() -> None:
    async with trading("account-poll") as t:
        t.executor.account._lasting = 0.05
        t.venue.positions = [held("AAA", "7")]
        await t.executor.account.look()
        assert not t.executor.account.drift
        await asyncio.sleep(0.06)
        await t.executor.account.look()
        assert t.executor.account.drift == {"AAA": Drift(Decimal(0), Decimal(7))}
        assert t.codes == ["position_drift"]
        t.venue.positions = []
        await t.executor.account.look()
        assert not t.executor.account.drift
        assert t.codes == ["position_drift", "position_agrees"]


async def test_where_positions_differ_only_what_shrinks_the_venues_is_sent() -> None:
    async with trading("account-poll") as t:
        account = t.executor.account
        account._lasting = 0.0
        t.venue.positions = [held("AAA", "-7")]
        await account.look()
        for quantity, allowed in ((7, True), (8, False), (-7, False)):
            assert (account.objection(order("x", quantity)) == "") is allowed
        flatten = order("y", -100, purpose=Purpose.FLATTEN)
        assert account.objection(flatten) == "we count +0 AAA, the venue -7"
        assert account.objection(order("z", symbol="BBB")) == ""


async def test_after_a_loss_only_flattening_goes_before_the_account_was_looked_at() -> None:
    async with trading("account-poll") as t:
        account = t.executor.account
        entry = order("a")
        leave, flatten = (order(p, purpose=p) for p in (Purpose.EXIT, Purpose.FLATTEN))
        t.venue.upgrade_status = 503
        await t.venue.cut()
        await t.until(lambda: not account.live)
        assert account.objection(entry) == "the account's feed is down"
        await account.look()
        unconfirmed = "the account was not confirmed since its feed was lost"
        assert account.objection(leave) == unconfirmed
        t.venue.upgrade_status = 0
        await account.until_live()
        assert account.objection(entry) == account.objection(leave) == unconfirmed
        assert account.objection(flatten) == ""
        await account.look()
        assert account.objection(entry) == account.objection(leave) == ""


async def test_a_fresh_account_behind_the_same_address_is_noticed_at_the_first_look() -> None:
    async with trading("account-poll") as t:
        t.executor.accept(order("a", **LIMIT))
        await t.becomes(order("a").id, S.WORKING)
        t.venue.set(t.venue.by_client(order("a").id), "filled", "10", "5")
        await t.executor.account.look()
        await t.venue.cut()
        await t.until(lambda: not t.executor.account.live)
        t.venue.orders.clear()
        await t.executor.account.until_live()
        await t.executor.account.look()
        assert t.executor.account.drift == {"AAA": Drift(Decimal(10), Decimal(0))}
        leave = order("b", -10, purpose=Purpose.EXIT)
        assert t.executor.account.objection(leave) == "we count +10 AAA, the venue +0"


async def test_a_venue_that_cannot_be_read_is_asked_on() -> None:
    async with trading("account-poll") as t:
        t.executor.account._interval = 0.01
        t.venue.script["GET"] += [then(503, "", accept=False)] * 6
        task = asyncio.create_task(t.executor.account.poll())
        await t.until(lambda: t.venue.requests["GET /positions"] >= 2)
        assert not task.done()
        task.cancel()


def held(symbol: str, quantity: str) -> dict[str, str]:
    return {"symbol": symbol, "qty": quantity, "avg_entry_price": "5"}


async def test_looking_repeats_by_itself() -> None:
    async with trading("account", "account-poll") as t:
        t.executor.account._interval = 0.01
        task = asyncio.create_task(t.executor.account.poll())
        await t.until(lambda: t.venue.requests["GET /orders"] >= 3)
        task.cancel()
