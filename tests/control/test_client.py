import asyncio
import time
from pathlib import Path

import pytest

from planes import EPOCH, Plane
from tradeplat.control.client import connected
from tradeplat.control.protocol import FrameType, Reason, Role, Symbols
from tradeplat.core.errors import Denied, Transient
from waits import until


def joined(plane: Plane, role: Role = Role.TRADER):
    return connected(plane.folder, role, "cli", time.time_ns)


async def test_commands_are_done_and_their_outcomes_come_back(plane: Plane) -> None:
    async with joined(plane) as client:
        assert client.hello["epoch"] == EPOCH
        assert (await client.do("status")).detail == {"mode": "NORMAL"}
        outcome = await client.do("flatten", Symbols(("IBM",), "me", "drill"))
        assert outcome.detail == {"symbols": ["IBM"]}
        assert (await client.do("kill", Reason("me", "drill"))).text == "killed"
        failed = await client.do("fails")
        assert (failed.done, failed.text) == (False, "the venue is away")


async def test_a_client_that_comes_back_goes_on_counting(plane: Plane) -> None:
    for _ in range(3):
        async with joined(plane) as client:
            await client.do("order")
    assert plane.daemon.count("order") == 3


async def test_a_refusal_is_told_with_its_reason(plane: Plane) -> None:
    async with joined(plane, Role.KILL) as client:
        with pytest.raises(Denied, match=r"NO_RIGHT.*may not order"):
            await client.do("order")


async def test_frames_that_are_no_answers_are_there_for_who_wants_them(plane: Plane) -> None:
    async with joined(plane, Role.VIEWER) as client:
        (link,) = plane.server.reception.links
        link.send(FrameType.LOG, {"line": "hello"})
        link.drop()
        assert [frame.type async for frame in client.frames()] in ([FrameType.LOG], [])


async def test_without_a_daemon_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="no daemon answers"):
        async with connected(tmp_path, Role.VIEWER, "cli", time.time_ns):
            pass  # refused on the way in


async def test_an_outcome_is_not_waited_for_without_end(plane: Plane) -> None:
    plane.daemon.gate.clear()
    async with joined(plane) as client:
        with pytest.raises(Transient, match="no outcome within"):
            await client.do("flatten", Symbols(), seconds=0.05)


async def test_a_daemon_that_goes_away_is_noticed(plane: Plane) -> None:
    plane.daemon.gate.clear()
    async with joined(plane) as client:
        waiting = asyncio.ensure_future(client.do("flatten", Symbols()))
        await until(lambda: plane.daemon.count("flatten"))
        for link in list(plane.server.reception.links):
            link.drop()
        with pytest.raises(Transient, match=r"gone|closed"):
            await waiting


async def test_a_token_of_an_earlier_start_is_refused(plane: Plane) -> None:
    path = plane.folder / "control.gui.token"
    path.write_text("A" * 43)
    with pytest.raises(Denied, match="BAD_TOKEN"):
        async with joined(plane):
            pass  # refused on the way in
