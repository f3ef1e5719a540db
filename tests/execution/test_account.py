import asyncio
from collections import Counter
from decimal import Decimal

import pytest
from msgspec.structs import replace

from execution.loopback import START, order, then
from execution.trading import S, trading
from tradeplat.core.conditions import Mode
from tradeplat.core.errors import Transient
from tradeplat.core.orders import OrderType, Purpose
from tradeplat.execution.account import Drift
from tradeplat.execution.timings import Looks

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


async def test_where_positions_differ_only_what_shrinks_the_venues_is_sent() -> None:
    async with trading("account-poll") as t:
        account = t.executor.account
        account.balance.looks = Looks(lasting=0.0)
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
        t.executor.account.looks = Looks(0.01, 0.01, 0.01)
        t.venue.script["GET"] += [then(503, "", accept=False)] * 6
        task = asyncio.create_task(t.executor.account.poll())
        await t.until(lambda: t.venue.requests["GET /positions"] >= 2)
        assert not task.done()
        task.cancel()


async def test_looking_repeats_by_itself() -> None:
    async with trading("account", "account-poll") as t:
        t.executor.account.looks = Looks(0.01, 0.01, 0.01)
        task = asyncio.create_task(t.executor.account.poll())
        await t.until(lambda: t.venue.requests["GET /orders"] >= 3)
        task.cancel()


async def test_a_start_is_locked_until_the_account_agrees_and_says_so_in_the_journal() -> None:
    async with trading("account-poll") as t:
        account = t.executor.account
        account.doubt("the session begins")
        found = t.floor.conditions.strictest()
        assert found is not None
        assert (found.code, found.mode) == ("NOT_RECONCILED", Mode.REDUCE_ONLY)
        t.venue.script["GET"] += [then(503, "", accept=False)] * 3
        with pytest.raises(Transient):
            await account.look()
        assert not account.confirmed
        await account.look()
        assert account.confirmed
        assert t.floor.conditions.mode() is Mode.NORMAL
        account.doubt("again")
        await account.look()
        first, second = (body for kind, body in t.notes if kind == "RECON")
        assert first == second


async def test_legs_without_their_position_are_withdrawn_once_the_account_agrees() -> None:
    async with trading("account-poll") as t:
        bracket = order("a", stop_loss=Decimal(4))
        t.executor.accept(bracket)
        await t.becomes(bracket.id, S.WORKING)
        wire = t.venue.by_client(bracket.id)
        await t.venue.fill(wire, "10", "5")
        await t.becomes(bracket.id, S.FILLED)
        leg = f"{bracket.id}-sl"
        t.venue.positions = []
        t.executor.account.balance.looks = Looks(0.01, 0.01, 0.01, 0.0, 0.0, 0.0, 0.0)
        t.executor.account.doubt("test")
        for _ in range(3):
            await t.executor.account.look()
        await t.until(lambda: t.book.order(leg) is not None)
        await t.becomes(leg, S.CANCELED)
        assert "stray_leg" in t.codes


def held(symbol: str, quantity: str) -> dict[str, str]:
    return {"symbol": symbol, "qty": quantity, "avg_entry_price": "5"}


async def test_a_start_with_a_thousand_orders_takes_a_few_requests() -> None:
    async with trading("account", "account-poll") as t:
        left = []
        for n in range(1000):
            made = order(f"n{n}", symbol=f"S{n % 200}", **LIMIT)
            body = {"symbol": made.symbol, "qty": "10", "side": "buy", "type": "limit"}
            wire = t.venue.place({**body, "limit_price": "5", "client_order_id": made.id})
            lost = n % 3 == 0
            state, venue_id = (S.UNKNOWN, "") if lost else (S.WORKING, wire["id"])
            left.append(replace(made, state=state, venue_id=venue_id))
            if n >= 500:
                t.venue.set(wire, "filled", "10", "5")
        sizes = Counter(f"S{n % 200}" for n in range(500, 1000))
        t.venue.positions = [held(symbol, str(10 * many)) for symbol, many in sizes.items()]
        t.book.restore(left, {}, t.book.cash)
        t.broker.know(left)
        account, doubts = t.executor.account, t.executor._doubts
        doubts._timings = doubts._timings._replace(asks=(60.0,))
        account.balance.since = START
        t.executor.resume()
        bodies = [asyncio.create_task(body()) for body in (account.run, account.poll)]
        await t.until(lambda: account.confirmed)
        assert t.venue.requests.total() < 40
        assert (len(t.book.open_orders), t.codes) == (500, [])
        assert {o.state for o in t.book.open_orders.values()} == {S.WORKING}
        for body in bodies:
            body.cancel()
