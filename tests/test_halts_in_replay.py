"""A halt, recorded or made up, lets nothing fill inside it, and entries wait after it."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from commands import typed
from replays import Played, Setting, chunked, research
from test_parity import agree, restless, walk
from tradeplat.core.market import SECOND, MarketEvent, Status
from tradeplat.core.orders import Order, Purpose
from tradeplat.core.record import Decided
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
            began, ended = halts.get(entry.symbol, (0, 0))
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
