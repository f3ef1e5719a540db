import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commands import command, environment
from tradeplat.app import orphans
from tradeplat.app.settings import VenueSettings
from tradeplat.app.venue_process import Ready

SETTINGS = VenueSettings(tickers=2, speed=60.0)
GONE = Ready("http://127.0.0.1:9", 1, 2, 60.0)


@pytest.fixture
def dead() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.fixture
def venue(tmp_path: Path):
    """A venue that its starter has left behind."""
    words = command("venue", "--json", "--tied", "--port", "0", "--speed", "60", "--tickers", "2")
    process = subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=tmp_path,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        ready = Ready(**json.loads(process.stdout.readline()))
        process.stdin.close()
        yield orphans.Adopted(ready, process.pid)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def card_of(folder: Path, venue: orphans.Adopted, daemon: int) -> Path:
    with orphans.card(folder, SETTINGS, venue):
        (path,) = folder.glob("venue-*.json")
        body = json.loads(path.read_text())
    body["daemon"] = daemon
    path.write_text(json.dumps(body))
    return path


async def test_a_venue_whose_daemon_died_is_found_and_ended(
    tmp_path: Path, venue: orphans.Adopted, dead: int
) -> None:
    card_of(tmp_path, venue, dead)
    found = await orphans.found(tmp_path, SETTINGS)
    assert found is not None
    assert found.ready == venue.ready
    assert not found.gone
    await found.end()
    assert found.gone


async def test_a_venue_with_other_settings_or_a_living_daemon_is_no_orphan(
    tmp_path: Path, venue: orphans.Adopted, dead: int
) -> None:
    card_of(tmp_path, venue, dead)
    assert await orphans.found(tmp_path, SETTINGS.model_copy(update={"seed": 8})) is None
    card_of(tmp_path, venue, os.getpid())
    assert await orphans.found(tmp_path, SETTINGS) is None


async def test_the_card_of_a_venue_that_is_gone_is_cleared_away(tmp_path: Path, dead: int) -> None:
    path = card_of(tmp_path, orphans.Adopted(GONE, dead), dead)
    assert await orphans.found(tmp_path, SETTINGS) is None
    assert not path.exists()


async def test_a_card_nobody_can_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "venue-1.json"
    path.write_bytes(b"{")
    assert await orphans.found(tmp_path, SETTINGS) is None
    assert path.exists()


def test_a_card_lies_there_while_the_daemon_lives(tmp_path: Path) -> None:
    with orphans.card(tmp_path / "new", SETTINGS, orphans.Adopted(GONE, 77)):
        body = json.loads((tmp_path / "new" / "venue-77.json").read_text())
        assert body["daemon"] == os.getpid()
    assert not list((tmp_path / "new").iterdir())


async def test_the_end_of_an_adopted_venue_is_noticed(venue: orphans.Adopted) -> None:
    watching = asyncio.ensure_future(venue.watch())
    await asyncio.sleep(0)
    assert not watching.done()
    os.kill(venue.pid, signal.SIGKILL)
    with pytest.raises(orphans.Denied, match="ended by itself"):
        await asyncio.wait_for(watching, 30)
