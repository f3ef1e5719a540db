import asyncio
import sqlite3
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from journal.orders_at_work import START, S, meant, said
from tradeplat.app.journaling import folder_of, opened, trading_day
from tradeplat.app.machine import Machine
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import Settings
from tradeplat.core.errors import Transient
from tradeplat.core.market import SECOND
from tradeplat.journal.disk import InlineDisk
from tradeplat.journal.writer import Ears

HOUR = 3_600 * SECOND


class Clock:
    def __init__(self, ts: int = START) -> None:
        self.ts = ts

    def now(self) -> int:
        return self.ts

    async def sleep_until(self, ts: int) -> None:
        self.ts = ts


class Where(NamedTuple):
    settings: Settings
    folder: RunFolder
    machine: Machine


def where(logs: Path, run: str = "run-1") -> Where:
    folder = logs / run
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings.model_validate({"run": {"logs": str(logs)}})
    return Where(settings, RunFolder(folder), Machine(disk=lambda: nullcontext(InlineDisk())))


def deaf() -> Ears:
    return Ears(lambda _: None, lambda *_: None, lambda _: None)


def orders(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute("SELECT coid FROM orders")]
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 1, 6, 4, 59, tzinfo=UTC), "2026-01-05"),
        (datetime(2026, 1, 6, 5, 0, tzinfo=UTC), "2026-01-06"),
        (datetime(2026, 7, 7, 3, 59, tzinfo=UTC), "2026-07-06"),
        (datetime(2026, 7, 7, 4, 0, tzinfo=UTC), "2026-07-07"),
    ],
)
def test_trading_days_begin_at_midnight_of_the_exchange(instant: datetime, day: str) -> None:
    assert trading_day(int(instant.timestamp()) * SECOND) == day


async def test_a_run_leaves_its_part_in_its_folder(tmp_path: Path) -> None:
    at = where(tmp_path)
    async with opened(at, "acct-1", Clock(), deaf()) as (writer, told, _):
        running = asyncio.ensure_future(writer.run())
        assert told.fresh
        await writer.intent(meant(1))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)  # cancelled here
        writer.moved(meant(1).id, S.SENDING, "", START)
    assert orders(at.folder.path / "orders.db") == [meant(1).id]
    names = [path.name for path in folder_of(at.settings).glob("*.db")]
    assert names == ["paper_acct-1_2026-01-05.db"]


async def test_a_run_that_died_gets_its_part_at_the_next_start(tmp_path: Path) -> None:
    first = where(tmp_path)
    dying = opened(first, "acct-1", Clock(), deaf())
    writer, _, _ = await dying.__aenter__()
    running = asyncio.ensure_future(writer.run())
    await writer.intent(meant(1))
    running.cancel()
    writer.store.abandon()
    assert not (first.folder.path / "orders.db").exists()
    tomorrow = Clock(START + 24 * HOUR)
    async with opened(where(tmp_path, "run-2"), "acct-1", tomorrow, deaf()) as (_, told, _):
        assert told.run == "run-1"
        assert [order.id for order in told.orders] == [meant(1).id]
    assert orders(first.folder.path / "orders.db") == [meant(1).id]
    assert orders(tmp_path / "run-2" / "orders.db") == []


async def test_without_an_account_the_newest_journal_is_opened(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="no paper journal yet"):
        async with opened(where(tmp_path), None, Clock(), deaf()):
            pass  # refused on the way in
    async with opened(where(tmp_path), "acct-1", Clock(), deaf()):
        pass  # now there is one
    async with opened(where(tmp_path, "run-2"), None, Clock(), deaf()) as (_, told, _):
        assert (told.account, told.run, told.epoch) == ("acct-1", "run-1", 2)


async def test_a_run_over_midnight_goes_on_in_the_next_days_file(tmp_path: Path) -> None:
    at, clock = where(tmp_path), Clock()
    async with opened(at, "acct-1", clock, deaf()) as (writer, told, _):
        running = asyncio.ensure_future(writer.run())
        await writer.intent(meant(1))
        clock.ts += 24 * HOUR
        await writer.reports([said(meant(1), S.FILLED, 10)])
        assert writer.store.about.day == "2026-01-06"
        assert writer.store.kept.epoch == told.epoch
        await writer.intent(meant(2))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)  # cancelled here
    assert sorted(orders(at.folder.path / "orders.db")) == sorted([meant(1).id, meant(2).id])
    assert len(list(folder_of(at.settings).glob("*.db"))) == 2
