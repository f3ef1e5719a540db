"""The windows' side of the link: over a real socket, on the loop that Qt drives."""

import asyncio
import time
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest

from engines import Told, session
from planes import Daemon
from tradeplat.control.protocol import (
    Answer,
    Command,
    Frame,
    FrameReader,
    FrameType,
    Outcome,
    Role,
    Shape,
    packed,
)
from tradeplat.control.server import ControlServer
from tradeplat.core.errors import BadInput, Denied
from tradeplat.runtime.supervisor import Supervisor
from tradeplat.visualizer.client import Client, Clocks, Fresh, Talk
from tradeplat.visualizer.mirror import Mirror


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000_000_000

    def __call__(self) -> int:
        return self.now


def greeted(told: Told | None = None) -> tuple[Talk, Mirror]:
    mirror = Mirror()
    talk = Talk(mirror, "w", 100)
    talk.login("t" * 43, Role.TRADER)
    talk.feed(b"".join((told or session()).frames))
    talk.out.clear()
    return talk, mirror


def commands(talk: Talk) -> list[Command]:
    frames = FrameReader().feed(bytes(talk.out))
    return [Shape(Command).read(one.payload) for one in frames if one.type == FrameType.COMMAND]


def test_bytes_may_come_in_any_pieces():
    mirror = Mirror()
    talk = Talk(mirror, "w", 0)
    data = b"".join(session().frames)
    for at in range(0, len(data), 911):
        talk.feed(data[at : at + 911])
    assert (talk.greeted, mirror.symbols[0], len(mirror.orders)) == (True, "AAPL", 3)


def test_commands_carry_epoch_growing_numbers_and_the_time_of_the_key():
    talk, _ = greeted()
    talk.command("arm", {}, 55, print)
    talk.command("leave", {"symbol": "F", "part": 0.5}, 66, print)
    first, second = commands(talk)
    assert (first.do, first.n, first.epoch, first.ts, bytes(first.body)) == (
        "arm",
        101,
        7,
        55,
        b"{}",
    )
    assert (second.n, second.client, bytes(second.body)) == (102, "w", b'{"symbol":"F","part":0.5}')


def test_each_command_hears_what_came_of_it_once():
    talk, _ = greeted()
    heard = []
    for _ in range(3):
        talk.command("enter", {}, 1, heard.append)
    talk.feed(packed(FrameType.ANSWER, Answer("w", 101, False, "TOO_OLD", "old")))
    talk.feed(packed(FrameType.ANSWER, Answer("w", 102, True)))
    talk.feed(packed(FrameType.OUTCOME, Outcome("w", 102, False, "no", {"code": "NO_STOP"})))
    talk.feed(packed(FrameType.OUTCOME, Outcome("w", 102, True, "yes")))
    assert [(one.done, one.code) for one in heard] == [(False, "TOO_OLD"), (False, "NO_STOP")]
    talk.end()
    talk.end()
    assert [one.code for one in heard] == ["TOO_OLD", "NO_STOP", "LOST"]


def test_a_gap_asks_for_everything_anew():
    told = session()
    talk, mirror = greeted(told)
    told.beat()
    talk.feed(told.beat())
    (frame,) = FrameReader().feed(bytes(talk.out))
    assert frame == Frame(FrameType.SNAPSHOT)
    assert not mirror.lost


def test_a_refused_login_says_why():
    talk = Talk(Mirror(), "w", 0)
    with pytest.raises(Denied, match="BAD_TOKEN"):
        talk.feed(packed(FrameType.ANSWER, Answer("", 0, False, "BAD_TOKEN", "BAD_TOKEN")))


def test_bytes_of_something_else_end_the_talk():
    with pytest.raises(BadInput):
        Talk(Mirror(), "w", 0).feed(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_command_without_an_engine_is_answered_at_once():
    heard = []
    client = Client(lambda: None, "w", Clocks(time.time_ns, time.monotonic_ns), Mirror())
    client.command("arm", {}, heard.append)
    assert (heard[0].code, client.fresh) == ("OFFLINE", Fresh.LOST)


def test_an_engine_that_ended_in_order_is_not_lost(qloop):
    clocks = Clocks(time.time_ns, time.monotonic_ns)
    client = Client(lambda: None, "w", clocks, Mirror(), ended=lambda: "the session has ended")

    async def story():
        running = asyncio.ensure_future(client.run())
        await until(lambda: client.fresh is Fresh.ENDED)
        assert client.trouble == "the session has ended"
        client.close()
        running.cancel()

    qloop.run_until_complete(story())


@asynccontextmanager
async def served(folder: Path, told: Told):
    """A control plane that tells whoever comes a whole picture."""
    daemon = Daemon()
    hello = Shape(dict).read(told.all()[0].payload)
    async with (
        Supervisor(np.random.default_rng(1)) as supervisor,
        ControlServer(
            msgspec.structs.replace(daemon.engine(supervisor), hello=lambda: hello), folder
        ) as server,
    ):
        yield daemon, server


async def until(true, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)


def told_by(server: ControlServer, told: Told) -> None:
    for link in list(server.reception.links):
        for frame in told.all()[1:]:
            link.pour(FrameType(frame.type), frame.payload, frame.symbol)


def test_it_follows_commands_and_comes_back(qloop, tmp_path):
    clock = Clock()
    clocks = Clocks(time.time_ns, clock)
    client = Client(lambda: tmp_path, "w", clocks, Mirror())
    client.retry_seconds = 0.01
    heard = []

    async def story():
        running = asyncio.ensure_future(client.run())
        await until(lambda: "no engine answers" in client.trouble)
        async with served(tmp_path, session()) as (daemon, server):
            await until(lambda: client.connected)
            assert client.trouble == ""
            told_by(server, session())
            await until(lambda: client.mirror.statistics is not None and client.mirror.pulse.ts)
            assert (client.fresh, client.mirror.symbols[0]) == (Fresh.LIVE, "AAPL")
            clock.now += 1_500_000_000
            assert client.fresh == Fresh.QUIET
            client.command("order", {}, heard.append)
            await until(lambda: heard)
            assert (heard[0].pressed, heard[0].done, daemon.count("order")) == ("order", True, 1)
            clock.now += 2_000_000_000
            assert client.fresh == Fresh.LOST
            for link in list(server.reception.links):
                link.drop()
            await until(lambda: client.connections == 2)
            assert client.mirror.symbols == []  # what a former connection told is gone
            client.command("order", {}, heard.append)
            await until(lambda: len(heard) == 2)
            assert heard[1].done  # numbers go on growing
        await until(lambda: not client.connected)
        client.close()
        await asyncio.wait_for(running, 5)

    qloop.run_until_complete(story())


def test_silence_gives_the_connection_up(qloop, tmp_path):
    clock = Clock()
    client = Client(lambda: tmp_path, "w", Clocks(time.time_ns, clock), Mirror())
    client.retry_seconds = 0.01

    async def story():
        async with served(tmp_path, session()) as (_, server):
            running = asyncio.ensure_future(client.run())
            await until(lambda: client.connected)
            clock.now += 4_000_000_000
            told_by(server, Told())  # anything but a heartbeat
            next(iter(server.reception.links)).send(FrameType.LOG, {"full": True, "rows": []})
            await until(lambda: client.connections == 2)
            client.close()
            await asyncio.wait_for(running, 5)

    qloop.run_until_complete(story())
