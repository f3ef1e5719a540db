"""The guardian's own requests, against the built-in venue."""

from decimal import Decimal

import pytest

from faultsim.running import run_sim
from killing import House, house
from markets import KEY, SECRET
from tradeplat.core.closing import Placed
from tradeplat.core.errors import Denied, Throttled, Transient
from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.guardian.account import Account, each


def simulated(scene) -> None:
    async def play() -> None:
        async with house() as h, Account(h.venue.url, KEY, SECRET) as account:
            await scene(h, account)

    run_sim(play, 1)


def closing(quantity: str) -> Order:
    side = Decimal(quantity)
    return Order("tpF-1-AAA-1", "AAA", "x", side, OrderType.MARKET, Purpose.FLATTEN, 0, 0)


def test_orders_legs_and_positions_are_read() -> None:
    async def scene(h: House, account: Account) -> None:
        await h.filled(20, stop_loss=Decimal("4.5"), take_profit=Decimal(6))
        await h.until(lambda: len(h.book.open_orders) == 2)
        await h.resting(2, symbol="BBB")
        assert len(list(each(await account.orders()))) >= 3
        assert sorted(leg.type for leg in await account.legs("AAA")) == ["limit", "stop"]
        (held,) = await account.held()
        assert (held.symbol, held.quantity, held.free) == ("AAA", 20, 0)
        assert held.price is not None
        assert abs(await account.now() - h.clock.now()) < 1_000_000_000

    simulated(scene)


def test_an_order_is_placed_once_however_often_it_is_asked_for() -> None:
    async def scene(h: House, account: Account) -> None:
        await h.filled(10)
        h.harm("response_lost", path="/v2/orders", method="POST")
        assert (await account.place(closing("-10"))).became is Placed.DOUBT
        assert (await account.place(closing("-10"))).became is not Placed.DOUBT
        await h.until(lambda: h.held() == 0)
        assert await account.stands("tpF-1-AAA-1") == (Placed.OVER, 10)
        assert h.posted().count("tpF-1-AAA-1") == 1
        assert (await account.place(closing("-5"))) == (Placed.OVER, 10)

    simulated(scene)


def test_failures_have_the_names_of_what_must_follow() -> None:
    async def scene(h: House, account: Account) -> None:
        for fault, error in (("http_5xx", Transient), ("http_429", Throttled)):
            h.harm(fault, path="/v2/positions")
            with pytest.raises(error):
                await account.held()
        h.harm("garbage_body", path="/v2/positions")
        with pytest.raises(Transient):
            await account.held()
        async with Account(h.venue.url, "wrong", "keys") as other:
            with pytest.raises((Denied, Transient)):
                await other.held()

    simulated(scene)
