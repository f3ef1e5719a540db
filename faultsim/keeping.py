"""Schedules that once broke something, kept for good."""

from pathlib import Path

import msgspec

from faultsim.schedule import Schedule
from tradeplat.core.errors import BadInput

FOLDER = Path(__file__).with_name("corpus")
"""One JSON file each."""


def keep(schedule: Schedule, invariant: str, folder: Path = FOLDER) -> Path:
    """Write `schedule` down; the file's name tells what it broke."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{invariant.lower()}-{schedule.kind}-{schedule.seed}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(schedule), indent=1) + b"\n")
    return path


def read(path: Path) -> Schedule:
    """The schedule in a file; BadInput in one line when there is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Schedule)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}, expected a schedule") from None
    except msgspec.MsgspecError as error:
        raise BadInput(f"{path}: {error}, expected a schedule") from None


def files(folder: Path = FOLDER) -> list[Path]:
    """Every file of the corpus, by name."""
    return sorted(folder.glob("*.json"))
