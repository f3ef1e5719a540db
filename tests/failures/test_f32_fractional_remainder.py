"""F32: rounding leaves a remainder of a share that nobody can sell any more."""

import asyncio
from decimal import Decimal

import pytest

from faultsim.running import run_sim
from killing import House, house
from tradeplat.core.orders import OrderState, Purpose
from tradeplat.venue.order_request import read_order

S = OrderState
PIECES = ("0.123456789", "0.333333333", "1.000000001", "12.987654321", "0.000000001")


def simulated(scene, seed: int = 1) -> None:
    async def play() -> None:
        async with house(seconds=200) as h:
            await scene(h)

    run_sim(play, seed)


@pytest.mark.parametrize("piece", PIECES)
def test_f32_nine_decimals_go_out_and_come_back_exactly(piece: str) -> None:
    async def scene(h: House) -> None:
        await h.filled(piece)
        assert h.held() == h.book.net("AAA") == Decimal(piece)
        held = await h.broker.position("AAA")
        assert held is not None
        assert held.quantity == held.free == Decimal(piece)
        await h.filled(f"-{piece}", purpose=Purpose.EXIT)
        assert h.held() == h.book.net("AAA") == 0
        assert await h.broker.positions() == ()

    simulated(scene)


def test_f32_what_was_bought_for_a_sum_of_money_is_closed_to_the_last_crumb() -> None:
    async def scene(h: House) -> None:
        body = {"symbol": "AAA", "notional": "100.01", "side": "buy", "type": "market",
                "time_in_force": "day"}  # fmt: skip
        h.venue.trading.exchange.submit(h.account, read_order(body, 48))
        await h.until(lambda: h.held() > 0)
        await asyncio.sleep(5.0)
        crumbs = h.held() % 1
        assert crumbs * 10**9 % 1000, "a sum that comes to many decimals"
        ended = await h.killer.flatten(None, "test", "drill")
        assert ended.flat, ended
        assert h.held() == 0
        assert await h.broker.positions() == ()

    simulated(scene)


def test_f32_partial_exits_leave_exactly_what_they_did_not_sell() -> None:
    async def scene(h: House) -> None:
        await h.filled("10.000000003")
        for part in ("-3.333333333", "-3.333333333"):
            await h.filled(part, purpose=Purpose.EXIT)
        assert h.held() == h.book.net("AAA") == Decimal("3.333333337")
        ended = await h.killer.flatten(("AAA",), "test", "drill")
        assert ended.flat, ended
        assert h.held() == 0

    simulated(scene)
