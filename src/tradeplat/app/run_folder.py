"""A run's folder: made once, named by its start, holding everything a report needs."""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from tradeplat.app.settings import Settings
from tradeplat.core.errors import BadInput
from tradeplat.journal.events import NAME as EVENTS

__all__ = ["EVENTS", "METRICS", "PAGE", "RunFolder", "create", "given"]

METRICS = "metrics.json"
PAGE = "report.html"
"""What a run leaves that ended in order: its numbers, and a page about it."""


class RunFolder(msgspec.Struct, frozen=True):
    """`logs/<YYYY-MM-DD>_<HHMMSS>_<mode>_<n>/`, named by the wall's UTC clock."""

    path: Path

    @property
    def events(self) -> Path:
        """Where the record of the run goes."""
        return self.path / EVENTS

    def write_settings(self, settings: Settings) -> None:
        """Keep the settings as used; they hold no secrets."""
        tree = settings.model_dump(mode="json")
        (self.path / "run.toml").write_text("\n".join(_toml(tree)) + "\n", encoding="utf-8")

    def write_metrics(self, numbers: Mapping[str, object]) -> None:
        """Keep the run's numbers as JSON."""
        text = json.dumps(numbers, indent=2, default=str)
        (self.path / METRICS).write_text(text + "\n", encoding="utf-8")


def create(logs: Path, mode: str, now: dt.datetime) -> RunFolder:
    """A new folder under `logs`; BadInput where none can be made."""
    stamp = now.strftime("%Y-%m-%d_%H%M%S")
    for n in range(1, 1_000):
        path = logs / f"{stamp}_{mode}_{n}"
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise BadInput(f"run.logs={logs}: cannot make a folder ({error.strerror})") from None
        return RunFolder(path)
    raise BadInput(f"run.logs={logs}: a thousand runs began in one second")


def given(path: Path) -> RunFolder:
    """The folder a user named for a run; it may exist, but may hold no other run."""
    if (path / EVENTS).exists():
        raise BadInput(f"--out {path}: holds a recorded run already; name another folder")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"--out {path}: cannot make this folder ({error.strerror})") from None
    return RunFolder(path)


def _toml(tree: Mapping[str, Any]) -> list[str]:
    """`tree` as TOML lines: plain values, tables, and arrays of tables; None is left out."""
    lines: list[str] = []
    _table(lines, "", tree)
    return lines


def _table(lines: list[str], name: str, table: Mapping[str, Any]) -> None:
    nested = {key: value for key, value in table.items() if _is_table(value)}
    for key, value in table.items():
        if key not in nested and value is not None:
            lines.append(f"{key} = {json.dumps(value)}")
    for key, value in nested.items():
        path = f"{name}.{key}" if name else key
        if isinstance(value, Mapping):
            lines.extend(["", f"[{path}]"])
            _table(lines, path, value)
            continue
        for entry in value:
            lines.extend(["", f"[[{path}]]"])
            _table(lines, path, entry)


def _is_table(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(entry, Mapping) for entry in value)
    return isinstance(value, Mapping)
