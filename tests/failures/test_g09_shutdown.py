"""G9: however a session is told to end, it does so in time, with the right code and list."""

import json
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from daemons import Daemon, VenueProcess, free_port
from waits import wait_for

BOUND = 20.0
OPENS = ("--from", "2025-06-04T09:31:00")
SLACK = 5.0
"""Seconds a busy machine may add."""


@pytest.mark.parametrize(("number", "seed"), [(signal.SIGTERM, 0), (signal.SIGINT, 1)])
def test_g09_told_to_end_at_any_moment_it_ends_in_time_and_says_what_is_left(
    tmp_path: Path, number: int, seed: int
) -> None:
    rng = np.random.default_rng((seed, int(number)))
    venue = VenueProcess(tmp_path, free_port(), "--tickers", "3", "--speed", "60", *OPENS)
    with venue:
        names = ",".join(venue.ask("/control/status")["symbols"])
        attached = ("--set", f"venue.url={venue.url}", "--tickers", names)
        with Daemon(tmp_path / "daemon", *attached) as daemon:
            daemon.until("stream_live")
            time.sleep(float(rng.uniform(0.0, 3.0)))
            began = time.monotonic()
            daemon.signal(number)
            code = daemon.wait(BOUND + SLACK)
            assert time.monotonic() - began <= BOUND + SLACK
        said = json.loads(daemon.output)
        held = {row["symbol"] for row in venue.ask("/v2/positions")}
        left = said["left"]
        listed = {line.split()[1]: line for line in left if line.startswith("position")}
        # The market went on meanwhile: a stop or target that was left may have filled since.
        assert held <= listed.keys()
        assert all("no stop at venue" not in listed[symbol] for symbol in listed.keys() - held)
        entries = [o for o in venue.ask("/v2/orders?limit=500") if o["symbol"] not in listed]
        assert entries == []
        assert code == (3 if left else 0)


def test_g09_a_second_signal_ends_it_at_once_whatever_it_is_doing(tmp_path: Path) -> None:
    venue = VenueProcess(tmp_path, free_port(), "--tickers", "3", "--speed", "60", *OPENS)
    with venue:
        names = ",".join(venue.ask("/control/status")["symbols"])
        attached = ("--set", f"venue.url={venue.url}", "--tickers", names)
        with Daemon(tmp_path / "daemon", *attached, "--on-exit", "flatten") as daemon:
            wait_for(lambda: venue.ask("/v2/positions"))
            venue.control("fault", path="/v2/orders", name="http_5xx", times=10_000)
            daemon.signal(signal.SIGTERM)
            time.sleep(0.5)
            began = time.monotonic()
            daemon.signal(signal.SIGINT)
            assert daemon.wait(BOUND) == 4
            assert time.monotonic() - began <= 3.0
