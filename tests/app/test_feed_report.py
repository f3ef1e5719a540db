"""`tradeplat feeds` on a recorded session: numbers, words and a picture."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from analytics.test_feeds import bar, calm, quote
from commands import refusal, typed
from tradeplat.core.market import MINUTE, SECOND, MarketEvent
from tradeplat.core.record import RUN, RunHeader
from tradeplat.journal.events import EventLog


def recorded(folder: Path, events: Iterable[MarketEvent], speed: object = 1.0) -> Path:
    """A run's folder whose record shows `events` in the order they came."""
    folder.mkdir()
    settings = {"run": {"venue": "builtin"}, "venue": {"speed": speed}}
    header = RunHeader(
        name=folder.name, mode="paper", version="0", feed="polygon, iex",
        start_cash=Decimal(1), started=1, settings=settings,
    )  # fmt: skip
    with EventLog(folder / "events.jsonl.zst", flush_every=0) as log:
        log.note(1, RUN, header.body())
        for event in sorted(events, key=lambda e: e.seen):
            log.fact(event.seen, event)
    return folder


def troubled() -> list[MarketEvent]:
    """A session in which quotes came late twelve times, and one bar was wrong."""
    events = [e for e in calm(20) if not (e.ts % MINUTE == 0 and e.ts // MINUTE % 20 == 17)]
    return [*events, *(quote(700 + k, 20.0, lag=5.0 + k / 4) for k in range(12)), bar(21, 30.0)]


def test_the_guilty_side_is_named_in_numbers_in_words_and_in_a_picture(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", troubled())
    found = typed("feeds", run, "--json").numbers
    assert found["guilty"] == "iex quotes"
    late = {side["side"]: side["late"] for side in found["sides"]}
    assert late == {"iex quotes": 12, "polygon bars": 0}
    assert found["tickers"][0]["symbol"] == "AAA"
    assert len([f for f in found["findings"] if f["what"] == "late"]) == 12
    said = typed("feeds", run)
    assert said.code == 0
    assert "at fault: iex quotes (iex quotes: 12 late" in said.out
    drawn = ET.fromstring((run / "feeds.svg").read_text())
    texts = "".join(drawn.itertext())
    assert "iex quotes" in texts
    assert "polygon bars" in texts
    other = tmp_path / "picture.svg"
    assert typed("feeds", run, "--picture", other, "--json").numbers["picture"] == str(other)
    assert other.read_text() == (run / "feeds.svg").read_text()


@pytest.mark.parametrize(("speed", "late"), [(1.0, 12), (60.0, 7), ("max", 12)])
def test_at_a_venue_that_runs_fast_the_wire_takes_longer_in_market_time(
    tmp_path: Path, speed: object, late: int
) -> None:
    run = recorded(tmp_path / "run", troubled(), speed)
    found = typed("feeds", run, "--json").numbers
    assert sum(side["late"] for side in found["sides"]) == late
    assert typed("feeds", run, "--json", "--late", "9").numbers["late_ms"] == 9000.0


def test_what_cannot_be_judged_is_said_in_one_line(tmp_path: Path) -> None:
    assert "no recorded run" in refusal(typed("feeds", tmp_path))
    empty = recorded(tmp_path / "empty", [])
    assert "no bar and no quote" in refusal(typed("feeds", empty))
    run = recorded(tmp_path / "run", calm(2))
    assert "--late" in refusal(typed("feeds", run, "--late", "-1"))
    assert "cannot be written" in refusal(typed("feeds", run, "--picture", tmp_path))


def test_a_picture_is_of_one_size_whatever_the_length_of_the_session(tmp_path: Path) -> None:
    long = [quote(60 * k, 20.0) for k in range(400)]
    typed("feeds", recorded(tmp_path / "run", long))
    drawn = ET.fromstring((tmp_path / "run" / "feeds.svg").read_text())
    assert drawn.attrib["viewBox"].split()[2] == "1000"
    assert long[-1].ts - long[0].ts > 3600 * SECOND
