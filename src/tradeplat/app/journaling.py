"""A session's order journal: opened before it trades, copied into its folder when it is over."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

import structlog

from tradeplat import __version__
from tradeplat.app.logging import terse
from tradeplat.app.machine import Machine
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import Settings
from tradeplat.core.errors import BadInput, Transient
from tradeplat.core.journal import Recovered
from tradeplat.core.market import SECOND
from tradeplat.core.ports import Clock
from tradeplat.desk.floor import Floor
from tradeplat.execution.timings import Alarm
from tradeplat.journal.copies import NAME, copy_from, copy_out
from tradeplat.journal.disk import Disk
from tradeplat.journal.entries import Stamped
from tradeplat.journal.orders import About, OrderStore
from tradeplat.journal.shelf import FOLDER, Opening, newest, open_journal, prune
from tradeplat.journal.space import DiskGuard, Told
from tradeplat.journal.writer import Ears, JournalWriter
from tradeplat.runtime.metrics import Metrics

log = structlog.get_logger()

EXCHANGE = ZoneInfo("America/New_York")
"""Where trading days begin and end."""


class Journal(NamedTuple):
    """The open journal of a session, what it told when it was opened, and who minds its disk."""

    writer: JournalWriter
    told: Recovered
    guard: DiskGuard


def folder_of(settings: Settings) -> Path:
    """Where the journals of all accounts lie."""
    return settings.run.logs / FOLDER


def trading_day(ts: int) -> str:
    """The day at the exchange, as YYYY-MM-DD."""
    return datetime.fromtimestamp(ts // SECOND, EXCHANGE).date().isoformat()


class Where(Protocol):
    """What a session was told, and where it runs."""

    @property
    def settings(self) -> Settings:
        """Its settings: mode, and where logs go."""

    @property
    def folder(self) -> RunFolder:
        """Its own folder."""

    @property
    def machine(self) -> Machine:
        """Its clocks and its disk."""


def ears(floor: Callable[[], Floor], clock: Clock, alarm: Alarm, metrics: Metrics) -> Ears:
    """Who hears how the journal fares: the floor, once there is one, a person, the metrics."""
    return Ears(
        lambda condition: floor().on_condition(condition, clock.now()),
        alarm,
        partial(metrics.observe, "journal_commit"),
    )


@asynccontextmanager
async def opened(
    where: Where,
    account: str | None,
    clock: Clock,
    hearing: Ears,
) -> AsyncIterator[Journal]:
    """The journal of `account`, in a new epoch of its own, for as long as the context is open.

    The only place where one is opened. Without an account (the venue is down and cannot tell) the
    newest journal of the mode is, whoever's it is; Transient when there is none. `writer.run` has
    to be supervised, fatally. Leaving writes what still waits and copies this run's part into its
    folder; opening does that for a run that died before it could. Raises BadInput, Denied or
    Corrupt as journal/shelf.py does.
    """
    settings, folder, machine = where.settings, where.folder, where.machine
    journals = folder_of(settings)
    with machine.disk() as disk:
        about = await disk.run(partial(_about, journals, settings.run.mode, account))
        opening = Opening(
            clock.now(), machine.monotonic(), folder.path.name, __version__, machine.reserve
        )
        about = about._replace(day=trading_day(opening.wall))
        await disk.run(partial(prune, journals, machine.wall() / SECOND))
        store, told = await disk.run(partial(open_journal, journals, about, opening))
        await disk.run(partial(_finish_copy, store, told, settings.run.logs))
        roll = _Rolling(journals, opening, told.epoch, folder.path / NAME)
        hearing = hearing._replace(steady=machine.monotonic)
        writer = JournalWriter(store, disk, clock, hearing, roll=roll)
        async with writer:
            told_of_room = Told(hearing.impose, hearing.alarm, terse)
            guard = DiskGuard(disk, journals, clock, told_of_room)
            yield Journal(writer, told, guard)
            await _copied(disk, writer, roll)


class _Rolling:
    """Goes on into the next day's file, the day that ended copied out first."""

    def __init__(self, journals: Path, opening: Opening, epoch: int, copy: Path) -> None:
        self._journals = journals
        self._opening = opening
        self._epoch = epoch
        self._copy = copy

    def __call__(self, store: OrderStore, entry: Stamped) -> OrderStore:
        if trading_day(entry.wall) <= store.about.day:
            return store
        self.copy(store)
        store.close()
        opening = self._opening._replace(wall=entry.wall, mono=entry.mono, going_on=True)
        about = store.about._replace(day=trading_day(entry.wall))
        return open_journal(self._journals, about, opening)[0]

    def copy(self, store: OrderStore) -> None:
        """Copy this run's part out; a copy that cannot be written is told and left."""
        if store.dead:
            return
        _try(partial(copy_out, store.connection(), self._epoch, self._copy))


async def _copied(disk: Disk, writer: JournalWriter, roll: _Rolling) -> None:
    await writer.drain()
    await disk.run(lambda: roll.copy(writer.store))


def _about(journals: Path, mode: str, account: str | None) -> About:
    if account is not None:
        return About(mode, account, "")
    about = newest(journals, mode)
    if about is None:
        raise Transient(f"{journals}: the account is not known, and there is no {mode} journal yet")
    return about


def _finish_copy(store: OrderStore, told: Recovered, logs: Path) -> None:
    """Give the run before its part, if it died before it had it."""
    target = logs / told.run / NAME
    if not told.run or target.exists() or not target.parent.is_dir():
        return
    before = told.epoch - 1
    if told.before == store.path.name:
        _try(partial(copy_out, store.connection(), before, target))
    else:
        _try(partial(copy_from, store.path.with_name(told.before), before, target))


def _try(copy: Callable[[], None]) -> None:
    try:
        copy()
    except BadInput as error:
        log.warning("journal_not_copied", error=str(error))
