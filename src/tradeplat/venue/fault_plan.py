"""Faults planned ahead: a preset's name, or a file that says what is to go wrong and when.

A JSON array of `{"at": ..., "do": ..., "with": {...}}`: `at` is a number of venue seconds after the
start, or an RFC 3339 moment; `do` the name of a path under `/control/` (`fault` arms one of the
table, `clear` ends them all), `with` its body. An entry `{"name": ...}` is a fault that is armed
from the beginning.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.venue.agenda import Agenda, Deed
from tradeplat.venue.control import Control
from tradeplat.venue.fault_presets import PRESETS
from tradeplat.venue.faults import Fault
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.stamps import read_instant


class Planned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is to go wrong."""

    at: float | str
    do: str
    body: dict[str, Any] = msgspec.field(name="with", default_factory=dict)


Plan = tuple[Planned | Fault, ...]
"""What is to go wrong: now, or at its moment."""


def read_faults(text: str) -> Plan:
    """The preset called `text`, else the plan in the file of that name. Raises BadInput."""
    preset = PRESETS.get(text)
    if preset is not None:
        return preset.faults
    path = Path(text)
    if not path.exists() and path.name == text and not path.suffix:
        known = ", ".join(PRESETS)
        raise BadInput(f"faults: found {text!r}, expected a file or one of {known}")
    return read_plan(path)


def read_plan(path: Path) -> Plan:
    """The plan in `path`. Raises BadInput in one line for a file that holds none."""
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
        return tuple(_entry(row) for row in rows)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}, expected a plan of faults") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: {error}, expected a JSON array of at, do and with") from None
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None


def _entry(row: dict[str, Any]) -> Planned | Fault:
    if "name" in row:
        return msgspec.convert(row, Fault)
    return msgspec.convert(row, Planned)


def schedule(plan: Sequence[Planned], control: Control, agenda: Agenda, start: int) -> None:
    """Put every entry on `agenda`. Raises BadInput naming the first entry that makes no sense."""
    deeds = control.deeds()
    for number, entry in enumerate(plan, 1):
        deed = deeds.get(entry.do)
        if deed is None:
            known = ", ".join(sorted(deeds))
            raise BadInput(f"fault {number}: do: found {entry.do!r}, expected one of {known}")
        body = msgspec.json.encode(entry.body)
        try:
            due = _moment(entry.at, start)
            deed.read(body)
        except BadInput as error:
            raise BadInput(f"fault {number}: {error}") from None
        agenda.put(due, _doing(deed.do, body))


def _moment(at: float | str, start: int) -> int:
    if isinstance(at, str):
        return read_instant(at, "at")
    return start + int(at * SECOND)


def _doing(do: Any, body: bytes) -> Deed:
    def deed(_: int) -> None:
        # A print that is not there any more is no reason to stop the market.
        try:
            do(body)
        except Refusal:
            return

    return deed
