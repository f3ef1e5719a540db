"""F16: "database is locked": the order was filled, the trade never stored."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from failures.journaled import Disk, journaled
from faultsim.running import run_sim
from journal.orders_at_work import begin
from tradeplat.core.conditions import Mode
from tradeplat.core.errors import Denied
from tradeplat.core.fold import fold
from tradeplat.core.orders import OrderState, Report

S = OrderState


def test_f16_a_journal_that_another_process_writes_is_never_traded_on(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            begin(tmp_path)
            os.write(theirs, b".")
            signal.pause()
        finally:
            os._exit(1)
    os.close(theirs)
    try:
        assert os.read(ours, 1)
        with pytest.raises(Denied, match="another process has this journal open"):
            begin(tmp_path)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ours)
    store, told = begin(tmp_path)
    assert (told.lost, told.epoch) == ("", 2)
    store.close()


def test_f16_a_write_that_fails_before_the_send_stops_the_send(tmp_path: Path) -> None:
    async def play() -> None:
        async with journaled(tmp_path, Disk(fails_at=1)) as made:
            h = made.house
            order = h.order(10)
            h.executor.accept(order)
            await asyncio.sleep(5.0)
            assert list(h.posted()) == []
            assert h.state(order.id) is S.INTENT
            assert [c.mode for c in made.imposed] == [Mode.CANCEL_ONLY]

    run_sim(play, 1)


@pytest.mark.parametrize("write", range(2, 7))
def test_f16_a_fill_whose_write_failed_is_booked_once_by_whoever_comes_next(
    tmp_path: Path, write: int
) -> None:
    told_by_venue: list[Report] = []

    async def play() -> None:
        async with journaled(tmp_path, Disk(fails_at=write)) as made:
            h = made.house
            order = h.order(10)
            h.executor.accept(order)
            await h.until(lambda: h.state(order.id) is S.FILLED)
            assert h.book.net("AAA") == h.held() == 10
            told_by_venue.extend(await h.broker.find(order.id) or [])

    run_sim(play, 1)
    store, told = begin(tmp_path)
    (order,) = told.orders
    held = sum(position.quantity for position in told.holdings.values())
    for report in (*told_by_venue, *told_by_venue):
        change = fold(order, report)
        if change is not None:
            order = change.order
            held += change.fill.quantity if change.fill is not None else 0
    assert (order.state, order.filled, held) == (S.FILLED, 10, 10)
    store.close()


def test_f16_an_order_that_waited_too_long_for_a_slow_disk_is_not_sent(tmp_path: Path) -> None:
    async def play() -> None:
        async with journaled(tmp_path, Disk(seconds=5.0)) as made:
            h = made.house
            order = h.order(10)
            h.executor.accept(order)
            await h.until(lambda: h.state(order.id) is S.ABANDONED)
            assert list(h.posted()) == []
            assert [c.mode for c in made.imposed] == [Mode.REDUCE_ONLY]
            assert not made.writer.dead

    run_sim(play, 1)
