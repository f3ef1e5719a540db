"""What is wrong with recorded files, all of it, by file and row."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from tradeplat.core.errors import BadInput
from tradeplat.history.csv_read import Reading
from tradeplat.history.csv_scan import problems
from tradeplat.history.csv_schema import Kind
from tradeplat.history.csv_source import Source, sniff
from tradeplat.history.csv_store import statuses
from tradeplat.history.csv_tables import complete
from tradeplat.history.dataset import csv_files
from tradeplat.history.finding import Finding, told

__all__ = ["LIMIT", "Finding", "check", "check_file"]

LIMIT = 100
"""Findings told of one file, at most."""


def check(paths: Iterable[Path]) -> list[Finding]:
    """Everything wrong with the files in `paths`, files and folders, by file and row.

    A file without a serious finding loads; at most LIMIT findings are told of each.
    """
    found: list[Finding] = []
    for path in map(Path, paths):
        try:
            files = csv_files([path])
        except BadInput as error:
            found.append(told(path, str(error)))
            continue
        for file in files:
            found.extend(check_file(file))
    return found


def check_file(path: Path) -> list[Finding]:
    """Everything wrong with the file `path`, at most LIMIT findings, by row."""
    try:
        source = sniff(path)
        if source.layout.kind is Kind.STATUS:
            statuses(source)
            return []
        doubtful = _read(source)
    except BadInput as error:
        return [told(path, str(error))]
    return list(islice(problems(source), LIMIT)) if doubtful else []


def _read(source: Source) -> bool:
    """True when the rows hold something to tell, which their slow reading then names.

    BadInput when it is in no row: a span that cannot be known.
    """
    try:
        crossed = False
        for block in Reading(source).blocks():
            if source.layout.kind is Kind.QUOTES:
                crossed |= bool((block.values[0] > block.values[2]).any())
    except BadInput:
        if next(problems(source), None) is None:
            raise
        return True
    if not crossed:
        complete(source)
    return crossed
