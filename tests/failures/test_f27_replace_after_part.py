"""F27: a change after a part was filled asks for the original quantity again."""

import asyncio
from decimal import Decimal

import pytest

from faultsim.running import run_sim
from killing import House, house
from markets import quote
from tradeplat.core.orders import OrderState

S = OrderState


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with house(**how) as h:
            await scene(h)

    run_sim(play, seed)


@pytest.mark.parametrize("seed", range(2))
def test_f27_what_replaces_an_order_is_for_what_was_left_of_it(seed: int) -> None:
    async def scene(h: House) -> None:
        h.harm(name="partial_one_share", times=1)
        order = h.order(10, "4.98")
        h.executor.accept(order)
        await h.until(lambda: h.state(order.id) is S.WORKING)
        h.venue.player.inject([quote(h.clock.now(), 4.90, 4.97)])
        await h.until(lambda: h.book.order(order.id).filled > 0)
        part = h.book.order(order.id)
        assert (part.filled, part.open) == (1, True)
        for report in await h.broker.replace(part, Decimal("4.99"), None):
            await h.executor.results.report(report)
        await asyncio.sleep(30.0)
        assert not any(o.filled > abs(o.quantity) for o in h.book.open_orders.values())
        assert h.book.net("AAA") == h.held() <= 10
        parent, child = h.account.orders
        assert (parent.client_id, parent.filled, child.qty) == (order.id, 1, 9)

    simulated(scene, seed)


def test_f27_the_request_names_the_remainder_as_it_is_at_that_moment() -> None:
    from msgspec.structs import replace

    from tradeplat.execution.brokers.alpaca_codec import replace_body

    async def scene(h: House) -> None:
        whole = h.order(10, "4.98")
        part = replace(whole, state=S.PARTIAL, filled=Decimal(3))
        assert b'"qty"' not in replace_body(whole, Decimal(5), None, "n")
        assert b'"qty":"7"' in replace_body(part, Decimal(5), None, "n")
        short = replace(part, quantity=Decimal(-10))
        assert b'"qty":"7"' in replace_body(short, Decimal(5), None, "n")

    simulated(scene)
