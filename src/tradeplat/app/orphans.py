"""A venue whose daemon was killed goes on for a while, and the next run goes on with it.

Each daemon that starts a built-in venue leaves a card beside the order journals: where the venue
is, what it was told to be, which process trades there. A card whose daemon is dead and whose venue
answers shows an account with its orders and positions: the same command then continues there.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from tradeplat.app import attached
from tradeplat.app.settings import VenueSettings
from tradeplat.app.venue_process import Ready, Running
from tradeplat.core.errors import Denied, TradeplatError

_PATIENCE = 5.0


class Card(msgspec.Struct, frozen=True):
    """One venue: what it said of itself, its process, the daemon's, and the settings it has."""

    ready: Ready
    venue: int
    daemon: int
    settings: dict[str, object]


class Adopted:
    """A venue that another daemon started (as venue_process.Running)."""

    def __init__(self, ready: Ready, pid: int) -> None:
        self.ready = ready
        self.pid = pid

    @property
    def gone(self) -> bool:
        """True once the process has ended."""
        return not _alive(self.pid)

    async def watch(self) -> None:
        """Raise Denied once the venue has ended by itself: it takes its whole account with it."""
        while not self.gone:  # noqa: ASYNC110  # nobody tells of the end of another's child
            await asyncio.sleep(0.2)
        raise Denied("the built-in venue ended by itself")

    async def end(self) -> None:
        """Ask the venue to leave, then insist."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):  # it is gone, which is what is wanted
                os.kill(self.pid, number)
            deadline = asyncio.get_running_loop().time() + _PATIENCE
            while not self.gone and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110  # nobody tells of it
                await asyncio.sleep(0.02)
            if self.gone:
                return


async def found(folder: Path, settings: VenueSettings) -> Adopted | None:
    """The orphan with these settings that answers, None when there is none.

    Cards of venues that are gone are cleared away; a card nobody can read is left alone.
    """
    for path in _cards(folder):
        card = _read(path)
        if card is None or _alive(card.daemon):
            continue
        if not _alive(card.venue):
            path.unlink(missing_ok=True)
            continue
        if card.settings != _told(settings):
            continue
        with suppress(TradeplatError):  # no venue answers there: look at the next card
            now = await attached.found(card.ready.url)
            ready = Ready(card.ready.url, card.ready.start, card.ready.end, now.speed)
            return Adopted(ready, card.venue)
    return None


@contextmanager
def card(folder: Path, settings: VenueSettings, venue: Running | Adopted) -> Iterator[None]:
    """Leave a card in `folder` for as long as the context is open."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"venue-{venue.pid}.json"
    body = Card(venue.ready, venue.pid, os.getpid(), _told(settings))
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(body))
    fresh.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _cards(folder: Path) -> list[Path]:
    return sorted(folder.glob("venue-*.json"))


def _told(settings: VenueSettings) -> dict[str, object]:
    plain: dict[str, object] = settings.model_dump(mode="json")
    return plain


def _read(path: Path) -> Card | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Card)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _zombie(pid)


def _zombie(pid: int) -> bool:
    """True for a process that has ended and waits for its parent to notice."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[:1] == ["Z"]
