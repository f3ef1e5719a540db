"""The venue's own record of every order request and every order event, append only.

Tests judge by it what the venue was asked and did, whatever a client believes.
"""

from pathlib import Path

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
    """Lines in memory and, when `path` is given, in a file of JSON lines as well.

    The file is opened for each line: a test may read or move it at any moment.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.lines: list[LogLine] = []

    def write(self, line: LogLine) -> None:
        """Append `line`; its `seq` is given here."""
        kept = msgspec.structs.replace(line, seq=len(self.lines) + 1)
        self.lines.append(kept)
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(kept) + b"\n")

    def since(self, seq: int) -> list[LogLine]:
        """Lines after `seq`."""
        return self.lines[max(seq, 0) :]
