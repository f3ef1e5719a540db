"""F06: each restart makes duplicate reconciliation orders, or books the fills once more."""

from pathlib import Path

import pytest

from faultsim.running import run_sim
from lives import life, market
from tradeplat.core.orders import OrderState

S = OrderState


@pytest.mark.parametrize("seed", range(1))
def test_f06_recovering_again_and_again_adds_no_record_and_no_order(
    tmp_path: Path, seed: int
) -> None:
    async def play() -> None:
        async with market() as venue:
            async with life(venue, tmp_path) as first:
                await first.confirmed()
                await first.done(first.order(1))
                await first.done(first.order(2, 5, "1.00"), S.WORKING)
                await first.done(first.order(3, -4, symbol="BBB", strategy="t"))
                held, posted = dict(first.book.holdings), first.posted()
            async with life(venue, tmp_path) as first:
                # What fees the venue took without telling is settled once.
                await first.confirmed()
                cash = first.book.cash
                await first.until(lambda: first.journal.idle)
                before = first.kinds
            summaries = set()
            for _ in range(4):
                async with life(venue, tmp_path) as again:
                    await again.confirmed()
                    await again.until(lambda: again.journal.idle)
                    kinds = again.kinds
                    assert kinds[len(before) :] == ["EPOCH", "RECON"]
                    before = kinds
                    summaries.add(str(again.executor.account._summary()))
                    assert dict(again.book.holdings) == held
                    assert again.book.cash == cash
                    assert again.state(first.order(2).id) is S.WORKING
                    assert again.posted() == posted
                    assert again.codes == []
            assert len(summaries) == 1

    run_sim(play, seed)
