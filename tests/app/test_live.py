import asyncio
from pathlib import Path

import pytest

from tradeplat.app import place, run_folder, session
from tradeplat.app.live import Live
from tradeplat.app.logging import logs_to
from tradeplat.app.session import Request
from tradeplat.core.market import MINUTE
from tradeplat.journal.reader import Record

SRC = str(Path(__file__).resolve().parents[2] / "src")


async def test_a_live_session_opens_desks_keeps_time_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", SRC)
    sets = ["venue.tickers=6", "venue.speed=300", "scanner.min_volume=1", "scanner.min_change=-50"]
    settings = session.configured(Request(typed={}), None, sets)
    folder = run_folder.given(tmp_path / "run")
    async with place.opened(settings, folder) as where:
        with logs_to(folder.path, terminal=False):
            async with Live(settings, folder, where, quiet=True) as live:
                began = live.clock.now()
                fault = await asyncio.wait_for(live.trade(asyncio.Event(), 20 * MINUTE), 60)
                shot = live.look()
                remains = await live.close("flatten")
    assert fault is None
    assert remains.nothing
    assert shot.now - began >= 20 * MINUTE
    assert shot.desks
    header = Record(folder.path).header()
    assert header.feed == "builtin"
    assert header.seeds["venue"] == settings.venue.seed
    assert where.secret not in (folder.path / "log.jsonl").read_text()
