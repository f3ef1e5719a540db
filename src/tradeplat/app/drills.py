"""What the last drill of kill and flatten came to, and whether it does for today."""

import datetime as dt
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from tradeplat.app.settings import Settings
from tradeplat.control.protocol import Shape
from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.journal.shelf import FOLDER

NAME = "drill.json"
"""What the last drill came to, beside the journals."""

EXCHANGE = ZoneInfo("America/New_York")

_MOST = 64 << 10


class Drilled(msgspec.Struct, frozen=True):
    """What a drill came to: on which day at the exchange, at which venue, and what was seen."""

    day: str
    venue: str
    account: str
    passed: bool
    lines: tuple[str, ...] = ()


_DRILLED = Shape(Drilled)


def required(settings: Settings, wall: int) -> None:
    """Raise BadInput when `settings` trade real money and no drill has passed today (UTC ns)."""
    why = missing(settings, wall) if settings.run.mode == "live" else ""
    if why:
        raise BadInput(
            f"--mode live needs a drill of kill and flatten that passed this morning: {why} "
            "(tradeplat drill runs it on the paper account)"
        )


def missing(settings: Settings, wall: int) -> str:
    """Why the last drill does not do for today, empty when it does."""
    last = latest(settings.run.logs)
    if last is None:
        return f"none was run under {settings.run.logs}"
    if last.day != today(wall):
        return f"the last was on {last.day}"
    if last.venue != settings.run.venue:
        return f"today's was on venue {last.venue}, not {settings.run.venue}"
    return "" if last.passed else f"today's failed: {last.lines[-1] if last.lines else 'no word'}"


def latest(logs: Path) -> Drilled | None:
    """The last drill under `logs`, None when none is readable there."""
    try:
        with (logs / FOLDER / NAME).open("rb") as file:
            return _DRILLED.read(file.read(_MOST))
    except (OSError, BadInput):
        return None


def keep(logs: Path, drilled: Drilled) -> None:
    """Remember what a drill came to."""
    path = logs / FOLDER / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(drilled) + b"\n")
    fresh.replace(path)


def today(wall: int) -> str:
    """The day at the exchange, as YYYY-MM-DD."""
    return dt.datetime.fromtimestamp(wall // SECOND, EXCHANGE).date().isoformat()
