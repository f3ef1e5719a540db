import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from faultsim.running import run_sim
from journal.orders_at_work import ABOUT, START, S, begin, carried, killed, meant, said
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.errors import Corrupt
from tradeplat.journal.disk import Disk, InlineDisk, WriterThread
from tradeplat.journal.entries import Stamped
from tradeplat.journal.orders import OrderStore
from tradeplat.journal.writer import Ears, JournalWriter, Limits
from waits import until

T = TypeVar("T")


class Clock:
    def __init__(self) -> None:
        self.ts = START

    def now(self) -> int:
        return self.ts

    async def sleep_until(self, ts: int) -> None:
        self.ts = ts


class Heard:
    """What the journal said of itself."""

    def __init__(self) -> None:
        self.modes: list[Mode] = []
        self.codes: list[str] = []
        self.commits = 0
        self.ears = Ears(self._impose, lambda code, _: self.codes.append(code), self._observe)

    def _impose(self, condition: Condition) -> None:
        self.modes.append(condition.mode)

    def _observe(self, took: int) -> None:
        self.commits += 1


class GatedDisk:
    """Does nothing until it is let."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.works = 0

    async def run(self, work: Callable[[], T]) -> T:
        self.works += 1
        await self.gate.wait()
        return work()


class FailingDisk:
    """Fails at a piece of work: before it, or when it is done and nobody was told."""

    def __init__(self, at: int, *, done: bool) -> None:
        self.at = at
        self.done = done
        self.works = 0

    async def run(self, work: Callable[[], T]) -> T:
        self.works += 1
        if self.works == self.at:
            if self.done:
                work()
            raise Corrupt("the disk failed")
        return work()


class Session:
    def __init__(self, store: OrderStore, disk: Disk, limits: Limits) -> None:
        self.heard = Heard()
        self.store = store
        self.journal = JournalWriter(store, disk, Clock(), self.heard.ears, limits)
        self.fault: Exception | None = None

    async def run(self) -> None:
        try:
            await self.journal.run()
        except Corrupt as error:
            self.fault = error


@asynccontextmanager
async def writing(
    folder: Path, disk: Disk | None = None, limits: Limits | None = None
) -> AsyncIterator[Session]:
    store, _ = begin(folder)
    session = Session(store, disk or InlineDisk(), limits or Limits(keep=0.01))
    task = asyncio.ensure_future(session.run())
    try:
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)  # cancelled here
        if isinstance(disk, GatedDisk):
            disk.gate.set()
        await session.journal.close()
        store.abandon()


async def test_what_was_awaited_survives_and_what_was_queued_is_in_its_place(
    tmp_path: Path,
) -> None:
    order = meant(1)
    with WriterThread() as disk:
        async with writing(tmp_path, disk) as session:
            journal = session.journal
            await journal.intent(order)
            journal.moved(order.id, S.SENDING, "", START)
            await journal.reports([said(order, S.PARTIAL, 4)])
            await journal.mode(killed())
            journal.note("ALERT", {"what": "x"})
            journal.seat("ema", "AAA", 5, {"fields": {}})
            rows = session.store.connection().execute("SELECT kind FROM journal")
            assert [kind for (kind,) in rows][2:6] == [b"INTENT", b"STATE", b"FILL", b"MODE"]
    store, told = begin(tmp_path)
    assert [(o.state, o.filled) for o in told.orders] == [(S.PARTIAL, 4)]
    assert told.conditions == (killed(),)
    assert [seat.ts for seat in told.seats] == [5]
    store.close()


async def test_sending_is_written_with_what_comes_next(tmp_path: Path) -> None:
    order = meant(1)
    async with writing(tmp_path, limits=Limits(keep=60)) as session:
        journal = session.journal
        await journal.intent(order)
        journal.moved(order.id, S.SENDING, "", START)
        for _ in range(5):
            await asyncio.sleep(0)
        assert session.heard.commits == 1
        assert not journal.idle
        await journal.reports([said(order, S.FILLED, 10)])
        assert session.heard.commits == 2
        assert journal.idle
        rows = session.store.connection().execute("SELECT kind FROM journal")
        assert [kind for (kind,) in rows][2:] == [b"INTENT", b"STATE", b"FILL"]


async def test_sending_is_written_in_time_when_nothing_comes(tmp_path: Path) -> None:
    order = meant(1)
    async with writing(tmp_path) as session:
        await session.journal.intent(order)
        session.journal.moved(order.id, S.SENDING, "", START)
        async with asyncio.timeout(5):
            while not session.journal.idle:  # what is awaited is the disk
                await asyncio.sleep(0.005)
        rows = session.store.connection().execute("SELECT kind FROM journal")
        assert [kind for (kind,) in rows][2:] == [b"INTENT", b"STATE"]


async def test_many_at_once_share_a_commit(tmp_path: Path) -> None:
    disk = GatedDisk()
    async with writing(tmp_path, disk) as session:
        first = asyncio.ensure_future(session.journal.intent(meant(0)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        others = [asyncio.ensure_future(session.journal.intent(meant(n))) for n in range(1, 51)]
        await asyncio.sleep(0)
        assert not session.journal.idle
        disk.gate.set()
        await asyncio.gather(first, *others)
        assert session.heard.commits == 2
        assert session.journal.idle


async def test_it_says_while_somebody_waits_for_a_commit_that_is_not_slow_yet(
    tmp_path: Path,
) -> None:
    disk = GatedDisk()
    async with writing(tmp_path, disk, Limits(keep=60, quick=60)) as session:
        journal = session.journal
        journal.note("ALERT", {"what": "x"})
        assert journal.committing
        asked = asyncio.ensure_future(journal.intent(meant(1)))
        await until(lambda: disk.works == 1)
        assert journal.committing
        disk.gate.set()
        await asked
        assert not journal.committing
    async with writing(tmp_path / "slow", GatedDisk(), Limits(keep=60, quick=0.0)) as session:
        session.journal.note("ALERT", {"what": "x"})
        assert not session.journal.committing


def test_what_presses_goes_before_the_side_file_and_not_for_ever(tmp_path: Path) -> None:
    works: list[str] = []

    class SlowDisk:
        async def run(self, work: Callable[[], T]) -> T:
            works.append("keep" if getattr(work, "__name__", "") == "keep" else "commit")
            await asyncio.sleep(0.4)
            return work()

    async def play() -> None:
        async with writing(tmp_path, SlowDisk(), Limits(keep=1.0)) as session:
            intents = [meant(number) for number in range(12)]
            asked = []
            for order in intents:  # each while the one before is being written
                asked.append(asyncio.ensure_future(session.journal.intent(order)))
                await asyncio.sleep(0.3)
            await asyncio.gather(*asked)

    run_sim(play, 1)
    assert "keep" not in works[:6]  # due after 1.4 s, that is the fourth
    assert "keep" in works[6:]


async def test_the_newest_memory_of_a_strategy_is_kept_soon(tmp_path: Path) -> None:
    async with writing(tmp_path) as session:
        for ts in range(100):
            session.journal.seat("ema", "AAA", ts, {"fields": {}})
        await until(lambda: session.heard.commits != 0)
        rows = session.store.connection().execute("SELECT ts FROM seats").fetchall()
        assert rows == [(99,)]
        assert session.heard.commits == 1


async def test_a_report_that_cannot_be_fails_alone(tmp_path: Path) -> None:
    async with writing(tmp_path) as session:
        await session.journal.intent(meant(1))
        with pytest.raises(Corrupt, match="filled 11"):
            await session.journal.reports([said(meant(1), S.FILLED, 11)])
        with pytest.raises(Corrupt, match="journaled before"):
            await session.journal.intent(meant(1))
        await session.journal.reports([said(meant(1), S.FILLED, 10)])
        assert session.fault is None


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
async def test_after_a_commit_that_failed_nothing_is_tried_again(
    tmp_path: Path, done: bool
) -> None:
    disk = FailingDisk(2, done=done)
    async with writing(tmp_path, disk, Limits(keep=60.0)) as session:
        journal = session.journal
        await journal.intent(meant(1))
        with pytest.raises(Corrupt, match="the disk failed"):
            await journal.intent(meant(2))
        for late in (
            journal.intent(meant(3)),
            journal.reports([said(meant(1), S.WORKING)]),
            journal.mode(killed()),
        ):
            with pytest.raises(Corrupt):
                await late
        journal.moved(meant(1).id, S.CANCEL_PENDING, "", START)
        journal.note("NOTE", {})
        journal.seat("ema", "AAA", 1, {})
        await asyncio.sleep(0)
        assert disk.works == 2
        assert session.fault is not None
        assert session.heard.modes == [Mode.CANCEL_ONLY]
        assert session.heard.codes == ["journal_dead"]
    _, told = begin(tmp_path)
    found = [order.id for order in told.orders]
    assert found == [meant(n).id for n in (1, 2) if n == 1 or done]


async def test_a_mistake_of_ours_is_as_fatal(tmp_path: Path) -> None:
    class Buggy(InlineDisk):
        async def run(self, work: Callable[[], T]) -> T:
            raise KeyError("bug")

    store, _ = begin(tmp_path)
    heard = Heard()
    journal = JournalWriter(store, Buggy(), Clock(), heard.ears)
    task = asyncio.ensure_future(journal.run())
    with pytest.raises(Corrupt):
        await journal.intent(meant(1))
    with pytest.raises(KeyError):
        await task
    assert heard.modes == [Mode.CANCEL_ONLY]
    store.abandon()


async def test_a_slow_disk_is_told_and_lets_orders_only_reduce_until_it_is_quick(
    tmp_path: Path,
) -> None:
    disk = GatedDisk()
    limits = Limits(alarm=0.01, reduce=0.02, calm=0.03, keep=60.0)
    async with writing(tmp_path, disk, limits) as session:
        waiting = asyncio.ensure_future(session.journal.intent(meant(0)))
        await until(lambda: Mode.REDUCE_ONLY in session.heard.modes)
        assert session.heard.codes == ["journal_slow"]
        disk.gate.set()
        await waiting
        n = 1
        async with asyncio.timeout(30):
            while session.heard.modes != [Mode.REDUCE_ONLY, Mode.NORMAL]:
                await session.journal.intent(meant(n))
                await asyncio.sleep(0.005)
                n += 1


async def test_a_disk_too_far_behind_has_failed(tmp_path: Path) -> None:
    disk = GatedDisk()
    async with writing(tmp_path, disk, Limits(queue=10, crowded=8)) as session:
        first = asyncio.ensure_future(session.journal.intent(meant(0)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for _ in range(9):
            session.journal.note("NOTE", {})
        assert session.heard.codes == ["journal_behind"]
        for _ in range(9):
            session.journal.note("NOTE", {})
        assert "records behind" in session.journal.dead
        with pytest.raises(Corrupt, match="behind"):
            await first


async def test_everybody_in_a_bunch_hears_that_the_disk_is_too_far_behind(tmp_path: Path) -> None:
    disk = GatedDisk()
    async with writing(tmp_path, disk, Limits(queue=3, crowded=2)) as session:
        order = meant(0)
        bunch = [said(order, S.PARTIAL, n) for n in range(1, 9)]
        with pytest.raises(Corrupt, match="behind"):
            await asyncio.wait_for(session.journal.reports(bunch), 30)


async def test_a_memory_handed_over_while_the_side_file_is_kept_is_written_too(
    tmp_path: Path,
) -> None:
    disk = GatedDisk()
    async with writing(tmp_path, disk, Limits(keep=0.0)) as session:
        session.journal.seat("ema", "AAA", 1, {"n": 1})
        # The memory, then the side file; the next one comes while that is under way.
        for works in (1, 2):
            while disk.works < works:
                await asyncio.sleep(0)
            disk.gate.set()
            disk.gate = asyncio.Event()
        while disk.works < 2:
            await asyncio.sleep(0)
        session.journal.seat("ema", "AAA", 2, {"n": 2})
        disk.gate.set()
        await asyncio.wait_for(_seated(session.store, 2), 30)


async def _seated(store: OrderStore, ts: int) -> None:
    told = "SELECT ts FROM seats"
    while store.connection().execute(told).fetchall() != [(ts,)]:
        await asyncio.sleep(0.001)


async def test_leaving_tells_who_waits_that_an_order_was_journaled_before(tmp_path: Path) -> None:
    async with writing(tmp_path, disk := GatedDisk(), Limits(keep=60.0)) as session:
        disk.gate.set()
        await session.journal.intent(meant(1))
        disk.gate = asyncio.Event()
        again = asyncio.ensure_future(session.journal.intent(meant(1)))
        works = disk.works
        while disk.works == works:
            await asyncio.sleep(0)
    with pytest.raises(Corrupt, match="journaled before"):
        await again


async def test_leaving_writes_what_still_waits_and_answers_who_waited(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    disk = GatedDisk()
    journal = JournalWriter(store, disk, Clock(), Heard().ears)
    task = asyncio.ensure_future(journal.run())
    asked = asyncio.ensure_future(journal.intent(meant(1)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)  # cancelled here
    journal.moved(meant(1).id, S.SENDING, "", START)
    disk.gate.set()
    async with journal:
        pass  # leaving it writes what waits
    await asyncio.wait_for(asked, 30)
    with pytest.raises(Corrupt, match="closed"):
        await journal.intent(meant(2))
    assert store.side.read() is not None


async def test_a_full_disk_at_the_end_is_told_and_leaving_goes_on(tmp_path: Path) -> None:
    disk = FailingDisk(3, done=False)
    store, _ = begin(tmp_path)
    heard = Heard()
    journal = JournalWriter(store, disk, Clock(), heard.ears)
    journal.note("NOTE", {})
    await journal.close()
    assert heard.codes == ["journal_dead"]
    store.abandon()


async def test_the_days_file_is_changed_between_commits(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    moved: list[OrderStore] = []

    def roll(current: OrderStore, entry: Stamped) -> OrderStore:
        if entry.wall < START + 10 or moved:
            return current
        current.close()
        moved.append(begin(tmp_path, ABOUT._replace(day="2026-01-06"))[0])
        return moved[0]

    clock = Clock()
    journal = JournalWriter(store, InlineDisk(), clock, Heard().ears, roll=roll)
    task = asyncio.ensure_future(journal.run())
    await journal.intent(meant(1))
    clock.ts += 10
    await journal.reports([said(meant(1), S.FILLED, 10)])
    assert journal.store is moved[0]
    before = carried(journal.store.load())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)  # cancelled here
    await journal.close()
    again, told = begin(tmp_path, ABOUT._replace(day="2026-01-06"))
    assert carried(told) == before
    again.close()


async def test_the_loop_goes_on_while_the_disk_works(tmp_path: Path) -> None:
    with WriterThread() as disk:
        async with writing(tmp_path, disk) as session:
            session.journal._roll = lambda store, _: (time.sleep(0.05), store)[1]
            waiting = asyncio.ensure_future(session.journal.intent(meant(1)))
            turns = 0
            while not waiting.done():
                turns += 1
                await asyncio.sleep(0)
            assert turns > 10
