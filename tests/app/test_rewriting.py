from decimal import Decimal
from pathlib import Path

from tradeplat.app.handling import CONTROL
from tradeplat.app.rewriting import Rewriting
from tradeplat.core.market import Bar
from tradeplat.core.record import RunHeader
from tradeplat.journal.reader import Record

HEADER = RunHeader(
    name="replay", mode="replay", version="1", feed="csv", start_cash=Decimal(1000), started=5
)


def bar(ts: int) -> Bar:
    return Bar("A", ts, 1.0, 2.0, 0.5, 1.5, 9.0, 60, "x")


def test_a_record_that_begins_anew_has_the_last_account_and_all_that_people_asked(
    tmp_path: Path,
) -> None:
    path = tmp_path / "events.jsonl.zst"
    record = Rewriting(path, HEADER, (Path("a.csv"),))
    first = record.begin()
    first.fact(7, bar(7))
    first.note(8, CONTROL, {"n": 1})
    first.note(8, "other", {"n": 2})
    second = record.begin()
    second.fact(5, bar(5))
    second.note(6, CONTROL, {"n": 3})
    record.flush()
    record.close(6)
    record.close(6)
    assert record.failed == ""
    read = Record(path)
    assert read.header().start_cash == Decimal(1000)
    entries = list(read)
    assert not read.truncated
    facts = [one.event.ts for one in entries if hasattr(one, "event")]
    assert facts == [5]
    notes = [one.body for one in entries if getattr(one, "topic", "") == CONTROL]
    assert notes == [{"n": 3}, {"n": 1, "lost_at": 8}]
