"""What a desk knows when its ticker comes in mid-morning."""

from pathlib import Path

from markets import OPEN, trade, venue
from sessions import OURS, trading
from tradeplat.core.market import MINUTE, Bar
from tradeplat.strategies.gap_momentum import GapMomentum
from waits import until

CLOSE = OPEN - 3 * 1440 * MINUTE + 390 * MINUTE
"""Friday 16:00 before Monday's open."""


def minute(ts: int, price: float) -> Bar:
    return Bar("AAA", ts, price, price, price, price, 100.0, 60, "csv")


async def test_the_gap_is_measured_from_the_last_regular_close(tmp_path: Path) -> None:
    """It lies behind hundreds of minutes of the evening and the early morning."""
    regular = [minute(CLOSE - back * MINUTE, 4.0 + back) for back in range(5)]
    evening = [minute(CLOSE + k * MINUTE, 4.5) for k in range(1, 241)]
    early = [minute(OPEN - k * MINUTE, 5.0) for k in range(330)]
    prints = [trade(OPEN + k * MINUTE // 60, 5.0 + k / 100) for k in range(600)]
    past = (*regular, *evening, *early)
    async with (
        venue(prints, past=past, accounts=OURS, speed=30.0) as served,
        trading(served, tmp_path, ["AAA"], "gap_momentum") as session,
    ):
        await until(lambda: session.stages == ["live"])
        await until(lambda: session.live.desks.floor.desks["AAA"].session is not None)
        strategy = session.live.desks.floor.desks["AAA"].seats[0].strategy
        assert isinstance(strategy, GapMomentum)
        assert strategy.base == 4.0
        assert strategy.starts < OPEN == strategy.opens
