"""F12: the connection is cut in the middle of a batch of fills; nobody sends them again."""

import asyncio

import msgspec
import pytest

from faultsim.running import run_sim
from killing import house
from tradeplat.core.market import SECOND
from tradeplat.core.orders import OrderState
from tradeplat.venue.profile import PAPER

S = OrderState
IN_PARTS = msgspec.structs.replace(PAPER, partial_rate=0.9, latency=SECOND // 5)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", ["disconnect_mid_batch", "stream_drop"])
def test_f12_fills_around_a_cut_are_all_there_after_it(name: str, seed: int) -> None:
    async def play() -> None:
        async with house(profile=IN_PARTS, seconds=120) as h:
            began = h.book.cash
            h.harm(name=name, event="partial_fill", probability=0.4, times=3)
            orders = [h.order(200, strategy=name) for name in ("one", "two", "three")]
            for order in orders:
                h.executor.accept(order)
            await h.until(lambda: h.held() == 600)
            await h.until(lambda: all(h.state(order.id) is S.FILLED for order in orders))
            assert h.venue.faults.struck[name] >= 1
            assert h.book.net("AAA") == 600
            assert [h.book.held(order.strategy, "AAA").quantity for order in orders] == [200] * 3
            spent = sum(fill.delta * fill.price for fill in h.account.fills)
            assert h.account.terms.cash - h.account.ledger.cash == spent > 0
            assert began - h.book.cash == spent

    run_sim(play, seed)


def test_f12_orders_wait_until_the_account_is_whole_again() -> None:
    async def play() -> None:
        async with house(seconds=120) as h:
            await h.filled(5)
            h.harm(name="disconnect_mid_batch")
            h.harm(name="http_5xx", path="/v2/", method="GET", lasting=4.0, times=10_000)
            h.executor.accept(h.order(1, "1.00"))
            await h.until(lambda: not h.executor.account.live)
            blocked = h.order(1)
            h.executor.accept(blocked)
            await h.until(lambda: h.state(blocked.id) is S.ABANDONED)
            await h.until(lambda: h.executor.account.live)
            await asyncio.sleep(5.0)
            await h.filled(1)
            assert h.book.net("AAA") == h.held() == 6

    run_sim(play, 1)
