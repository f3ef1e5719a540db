"""Finds the daemons that run, by the cards in their run folders: no configuration is needed."""

import os
import socket
from pathlib import Path

import msgspec

from tradeplat.control.protocol import Shape
from tradeplat.control.server import CARD, Card
from tradeplat.control.wire import SOCKET, reached
from tradeplat.core.errors import BadInput
from tradeplat.journal.shelf import FOLDER

KILL_FILE, FLATTEN_FILE = Path(FOLDER, "KILL"), Path(FOLDER, "FLATTEN")
"""Under the folder of logs: the first kills, the second closes everything too; obeyed by a running
session and by one that starts while they are there (their first line is the reason).
"""

REPLAY = "replay"
"""The mode of a served replay, which trades nothing."""

_CARD = Shape(Card)
_MOST = 64 << 10


class Found(msgspec.Struct, frozen=True):
    """A daemon that runs."""

    folder: Path
    card: Card

    def __str__(self) -> str:
        return f"{self.folder} ({self.card.mode} on {self.card.place}, pid {self.card.pid})"


def running(logs: Path) -> list[Found]:
    """Every daemon whose run folder is in `logs`, the newest first; what died is passed over, and
    so is a replay: it is reached by its folder alone.
    """
    found = []
    for path in sorted(logs.glob(f"*/{CARD}"), reverse=True):
        card = _card(path)
        if card is not None and card.mode != REPLAY and _listens(path.parent / SOCKET):
            found.append(Found(path.parent, card))
    return found


def one(logs: Path, run: Path | None) -> Found | None:
    """The only daemon there is, or the one of folder `run`; None when there is none.

    BadInput when there are several and none was named, or the named one does not run.
    """
    if run is not None:
        card = _card(run / CARD)
        if card is None or not _listens(run / SOCKET):
            raise BadInput(f"--run {run}: no daemon runs there")
        return Found(run, card)
    found = running(logs)
    if len(found) > 1:
        lines = "; ".join(str(daemon) for daemon in found)
        raise BadInput(f"{len(found)} daemons run: {lines}; name one with --run FOLDER")
    return found[0] if found else None


def leave(path: Path, reason: str) -> None:
    """Write a kill file, whole or not at all; BadInput where it cannot be."""
    fresh = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("w", encoding="utf-8") as file:
            file.write(f"{' '.join(reason.split())}\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror or error})") from None


def _card(path: Path) -> Card | None:
    try:
        with path.open("rb") as file:
            return _CARD.read(file.read(_MOST))
    except (OSError, BadInput):
        return None


def _listens(path: Path) -> bool:
    try:
        with reached(path) as address, socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            probe.connect(address)
    except OSError:
        return False
    return True
