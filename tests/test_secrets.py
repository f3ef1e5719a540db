"""Goal G19: canary keys through two hundred ways to fail; nothing that is written shows them."""

import asyncio
import base64
import io
import json
import logging as stdlib
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import redirect_stderr
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import structlog
import zstandard
from aiohttp import web

from commands import command, environment
from markets import control, morning
from markets import venue as served_by
from tradeplat.app import control_commands
from tradeplat.app.control_commands import Where
from tradeplat.app.logging import logs_to
from tradeplat.core.errors import TradeplatError
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.execution.brokers.alpaca_rest import Limits
from tradeplat.runtime.wall_clock import WallClock
from tradeplat.scanners.alpaca_data import AlpacaScreener
from tradeplat.streams.alpaca import AlpacaWebSocketClient, Services, Tuning
from tradeplat.streams.alpaca_history import AlpacaHistory
from tradeplat.streams.connection import Access, Timing
from tradeplat.venue.accounts import AccountTerms
from waits import until

KEY = "PKCANARY7QXN2L5V8RMZ"
SECRET = "cAnArY+6j1sD0gK5yC8vM2qX/hT5k2pQ9xV7mZ3r"
RUN = 8
AT = 1_767_623_400 * SECOND
ORDER = Order(
    "tp1-260105-0123456789abcd-0", "AAA", "s", Decimal(10), OrderType.LIMIT, Purpose.ENTRY,
    AT, AT, limit=Decimal("5.01"),
)  # fmt: skip
QUICK = Limits(total=0.6, connect=0.3, read=0.3)


def spellings() -> set[str]:
    """Whatever would give a canary away: eight characters of it in a row, however written."""
    wholes = {KEY, SECRET, KEY.lower(), SECRET.encode().hex()}
    for secret in (KEY, SECRET, f"{KEY}:{SECRET}"):
        wholes.add(base64.b64encode(secret.encode()).decode()[:-4])
    return {whole[n : n + RUN] for whole in wholes for n in range(len(whole) - RUN + 1)}


SPELLINGS = spellings()


def leaks(text: str) -> set[str]:
    """The parts of a canary that stand in `text`."""
    return {text[n : n + RUN] for n in range(len(text) - RUN + 1)} & SPELLINGS


def echo(request: web.Request) -> str:
    """All that the request told, keys included: what a careless gateway puts into its page."""
    return f"{request.method} {request.path_qs} {dict(request.headers)}"


async def truncated(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "100000"})
    await answer.prepare(request)
    await answer.write(echo(request).encode())
    assert request.transport is not None
    request.transport.abort()
    return answer


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def slow(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(0.4)
    return web.Response(text=echo(request))


def refusal(status: int) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        body = {"code": status * 100_000, "message": f"refused: {echo(request)}", "id": KEY}
        return web.json_response(body, status=status, reason=f"Bad {KEY}")

    return answer


async def page(request: web.Request) -> web.StreamResponse:
    return web.Response(text=f"<html>{echo(request)}</html>", content_type="text/html", status=502)


async def garbage(request: web.Request) -> web.StreamResponse:
    return web.json_response({"account": echo(request), "symbol": [KEY], "id": SECRET})


async def redirected(request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": f"http://{KEY}:x@127.0.0.1:1/?s={KEY}"})


STATUSES = (400, 401, 403, 404, 409, 422, 429, 500, 504)

FAULTS = {
    **{
        f"HTTP {status}": refusal(status)
        for status in (400, 401, 403, 404, 409, 422, 429, 500, 504)
    },
    "a gateway's page": page,
    "garbage": garbage,
    "a redirect": redirected,
    "cut short": truncated,
    "reset": reset,
    "slow": slow,
}


async def one(updates) -> None:
    async with updates as feed:
        async for _ in feed:
            return


async def listened(url: str) -> None:
    """The market stream until it gives up or has failed once."""
    timing = Timing(delays=(0.0, 5.0), slot=5.0, close=0.1, mute=0.3, answer=0.5, watch=0.02)
    access = Access(url.replace("http", "ws", 1) + "/v2/iex", KEY, SECRET)
    services = Services(WallClock(), np.random.default_rng(1), None, lambda ns: None)
    client = AlpacaWebSocketClient(access, "iex", services, (60,), Tuning(timing=timing))
    async with asyncio.timeout(0.5):
        await client.run()


async def history(url: str) -> None:
    async with AlpacaHistory(Access(url, KEY, SECRET), "iex", 100_000) as made:
        await made.bars("AAA", 60, AT, AT + 5 * MINUTE)


def by_broker(
    ask: Callable[[AlpacaBroker], Awaitable[object]],
) -> Callable[[str], Awaitable[object]]:
    async def call(url: str) -> object:
        async with AlpacaBroker(url, KEY, SECRET, WallClock(), QUICK) as broker:
            return await ask(broker)

    return call


def by_screener(
    ask: Callable[[AlpacaScreener], Awaitable[object]],
) -> Callable[[str], Awaitable[object]]:
    async def call(url: str) -> object:
        async with AlpacaScreener(url, url, KEY, SECRET) as screener:
            return await ask(screener)

    return call


CALLS: dict[str, Callable[[str], Awaitable[object]]] = {
    "account": by_broker(lambda b: b.account()),
    "clock": by_broker(lambda b: b.clock()),
    "calendar": by_broker(lambda b: b.calendar("2026-01-05", "2026-01-06")),
    "positions": by_broker(lambda b: b.positions()),
    "asset": by_broker(lambda b: b.asset("AAA")),
    "fills": by_broker(lambda b: b.fills(AT)),
    "open orders": by_broker(lambda b: b.open_orders()),
    "closed orders": by_broker(lambda b: b.closed_orders(AT)),
    "find": by_broker(lambda b: b.find(ORDER.id)),
    "submit": by_broker(lambda b: b.submit(ORDER)),
    "cancel": by_broker(lambda b: b.cancel(ORDER)),
    "cancel all": by_broker(lambda b: b.cancel_all()),
    "account stream": by_broker(lambda b: one(b.updates())),
    "history": history,
    "gainers": by_screener(lambda s: s.gainers(5)),
    "snapshots": by_screener(lambda s: s.snapshots(["AAA"])),
    "market stream": listened,
}


async def served(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]):
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def failed(call: Callable[[str], Awaitable[object]], url: str) -> str:
    """All that is known of how `call` ended, as somebody might journal it."""
    log = structlog.get_logger()
    try:
        got = await call(url)
    except (TradeplatError, TimeoutError) as error:
        log.exception("failed", error=repr(error))
        stdlib.getLogger("aiohttp.client").exception("unclosed %s", url)
        # Our own errors travel: into the journal, alarms, answers. They must be clean themselves.
        return f"{error!r} {error}"
    log.info("answered", got=str(got))
    return str(got)


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_error_path_of_an_edge_shows_a_key(fault: str, tmp_path: Path) -> None:
    runner, url = await served(FAULTS[fault])
    shown = io.StringIO()
    told: dict[str, str] = {}
    try:
        with redirect_stderr(shown), logs_to(tmp_path, [KEY, SECRET], level=stdlib.DEBUG):
            results = await asyncio.gather(*(failed(call, url) for call in CALLS.values()))
            told = dict(zip(CALLS, results, strict=True))
    finally:
        await runner.cleanup()
    for name, words in told.items():
        assert not leaks(words), f"{name}: {words}"
    written = (tmp_path / "log.jsonl").read_text() + shown.getvalue()
    assert written.count("\n") >= len(CALLS)
    assert not leaks(written)


def test_there_are_two_hundred_ways_to_fail() -> None:
    assert len(CALLS) * len(FAULTS) >= 200
    assert leaks(f"x{KEY[3:12]}")
    assert leaks(base64.b64encode(f"{KEY}:{SECRET}".encode()).decode())


def test_whatever_is_logged_with_a_key_in_it_is_written_without(tmp_path: Path) -> None:
    shown = io.StringIO()
    with redirect_stderr(shown), logs_to(tmp_path, [KEY, SECRET], level=stdlib.DEBUG):
        log = structlog.get_logger()
        event = f"in_the_event_{KEY}"
        log.info(event, value=SECRET, nested={"a": [KEY, {SECRET: 1}]}, n=5)
        log.warning("prefix", key=KEY[:9], tail=SECRET[-10:], pair=f"{KEY}:{SECRET}")
        log.bind(key=KEY).error("bound", blob=SECRET.encode(), error=ValueError(KEY))
        stdlib.getLogger("websockets.client").warning("headers %s", {"APCA-API-SECRET-KEY": SECRET})
        stdlib.getLogger("aiohttp.server").error("%s and %s", KEY, SECRET)
        try:
            try:
                {}[SECRET]
            except KeyError as error:
                raise RuntimeError(f"with {KEY}") from error
        except RuntimeError:
            log.exception("failed")
            stdlib.getLogger("asyncio").exception("Task exception was never retrieved")
    text = (tmp_path / "log.jsonl").read_text()
    assert text.count("\n") >= 7
    assert "RuntimeError: with ***" in text
    assert not leaks(text)
    assert not leaks(shown.getvalue())
    for line in text.splitlines():
        json.loads(line)


def everything_in(folder: Path) -> dict[str, str]:
    """All that lies in a folder, unpacked, journals row by row."""
    found = {}
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if path.suffix == ".zst":
            unpacker = zstandard.ZstdDecompressor().decompressobj()
            data = unpacker.decompress(data)
        if path.suffix == ".db":
            with sqlite3.connect(f"file:{path}?immutable=1", uri=True) as journal:
                data += "\n".join(journal.iterdump()).encode()
        found[str(path)] = data.decode("utf-8", "replace") + str(path)
    return found


def processes(pid: int) -> dict[str, str]:
    """Command lines of a process and its children, and what its children were given."""
    found = {str(pid): Path(f"/proc/{pid}/cmdline").read_text()}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found[child] = Path(f"/proc/{child}/cmdline").read_text()
            found[f"{child} environment"] = Path(f"/proc/{child}/environ").read_text()
    return found


def started(words: list[str], folder: Path, out: BinaryIO, err: BinaryIO) -> subprocess.Popen:
    """The daemon at a vendor whose keys are in its environment."""
    return subprocess.Popen(
        command("run", "--venue", "alpaca", *words),
        cwd=folder,
        env=environment(APCA_API_KEY_ID=KEY, APCA_API_SECRET_KEY=SECRET),
        stdout=out,
        stderr=err,
    )


async def test_a_whole_session_at_a_vendor_shows_no_key_anywhere(tmp_path: Path) -> None:
    ours = (AccountTerms(key=KEY, secret=SECRET),)
    symbols = ("AAA", "BBB")
    async with served_by(morning(10, symbols), accounts=ours, speed=1.0) as venue:
        hosts = (
            f"alpaca.trading_url={venue.url}",
            f"alpaca.data_url={venue.url}",
            f"alpaca.stream_url={venue.ws_url}/v2/iex",
        )
        words = [w for host in hosts for w in ("--set", host)]
        with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
            process = started(["--tickers", "AAA,BBB", *words], tmp_path, out, err)
        try:
            logs = tmp_path / "logs"
            await until(lambda: list(logs.glob("*/control.json")))
            status = await _status(logs)
            (log,) = logs.glob("*/log.jsonl")
            await until(lambda: log.read_text().count("ticker_live") == len(symbols))
            for rule in ({"path": "/v2", "status": 500}, {"path": "/v2", "status": 429}):
                await control(venue, "fault", **rule, times=3)
            await control(venue, "disconnect", how="abort")
            await asyncio.sleep(1.5)
            listed = processes(process.pid)
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait, 30)
        finally:
            process.kill()
            process.wait()
    assert status["account_mode"]
    found = {**everything_in(tmp_path), **listed, "status": json.dumps(status)}
    for end in (".db", "log.jsonl", "events.jsonl.zst", "run.toml", "report.html", "/out", "/err"):
        assert any(name.endswith(end) for name in found), end
    assert {name: leaks(text) for name, text in found.items() if leaks(text)} == {}


async def _status(logs: Path) -> dict:
    deadline = time.monotonic() + 20
    while True:
        try:
            return dict((await asyncio.to_thread(control_commands.status, Where(logs))).numbers)
        except TradeplatError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)


def test_a_fault_that_nobody_caught_shows_no_key(tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(f'APCA_API_KEY_ID = "{KEY}"\nAPCA_API_SECRET_KEY = "{SECRET}"\n')
    keys.chmod(0o600)
    script = (
        "import os, tradeplat.app.cli as cli\n"
        "from tradeplat.app import control_commands, credentials\n"
        "def broken(where):\n"
        "    found = credentials.alpaca()\n"
        "    raise ZeroDivisionError(f'{found.secrets()} {os.environ[\"OTHER\"]}')\n"
        "control_commands.status = broken\n"
        "import sys; sys.argv = ['tradeplat', 'status']; sys.exit(cli.main())\n"
    )
    for given in (
        {"TRADEPLAT_SECRETS": str(keys), "OTHER": ""},
        {"APCA_API_KEY_ID": KEY, "APCA_API_SECRET_KEY": SECRET, "OTHER": KEY},
    ):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment(**given),
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 1
        assert "ZeroDivisionError" in done.stderr
        assert not leaks(done.stdout + done.stderr)
