"""How a session ends, whatever ends it: its exit code, its last words, and nothing left running."""

import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemons import Daemon, VenueProcess, free_port
from sessions import Delivered, tape_of
from tradeplat.core.market import SECOND
from tradeplat.core.record import Noted
from tradeplat.history.synthetic import morning
from tradeplat.journal.reader import Record
from waits import wait_for

SMALL = ("--set", "venue.tickers=3", "--set", "venue.speed=60")
OPENS = ("--from", "2025-06-04T09:31:00")


def children(pid: int) -> list[int]:
    """Processes that `pid` started and that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = path.read_text().rpartition(")")
        except OSError:
            continue
        state, parent = tail.split()[:2]
        if int(parent) == pid and state != "Z":
            found.append(int(head.split()[0]))
    return found


def gone(pids: list[int]) -> bool:
    """True once none of `pids` runs."""
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        if not any(_runs(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _closing(daemon: Daemon) -> bool:
    """True once the record says that a desk is closing."""
    return any(
        isinstance(entry, Noted) and entry.body.get("state") == "closing"
        for entry in Record(daemon.run)
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_while_its_venue_starts_it_leaves_at_once_and_takes_the_venue_along(
    tmp_path: Path, number: int
) -> None:
    with Daemon(tmp_path, *SMALL) as daemon:
        started = wait_for(lambda: children(daemon.process.pid))
        daemon.signal(number)
        assert daemon.wait() == 0
    assert daemon.errors == ""
    assert '"left": []' in daemon.output
    assert gone(started)


def test_asked_once_it_ends_in_order_asked_twice_at_once(tmp_path: Path) -> None:
    port = free_port()
    with VenueProcess(tmp_path / "venue", port, "--tickers", "3", "--speed", "60", *OPENS) as venue:
        names = ",".join(venue.ask("/control/status")["symbols"])
        attached = ("--set", f"venue.url={venue.url}", "--tickers", names)
        for moment in ("stream_live", "desk_opened"):
            with Daemon(tmp_path / moment, *attached) as daemon:
                daemon.until(moment)
                daemon.signal()
                assert daemon.wait() == 0
            assert daemon.errors.count("\n") <= 2
        with Daemon(tmp_path / "once", *attached, "--on-exit", "flatten") as daemon:
            wait_for(lambda: venue.ask("/v2/positions"))
            daemon.signal()
            assert daemon.wait() == 0
        assert daemon.metrics["orders"]["requests"] > 0
        assert venue.ask("/v2/positions") == []
        with Daemon(tmp_path / "twice", *attached, "--on-exit", "flatten") as daemon:
            wait_for(lambda: venue.ask("/v2/positions"))
            # The venue takes no orders any more, so that an orderly end takes its time.
            venue.control("fault", path="/v2/orders", status=503, times=10_000)
            daemon.signal()
            wait_for(lambda: _closing(daemon))
            daemon.signal()
            assert daemon.wait(5) == 4
        assert daemon.errors.splitlines()[-1].startswith("tradeplat: told to stop twice")


def test_a_venue_of_its_own_that_dies_ends_the_session_with_one_line(tmp_path: Path) -> None:
    with Daemon(tmp_path, *SMALL) as daemon:
        daemon.until("desk_opened")
        (venue,) = children(daemon.process.pid)
        os.kill(venue, signal.SIGKILL)
        assert daemon.wait() == 1
    assert "ended by itself (killed by SIGKILL)" in daemon.output, daemon.errors
    assert "Traceback" not in daemon.errors
    assert (daemon.run / "metrics.json").exists()
    assert (daemon.run / "report.html").exists()


def test_the_venue_of_a_killed_daemon_waits_for_the_next_one_and_ends_when_told(
    tmp_path: Path,
) -> None:
    with Daemon(tmp_path, *SMALL) as daemon:
        daemon.until("stream_live")
        started = children(daemon.process.pid)
        daemon.kill()
    (venue,) = started
    # The account has to be there when the daemon is started again.
    assert _runs(venue)
    os.kill(venue, signal.SIGTERM)
    assert gone(started)


def test_a_venue_killed_and_started_again_costs_no_bar_and_doubles_none(tmp_path: Path) -> None:
    port = free_port()
    day = ("--seed", "3", "--tickers", "3", "--speed", "60")
    with VenueProcess(tmp_path / "one", port, *day, *OPENS) as venue:
        names = venue.ask("/control/status")["symbols"]
        options = ("--tickers", ",".join(names), "--for", "16m")
        daemon = Daemon(tmp_path / "daemon", "--set", f"venue.url={venue.url}", *options)
        with daemon:
            daemon.until("ticker_live", len(names))
            wait_for(lambda: venue.ask("/v2/positions"))
            killed = venue.now
            venue.kill()
            again = ("--from", datetime.fromtimestamp(killed / SECOND, UTC).isoformat())
            with VenueProcess(tmp_path / "two", port, *day, *again):
                code = daemon.wait()
    # The fresh account knows nothing of what was held: left as it is, told, and the code for it.
    assert code == 3
    assert "Traceback" not in daemon.errors
    told = {line["code"] for line in daemon.events("alarm")}
    assert {"position_drift", "order_vanished"} <= told
    assert daemon.metrics["stream"]["reconnects"] == 1
    delivered = Delivered(daemon.run)
    assert delivered.backfills == 2 * len(names)
    made = morning(3, tickers=3)
    # Before the first bell there is only what the venue makes up of the day before.
    delivered.judge(tape_of({one.symbol: one.trades for one in made.tickers}), made.start)
    assert max(ts for _, _, ts in delivered.first) > killed + 4 * 60 * SECOND
