"""Where journals lie and how one is opened: today's, the one before it, or none at all."""

import re
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from tradeplat.core.errors import BadInput
from tradeplat.core.journal import Recovered, Snapshot
from tradeplat.journal.orders import RESERVE, About, OrderStore
from tradeplat.journal.side import sync_folder

FOLDER = "journal"
"""Name of the folder of journals, beside the runs."""

KEPT_DAYS = 90.0
"""Days for which journals are kept after they were last written."""

UNREAD_EPOCHS = 1_000
"""More epochs than a day may have had whose journal cannot be read at all: none comes again."""

_PLAIN = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_NAME = re.compile(r"(paper|live)_([A-Za-z0-9-]+)_(\d{4}-\d{2}-\d{2})\.db")
_ASIDE = ".lost-"


class Opening(NamedTuple):
    """What an opening of a journal is about.

    `wall` is UTC ns by the platform's clock, `mono` ns of a steady one; `run` the folder name of
    the run that begins, `version` that of the platform. `reserve` are bytes of log to allocate.
    """

    wall: int
    mono: int
    run: str = ""
    version: str = ""
    reserve: int = RESERVE
    going_on: bool = False
    """True when it is the same process that goes on into the next day."""


def journal_path(folder: Path, about: About) -> Path:
    """`<mode>_<account>_<day>.db`; whatever an account is called, the name is a file's."""
    return folder / f"{about.mode}_{plain(about.account)}_{about.day}.db"


def plain(account: str) -> str:
    """The account as part of a file's name."""
    if _PLAIN.fullmatch(account):
        return account
    return blake2b(account.encode(), digest_size=12).hexdigest()


def newest(folder: Path, mode: str) -> About | None:
    """Whose journal was written last in `mode`; None when there is none.

    For a start at which the venue is down and cannot say which account this is.
    """
    paths = [path for path in _journals(folder) if _about(path).mode == mode]
    for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        return OrderStore(path, _about(path)).identity() or _about(path)
    return None


def open_journal(folder: Path, about: About, opening: Opening) -> tuple[OrderStore, Recovered]:
    """The journal of an account and day, open and in a new epoch, and what it tells.

    A day that has none yet begins with a SNAPSHOT of what goes on from the account's latest one.
    A file that lost records is set aside, and what can be read of it goes on in a new one; `lost`
    says so. Blocks on the disk. Raises BadInput when a file is no journal or the folder cannot be
    used, Denied when another process has it open, Corrupt when the disk fails.
    """
    _make(folder)
    # A clock that went back must not find an older day and its older state.
    about = about._replace(day=max(about.day, *(a.day for _, a in _of(folder, about)), ""))
    path = journal_path(folder, about)
    _finish_setting_aside(path)
    store = OrderStore(path, about, opening.reserve)
    found = store.open()
    if found and not store.lost:
        told = store.load()
        return store, replace(told, epoch=_begin(store, opening, None))
    before = _before(store, found=found)
    unread = found and before is not store
    if store.lost:
        store.abandon()
        if found:
            store.path = set_aside(path)
        lost, store = store.lost, OrderStore(path, about, opening.reserve)
        store.side.path.unlink(missing_ok=True)
        store.open()
        store.lost = lost
        store.kept.epoch = UNREAD_EPOCHS if unread else 0
    if before is None:
        return store, replace(store.load(), epoch=_begin(store, opening, None))
    snapshot = store.follow(before, opening.wall, closed=before.about.day == about.day)
    store.lost = store.lost or before.lost
    told = replace(before.load(), path=str(path), day=about.day, lost=store.lost)
    if before.about.day != about.day:
        told = replace(told, orders=snapshot.orders or (), intent_keys={})
    return store, replace(told, epoch=_begin(store, opening, snapshot))


def set_aside(path: Path) -> Path:
    """Rename a journal and its log out of the way; returns the new name."""
    asides = _asides(path)
    n = 1 + max((int(aside.name.rpartition("-")[2]) for aside in asides), default=0)
    aside = path.with_name(f"{path.name}{_ASIDE}{n}")
    path.rename(aside)
    _finish_setting_aside(path)
    sync_folder(path.parent)
    return aside


def prune(folder: Path, now: float, days: float = KEPT_DAYS) -> list[Path]:
    """Remove what no run has written to for `days` (`now` is seconds since 1970); returns it.

    The latest day of each account stays, however old: what it holds goes on from there.
    """
    latest: dict[tuple[str, str], str] = {}
    for name, about in sorted((path.name, _about(path)) for path in _journals(folder)):
        latest[about.mode, about.account] = name
    stays = tuple(latest.values())
    old = []
    for path in sorted(folder.glob("*_*_*.db*")):
        try:
            if path.name.startswith(stays):
                continue
            if now - path.stat().st_mtime > days * 86_400.0:
                path.unlink()
                old.append(path)
        except OSError:
            continue
    return old


def _begin(store: OrderStore, opening: Opening, onto: Snapshot | None) -> int:
    stamp = (opening.wall, opening.mono)
    return store.begin(opening.run, opening.version, stamp, onto, going_on=opening.going_on)


def _before(store: OrderStore, *, found: bool) -> OrderStore | None:
    """What a journal that has to begin anew goes on from: the broken one itself if anything of it
    can be read, what was left of it when it was set aside, or the latest day before it.
    """
    if found and store.kept.told:
        return store
    asides = _asides(store.path)
    for path in (*reversed(asides), *(path for path, _ in _of(store.path.parent, store.about))):
        if path == store.path:
            continue
        before = OrderStore(path, _day_of(path, store.about), 0)
        there = before.open()
        if path in asides:
            before.lost = before.lost or f"{path}: was set aside, and nothing written since"
        if there and not before.lost:
            before.close()
        else:
            before.abandon()
        if there and before.kept.told:
            return before
    return None


def _of(folder: Path, about: About) -> list[tuple[Path, About]]:
    """The journals of an account, the latest day first."""
    found = [(path, _about(path)) for path in _journals(folder)]
    mine = [
        (path, name)
        for path, name in found
        if name.mode == about.mode and name.account == plain(about.account)
    ]
    return sorted(mine, key=lambda one: one[1].day, reverse=True)


def _journals(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.db") if _NAME.fullmatch(path.name)]


def _about(path: Path) -> About:
    """What a journal's name says."""
    mode, account, day = path.name.removesuffix(".db").split("_")
    return About(mode, account, day)


def _day_of(path: Path, about: About) -> About:
    name = path.name.partition(_ASIDE)[0]
    return about._replace(day=_about(path.with_name(name)).day)


def _asides(path: Path) -> list[Path]:
    """What was set aside of a journal, oldest first."""
    found = path.parent.glob(f"{path.name}{_ASIDE}*")
    numbered = [aside for aside in found if aside.name.rpartition("-")[2].isdigit()]
    return sorted(numbered, key=lambda aside: int(aside.name.rpartition("-")[2]))


def _finish_setting_aside(path: Path) -> None:
    """Rename the log after its journal: one left behind would be taken for the next one's."""
    log = path.with_name(path.name + "-wal")
    if not log.exists() or path.exists():
        return
    asides = _asides(path)
    target = asides[-1] if asides else path.with_name(f"{path.name}{_ASIDE}0")
    log.rename(target.with_name(target.name + "-wal"))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder}: cannot hold journals ({error.strerror})") from None
