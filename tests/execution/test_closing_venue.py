"""The broker as closing sees it, on the real venue in virtual time."""

from decimal import Decimal

from msgspec.structs import replace

from faultsim.running import run_sim
from killing import House, house
from tradeplat.core.closing import Placed
from tradeplat.core.orders import Order, Purpose
from tradeplat.execution.closing_venue import BrokerVenue


def simulated(scene) -> None:
    async def play() -> None:
        async with house() as h:
            await scene(h)

    run_sim(play, 1)


def closing(h: House) -> Order:
    order = h.order(-10, purpose=Purpose.FLATTEN)
    return replace(order, id="tpF-1-AAA-1")


def venue_of(h: House, committed: list[str]) -> BrokerVenue:
    async def commit(order: Order) -> None:
        committed.append(order.id)
        h.book.register(order)

    return BrokerVenue(h.broker, h.executor.results, commit)


def test_held_legs_that_no_list_shows_are_seen() -> None:
    async def scene(h: House) -> None:
        await h.filled(20, stop_loss=Decimal("4.5"), take_profit=Decimal(6))
        await h.until(lambda: len(h.book.open_orders) == 2)
        working = await venue_of(h, []).working()
        assert sorted(one.id[-2:] for one in working) == ["sl", "tp"]

    simulated(scene)


def test_a_lost_answer_leaves_doubt_and_placing_again_finds_the_same_order() -> None:
    async def scene(h: House) -> None:
        await h.filled(10)
        committed: list[str] = []
        venue, order = venue_of(h, committed), closing(h)
        h.harm("response_lost", path="/v2/orders", method="POST")
        assert (await venue.place(order)).became is Placed.DOUBT
        assert (await venue.place(order)).became is not Placed.DOUBT
        await h.until(lambda: h.held() == 0)
        assert await venue.stands(order.id) == (Placed.OVER, 10)
        assert committed == [order.id]
        assert h.posted().count(order.id) == 1

    simulated(scene)


def test_a_closing_order_can_never_open() -> None:
    async def scene(h: House) -> None:
        venue, order = venue_of(h, []), closing(h)
        assert await venue.place(order) == (Placed.OVER, 0)
        assert h.held() == 0
        known = h.book.order(order.id)
        assert known is not None
        assert "position_intent" in known.reason

    simulated(scene)
