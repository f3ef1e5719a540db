"""The drill, on a venue of the same loop: it trades, kills, closes, and leaves nothing."""

import asyncio
from pathlib import Path

import pytest

from commands import refusal, typed
from markets import OPEN, quote, trade
from markets import venue as served_by
from sessions import OURS
from tradeplat.app import drill
from tradeplat.app.drills import Drilled
from tradeplat.app.run_folder import RunFolder
from tradeplat.core.market import SECOND
from tradeplat.venue.faults import Fault
from tradeplat.venue.script import Event
from tradeplat.venue.server import Venue


def calm(minutes: int = 30) -> list[Event]:
    """A print and a quote each second, at one price."""
    seconds = [OPEN + k * SECOND for k in range(60 * minutes)]
    return [event for ts in seconds for event in (quote(ts), trade(ts + 1))]


async def drilled(served: Venue, logs: Path, *more: str) -> Drilled:
    sets = (f"venue.url={served.url}", f"run.logs={logs}", "guardian.enabled=false", *more)
    settings = await asyncio.to_thread(drill.configured, "AAA", None, sets)
    folder = logs / "run"
    await asyncio.to_thread(folder.mkdir)
    return await drill.drilled(settings, RunFolder(folder))


async def test_a_drill_holds_a_share_kills_closes_and_leaves_nothing(tmp_path: Path) -> None:
    sized = ("risk.sizing.use=fixed_quantity", "risk.sizing.quantity=500")
    async with served_by(calm(), accounts=OURS, speed=30.0) as served:
        came = await drilled(served, tmp_path, *sized)
        (account,) = served.trading.accounts
        assert not any(held.quantity for held in account.ledger.positions.values())
    lines = [line.partition(" in ")[0] for line in came.lines]
    assert (came.passed, came.venue) == (True, "builtin"), came.lines
    assert lines == ["bought 1 of AAA", "killed", "flat", "resumed by drill; lifted operator"]


async def test_a_kill_that_withdraws_nothing_is_a_drill_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drill, "DEED", 1.0)
    refused = Fault(method="DELETE", status=503, after=False, lasting=300.0, times=10_000)
    async with served_by(calm(), accounts=OURS, speed=30.0, faults=(refused,)) as served:
        came = await drilled(served, tmp_path)
    assert not came.passed
    assert any(line.startswith("kill: ") for line in came.lines), came.lines


async def test_without_a_market_a_drill_says_what_it_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drill, "CHOICE", 1.0)
    async with served_by((), accounts=OURS, speed=30.0) as served:
        came = await drilled(served, tmp_path)
    assert (came.passed, came.lines) == (False, ("no ticker has a quote within 1 s",))


def test_a_drill_is_for_paper(tmp_path: Path) -> None:
    said = refusal(typed("drill", "--set", "run.mode=live", "--set", f"run.logs={tmp_path}"))
    assert said.startswith("a drill is for the paper account")
