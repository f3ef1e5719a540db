from pathlib import Path

import pytest
from msgspec.structs import replace

from commands import refusal, typed
from tradeplat.app import reporting
from tradeplat.core.errors import BadInput
from tradeplat.core.market import Bar
from tradeplat.core.record import RUN, DeskClosed, Noted, Shown
from tradeplat.journal.events import EventLog
from tradeplat.journal.reader import Record

SAMPLE = Path(__file__).resolve().parents[2] / "backtest_data"


def test_a_report_is_built_from_the_folder_alone(tmp_path: Path) -> None:
    run = tmp_path / "run"
    numbers = typed("replay", SAMPLE, "-s", "ema_cross", "--out", run, "--json").numbers
    page = tmp_path / "page.html"
    said = typed("report", run, "--html", page, "--json")
    assert said.code == 0
    assert said.numbers["net"] == pytest.approx(numbers["net"])
    assert said.numbers["fills"] == numbers["fills"]
    text = page.read_text()
    assert "ema_cross" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "report:" in typed("report", run).out


def test_a_place_that_takes_no_page_is_named(tmp_path: Path) -> None:
    run = tmp_path / "run"
    typed("replay", SAMPLE, "-s", "ema_cross", "--out", run)
    with pytest.raises(BadInput, match="cannot be written"):
        reporting.build(run, tmp_path)
    assert "no recorded run" in refusal(typed("report", tmp_path))


def amended_run(tmp_path: Path) -> Path:
    """A recorded run of which half of all minutes were revised in the end."""
    first, run = tmp_path / "first", tmp_path / "amended"
    typed("replay", SAMPLE, "-s", "sma_cross", "--out", first)
    run.mkdir()
    bars: list[Bar] = []
    with EventLog(run / "events.jsonl.zst", flush_every=0) as log:
        for entry in Record(first):
            if isinstance(entry, DeskClosed):
                for bar in bars[::2]:
                    log.fact(entry.now, replace(bar, close=bar.close * 1.02, revision=1))
                bars.clear()
            if isinstance(entry, Shown) and isinstance(entry.event, Bar):
                bars.append(entry.event)
            entry.tell(log)
        for bar in bars[::2]:
            log.fact(entry.now, replace(bar, close=bar.close * 1.02, revision=1))
    return run


def test_a_report_counts_the_decisions_that_revised_bars_would_have_changed(tmp_path: Path) -> None:
    run = amended_run(tmp_path)
    said = typed("report", run, "--json").numbers
    found = said["revisions"]
    assert said["amended"] == found["bars"] > 100
    assert found["decisions"] > 0
    assert found["total"] == found["changed"] + found["dropped"] + found["added"] > 0
    assert found["examples"][0]["symbol"]
    told = typed("report", run).out
    line = next(line for line in told.splitlines() if line.startswith("revised bars"))
    assert f"they would have changed {found['total']:,} of {found['decisions']:,}" in line
    page = (run / "report.html").read_text()
    assert f"they would have changed {found['total']:,}" in page
    assert typed("replay", run, "--json").numbers["same"]
    # A session that just ended does not wait for that.
    assert reporting.build(run).numbers["revisions"] is None


def test_a_record_that_cannot_be_run_again_is_reported_all_the_same(tmp_path: Path) -> None:
    run = amended_run(tmp_path)
    gone = tmp_path / "gone"
    gone.mkdir()
    with EventLog(gone / "events.jsonl.zst", flush_every=0) as log:
        for entry in Record(run):
            if isinstance(entry, Noted) and entry.topic == RUN:
                lost = [{"use": "no_such_strategy"}]
                settings = {**entry.body["settings"], "strategy": lost}
                log.note(entry.now, RUN, {**entry.body, "settings": settings})
                continue
            entry.tell(log)
    said = typed("report", gone, "--json").numbers
    assert "no_such_strategy" in said["revisions"]["error"]
    assert "unknown" in typed("report", gone).out
