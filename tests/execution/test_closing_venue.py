"""The broker as closing sees it, on the real venue in virtual time."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from faultsim.running import run_sim
from killing import QUIET, House, house
from tradeplat.core.closing import Placed
from tradeplat.core.orders import Order, Purpose
from tradeplat.execution.closing_venue import EXPLAIN, BrokerVenue


def simulated(scene, **how) -> None:
    async def play() -> None:
        async with house(**how) as h:
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


async def unheard(h: House) -> None:
    """Ten shares are held of which the book knows only the order."""
    h.executor.accept(h.order(10))
    await h.until(lambda: h.held() == 10)
    await asyncio.sleep(1)
    assert h.book.net("AAA") == 0


@pytest.mark.parametrize("cut_short", [0, 2])
def test_a_position_brings_the_fills_that_made_it(cut_short: int) -> None:
    async def scene(h: House) -> None:
        await unheard(h)
        if cut_short:
            h.harm("truncated_body", path="/v2/orders", method="GET", times=cut_short)
        (held,) = await venue_of(h, []).held()
        assert held.quantity == h.book.held("s", "AAA").quantity == 10

    simulated(scene, without=QUIET)


def test_no_answer_about_orders_keeps_a_position_waiting() -> None:
    async def scene(h: House) -> None:
        await unheard(h)
        venue, loop = venue_of(h, []), asyncio.get_running_loop()
        h.harm("slow", path="/v2/orders", method="GET", seconds=4.0)
        began = loop.time()
        assert [held.quantity for held in await venue.held()] == [10]
        assert loop.time() - began < EXPLAIN + 0.5
        h.harm(path="/v2/orders", method="GET", status=500)
        assert [held.quantity for held in await venue_of(h, []).held()] == [10]

    simulated(scene, without=QUIET)
