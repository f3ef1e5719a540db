"""F35: real trades in paper mode, the same task done many times, and a viewer frozen by a flood."""

import asyncio
import json
import time
from pathlib import Path

import numpy as np
import pytest

from faultsim.running import run_sim
from planes import Daemon, Plane
from tradeplat.app.environment import Pinned
from tradeplat.app.place import LIVE, PAPER, Place
from tradeplat.control.link import MOST_UNSENT
from tradeplat.control.server import ControlServer
from tradeplat.core.errors import Denied
from tradeplat.runtime.supervisor import Supervisor
from viewers import Window


def place(url: str) -> Place:
    return Place("x", url, url, "ws://x", "iex", "k", "s")


@pytest.mark.parametrize(
    ("mode", "account", "host", "url", "actual"),
    [
        ("paper", "", "", LIVE, ""),
        ("paper", "acc", "", LIVE, "acc"),
        ("live", "acc", "api.alpaca.markets", PAPER, "acc"),
        ("live", "acc", "api.alpaca.markets", LIVE, "other"),
        ("live", "", "", LIVE, "acc"),
        ("live", "acc", "", LIVE, "acc"),
    ],
)
def test_f35_no_order_leaves_where_mode_account_and_host_disagree(
    mode: str, account: str, host: str, url: str, actual: str
) -> None:
    pinned = Pinned(mode, account, host)
    assert pinned.objection(place(url), actual).startswith("ENV_MISMATCH: Refused: ")
    with pytest.raises(Denied):
        pinned.check(place(url), actual)


def test_f35_where_they_agree_orders_pass() -> None:
    assert Pinned("paper", "", "").objection(place(PAPER), "acc") == ""
    assert Pinned("live", "acc", "api.alpaca.markets").objection(place(LIVE), "acc") == ""


async def test_f35_a_job_that_comes_twice_late_and_out_of_order_is_done_once(
    tmp_path: Path,
) -> None:
    daemon = Daemon()
    async with (
        Supervisor(np.random.default_rng(1)) as supervisor,
        ControlServer(daemon.engine(supervisor), tmp_path, 0) as server,
    ):
        plane = Plane(daemon, server, tmp_path)
        for n in (2, 2, 1, 2, 1):
            await plane.http("POST", "/v1/command", body=plane.command("order", n=n))
        late = plane.command("order", n=3, ts=time.time_ns() - 10**10)
        await plane.http("POST", "/v1/command", body=late)
    # The second had its effect; the first came too late for one, and the third is an old one.
    assert daemon.count("order") == 1


async def test_f35_a_viewer_that_reads_nothing_holds_up_nobody(tmp_path: Path) -> None:
    daemon = Daemon()
    loop = asyncio.get_running_loop()
    async with (
        Supervisor(np.random.default_rng(1)) as supervisor,
        ControlServer(daemon.engine(supervisor), tmp_path, 0) as server,
    ):
        plane = Plane(daemon, server, tmp_path)
        frozen = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(5)]
        body = json.dumps(plane.command("status")).encode()
        head = f"POST /v1/command HTTP/1.1\r\nHost: {plane.host}\r\n".encode()
        for _, writer in frozen:
            writer.write((head + body) * 200)
        worst = 0.0
        for _ in range(20):
            due = loop.time() + 0.005
            await asyncio.sleep(0.005)
            worst = max(worst, loop.time() - due)
        assert worst < 1.0
        assert (await plane.http("POST", "/v1/command", body=plane.command("kill", n=9)))[0] < 300
        for _, writer in frozen:
            writer.transport.abort()
    assert daemon.count("kill") == 1


def test_f35_a_window_that_is_frozen_for_a_minute_is_let_go_and_costs_nobody_anything() -> None:
    """A hundred lines a second, of which one viewer reads each and the other none."""

    async def play() -> None:
        loop = asyncio.get_running_loop()
        daemon = Daemon()
        async with Window(daemon.deeds) as window:
            frozen, awake = await window.opened(), await window.opened()
            links = window.reception.links
            while len(links) < 2:
                await asyncio.sleep(0.01)
            read = [0]

            async def look() -> None:
                async for _ in awake:
                    read[0] += 1

            looking = loop.create_task(look())
            sent, most = 0, 0
            began = loop.time()
            while loop.time() - began < 60.0:
                for _ in range(5):
                    window.tell()
                    sent += 1
                # Whoever tells never waits for who listens.
                most = max(most, *(link._carrier.unsent for link in links))
                await asyncio.sleep(0.05)
            assert most <= MOST_UNSENT
            assert len(links) == 1
            assert not frozen.closed
            assert read[0] >= sent
            assert await window.command("kill") == 200
            looking.cancel()
        assert daemon.count("kill") == 1

    run_sim(play, 1)
