"""F21: after a dirty drop the old connection keeps the account's place for ninety seconds."""

import asyncio

import pytest

from faultsim.running import run_sim
from killing import House, house
from markets import quote
from tradeplat.core.orders import OrderState, Purpose

S = OrderState


def simulated(scene, seed: int = 1) -> None:
    async def play() -> None:
        async with house(seconds=300) as h:
            await scene(h)

    run_sim(play, seed)


async def dropped(h: House) -> None:
    """The account's connection breaks, and its place stays taken."""
    h.harm(name="connection_limit")
    for socket in h.venue.floor.sockets.matching("/stream"):
        socket.abort()
    await h.until(lambda: not h.executor.account.live)


@pytest.mark.parametrize("seed", range(3))
def test_f21_the_place_is_asked_for_each_ten_seconds_until_it_is_free(seed: int) -> None:
    async def scene(h: House) -> None:
        loop = asyncio.get_running_loop()
        await dropped(h)
        began = loop.time()
        await h.until(lambda: h.executor.account.live)
        assert 89.0 <= loop.time() - began <= 101.0
        await asyncio.sleep(3.0)
        await h.filled(1)

    simulated(scene, seed)


def test_f21_no_entry_leaves_meanwhile_and_an_exit_may() -> None:
    async def scene(h: House) -> None:
        await h.filled(5)
        await dropped(h)
        await asyncio.sleep(10.0)
        before = len(h.posted())
        entry = h.order(1)
        h.executor.accept(entry)
        await h.until(lambda: h.state(entry.id) is S.ABANDONED)
        assert len(h.posted()) == before
        leave = h.order(-5, purpose=Purpose.FLATTEN)
        h.executor.accept(leave)
        await h.until(lambda: h.held() == 0, 5.0)
        await h.until(lambda: h.state(leave.id) is S.FILLED, 5.0)

    simulated(scene)


def test_f21_fills_are_found_by_asking_each_two_seconds() -> None:
    async def scene(h: House) -> None:
        order = h.order(10, "4.80")
        h.executor.accept(order)
        await h.until(lambda: h.state(order.id) is S.WORKING)
        await dropped(h)
        await asyncio.sleep(20.0)
        loop = asyncio.get_running_loop()
        h.venue.player.inject([quote(h.clock.now(), 4.70, 4.75)])
        await h.until(lambda: h.held() > 0)
        began = loop.time()
        await h.until(lambda: h.book.net("AAA") > 0)
        assert loop.time() - began <= 2.5
        assert not h.executor.account.live

    simulated(scene)
