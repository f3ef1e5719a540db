"""F34: the disk is full: the bot dies, and with it the way to close what it holds."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from failures.journaled import Disk, Journaled, journaled
from faultsim.running import run_sim
from journal.orders_at_work import begin
from tradeplat.core.conditions import Mode
from tradeplat.core.orders import OrderState

S = OrderState
WRITES = range(1, 14)


async def trade(made: Journaled) -> list[str]:
    """Three orders, one after the other, for as long as the journal lets them go."""
    h = made.house
    sent: list[str] = []
    for quantity in (100, 50, -30):
        order = h.order(quantity)
        h.executor.accept(order)
        with suppress(TimeoutError):  # one of them never fills
            await h.until(lambda order=order: h.state(order.id) is S.FILLED, 10.0)
        if h.state(order.id) is S.FILLED:
            sent.append(order.id)
    return sent


@pytest.mark.parametrize("write", WRITES)
def test_f34_with_the_disk_full_at_any_write_nothing_more_is_sent_and_the_account_is_closed(
    tmp_path: Path, write: int
) -> None:
    async def play() -> None:
        async with journaled(tmp_path, Disk(fails_at=write)) as made:
            h = made.house
            await trade(made)
            posted = list(h.posted())
            if not made.writer.dead:
                return
            assert made.fault is not None
            assert [c.mode for c in made.imposed] == [Mode.CANCEL_ONLY]
            h.executor.accept(h.order(7))
            await asyncio.sleep(5.0)
            assert list(h.posted()) == posted, "nothing is sent that is not on disk"
            await h.killer.flatten(None, "test", "the disk is full")
            assert h.held() == 0, "the way out does not depend on the disk"
            assert h.book.net("AAA") == 0, "and what happened is still followed"

    run_sim(play, write)
    store, told = begin(tmp_path)
    assert told.lost == ""
    assert len({order.id for order in told.orders}) == len(told.orders)
    store.close()


def test_f34_every_order_that_left_is_in_the_journal(tmp_path: Path) -> None:
    """Whichever write fails: a POST without its INTENT on disk is the one thing that may not be."""
    posted: dict[int, set[str]] = {}
    for write in (*WRITES[::3], 17):
        folder = tmp_path / str(write)

        async def play(folder: Path = folder, write: int = write) -> None:
            async with journaled(folder, Disk(fails_at=write)) as made:
                await trade(made)
                posted[write] = set(made.house.posted())

        run_sim(play, write)
        store, told = begin(folder)
        assert posted[write] <= {order.id for order in told.orders}
        store.close()
    assert max(map(len, posted.values())) == 3
