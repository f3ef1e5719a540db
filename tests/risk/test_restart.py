"""What limits count goes on after a sudden death: real journal, real venue, virtual time."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from faultsim.running import run_sim
from lives import ANY, Life, life, market
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.orders import Order, Purpose, Refused
from worlds import LONG


async def traded(one: Life, n: int, symbol: str = "AAA") -> None:
    """In and out at a spread: a trade that loses, and a round trip."""
    await one.done(one.order(n, symbol=symbol))
    await one.done(one.order(n + 1, -10, symbol=symbol, purpose=Purpose.EXIT))


def said(one: Life, symbol: str, strategy: str = "s") -> str:
    now = one.clock.now()
    one.house.market.tapes[symbol].last = 5.0
    verdict = one.house.gate.review(symbol, strategy, LONG, now, now)
    return verdict.code if isinstance(verdict, Refused) else ""


@pytest.mark.parametrize("deaths", [0, 1, 3])
def test_losses_and_round_trips_of_earlier_lives_count(tmp_path: Path, deaths: int) -> None:
    limits = replace(ANY, losing_trades=4, round_trips=4)

    async def play() -> None:
        async with market() as venue:
            number = 1
            for _ in range(deaths):
                async with life(venue, tmp_path, limits) as one:
                    await one.confirmed()
                    await traded(one, number)
                    number += 2
            async with life(venue, tmp_path, limits) as last:
                await last.confirmed()
                asked: list[Condition] = []
                last.house.listen(lambda c, _: (asked.append(c), True)[1])
                for done in range(deaths, 4):
                    assert not [c for c in asked if c.code == "LOSS_STREAK"]
                    assert said(last, "AAA", "t") != "ROUND_TRIPS", done
                    await traded(last, number)
                    number += 2
                (pause,) = [c for c in asked if c.code == "LOSS_STREAK"]
                assert (pause.scope, pause.why) == ("@s", "4 losses in a row")
                assert said(last, "BBB", "t") == "ROUND_TRIPS"
            async with life(venue, tmp_path, limits) as again:
                await again.confirmed()
                assert said(again, "BBB", "t") == "ROUND_TRIPS"
                assert again.told.counted.losses == {"s": 4}
                assert again.told.counted.made["s"] < 0

    run_sim(play, 3)


def test_a_trade_that_was_open_at_the_death_is_judged_by_what_it_cost(tmp_path: Path) -> None:
    limits = replace(ANY, losing_trades=1)

    async def play() -> None:
        async with market() as venue:
            async with life(venue, tmp_path, limits) as one:
                await one.confirmed()
                await one.done(one.order(1))
            async with life(venue, tmp_path, limits) as again:
                await again.confirmed()
                assert again.book.held("s", "AAA").quantity == 10
                await again.done(again.order(2, -10, purpose=Purpose.EXIT))
                assert again.house.conditions.mode("AAA", "s") is Mode.REDUCE_ONLY
                assert said(again, "BBB") == "LOSS_STREAK"

    run_sim(play, 5)


def test_the_pace_of_a_minute_is_one_pace_however_often_the_process_dies(tmp_path: Path) -> None:
    limits = replace(ANY, orders_minute=3)

    async def play() -> None:
        async with market() as venue:
            passed = 0
            for _ in range(5):
                async with life(venue, tmp_path, limits) as one:
                    await one.confirmed()
                    now = one.clock.now()
                    one.house.market.tapes["AAA"].last = 5.0
                    verdict = one.house.gate.review("AAA", "s", LONG, now, now)
                    if isinstance(verdict, Order):
                        await one.done(verdict)
                        passed += 1
                    else:
                        assert verdict.code == "ORDER_RATE"
            assert passed == 3

    run_sim(play, 6)
