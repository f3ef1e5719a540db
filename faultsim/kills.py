"""Real processes killed with SIGKILL: a daemon with files and sockets against a venue's process.

What simulated deaths cannot show is shown here: that the kernel keeps what was synced, frees the
lease and the port, and that a start after a death finds its way on a real machine.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from faultsim import trader
from faultsim.daemon import STRATEGY, sim_settings
from faultsim.market import CASH, START, market
from faultsim.oracle import name_of, unsettled
from tradeplat.app import live, place
from tradeplat.app.live import Live
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.venue_process import KEY, SECRET
from tradeplat.core.market import SECOND
from tradeplat.execution.timings import Timings
from tradeplat.venue.accounts import Account, AccountTerms
from tradeplat.venue.server import Venue, VenueOptions

ROUND = 10
"""Deaths by one venue, before the daemon may live and everything has to agree."""
SPEED = 12.0
"""Venue seconds a real second."""
_STARTING = 0.3
"""Share of deaths counted from the start of the process, not from when it trades."""
_START = 10.0
_PATIENCE = 60.0
_QUICK = partial(
    Timings,
    asks=(0.2, 0.4, 0.8, 1.0),
    miss_gap=0.4,
    miss_span=1.6,
    recancels=(0.3, 0.6, 1.2, 1.2),
)
"""The waits of order work, shortened for a venue whose seconds are short."""


class Killed(msgspec.Struct, frozen=True):
    """What became of one round."""

    seed: int
    kills: int
    orders: int
    fills: int
    violations: tuple[str, ...]
    seconds: float


def kill_round(seed: int, kills: int = ROUND) -> Killed:
    """Kill the daemon `kills` times, let it live at last, and compare its book with the venue's."""
    began = time.monotonic()
    rng = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="faultsim-kill-"))
    context = get_context("fork")
    ours, theirs = context.Pipe()
    venue = context.Process(target=_venue, args=(seed, folder, theirs))
    venue.start()
    violations: list[str] = []
    orders = fills = 0
    try:
        url = ours.recv()
        for _ in range(kills):
            _live_and_die(seed, folder, url, rng)
        violations += _last_life(seed, folder, url, ours)
        told = _asked(ours, "report")
        orders, fills = told["orders"], told["fills"]
        violations += told["violations"]
    finally:
        if venue.pid is not None:
            os.kill(venue.pid, signal.SIGKILL)
        venue.join()
        if not violations:
            shutil.rmtree(folder, ignore_errors=True)
    if violations:
        violations.append(f"the files are in {folder}")
    return Killed(seed, kills, orders, fills, tuple(violations), time.monotonic() - began)


def _live_and_die(seed: int, folder: Path, url: str, rng: random.Random) -> None:
    """A life of the daemon, ended while it starts or, mostly, while it trades."""
    daemon = get_context("fork").Process(
        target=_daemon, args=(seed, folder, url), kwargs={"last": False}
    )
    ready = folder / "ready"
    ready.unlink(missing_ok=True)
    daemon.start()
    if rng.random() < _STARTING:
        time.sleep(rng.uniform(0.02, 0.6))
    else:
        deadline = time.monotonic() + _START
        while not ready.exists() and daemon.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, 0.7))
    if daemon.pid is not None:
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.kill(daemon.pid, signal.SIGKILL)
    daemon.join()


def _last_life(seed: int, folder: Path, url: str, venue: Connection) -> list[str]:
    """Let the daemon live without trading until it agrees with the venue, then end it in order."""
    daemon = get_context("fork").Process(
        target=_daemon, args=(seed, folder, url), kwargs={"last": True}
    )
    daemon.start()
    book = folder / "book.json"
    why, deadline = "it never told its book", time.monotonic() + _PATIENCE
    agreed = 0
    while time.monotonic() < deadline and agreed < 3:
        time.sleep(0.1)
        if not daemon.is_alive():
            break
        if book.exists():
            why = _compared(json.loads(book.read_text()), _asked(venue, "book"))
            agreed = 0 if why else agreed + 1
    violations = [] if agreed >= 3 else [f"I4/I12 after the kills: {why}"]
    if daemon.pid is not None and daemon.is_alive():
        os.kill(daemon.pid, signal.SIGTERM)
    daemon.join(25.0)
    if daemon.is_alive() and daemon.pid is not None:
        violations.append("I20: the end takes longer than 25 s")
        os.kill(daemon.pid, signal.SIGKILL)
        daemon.join()
    elif daemon.exitcode != 0:
        violations.append(f"I13: the daemon ended with code {daemon.exitcode}")
    return violations


def _compared(ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    """Where the daemon's book differs from the venue's, empty when it does not."""
    if ours["doubt"]:
        return f"in doubt: {ours['doubt']}"
    for what in ("positions", "open"):
        if ours[what] != theirs[what]:
            return f"{what}: ours {ours[what]}, the venue's {theirs[what]}"
    return ""


def _asked(venue: Connection, what: str) -> dict[str, Any]:
    venue.send(what)
    told: dict[str, Any] = venue.recv()
    return told


# The venue's process ------------------------------------------------------------------------


def _venue(seed: int, folder: Path, pipe: Connection) -> None:
    _guarded(lambda: asyncio.run(_serve(seed, pipe)), folder / "venue.log")


async def _serve(seed: int, pipe: Connection) -> None:
    options = VenueOptions(
        seed=seed,
        speed=SPEED,
        accounts=(AccountTerms(key=KEY, secret=SECRET, cash=CASH),),
    )
    venue = Venue(market(seed, 2), options)
    account = next(iter(venue.accounts))
    every: list[Any] = []
    keep = account.orders.add

    def add(order: Any) -> None:
        every.append(order)
        keep(order)

    vars(account.orders)["add"] = add  # a tap on this one book
    async with venue:
        asyncio.get_running_loop().add_reader(
            pipe.fileno(), lambda: _answer(pipe, venue, account, every)
        )
        pipe.send(venue.url)
        await venue.run()


def _answer(pipe: Connection, venue: Venue, account: Account, every: list[Any]) -> None:
    if pipe.recv() == "book":
        pipe.send(
            {
                "positions": {s: str(p.quantity) for s, p in account.positions.items()},
                "open": sorted(order.id for order in account.orders.open_orders()),
            }
        )
        return
    taken = Counter(
        line.client_id
        for line in venue.trading.log.lines
        if line.kind == "POST /v2/orders" and line.status == 200
    )
    names = Counter(name_of(order) for order in every)
    twice = [order_id for order_id, count in (taken + Counter()).items() if count > 1]
    twice += [order_id for order_id, count in names.items() if count > 1]
    pipe.send(
        {
            "orders": len(taken),
            "fills": len(account.fills),
            "violations": [f"I1: {order_id} was taken twice" for order_id in twice],
        }
    )


# The daemon's process -----------------------------------------------------------------------


def _daemon(seed: int, folder: Path, url: str, *, last: bool) -> None:
    _guarded(lambda: asyncio.run(_session(seed, folder, url, last=last)), folder / "daemon.log")


async def _session(seed: int, folder: Path, url: str, *, last: bool) -> None:
    """A life of the daemon; the last one rests, tells its book, and ends when it is told to."""
    sys.modules["tradeplat.strategies." + STRATEGY] = trader
    vars(live)["Timings"] = _QUICK  # shorter waits, nothing else
    until = 0 if last else START + 1_000_000 * SECOND
    settings = sim_settings(2, 2, 40, seed, until, chance=0.5, logs=folder, venue=url)
    run = RunFolder(folder / f"run-{os.getpid()}")
    run.path.mkdir(parents=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with (
        place.opened(settings, run) as where,
        Live(settings, run, where, quiet=True) as session,
    ):
        (folder / "ready").touch()
        telling = asyncio.get_running_loop().create_task(_tell(session, folder, last=last))
        try:
            fault = await session.trade(stop, None)
        finally:
            telling.cancel()
        await session.close("leave")
        if fault is not None:
            raise fault


async def _tell(session: Live, folder: Path, *, last: bool) -> None:
    """Write the book down again and again, for whoever compares it."""
    while last:
        await asyncio.sleep(0.1)
        book = session.desks.tracker
        told = {
            "doubt": unsettled(book) or ("" if session.executor.account.live else "feed down"),
            "positions": {
                s: str(p.quantity) for s, p in sorted(book.positions.items()) if p.quantity
            },
            "open": sorted(order.venue_id for order in book.open_orders.values()),
        }
        fresh = folder / "book.new"
        fresh.write_text(json.dumps(told))
        fresh.replace(folder / "book.json")


def _guarded(work: Callable[[], None], log: Path) -> None:
    """Run the work of a process of its own; what it says goes to `log`, how it ends is its exit
    code.
    """
    try:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(out, 1)
        os.dup2(out, 2)
        work()
    except BaseException:  # noqa: BLE001  # a forked process must not run its parent's code
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
