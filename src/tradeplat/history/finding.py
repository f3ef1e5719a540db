"""One thing wrong with a file, as it is told to the user."""

import re
from pathlib import Path

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """One thing wrong in one row (1-based, header included; 0 when no row can be named).

    `problem` names the column or the part of the file. A finding that is not `serious` occurs in
    real data and does not keep the file from being read.
    """

    path: Path
    row: int
    problem: str
    found: str
    expected: str
    serious: bool = True

    def __str__(self) -> str:
        place = f"{self.path}:{self.row}" if self.row else str(self.path)
        return f"{place}: {self.problem}: found {self.found}, expected {self.expected}"


def told(path: Path, message: str) -> Finding:
    """The finding whose text is `message`; a message of another form is a finding of its own."""
    place = re.escape(str(path))
    match = re.fullmatch(
        rf"{place}(?::(\d+))?: ([^:]+): found (.*?), expected (.*)", message, re.DOTALL
    )
    if match is None:
        return Finding(path, 0, "file", message, "a readable CSV of market data")
    row, problem, found, expected = match.groups()
    return Finding(path, int(row or 0), problem, found, expected)
