import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from math import nan
from pathlib import Path
from typing import Any

import pytest

from commands import refusal, typed
from markets import morning
from markets import venue as served_by
from sessions import OURS, Session, trading
from tradeplat.app import control_commands as commands
from tradeplat.app.control_commands import Where
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import Action, Intent
from tradeplat.core.orders import Order, Purpose, Refused
from waits import until

SYMBOLS = ("AAA", "BBB")
BUY = Intent(Action.ENTER, 1.0, nan, 1.0, nan)


class Running:
    """A session of a test, and commands typed beside it."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session = session
        self.live = session.live
        self.where = Where(folder.parent)

    async def ask(self, command: Callable[..., Any], *given: Any, **more: Any) -> Any:
        return await asyncio.to_thread(command, self.where, *given, **more)

    @property
    def mode(self) -> Mode:
        return self.live.desks.house.conditions.mode()

    async def buy(self, *symbols: str) -> None:
        """Hold `symbols`, their stops at the venue."""
        floor, tracker = self.live.desks.floor, self.live.desks.tracker

        def ordered(symbol: str) -> bool:
            return isinstance(floor.desks[symbol].command(BUY, self.live.clock.now()), Order)

        def covered() -> bool:
            stops = {o.symbol for o in tracker.open_orders.values() if o.purpose is Purpose.STOP}
            entries = [o for o in tracker.open_orders.values() if o.purpose is Purpose.ENTRY]
            return stops == set(symbols) and not entries

        for symbol in symbols:
            # As soon as its stream, its quotes and the account let an entry pass.
            await until(lambda symbol=symbol: ordered(symbol))
        await until(covered)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    folder = tmp_path / "logs" / "run"
    folder.mkdir(parents=True)
    sets = (f"run.logs={tmp_path / 'logs'}",)
    async with (
        served_by(morning(20, SYMBOLS), accounts=OURS, speed=30.0) as served,
        trading(served, folder, SYMBOLS, "gap_momentum", *sets) as session,
    ):
        await until(lambda: session.stages == ["live"] * len(SYMBOLS))
        yield Running(session, folder)


async def test_status_tells_how_everything_stands(running: Running) -> None:
    await running.buy("AAA")
    found = await running.ask(commands.status)
    numbers = found.numbers
    assert (found.code, numbers["mode"], numbers["account_mode"]) == (0, "paper", "normal")
    assert [one["symbol"] for one in numbers["positions"]] == ["AAA"]
    assert numbers["streams"]["account"] == "LIVE"
    assert numbers["streams"]["symbols"] == {"AAA": "live", "BBB": "live"}
    assert numbers["epoch"] > 0
    assert numbers["uptime_s"] >= 0
    assert {order["purpose"] for order in numbers["orders"]} == {"stop"}
    assert numbers["positions"][0]["protected"]
    for word in ("NORMAL", "AAA", "positions", "account LIVE", "loop lag", "epoch"):
        assert word in found.text


async def test_kill_stops_all_until_resume(running: Running) -> None:
    await running.buy("AAA")
    killed = await running.ask(commands.kill, "a drill", flat=False)
    assert killed.code == 0
    assert running.mode is Mode.KILLED
    assert "a drill" in (await running.ask(commands.status)).text
    await until(lambda: not running.live.desks.tracker.open_orders)
    assert (await running.ask(commands.resume, "over")).code == 0
    assert running.mode is Mode.NORMAL


async def test_flatten_of_a_symbol_closes_that_one(running: Running) -> None:
    await running.buy("AAA", "BBB")
    done = await running.ask(commands.flatten, ["aaa"], "enough")
    assert done.code == 0
    tracker = running.live.desks.tracker
    assert (bool(tracker.net("AAA")), bool(tracker.net("BBB"))) == (False, True)
    assert (await running.ask(commands.flatten, [], "")).code == 0
    assert not tracker.net("BBB")


async def test_kill_with_flatten_leaves_nothing(running: Running) -> None:
    await running.buy("AAA", "BBB")
    done = await running.ask(commands.kill, "panic", flat=True)
    assert done.code == 0
    assert running.mode is Mode.KILLED
    assert done.numbers["held"] == []


async def test_a_daemon_that_does_not_answer_gets_the_kill_file(
    running: Running, tmp_path: Path
) -> None:
    (tmp_path / "logs" / "run" / "control.kill.token").write_text("A" * 43)
    left = await running.ask(commands.kill, "stuck", flat=False)
    assert left.code == 3
    assert "BAD_TOKEN" in left.text
    assert "stuck" in (tmp_path / "logs" / "journal" / "KILL").read_text()
    assert (await running.ask(commands.resume, "again")).code == 0
    assert not (tmp_path / "logs" / "journal" / "KILL").exists()


async def test_no_daemon_waits_for_another_to_be_killed(running: Running, tmp_path: Path) -> None:
    mute = tmp_path / "logs" / "run_newer"
    mute.mkdir()
    card = '{"pid":1,"epoch":1,"mode":"paper","place":"x","started":0}'
    (mute / "control.json").write_text(card)
    (mute / "control.kill.token").touch(0o600)
    still_there: list[bool] = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1 << 16):
            await until(lambda: running.mode is Mode.KILLED)
            await asyncio.sleep(0)
            still_there.append(not writer.is_closing() and not reader.at_eof())
        writer.close()

    here = Path.cwd()
    os.chdir(mute)
    try:
        server = await asyncio.start_unix_server(silent, "control.sock")
    finally:
        os.chdir(here)
    async with server:
        left = await running.ask(commands.kill, "storm", flat=False)
    assert still_there == [True]
    assert left.code == 3
    assert left.numbers["killed"] == [str(tmp_path / "logs" / "run")]


async def test_a_person_overrides_a_soft_check_and_the_record_decides_the_same_again(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "logs" / "run"
    folder.mkdir(parents=True)
    async with (
        served_by(morning(20, SYMBOLS), accounts=OURS, speed=30.0) as served,
        trading(
            served, folder, SYMBOLS, "gap_momentum", f"run.logs={tmp_path / 'logs'}"
        ) as session,
    ):
        await until(lambda: session.stages == ["live"] * len(SYMBOLS))
        await overridden_and_back(Running(session, folder))
        digest = session.live.digest
    again = typed("replay", folder, "--json")
    assert again.code == 0, again
    assert again.numbers["decisions_sha256"] == digest.decisions_sha256


async def overridden_and_back(running: Running) -> None:
    floor, gate = running.live.desks.floor, running.live.desks.gate

    def ordered(symbol: str) -> str:
        verdict = floor.desks[symbol].command(BUY, running.live.clock.now())
        return verdict.code if isinstance(verdict, Refused) else ""

    pause = Condition("risk:LOSS_STREAK", "@manual", Mode.REDUCE_ONLY, "LOSS_STREAK", "x", ts=1)
    floor.on_condition(pause, running.live.clock.now())
    await until(lambda: ordered("AAA") == "LOSS_STREAK")
    wish = commands.Pass("loss_streak", strategy="manual")
    given = await running.ask(commands.override, wish, "I have seen it")
    assert given.text.startswith("LOSS_STREAK for @manual is overridden until ")
    shown = await running.ask(commands.status)
    assert [one["why"] for one in shown.numbers["overrides"]] == ["I have seen it"]
    assert "OVERRIDDEN  @manual  LOSS_STREAK until" in shown.text
    await until(lambda: not ordered("AAA"))
    listed = await running.ask(commands.override, commands.Pass(""), "")
    assert [one["scope"] for one in listed.numbers["overrides"]] == ["@manual"]
    revoked = commands.Pass("LOSS_STREAK", strategy="manual", revoke=True)
    await running.ask(commands.override, revoked, "enough")
    assert ordered("BBB") == "LOSS_STREAK"
    assert gate.overridden(running.live.clock.now()) == []
    with pytest.raises(BadInput, match="nobody overrides LOSS_STREAK"):
        await running.ask(commands.override, revoked, "again")


def test_an_override_says_what_is_wrong_before_anybody_is_asked(tmp_path: Path) -> None:
    for words, said in (
        (["CHURN"], "expected the reason"),
        (["CHURN", "--why", "x", "--symbol", "../x"], "expected a ticker"),
        (["CHURN", "--why", "x", "--minutes", "16"], "less than or equal to 15"),
        (["CHURN", "--why", "x", "--symbol", "A", "--strategy", "s"], "found both"),
        (["CHURN", "--why", "x"], "no daemon runs"),
        ([], "no daemon runs"),
    ):
        assert said in refusal(typed("override", *words, "--logs", tmp_path))


def test_without_a_daemon_each_command_says_so(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    for words in (["status"], ["status", "--json"], ["resume"], ["flatten", "BAC"]):
        said = refusal(typed(*words, "--logs", logs))
        assert said.startswith(f"no daemon runs under {logs}")
    assert not logs.exists()


def test_without_a_daemon_a_kill_is_left_for_whoever_comes(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    said = typed("kill", "--why", "storm\nahead", "--logs", logs, "--json")
    assert said.code == 3
    assert said.numbers["kill_file"] == str(logs / "journal" / "KILL")
    assert (logs / "journal" / "KILL").read_text().endswith(": storm ahead\n")
    assert typed("flatten", "--logs", logs).code == 3
    assert (logs / "journal" / "FLATTEN").exists()
    removed = typed("resume", "--logs", logs)
    assert removed.code == 0
    assert list((logs / "journal").iterdir()) == []


def test_what_is_no_ticker_is_refused_before_anybody_is_asked(tmp_path: Path) -> None:
    said = refusal(typed("flatten", "../x", "--logs", tmp_path))
    assert "expected a ticker" in said


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    said = refusal(typed("kill", "--logs", tmp_path / "logs"))
    assert "cannot be written" in said


def test_a_socket_that_only_listens_is_no_daemon(tmp_path: Path) -> None:
    folder = tmp_path / "logs" / "run"
    folder.mkdir(parents=True)
    card = '{"pid":1,"epoch":1,"mode":"paper","place":"x","started":0}'
    (folder / "control.json").write_text(card)
    for role in ("viewer", "kill"):
        (folder / f"control.{role}.token").touch(0o600)
    here = Path.cwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as mute:
            mute.bind("control.sock")
            mute.listen()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("tradeplat.control.client.CONNECT_SECONDS", 0.1)
                said = typed("status", "--logs", tmp_path / "logs")
                assert said.code == 1
                assert "does not answer" in said.err
                killed = typed("kill", "--logs", tmp_path / "logs")
        assert killed.code == 3
        assert (tmp_path / "logs" / "journal" / "KILL").exists()
    finally:
        os.chdir(here)


def test_several_daemons_are_named(tmp_path: Path) -> None:
    sockets = []
    for n in (1, 2):
        folder = tmp_path / f"run{n}"
        folder.mkdir()
        card = f'{{"pid":{n},"epoch":1,"mode":"paper","place":"x","started":0}}'
        (folder / "control.json").write_text(card)
        sockets.append(mute := socket.socket(socket.AF_UNIX))
        mute.bind(str(folder / "control.sock"))
        mute.listen()
    with pytest.raises(BadInput, match=r"2 daemons run: .*run2.*pid 2.*run1.*--run FOLDER"):
        commands.status(Where(tmp_path))
    with pytest.raises(BadInput, match="no daemon runs there"):
        commands.status(Where(tmp_path, tmp_path / "other"))
    for mute in sockets:
        mute.close()
