"""`kill -9` in the middle of a session, then the same command: it simply goes on."""

import json
import os
import signal
from pathlib import Path

import pytest

from commands import ran
from daemons import Daemon, VenueProcess, free_port
from tradeplat.app import control_commands
from tradeplat.app.control_commands import Where
from tradeplat.core.record import RECOVERED, Noted, Restored
from tradeplat.journal.reader import Record
from waits import wait_for

SAMPLE = Path(__file__).resolve().parents[1] / "backtest_data"
ENDS = {"filled", "canceled", "expired", "replaced", "rejected"}


class Next(Daemon):
    """A session whose folder was not there before it."""

    def __enter__(self):
        self.before = set((self.folder / "logs").glob("2*"))
        return super().__enter__()

    @property
    def run(self) -> Path:
        (found,) = {None, *(self.folder / "logs").glob("2*")} - self.before - {None} or {None}
        assert found is not None
        return found


class Market:
    """The venue as a bystander sees it."""

    def __init__(self, served: VenueProcess) -> None:
        self.served = served

    @property
    def held(self) -> dict[str, str]:
        return {row["symbol"]: row["qty"] for row in self.served.ask("/v2/positions")}

    @property
    def working(self) -> dict[str, tuple[str, str]]:
        rows = self.served.ask("/v2/orders?status=open&nested=false&limit=500")
        return {row["id"]: (row["symbol"], row["type"]) for row in rows}

    @property
    def posts(self) -> list[dict]:
        answer = self.served.ask("/control/orders")
        rows = answer if isinstance(answer, list) else answer["orders"]
        return [row for row in rows if row["kind"] == "POST /v2/orders"]

    @property
    def placed(self) -> list[str]:
        return [row["client_id"] for row in self.posts if row["status"] == 200]


def known(daemon: Daemon) -> dict[str, str]:
    """What `daemon` says it holds."""
    rows = control_commands.status(Where(daemon.folder / "logs")).numbers["positions"]
    return {row["symbol"]: row["quantity"] for row in rows}


@pytest.fixture
def served(tmp_path: Path):
    words = ("--data", str(SAMPLE), "--speed", "20", "--from", "2025-06-04T09:34:30")
    with VenueProcess(tmp_path / "venue", free_port(), *words) as venue:
        yield venue


def test_a_killed_session_goes_on_with_its_positions_stops_and_strategies(
    tmp_path: Path, served: VenueProcess
) -> None:
    market = Market(served)
    # DIVX is halted at 09:36: nothing could be closed then.
    url = (
        "--set",
        f"venue.url={served.url}",
        "--tickers",
        "HIVQ,MIRQ,WEMZ",
        "--on-exit",
        "flatten",
    )
    with Next(tmp_path, *url) as first:
        first.until("desk_opened", 3)
        wait_for(lambda: market.held and len(market.working) >= 2)
        # What it had heard of is to be found in its journal; what it had not, at the venue.
        wait_for(lambda: known(first) == market.held)
        os.kill(first.process.pid, signal.SIGKILL)
        # While nobody trades the market goes on: at this pace it stops nothing out.
        served.control("speed", speed=2)
        first.process.wait()
    held, working, placed = market.held, market.working, market.placed
    assert any(kind == "stop" for _, kind in working.values())
    with Next(tmp_path, *url) as second:
        second.until("desk_opened", 3)
        (found,) = second.events("account_recovered")
        assert (found["epoch"], found["fresh"]) == (2, False)
        assert (found["positions"], found["lost"]) == (len(held), "")
        assert found["open"] >= len(working)
        now = served.now
        wait_for(lambda: served.now > now + 20_000_000_000)
        assert {s: q for s, q in market.held.items() if s in held} == held
        again = market.working
        for symbol in held:
            stops = [kind for name, kind in again.values() if name == symbol and kind == "stop"]
            assert len(stops) == 1
        second.signal(signal.SIGINT)
        assert second.wait() == 0, json.loads(second.output)["left"]
    assert market.held == {}
    assert market.working == {}
    assert market.placed[: len(placed)] == placed
    names = [row["client_id"] for row in market.posts if row["client_id"]]
    assert len(names) == len(set(names))
    numbers = json.loads(second.output)
    assert numbers["left"] == []
    (note,) = (e for e in Record(second.run) if isinstance(e, Noted) and e.topic == RECOVERED)
    restored = Restored.of(note.body)
    assert {holding.symbol for holding in restored.holdings} == set(held)
    assert "external" not in {holding.strategy for holding in restored.holdings}
    remembered = {(seat.strategy, seat.symbol) for seat in restored.seats if seat.ts}
    assert {(h.strategy, h.symbol) for h in restored.holdings} <= remembered
    rerun = ran("replay", second.run, "--json", cwd=tmp_path)
    assert rerun.code == 0, rerun.out
    assert rerun.numbers["same"]
    assert rerun.numbers["decisions_sha256"] == numbers["decisions_sha256"]
