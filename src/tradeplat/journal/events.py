"""The record of a run: every fact shown, every wish, verdict, report and change, in order."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Self

import msgspec

from tradeplat.core.intent import Intent
from tradeplat.core.market import SECOND, MarketEvent
from tradeplat.core.orders import Fill, Order, OrderState, Report
from tradeplat.core.ports import Candidate, Recorder, Verdict
from tradeplat.journal.entries import Intended, Moved, Reported
from tradeplat.journal.lines import (
    ChangeLine,
    ClosedLine,
    DecisionLine,
    Line,
    MovedLine,
    NoteLine,
    OpenedLine,
    ReportLine,
    ScanLine,
    fact_line,
    intent_columns,
)
from tradeplat.journal.order_file import OrderFile
from tradeplat.journal.sink import ZstdSink

NAME = "events.jsonl.zst"
"""Name of the record in a run's folder."""

BLOCK = 128 << 10
"""Bytes of lines that are handed to the writer at once."""

LEFT = "no longer on the scanner's list"
"""Reason recorded for a ticker whose row is gone."""

_NEVER = 2**63 - 1
_NUMBER = re.compile(r"[-+]?\d[\d.,]*")
_UNWRITABLE = (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError)


class EventLog:
    """Writes the record (core.ports.Recorder) as lines of journal/lines.py, zstd-compressed.

    Between `with` and its end, no call ever raises or waits for the disk: when the record cannot
    be written, `failed` says why in one line, `on_failure` is called with it once, from the
    caller's own thread, and the run goes on unrecorded. Lines become readable in the file at the
    latest `flush_every` nanoseconds of the `now` handed in after they were written (0: only as
    blocks fill, for replays, whose clock runs ahead of the disk), and on `flush`.

    `candidates` takes the scanner's whole list and keeps the rows whose verdict, feed or reason
    (but for its numbers) changed; a ticker that is gone from the list gets a last row saying so.
    What becomes of orders is told to `orders` as well, in a run that has no order journal.
    """

    def __init__(
        self,
        path: Path,
        on_failure: Callable[[str], None] | None = None,
        flush_every: int = SECOND,
        orders: OrderFile | None = None,
    ) -> None:
        self.failed = ""
        self.lines = 0
        """Lines written so far; also the sequence number of the next one."""
        self._orders = orders
        self._sink = ZstdSink(path)
        self._on_failure = on_failure
        self._flush_every = flush_every or _NEVER
        self._due = 0
        self._buffer = bytearray()
        self._encode = msgspec.json.Encoder(enc_hook=str).encode_into
        self._rows: dict[str, Candidate] = {}

    def __enter__(self) -> Self:
        self._sink.open()
        self._check()
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()
        self._sink.close()
        self._check()

    def fact(self, now: int, event: MarketEvent) -> None:
        """Keep a fact that a desk is shown at `now`."""
        self._append(now, fact_line(self.lines, now, event))

    def decision(
        self, now: int, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        """Keep a wish and its verdict; an approved order carries the id."""
        columns = intent_columns(intent)
        line = DecisionLine(self.lines, now, symbol, strategy, cause, columns, verdict)
        self._append(now, line)
        if self._orders is not None and type(verdict) is Order:
            self._orders.take(now, Intended(verdict))

    def report(self, now: int, report: Report) -> None:
        """Keep what the venue says of an order."""
        self._append(now, ReportLine(self.lines, now, report))
        if self._orders is not None:
            self._orders.take(now, Reported(report))

    def moved(self, now: int, order_id: str, state: OrderState, reason: str) -> None:
        """Keep our own move of an order."""
        self._append(now, MovedLine(self.lines, now, order_id, state, reason))
        if self._orders is not None:
            self._orders.take(now, Moved(order_id, state, reason))

    def change(self, now: int, order: Order, fill: Fill | None) -> None:
        """Keep how an order stands now, and what filled."""
        self._append(now, ChangeLine(self.lines, now, order, fill))

    def desk_opened(self, now: int, symbol: str) -> None:
        """Keep that a desk opened."""
        self._append(now, OpenedLine(self.lines, now, symbol))

    def desk_closed(self, now: int, symbol: str) -> None:
        """Keep that a desk closed."""
        self._append(now, ClosedLine(self.lines, now, symbol))

    def candidates(self, now: int, rows: Iterable[Candidate]) -> None:
        """Keep the rows of the scanner's list that changed."""
        listed = {row.symbol: row for row in rows}
        changed = [row for row in listed.values() if _differs(row, self._rows.get(row.symbol))]
        gone = [
            Candidate(row.symbol, active=False, reason=LEFT, ts=now, feed=row.feed)
            for symbol, row in self._rows.items()
            if symbol not in listed
        ]
        self._rows = listed
        if changed or gone:
            self._append(now, ScanLine(self.lines, now, (*changed, *gone)))

    def note(self, now: int, kind: str, body: Mapping[str, object]) -> None:
        """Keep anything else; values JSON does not know are kept as their text."""
        self._append(now, NoteLine(self.lines, now, kind, dict(body)))

    def flush(self) -> None:
        """Hand every line so far to the writer, to be readable from the file at once."""
        self._hand_over(whole=True)

    def _append(self, now: int, line: Line) -> None:
        if self.failed:
            return
        buffer = self._buffer
        start = len(buffer)
        try:
            self._encode(line, buffer, -1)
        except _UNWRITABLE as error:
            # What JSON cannot carry leaves a note in its place, so that the hole is seen.
            del buffer[start:]
            body: dict[str, object] = {"line": ascii(line)[:2000], "error": ascii(error)}
            self._encode(NoteLine(self.lines, now, "unwritable", body), buffer, -1)
        buffer += b"\n"
        self.lines += 1
        if now >= self._due:
            self._due = now + self._flush_every
            self._hand_over(whole=True)
        elif len(buffer) >= BLOCK:
            self._hand_over(whole=False)

    def _hand_over(self, *, whole: bool) -> None:
        if self._buffer and not self.failed:
            self._sink.put(bytes(self._buffer), whole=whole)
            self._check()
        self._buffer.clear()

    def _check(self) -> None:
        if self._sink.error and not self.failed:
            self.failed = self._sink.error
            if self._on_failure is not None:
                self._on_failure(self.failed)


class NullRecorder:
    """Keeps nothing (core.ports.Recorder)."""

    def fact(self, now: int, event: MarketEvent) -> None:
        """Nothing."""

    def decision(
        self, now: int, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        """Nothing."""

    def report(self, now: int, report: Report) -> None:
        """Nothing."""

    def moved(self, now: int, order_id: str, state: OrderState, reason: str) -> None:
        """Nothing."""

    def change(self, now: int, order: Order, fill: Fill | None) -> None:
        """Nothing."""

    def desk_opened(self, now: int, symbol: str) -> None:
        """Nothing."""

    def desk_closed(self, now: int, symbol: str) -> None:
        """Nothing."""

    def candidates(self, now: int, rows: Iterable[Candidate]) -> None:
        """Nothing."""

    def note(self, now: int, kind: str, body: Mapping[str, object]) -> None:
        """Nothing."""


class Witnesses:
    """Several recorders that all hear the same, in the order given (core.ports.Recorder)."""

    def __init__(self, *recorders: Recorder) -> None:
        self._all = recorders

    def fact(self, now: int, event: MarketEvent) -> None:
        """Tell all."""
        for recorder in self._all:
            recorder.fact(now, event)

    def decision(
        self, now: int, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        """Tell all."""
        for recorder in self._all:
            recorder.decision(now, symbol, strategy, cause, intent, verdict)

    def report(self, now: int, report: Report) -> None:
        """Tell all."""
        for recorder in self._all:
            recorder.report(now, report)

    def moved(self, now: int, order_id: str, state: OrderState, reason: str) -> None:
        """Tell all."""
        for recorder in self._all:
            recorder.moved(now, order_id, state, reason)

    def change(self, now: int, order: Order, fill: Fill | None) -> None:
        """Tell all."""
        for recorder in self._all:
            recorder.change(now, order, fill)

    def desk_opened(self, now: int, symbol: str) -> None:
        """Tell all."""
        for recorder in self._all:
            recorder.desk_opened(now, symbol)

    def desk_closed(self, now: int, symbol: str) -> None:
        """Tell all."""
        for recorder in self._all:
            recorder.desk_closed(now, symbol)

    def candidates(self, now: int, rows: Iterable[Candidate]) -> None:
        """Tell all."""
        listed = tuple(rows)
        for recorder in self._all:
            recorder.candidates(now, listed)

    def note(self, now: int, kind: str, body: Mapping[str, object]) -> None:
        """Tell all."""
        for recorder in self._all:
            recorder.note(now, kind, body)


def _differs(row: Candidate, before: Candidate | None) -> bool:
    return before is None or _gist(row) != _gist(before)


def _gist(row: Candidate) -> tuple[bool, str, str]:
    """What a row says but for its numbers, which move with every trade."""
    return row.active, _NUMBER.sub("", row.reason), row.feed
