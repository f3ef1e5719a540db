"""F07: a warm restart invents an opposite fill, and the strategy believes that it is flat."""

from decimal import Decimal
from pathlib import Path

import pytest

from faultsim.running import run_sim
from lives import Life, life, market
from tradeplat.core.orders import EXTERNAL, OrderState, Refused
from tradeplat.core.position import Position
from worlds import LONG

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
                kept = again.floor.open_desk("AAA", 1).seats
                assert [(seat.name, seat.holding.quantity) for seat in kept] == [("s", quantity)]
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


def test_f07_shares_that_only_seemed_gone_are_the_strategys_again_stop_and_all(
    tmp_path: Path,
) -> None:
    async def play() -> None:
        async with market() as venue:
            async with life(venue, tmp_path) as one:
                await one.confirmed()
                guard = one.house.guard
                assert guard is not None
                guard.prompt = True
                bought = await one.done(one.order(1, stop_loss=Decimal("4.5")))
                await one.until(lambda: stops(one) == [Decimal("4.5")])
                # The venue's list of positions is minutes behind its own fills.
                one.harm("positions_lag", times=10_000, lasting=100.0, seconds=(300.0, 300.0))
                await one.until(lambda: "position_unexplained" in one.codes)
                assert one.book.held("s", "AAA").quantity == 0
                late = one.house.gate.review("AAA", "s", LONG, 7, one.clock.now())
                assert isinstance(late, Refused)
                await one.until(lambda: "position_returned" in one.codes)
                assert one.book.held("s", "AAA") == Position(Decimal(10), bought.average)
                assert one.house.conditions.strictest("AAA") is None
                guard.look(one.clock.now())
                await one.until(lambda: stops(one) == [Decimal("4.5")])
                assert one.held() == 10
            # Nor does a restart find the lock again.
            async with life(venue, tmp_path) as again:
                assert again.told.conditions == ()

    run_sim(play, 4)


def stops(one: Life) -> list[Decimal]:
    """The stops at work at the venue."""
    rows = one.account.orders.open_orders()
    return [row.stop for row in rows if row.stop is not None]
