"""The venue's own record of every order request and every order event, append only.

Tests judge by it what the venue was asked and did, whatever a client believes.
"""

from pathlib import Path
from typing import IO

import msgspec


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line: `kind` is a request (`POST`, `PATCH`, `DELETE`) or an event's name.

    `status` is the HTTP status of a request's answer (0 for events), `detail` the request's body,
    the refusal's words or the execution.
    """

    ts: int
    account: str
    kind: str
    seq: int = 0
    order_id: str = ""
    client_id: str = ""
    symbol: str = ""
    status: int = 0
    detail: object = None


class OrderLog:
    """Lines in memory and, when `path` is given, in a file of JSON lines as well."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self.lines: list[LogLine] = []

    def write(self, line: LogLine) -> None:
        """Append `line`; its `seq` is given here."""
        kept = msgspec.structs.replace(line, seq=len(self.lines) + 1)
        self.lines.append(kept)
        if self._path is None:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab")
        self._file.write(msgspec.json.encode(kept) + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def since(self, seq: int) -> list[LogLine]:
        """Lines after `seq`."""
        return self.lines[max(seq, 0) :]
