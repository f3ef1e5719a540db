"""F07: a warm restart invents an opposite fill, and the strategy believes that it is flat."""

from decimal import Decimal
from pathlib import Path

import pytest

from faultsim.running import run_sim
from lives import life, market
from tradeplat.core.orders import EXTERNAL, OrderState
from tradeplat.core.position import Position

S = OrderState


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("quantity", [10, -10])
def test_f07_a_position_is_still_its_strategys_after_a_restart(
    tmp_path: Path, quantity: int, seed: int
) -> None:
    async def play() -> None:
        async with market() as venue:
            async with life(venue, tmp_path) as first:
                await first.confirmed()
                await first.done(first.order(1, quantity))
            async with life(venue, tmp_path) as again:
                assert again.book.held("s", "AAA").quantity == quantity
                await again.confirmed()
                assert again.book.held("s", "AAA").quantity == quantity == again.held()
                assert again.book.held(EXTERNAL, "AAA").quantity == 0
                assert again.floor.open_desk("AAA", 1).seats == ()
                assert again.codes == []
                assert len(again.posted()) == 1

    run_sim(play, seed)


def test_f07_what_was_traded_elsewhere_meanwhile_is_read_and_never_made_up(
    tmp_path: Path,
) -> None:
    async def play() -> None:
        async with market() as venue:
            async with life(venue, tmp_path) as first:
                await first.confirmed()
                await first.done(first.order(1))
            async with life(venue, tmp_path) as other:
                # Somebody sells four at the telephone while nobody looks.
                await other.broker.submit(other.order(2, -4, strategy="phone", symbol="AAA"))
            async with life(venue, tmp_path) as again:
                await again.until(lambda: again.book.net("AAA") == again.held() == Decimal(6))
                await again.confirmed()
                assert again.book.net("AAA") == 6
                # Whoever sold them: the strategy must not count on them any more.
                assert again.book.held("s", "AAA").quantity == 6
                assert again.book.held(EXTERNAL, "AAA").quantity == 0
                assert len(again.posted()) == 2

    run_sim(play, 2)


def test_f07_shares_that_are_gone_without_a_trace_are_adopted_and_the_symbol_locked(
    tmp_path: Path,
) -> None:
    async def play() -> None:
        async with market() as venue:
            async with life(venue, tmp_path) as first:
                await first.confirmed()
                await first.done(first.order(1))
            positions = next(iter(venue.accounts)).ledger.positions
            positions["AAA"] = Position(Decimal(3), positions["AAA"].average)
            async with life(venue, tmp_path) as again:
                await again.confirmed()
                assert again.book.held("s", "AAA").quantity == 3
                assert "position_unexplained" in again.codes
                found = again.house.conditions.strictest("AAA")
                assert found is not None
                assert found.source == "unexplained"
                assert len(again.posted()) == 1
            async with life(venue, tmp_path) as third:
                await third.confirmed()
                assert third.house.conditions.asked("unexplained", "AAA") is not None
                assert third.book.held("s", "AAA").quantity == 3

    run_sim(play, 1)
