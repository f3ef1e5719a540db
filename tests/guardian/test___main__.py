"""A guardian as a process of its own; tests/failures/test_g08_wedged_daemon.py stops a daemon."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from daemons import HEADERS, SRC, free_port

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


def daemon(tmp_path: Path, url: str) -> subprocess.Popen:
    keys = (HEADERS["APCA-API-KEY-ID"], HEADERS["APCA-API-SECRET-KEY"])
    return subprocess.Popen(
        [sys.executable, "-c", DAEMON, str(tmp_path), url, *keys],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        stdout=subprocess.PIPE,
    )


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
