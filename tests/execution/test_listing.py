from decimal import Decimal

import pytest
from aiohttp import web

from execution.loopback import json, order
from execution.trading import S, trading
from tradeplat.core.conditions import Mode
from tradeplat.core.orders import OrderType

LIMIT = {"type": OrderType.LIMIT, "limit": Decimal(5)}


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


@pytest.mark.parametrize("told_by_the_feed", [True, False])
async def test_a_bust_is_believed_when_the_venue_repeats_it(*, told_by_the_feed: bool) -> None:
    async with trading("account-poll") as t:
        listing = t.executor.account.listing
        listing._confirming = 0.0
        t.executor.accept(order("a"))
        await t.becomes(order("a").id, S.WORKING)
        wire = t.venue.by_client(order("a").id)
        await t.venue.fill(wire, "6", "5")
        await t.until(lambda: t.book.net("AAA") == 6)
        cash = t.book.cash
        t.venue.set(wire, "partially_filled", "2", "5")
        if told_by_the_feed:
            listing.restated(order("a").id)
        await t.executor.account.look()
        await t.executor.account.look()
        assert (t.book.net("AAA"), t.book.cash) == (2, cash + 20)
        assert t.codes.count("fill_corrected") == 1
        t.venue.set(wire, "filled", "10", "5")
        await t.executor.account.look()
        assert (t.state(order("a").id), t.book.net("AAA")) == (S.FILLED, 10)


async def test_one_old_answer_takes_nothing_back() -> None:
    async with trading("account-poll") as t:
        t.executor.account.listing._confirming = 0.0
        t.executor.accept(order("a"))
        await t.becomes(order("a").id, S.WORKING)
        wire = t.venue.by_client(order("a").id)
        await t.venue.fill(wire, "6", "5")
        await t.until(lambda: t.book.net("AAA") == 6)
        old = dict(wire, filled_qty="2")
        t.venue.script["GET"].append(lambda *_: answered([old]))
        await t.executor.account.look()
        await t.executor.account.look()
        assert t.book.net("AAA") == 6
        assert t.executor.account.listing.settled


async def answered(body: object) -> web.StreamResponse:
    return json(body)


async def test_what_cannot_be_locks_the_symbol_until_the_venue_takes_it_back() -> None:
    async with trading("account-poll") as t:
        t.executor.accept(order("a", **LIMIT))
        await t.becomes(order("a").id, S.WORKING)
        wire = t.venue.by_client(order("a").id)
        t.venue.set(wire, "canceled")
        await t.venue.tell("canceled", wire)
        await t.becomes(order("a").id, S.CANCELED)
        t.venue.set(wire, "accepted")
        await t.venue.tell("new", wire)
        await t.until(lambda: "illegal_transition" in t.codes)
        assert t.state(order("a").id) is S.CANCELED
        locked = t.floor.conditions.strictest("AAA")
        assert locked is not None
        assert locked.code == "ILLEGAL_TRANSITION"
        await t.executor.account.look()
        assert t.floor.conditions.mode("AAA") is Mode.REDUCE_ONLY
        t.venue.set(wire, "canceled")
        await t.executor.account.look()
        assert t.floor.conditions.mode("AAA") is Mode.NORMAL
        assert t.executor.account.listing.settled
