"""F36: keys in logs; a rebinding page that starts the live runner; a control API for all."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from markets import morning
from markets import venue as served_by
from planes import status_of
from sessions import OURS, Session, trading
from tradeplat.app import control_commands as commands
from tradeplat.app.control_commands import Where
from tradeplat.app.venue_process import KEY
from tradeplat.control.protocol import Role
from tradeplat.control.tokens import read_token
from tradeplat.core.conditions import Mode
from waits import until


class Running:
    """A session that trades, and a page that wants to."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.live = session.live
        self.folder = folder
        self.port = json.loads((folder / "control.json").read_text())["port"]

    @property
    def mode(self) -> Mode:
        return self.live.desks.house.conditions.mode()

    async def request(self, head: str, body: str = "") -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        async with asyncio.timeout(30):
            answer = await reader.read(65_536)
        writer.close()
        return answer

    def command(self, do: str) -> str:
        told = json.loads((self.folder / "control.json").read_text())
        made = {"client": "page", "n": 1, "epoch": told["epoch"], "ts": 0, "do": do}
        return json.dumps(made)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    folder = tmp_path / "logs" / "run"
    folder.mkdir(parents=True)
    sets = (f"run.logs={tmp_path / 'logs'}", "control.port=0")
    async with (
        served_by(morning(20, ("AAA",)), accounts=OURS, speed=30.0) as served,
        trading(served, folder, ("AAA",), "sma_cross", *sets) as session,
    ):
        await until(lambda: session.stages == ["live"])
        yield Running(session, folder)


async def test_f36_a_rebound_page_reaches_nothing_even_with_a_token(running: Running) -> None:
    await asyncio.to_thread(commands.kill, Where(running.folder.parent), "halted", flat=False)
    assert running.mode is Mode.KILLED
    token = read_token(running.folder, Role.TRADER)
    own = f"127.0.0.1:{running.port}"
    pages = (
        f"Host: evil.example:{running.port}\r\nOrigin: http://evil.example:{running.port}\r\n",
        f"Host: {own}\r\nOrigin: http://evil.example\r\n",
        f"Host: {own}\r\nSec-Fetch-Site: cross-site\r\n",
        f"Host: {own}\r\nOrigin: null\r\n",
    )
    for page in pages:
        for token_line in ("", f"Authorization: Bearer {token}\r\n"):
            for do in ("resume", "flatten", "kill"):
                head = f"POST /v1/command HTTP/1.1\r\n{page}{token_line}"
                head += "Content-Type: application/json\r\n"
                answer = await running.request(head, running.command(do))
                assert status_of(answer) == 403
                assert b"access-control" not in answer.lower()
            answer = await running.request(f"GET /v1/status HTTP/1.1\r\n{page}{token_line}")
            assert status_of(answer) == 403
            assert b"equity" not in answer
    assert running.mode is Mode.KILLED


async def test_f36_without_a_token_the_control_api_is_shut(running: Running) -> None:
    head = f"POST /v1/command HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
    head += "Content-Type: application/json\r\n"
    for do in ("kill", "flatten", "resume", "status"):
        assert status_of(await running.request(head, running.command(do))) in {401, 429}
    read = f"GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
    assert status_of(await running.request(read)) in {401, 429}
    assert running.mode is Mode.NORMAL


async def test_f36_its_owner_is_heard_all_the_while(running: Running) -> None:
    head = f"POST /v1/command HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
    for _ in range(20):
        await running.request(f"{head}Authorization: Bearer guess\r\n")
    done = await asyncio.to_thread(
        commands.kill, Where(running.folder.parent), "enough", flat=False
    )
    assert done.code == 0
    assert running.mode is Mode.KILLED


async def test_f36_tokens_stand_nowhere_but_in_their_files(running: Running) -> None:
    tokens = [read_token(running.folder, role) for role in Role]
    await asyncio.to_thread(commands.status, Where(running.folder.parent))
    head = f"GET /v1/status?token={tokens[0]} HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
    await running.request(head)
    for path in running.folder.rglob("*"):
        if path.is_file() and not path.name.endswith(".token"):
            data = path.read_bytes()
            assert not any(token[:8].encode() in data for token in tokens), path
            if path.name == "log.jsonl":
                assert KEY.encode() not in data
