"""F11: a healthy stream drops the one message that tells of a fill."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from faultsim.running import run_sim
from killing import House, house
from lives import ANY, life, market
from markets import quote
from tradeplat.core.orders import OrderState, Refused
from worlds import EXIT

S = OrderState


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with house(**how) as h:
            await scene(h)

    run_sim(play, seed)


@pytest.mark.parametrize("seed", range(5))
def test_f11_a_fill_that_was_never_told_is_found_within_ten_seconds(seed: int) -> None:
    async def scene(h: House) -> None:
        loop = asyncio.get_running_loop()
        order = h.order(10, "5.00")
        h.executor.accept(order)
        await h.until(lambda: h.state(order.id) is S.WORKING)
        h.harm(name="frame_loss", event="fill")
        h.harm(name="frame_loss", event="partial_fill", times=9)
        h.venue.player.inject([quote(h.clock.now(), 4.95, 4.99)])
        await h.until(lambda: h.held() == 10)
        began = loop.time()
        await h.until(lambda: h.state(order.id) is S.FILLED)
        assert loop.time() - began <= 10.5
        assert h.venue.faults.struck["frame_loss"]
        assert h.book.net("AAA") == 10
        assert h.executor.account.live

    simulated(scene, seed)


@pytest.mark.parametrize("seed", range(3))
def test_f11_with_three_in_ten_messages_lost_every_fill_is_counted_once(seed: int) -> None:
    async def scene(h: House) -> None:
        h.harm(name="frame_loss", probability=0.3, socket="account")
        for number in range(18):
            order = h.order(1 if number % 3 else -1, symbol="AAA" if number % 2 else "BBB")
            h.executor.accept(order)
            await asyncio.sleep(1.0)
        await h.until(lambda: not h.book.open_orders)
        assert h.venue.faults.struck["frame_loss"] > 3
        for symbol in ("AAA", "BBB"):
            assert h.book.net(symbol) == h.held(symbol)
        assert len(set(h.posted())) == len(h.posted()) == 18

    simulated(scene, seed)


def test_f11_a_subscription_that_is_not_served_is_given_up_for_another() -> None:
    async def scene(h: House) -> None:
        h.harm(name="subscribe_not_served", socket="account")
        for socket in h.venue.floor.sockets.matching("/stream"):
            socket.abort()
        await h.until(lambda: h.venue.faults.struck["subscribe_not_served"])
        await asyncio.sleep(5.0)
        order = h.order(1)
        h.executor.accept(order)
        # Reading finds the fill long before it is clear that the socket tells nothing.
        await h.until(lambda: h.state(order.id) is S.FILLED, 15.0)
        assert not h.account.feed.heard
        await h.until(lambda: h.account.feed.heard, 90.0)
        await asyncio.sleep(5.0)
        await h.filled(1)
        assert h.book.net("AAA") == h.held() == 2

    simulated(scene, without=(), seconds=400)


def test_f11_a_liquidation_that_is_refused_again_and_again_is_no_endless_loop(
    tmp_path: Path,
) -> None:
    """Whoever believes to hold what is gone sells, is refused, and sells again: three times."""

    async def play() -> None:
        limits = replace(ANY, equal_rejections=3)
        async with market() as venue, life(venue, tmp_path, limits) as one:
            await one.confirmed()
            await one.done(one.order(1))
            one.house.market.tapes["AAA"].last = 5.0
            body = '{"code":40310000,"message":"insufficient qty available"}'
            one.harm("http_4xx", path="/v2/orders", method="POST", times=100, status=403, body=body)
            refused: list[str] = []
            for _ in range(40):
                now = one.clock.now()
                verdict = one.house.gate.review("AAA", "s", EXIT, now, now)
                if isinstance(verdict, Refused):
                    refused.append(verdict.code)
                    await asyncio.sleep(1.0)
                else:
                    await one.done(verdict, S.REJECTED)
            assert one.venue.faults.struck["http_4xx"] == 3
            assert len(refused) == 37
            assert set(refused) == {"REJECT_LOOP"}
            assert one.held() == one.book.net("AAA") == 10

    run_sim(play, 2)
