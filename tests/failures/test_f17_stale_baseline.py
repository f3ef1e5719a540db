"""F17: a restart books a whole fill again, for its baseline was written before it."""

from decimal import Decimal
from pathlib import Path

import pytest

from faultsim.running import run_sim
from lives import life, market
from markets import quote
from tradeplat.core.orders import OrderState

S = OrderState


@pytest.mark.parametrize("journaled", [True, False])
@pytest.mark.parametrize("seed", range(1))
def test_f17_a_fill_is_booked_once_whether_it_was_journaled_or_not(
    tmp_path: Path, seed: int, *, journaled: bool
) -> None:
    async def play() -> None:
        async with market() as venue:
            async with life(venue, tmp_path) as first:
                await first.confirmed()
                first.harm("partial_one_share", times=1)
                first.harm("latency", seconds=3.0, times=1)
                order = first.order(1, 10, "5.00")
                await first.done(order, S.WORKING)
                if journaled:
                    venue.player.inject([quote(first.clock.now(), 4.95, 4.99)])
                    await first.until(lambda: first.book.net("AAA") > 0)
            venue.player.inject([quote(first.clock.now(), 4.95, 4.99)])
            for _ in range(3):
                async with life(venue, tmp_path) as again:
                    await again.until(lambda: again.state(order.id) is S.FILLED)
                    await again.confirmed()
                    assert again.book.net("AAA") == again.held() == Decimal(10)
                    assert again.book.held("s", "AAA").quantity == 10
                    rows = again.store.connection().execute("SELECT quantity FROM fills")
                    assert sum(Decimal(q.decode()) for (q,) in rows.fetchall()) == 10

    run_sim(play, seed)
