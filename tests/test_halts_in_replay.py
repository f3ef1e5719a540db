"""A halt, recorded or made up, lets nothing fill inside it, and entries wait after it."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from commands import typed
from replays import Played, Setting, chunked, research
from test_parity import agree, restless, walk
from tradeplat.core.market import NIGHT, SECOND, MarketEvent, Status
from tradeplat.core.orders import Order, Purpose
from tradeplat.core.record import Decided
from tradeplat.desk.roster import Terms
from tradeplat.history.dataset import DataSet
from tradeplat.history.sessions import nyse_calendar
from tradeplat.journal.events import EventLog
from tradeplat.journal.reader import Record
from tradeplat.risk.limits import Hours, Limits

WIDE = Limits(hours=Hours.ANY, max_position=Decimal(10**9), max_notional=Decimal(10**9))

Halts = dict[str, tuple[int, int]]
"""When each symbol is halted, and when it trades again."""


def statuses(halts: Halts) -> list[Status]:
    return [
        Status(symbol, ts, trading=trading, code="" if trading else "LUDP", feed="t")
        for symbol, ends in halts.items()
        for ts, trading in zip(ends, (False, True), strict=True)
    ]


def halted_in(events: Sequence[MarketEvent]) -> Halts:
    found: Halts = {}
    for event in events:
        if isinstance(event, Status):
            began, _ = found.get(event.symbol, (event.ts, 0))
            found[event.symbol] = (began, event.ts)
    return found


def nothing_fills_in(halts: Halts, played: Played) -> None:
    for fill in played.fills:
        began, ended = halts.get(fill.symbol, (0, 0))
        assert not began <= fill.ts < ended, fill
    assert played.house.refused["HALTED"]


def entries_wait_after(halts: Halts, record: Record) -> None:
    for entry in record:
        if isinstance(entry, Decided) and isinstance(entry.verdict, Order):
            if entry.symbol not in halts:
                continue
            began, ended = halts[entry.symbol]
            inside = began <= entry.cause < ended + WIDE.resumption
            assert not (inside and entry.verdict.purpose is Purpose.ENTRY), entry


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("quotes", [True, False], ids=["quotes", "bars"])
def test_nothing_fills_in_a_halt_in_either_drive_even_if_the_tape_prints_on(
    tmp_path: Path, seed: int, *, quotes: bool
) -> None:
    events: list[MarketEvent] = []
    for number, symbol in enumerate("AB"):
        told = walk(symbol, seed * 10 + number, 400, quotes=quotes)
        events += [event for event in told if not isinstance(event, Status)]
    halts = {
        "A": (60 * SECOND + SECOND // 2, 150 * SECOND + SECOND // 3),
        "B": (200 * SECOND, 260 * SECOND),
    }
    events += statuses(halts)
    setting = Setting(restless, ("A", "B"), limits=WIDE)
    played = agree(list(chunked(events)), setting)
    assert len(played.fills) > 20
    nothing_fills_in(halts, played)
    with EventLog(tmp_path / "events.jsonl.zst", flush_every=0) as log:
        research(chunked(events), setting._replace(recorder=log))
    entries_wait_after(halts, Record(tmp_path))


@pytest.mark.parametrize("warmup", [0, 30])
def test_a_ticker_that_gets_its_desk_in_a_halt_is_told_of_it(tmp_path: Path, warmup: int) -> None:
    told = walk("A", 5, 400, quotes=True)
    events: list[MarketEvent] = [event for event in told if not isinstance(event, Status)]
    events += walk("B", 6, 400, quotes=True)
    halts = {"A": (60 * SECOND, 150 * SECOND)}
    events += statuses(halts)
    # The list lets go of it before another halt, and takes it up again within that one.
    again = {"A": (200 * SECOND, 260 * SECOND)}
    events += statuses(again)
    schedule = [
        (0, ["B"]),
        (100 * SECOND, ["A", "B"]),
        (180 * SECOND, ["B"]),
        (230 * SECOND, ["A", "B"]),
    ]
    terms = Terms(period=5 * SECOND, debounce=1)
    setting = Setting(restless, schedule, limits=WIDE, warmup=warmup, terms=terms)
    played = agree(list(chunked(events)), setting)
    assert [fill for fill in played.fills if fill.symbol == "A"]
    nothing_fills_in(halts, played)
    nothing_fills_in(again, played)
    with EventLog(tmp_path / "events.jsonl.zst", flush_every=0) as log:
        research(chunked(events), setting._replace(recorder=log))
    entries_wait_after(halts, Record(tmp_path))
    entries_wait_after(again, Record(tmp_path))


def test_a_halt_that_nobody_lifted_ends_with_the_first_bar_of_another_day() -> None:
    first, later = walk("A", 7, 200, quotes=True), walk("A", 8, 200, quotes=True)
    events = [event for event in first if not isinstance(event, Status)]
    events.append(Status("A", 150 * SECOND, trading=False, code="T1", feed="t"))
    events += [
        replace(event, ts=event.ts + 2 * NIGHT) for event in later if not isinstance(event, Status)
    ]
    played = agree(list(chunked(events)), Setting(restless, ("A",), limits=WIDE))
    nothing_fills_in({"A": (150 * SECOND, 2 * NIGHT)}, played)
    assert [fill for fill in played.fills if fill.ts > 2 * NIGHT]


def test_nothing_fills_in_the_halts_of_a_made_up_morning(tmp_path: Path) -> None:
    folder = tmp_path / "morning"
    made = typed("data", "synth", folder, "--seed", "3", "--tickers", "10", "--to", "10:30")
    assert made.code == 0
    data = DataSet.open([folder])
    events = [e for symbol in data.symbols for chunk in data.events(symbol) for e in chunk]
    halts = halted_in(events)
    assert halts
    some = tuple(sorted(halts))[:2]
    events = [e for e in events if e.symbol in some]
    setting = Setting(restless, some, limits=WIDE, calendar=nyse_calendar())
    played = agree(list(chunked(events)), setting)
    assert len(played.fills) > 20
    nothing_fills_in({symbol: halts[symbol] for symbol in some}, played)
