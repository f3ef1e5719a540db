"""G8, the last breakage for real: a daemon stopped by SIGSTOP, and its guardian."""

import signal
import time
from pathlib import Path

import pytest

from commands import ran
from daemons import Daemon, VenueProcess, free_port
from tradeplat.core.ids import is_flatten
from waits import wait_for

OPENS = ("--from", "2025-06-04T09:31:00")
TIMES = ("--set", "guardian.silent_seconds=1.5", "--set", "guardian.dead_seconds=4")


@pytest.mark.parametrize("on_death", ["flatten", "protect"])
def test_g08_the_guardian_takes_over_from_a_stopped_daemon(tmp_path: Path, on_death: str) -> None:
    venue = VenueProcess(tmp_path, free_port(), "--tickers", "3", "--speed", "30", *OPENS)
    with venue:
        names = ",".join(venue.ask("/control/status")["symbols"])
        guarded = ("--set", "guardian.enabled=true", "--set", f"guardian.on_death={on_death}")
        attached = ("--set", f"venue.url={venue.url}", "--tickers", names, *guarded, *TIMES)
        with Daemon(tmp_path / "daemon", *attached) as daemon:
            wait_for(lambda: venue.ask("/v2/positions"))
            time.sleep(2.0)
            daemon.signal(signal.SIGSTOP)
            began = time.monotonic()
            assert daemon.process.wait(20) == -signal.SIGKILL
            log = daemon.run / "guardian.log"
            wait_for(lambda: "GUARDIAN_CLEANED" in log.read_text(), 20.0)
            if on_death == "flatten":
                wait_for(lambda: " FLAT: " in log.read_text() or _guarded(venue), 20.0)
            assert time.monotonic() - began <= 25.0
        opening = [o for o in venue.ask("/v2/orders?nested=true") if not _reduces(venue, o)]
        assert opening == []
        if on_death == "flatten":
            assert _guarded(venue)
    said = log.read_text()
    assert "DAEMON_SILENT" in said
    assert "DAEMON_DEAD" in said
    assert "UNFENCED" not in said
    assert (daemon.run / "stacks.log").exists()


def test_g08_what_was_asked_of_a_stopped_daemon_its_guardian_does(tmp_path: Path) -> None:
    venue = VenueProcess(tmp_path, free_port(), "--tickers", "3", "--speed", "30", *OPENS)
    with venue:
        names = ",".join(venue.ask("/control/status")["symbols"])
        slow = ("--set", "guardian.silent_seconds=2", "--set", "guardian.dead_seconds=9")
        guarded = ("--set", "guardian.enabled=true", "--set", "guardian.on_death=protect", *slow)
        attached = ("--set", f"venue.url={venue.url}", "--tickers", names, *guarded)
        with Daemon(tmp_path / "daemon", *attached) as daemon:
            wait_for(lambda: venue.ask("/v2/positions"))
            daemon.signal(signal.SIGSTOP)
            before = len(venue.ask("/control/orders"))
            logs = daemon.folder / "logs"
            said = ran("flatten", "--logs", logs, "--json", cwd=tmp_path)
            assert said.code == 3
            assert said.numbers["kill_file"] == str(logs / "journal" / "FLATTEN")
            assert wait_for(daemon.process.poll) == -signal.SIGKILL
            log = daemon.run / "guardian.log"
            wait_for(lambda: " FLAT: " in log.read_text())
        # Stops and all: a person wanted to be out, and the venue has the last word.
        assert venue.ask("/v2/positions") == []
        assert venue.ask("/v2/orders?status=open&nested=true&limit=500") == []
        posts = [
            line
            for line in venue.ask("/control/orders")[before:]
            if line["kind"].startswith("POST")
        ]
        assert posts
        assert all(is_flatten(line["client_id"]) for line in posts if line["status"] == 200)
    assert "FLATTEN_ASKED" in log.read_text()


def _held(venue: VenueProcess) -> dict[str, float]:
    return {row["symbol"]: float(row["qty"]) for row in venue.ask("/v2/positions")}


def _reduces(venue: VenueProcess, order: dict) -> bool:
    side = 1 if order["side"] == "buy" else -1
    return side * _held(venue).get(order["symbol"], 0.0) < 0


def _guarded(venue: VenueProcess) -> bool:
    """True when nothing is held without a stop at the broker."""
    rows = venue.ask("/v2/orders?status=all&nested=true&limit=500")
    legs = [leg for row in rows for leg in (row, *(row["legs"] or ()))]
    open_ = {"new", "held", "accepted", "pending_new", "partially_filled"}
    stops = {leg["symbol"] for leg in legs if leg["type"] == "stop" and leg["status"] in open_}
    return set(_held(venue)) <= stops
