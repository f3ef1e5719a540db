"""F05: the venue restarts, its counter of ids falls back, and ids are given a second time."""

import asyncio
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path

import pytest

from faultsim.loop import SimLoop
from faultsim.running import run_sim
from killing import House, house, priced
from markets import KEY, OPEN, SECOND, SECRET, script
from tradeplat.core.errors import Corrupt
from tradeplat.core.orders import OrderState
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.runtime.supervisor import OnFault, Supervisor
from tradeplat.runtime.wall_clock import FollowedClock
from tradeplat.venue.faults import Fault
from tradeplat.venue.server import Venue, VenueOptions

S = OrderState


def simulated(scene, seed: int = 1) -> None:
    async def play() -> None:
        async with house() as h:
            await scene(h)

    run_sim(play, seed)


@pytest.mark.parametrize("seed", range(5))
def test_f05_fills_of_two_orders_with_one_venue_id_are_booked_to_their_own(seed: int) -> None:
    async def scene(h: House) -> None:
        first = await h.filled(10, strategy="one")
        h.harm(name="restart_id_rollback")
        second = await h.filled(-4, strategy="two", symbol="BBB")
        before, after = h.book.order(first.id), h.book.order(second.id)
        assert before is not None
        assert after is not None
        assert before.venue_id == after.venue_id
        assert (before.state, before.filled) == (S.FILLED, 10)
        assert (after.state, after.filled) == (S.FILLED, 4)
        assert h.book.held("one", "AAA").quantity == h.held("AAA") == 10
        assert h.book.held("two", "BBB").quantity == h.held("BBB") == -4

    simulated(scene, seed)


def test_f05_an_order_is_asked_about_by_its_own_name_when_its_id_is_another_ones() -> None:
    async def scene(h: House) -> None:
        first = await h.filled(10)
        h.harm(name="restart_id_rollback")
        [second] = await h.resting(1)
        for order, state in ((first, S.FILLED), (second, S.WORKING), (first, S.FILLED)):
            found = await h.broker.find(order.id)
            assert found is not None
            assert [(one.order_id, one.state) for one in found] == [(order.id, state)]

    simulated(scene)


def test_f05_a_cancel_of_the_old_order_never_reaches_the_new_one() -> None:
    async def scene(h: House) -> None:
        first = await h.filled(10)
        h.harm(name="restart_id_rollback")
        [second] = await h.resting(1)
        old = h.book.order(first.id)
        assert old is not None
        assert not await h.broker.cancel(old)
        assert h.state(second.id) is S.WORKING
        assert h.working() == [second.id]

    simulated(scene)


def test_f05_a_leg_whose_id_is_another_ones_is_found_by_its_entry() -> None:
    async def scene(h: House) -> None:
        first = await h.filled(10, stop_loss=Decimal("4.00"))
        leg = f"{first.id}-sl"
        await h.until(lambda: h.state(leg) is S.WORKING)
        h.executor.cancel(leg)
        await h.until(lambda: h.state(leg) is S.CANCELED)
        h.harm(name="restart_id_rollback", times=5)
        others = [order.id for order in await h.resting(5)]
        old = h.book.order(leg)
        assert old is not None
        assert old.venue_id in {order.venue_id for order in map(h.book.order, others) if order}
        found = await h.broker.find(leg)
        assert found is not None
        assert [(one.order_id, one.state) for one in found] == [(leg, S.CANCELED)]
        assert not await h.broker.cancel(old)
        assert sorted(h.working()) == others
        # The next process knows neither when the leg was made, nor that its id was given again.
        async with AlpacaBroker(h.venue.url, KEY, SECRET, h.clock) as again:
            again.know([order for i in (first.id, leg, *others) if (order := h.book.order(i))])
            assert not await again.cancel(old)
            found = await again.find(leg)
            assert found is not None
            assert [(one.order_id, one.state) for one in found] == [(leg, S.CANCELED)]
        assert sorted(h.working()) == others

    simulated(scene)


def test_f05_our_ids_come_from_the_intent_and_a_collision_of_them_is_fatal() -> None:
    async def scene(h: House) -> None:
        [order] = await h.resting(1)
        other = h.order(7, "1.01", strategy="other")
        with pytest.raises(Corrupt, match=order.id):
            await h.broker.submit(type(order)(**_fields(other) | {"id": order.id}))
        assert h.account.orders.by_client_id(order.id).qty == Decimal(1)

    simulated(scene)


def _fields(order) -> dict:
    return {name: getattr(order, name) for name in order.__struct_fields__}


START = OPEN + 60 * SECOND


async def restart(loop: SimLoop, books: Path, seed: int) -> None:
    """The venue dies, its books stay, its counter falls back; the daemon never notices more."""
    events = priced(("AAA", "BBB"), START, 400)

    def venue(port: int, *faults: Fault) -> Venue:
        asked = VenueOptions(port=port, books=books, faults=faults, seed=seed)
        return Venue(script(events, start=START), asked, loop.time_ns, loop.wall_ns)

    async with AsyncExitStack() as stack:
        old = venue(0)
        await old.__aenter__()
        clock = FollowedClock(START, 1.0, loop.time_ns)
        broker = await stack.enter_async_context(AlpacaBroker(old.url, KEY, SECRET, clock))
        h = House(old, broker, clock)
        supervisor = await stack.enter_async_context(Supervisor(loop.rng))
        for name, body in h.executor.bodies().items():
            supervisor.start(name, body, OnFault.FATAL)
        account = h.executor.account
        await h.until(lambda: account.live and account.confirmed)
        first = await h.filled(10, strategy="one")
        [rests] = await h.resting(1)
        await old.__aexit__(None, None, None)
        await h.until(lambda: not account.live)
        new = await stack.enter_async_context(venue(old.port, Fault(name="restart_id_rollback")))
        h.venue, h.account = new, new.accounts[0]
        await h.until(lambda: account.live and account.confirmed)
        second = await h.filled(-4, strategy="two", symbol="BBB")
        before, after = h.book.order(first.id), h.book.order(second.id)
        assert before is not None
        assert after is not None
        assert before.venue_id == after.venue_id
        assert (before.state, before.filled, after.filled) == (S.FILLED, 10, 4)
        assert h.state(rests.id) is S.WORKING
        assert h.book.net("AAA") == h.held("AAA") == 10
        assert h.book.net("BBB") == h.held("BBB") == -4
        assert account.drift == {}
        assert supervisor.fatal is None


@pytest.mark.parametrize("seed", range(3))
def test_f05_a_venue_that_was_started_again_with_its_books_gives_ids_twice(
    tmp_path: Path, seed: int
) -> None:
    async def play() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop)
        await restart(loop, tmp_path / "books", seed)

    run_sim(play, seed)
