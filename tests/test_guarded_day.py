"""A whole recorded day, from before the open to after the close: protected alike in every world."""

import os
from pathlib import Path

import pytest

from commands import SOURCE, ran
from tradeplat.core.cover import GUARDED
from tradeplat.core.record import Noted
from tradeplat.history.sessions import nyse_calendar
from tradeplat.journal.reader import Record

PLUGGED = {"PYTHONPATH": os.pathsep.join((str(SOURCE), str(Path(__file__).parent / "plugged")))}
SAME = ("decisions_sha256", "fills_sha256", "orders", "fills", "net")


@pytest.fixture
def day(tmp_path: Path, shared_data: Path) -> Path:
    folder = tmp_path / "day"
    folder.mkdir()
    for kind in ("1s", "quotes_1s"):
        name = f"BAC_20131009_{kind}.csv.gz"
        (folder / name).write_bytes((shared_data / "second" / name).read_bytes())
    return folder


def test_a_day_with_exits_at_all_hours_is_the_same_over_the_wire_and_in_both_replays(
    tmp_path: Path, day: Path
) -> None:
    strategy = ("-s", "early_birds", "--json")
    live = ran(
        "run", "--speed", "max", "--set", f"venue.data={day}", "--tickers", "BAC",
        "--set", "stream.spans=[1]", "--on-exit", "leave", *strategy, cwd=tmp_path, **PLUGGED,
    )  # fmt: skip
    assert live.code == 0, live.err
    for drive in ("research", "orchestrated"):
        played = ran("replay", day, "--drive", drive, *strategy, cwd=tmp_path, **PLUGGED).numbers
        assert {name: played[name] for name in SAME} == {name: live.numbers[name] for name in SAME}
    record = Path(tmp_path / live.numbers["run"])
    assert ran("replay", record, "--json", cwd=tmp_path, **PLUGGED).numbers["same"]
    phases = {
        (nyse_calendar().phase(entry.now), entry.body["order"]["type"])
        for entry in Record(record / "events.jsonl.zst")
        if isinstance(entry, Noted) and entry.topic == GUARDED
    }
    assert {("post", "limit"), ("regular", "stop")} <= phases
