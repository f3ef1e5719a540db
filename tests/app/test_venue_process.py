import os
from pathlib import Path

import msgspec
import pytest

from tradeplat.app import venue_process
from tradeplat.app.settings import VenueSettings
from tradeplat.app.venue_process import Ready, ready_line
from tradeplat.core.errors import BadInput

SRC = str(Path(__file__).resolve().parents[2] / "src")


@pytest.fixture(autouse=True)
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    path = os.pathsep.join([SRC, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    monkeypatch.setenv("PYTHONPATH", path)


def test_the_ready_line_says_what_a_daemon_needs() -> None:
    for speed in (90.0, "max"):
        ready = Ready("http://127.0.0.1:1", 5, 9, speed)
        assert msgspec.json.decode(ready_line(ready), type=Ready) == ready


async def test_a_venue_lives_as_long_as_it_is_needed(tmp_path: Path) -> None:
    settings = VenueSettings(tickers=2, speed=60.0)
    async with venue_process.started(settings, tmp_path / "venue.log") as running:
        assert running.ready.url.startswith("http://127.0.0.1:")
        assert running.ready.start < running.ready.end


async def test_settings_that_the_venue_refuses_are_told_in_its_own_words(tmp_path: Path) -> None:
    settings = VenueSettings(data=tmp_path / "nowhere")
    with pytest.raises(BadInput, match="nowhere: path: found nothing there"):
        async with venue_process.started(settings, tmp_path / "venue.log"):
            pass  # refused on the way in
