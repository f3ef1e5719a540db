"""A guardian as a process of its own, and a daemon that is stopped, killed, or says goodbye."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import msgspec

from daemons import HEADERS, SRC, VenueProcess, free_port

DAEMON = """
import asyncio, os, signal, sys
from pathlib import Path
from tradeplat.app.guarding import Guardian, dumps
from tradeplat.core.lease import Lease
from tradeplat.guardian.charge import Charge

folder, url = Path(sys.argv[1]), sys.argv[2]
key, secret = sys.argv[3:5]

async def main():
    lease = Lease(folder / "acc.lease", "acc")
    lease.take()
    charge = Charge(pid=os.getpid(), account="acc", lease=str(lease.file), url=url, key=key,
                    secret=secret, on_death="flatten", silent=1.5, dead=3.0,
                    log=str(folder / "guardian.log"))
    guardian = Guardian(charge, lambda: 4, lambda code, line: None)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with dumps(folder):
        body = asyncio.ensure_future(guardian.run())
        print("up", flush=True)
        await stop.wait()
        body.cancel()
        await asyncio.wait([body])

asyncio.run(main())
"""


def wait_for(claim: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def order(venue: VenueProcess, **body: object) -> None:
    data = msgspec.json.encode({"time_in_force": "day", **body})
    request = urllib.request.Request(venue.url + "/v2/orders", data, HEADERS)
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.status == 200


def daemon(tmp_path: Path, url: str) -> subprocess.Popen:
    keys = (HEADERS["APCA-API-KEY-ID"], HEADERS["APCA-API-SECRET-KEY"])
    return subprocess.Popen(
        [sys.executable, "-c", DAEMON, str(tmp_path), url, *keys],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        stdout=subprocess.PIPE,
    )


def test_a_stopped_daemon_is_killed_and_its_bare_position_closed(tmp_path: Path) -> None:
    log = tmp_path / "guardian.log"
    opens = ("--from", "2025-06-04T09:31:00")
    venue = VenueProcess(tmp_path, free_port(), "--tickers", "3", "--speed", "30", *opens)
    with venue, daemon(tmp_path, venue.url) as stopped:
        symbol = venue.ask("/control/status")["symbols"][0]
        order(venue, symbol=symbol, qty="5", side="buy", type="market")
        wait_for(lambda: venue.ask("/v2/positions"))
        order(venue, symbol=symbol, qty="5", side="buy", type="limit", limit_price="0.5")
        assert stopped.stdout is not None
        assert stopped.stdout.readline() == b"up\n"
        time.sleep(1.5)
        began = time.monotonic()
        stopped.send_signal(signal.SIGSTOP)
        wait_for(lambda: venue.ask("/v2/positions") == [])
        assert time.monotonic() - began <= 20.0
        assert venue.ask("/v2/orders") == []
        assert stopped.wait(5) == -signal.SIGKILL
        wait_for(lambda: "FLAT" in log.read_text())
    said = log.read_text()
    for code in ("DAEMON_SILENT", "DAEMON_DEAD", "GUARDIAN_CLEANED", "FLAT"):
        assert code in said, said


def test_a_daemon_that_ends_in_order_is_left_in_peace(tmp_path: Path) -> None:
    with daemon(tmp_path, f"http://127.0.0.1:{free_port()}") as ended:
        assert ended.stdout is not None
        assert ended.stdout.readline() == b"up\n"
        time.sleep(1.0)
        ended.send_signal(signal.SIGTERM)
        assert ended.wait(20) == 0
    assert not (tmp_path / "guardian.log").exists()


def test_without_a_charge_it_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tradeplat.guardian"],
        input=b"what\n",
        env={**os.environ, "PYTHONPATH": str(SRC)},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"tradeplat: guardian: charge: ")
