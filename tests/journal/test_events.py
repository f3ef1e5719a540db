"""The record keeps every call in order, costs no desk an exception, and loses at most a second."""

import signal
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

import tradeplat
from tradeplat.core.errors import TradeplatError
from tradeplat.core.market import SECOND, Quote
from tradeplat.core.ports import Candidate, Recorder
from tradeplat.core.record import Noted, Scanned, tell_all
from tradeplat.journal.events import LEFT, EventLog, NullRecorder, Witnesses
from tradeplat.journal.reader import Record

SOURCE = Path(tradeplat.__file__).parents[1]


def quote(number):
    return Quote("ABC", number, 9.99, 100.0, 10.01, 100.0, "builtin")


def row(symbol, reason="up 11 %", price=10.0):
    return Candidate(symbol, active=True, reason=reason, ts=0, feed="sip", price=price)


def test_a_record_retold_is_the_same_record(tmp_path, session):
    first, second = tmp_path / "a.zst", tmp_path / "b.zst"
    with EventLog(first) as log:
        session(log)
    with EventLog(second) as log:
        tell_all(Record(first), log)
    assert list(Record(first)) == list(Record(second))
    assert log.lines == len(list(Record(first)))
    assert log.failed == ""


def test_every_kind_of_entry_is_kept(tmp_path, session):
    with EventLog(tmp_path / "a.zst") as log:
        session(log)
    record = Record(tmp_path / "a.zst")
    kinds = Counter(type(entry).__name__ for entry in record)
    assert not record.truncated
    assert kinds == {
        "Noted": 2,
        "Scanned": 1,
        "DeskOpened": 1,
        "Shown": 42,
        "Decided": 3,
        "Moved": 1,
        "Reported": 1,
        "Changed": 1,
        "DeskClosed": 1,
    }


def test_only_scanner_rows_that_changed_are_kept(tmp_path):
    with EventLog(tmp_path / "a.zst") as log:
        log.candidates(1, [row("A"), row("B")])
        log.candidates(2, [row("A", "up 12.5 %", price=11.0), row("B", "up 1,100 %")])
        log.candidates(3, [row("B", reason="halted")])
        log.candidates(4, [row("A"), row("B", reason="halted")])
    scans = [entry for entry in Record(tmp_path / "a.zst") if isinstance(entry, Scanned)]
    said = [[(r.symbol, r.active, r.reason) for r in scan.rows] for scan in scans]
    assert said == [
        [("A", True, "up 11 %"), ("B", True, "up 11 %")],
        [("B", True, "halted"), ("A", False, LEFT)],
        [("A", True, "up 11 %")],
    ]


def test_lines_older_than_a_second_are_in_the_file_before_it_is_closed(tmp_path):
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tradeplat.core.market import SECOND, Quote\n"
        "from tradeplat.journal.events import EventLog\n"
        "log = EventLog(Path(sys.argv[1])).__enter__()\n"
        "for n in range(95):\n"
        "    ts = n * SECOND // 10\n"
        "    log.fact(ts, Quote('ABC', ts, 1.0, 1.0, 1.1, 1.0, 'sip'))\n"
        "while not log._sink.settled: pass\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "a.zst"
    done = subprocess.run(
        [sys.executable, "-c", script, path], check=False, env={"PYTHONPATH": str(SOURCE)}
    )
    assert done.returncode == -signal.SIGKILL
    record = Record(path)
    last = list(record)[-1].event.ts
    assert record.truncated
    assert 94 * SECOND // 10 - last <= SECOND


def test_flush_makes_all_lines_readable(tmp_path):
    path = tmp_path / "a.zst"
    with EventLog(path, flush_every=0) as log:
        for number in range(10):
            log.fact(number, quote(number))
        log.flush()
        while not log._sink.settled:
            pass  # a thread of its own writes
        record = Record(path)
        assert [entry.event.ts for entry in record] == list(range(10))
        assert record.truncated
    assert len(list(Record(path))) == 10


def test_a_full_disk_is_told_once_and_the_run_goes_on(session):
    told = []
    with EventLog(Path("/dev/full"), told.append) as log:
        session(log)
        log.flush()
        while not log._sink.settled:
            pass  # a thread of its own writes
        session(log)
        log.flush()
        session(log)
    assert told == ["/dev/full: cannot write the record: No space left on device"]
    assert log.failed == told[0]


def test_an_unwritable_place_is_told_once_and_the_run_goes_on(tmp_path, session):
    (tmp_path / "file").write_text("in the way")
    told = []
    with EventLog(tmp_path / "file" / "events.jsonl.zst", told.append) as log:
        session(log)
    assert len(told) == 1
    assert "cannot write the record" in told[0]


def test_what_json_cannot_carry_is_noted_and_hurts_nobody(tmp_path):
    loop = {}
    loop["self"] = loop
    with EventLog(tmp_path / "a.zst") as log:
        log.fact(1, quote(1))
        log.note(2, "bad", {"text": "\ud800"})
        log.note(3, "bad", loop)
        log.note(4, "odd", {"decimal": Decimal("1.5"), "path": Path("x"), "error": KeyError("k")})
        log.fact(5, quote(5))
    entries = list(Record(tmp_path / "a.zst"))
    assert [entry.now for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.topic for entry in entries if isinstance(entry, Noted)] == [
        "unwritable",
        "unwritable",
        "odd",
    ]
    assert entries[3].body == {"decimal": "1.5", "path": "x", "error": "'k'"}


def test_witnesses_all_hear_the_same(tmp_path, session):
    with EventLog(tmp_path / "a.zst") as one, EventLog(tmp_path / "b.zst") as two:
        session(Witnesses(one, NullRecorder(), two))
    assert list(Record(tmp_path / "a.zst")) == list(Record(tmp_path / "b.zst"))
    assert one.lines == two.lines > 50


def test_recorders_fit_the_port(tmp_path):
    kinds: list[Recorder] = [EventLog(tmp_path / "a"), NullRecorder(), Witnesses()]
    assert len(kinds) == 3


def test_nothing_is_touched_before_the_context_is_entered(tmp_path):
    EventLog(tmp_path / "sub" / "a.zst")
    assert not (tmp_path / "sub").exists()


def test_an_error_inside_still_closes_the_record(tmp_path):
    path = tmp_path / "a.zst"
    log = EventLog(path)

    def session():
        with log:
            log.fact(1, quote(1))
            raise TradeplatError

    with pytest.raises(TradeplatError):
        session()
    record = Record(path)
    assert len(list(record)) == 1
    assert not record.truncated
