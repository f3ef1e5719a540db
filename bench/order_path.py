"""W3: from a strategy's signal to the first byte of its order at the server, beside a bare POST.

    python -m bench.order_path [--json] [--quick]

Both go to the same server, a socket in another process that notes when the first byte of each
request arrives (CLOCK_MONOTONIC is one for the machine). Ours starts when the bar that makes the
strategy signal is shown to its desk, so desk, strategy, gate, book, executor, outbox, codec and
HTTP client are in it, and the commit of the order's INTENT to the journal on the disk of the
working directory, which has to be over before the order may leave. The bare client only makes the
JSON of a market order and POSTs it with aiohttp. They take turns, order by order, on one uvloop,
and so does a bare write with fdatasync, the least that being durable can cost on this disk.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from decimal import Decimal
from email.utils import formatdate
from math import nan
from pathlib import Path
from typing import BinaryIO

import aiohttp
import msgspec
import uvloop

from bench.figures import Figure, tell
from bench.loopback import listen_raw, serving
from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import MINUTE, Bar, Quote
from tradeplat.core.ports import Clock, Verdict
from tradeplat.core.tape import Market
from tradeplat.desk.desk import House
from tradeplat.desk.floor import Floor
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.timings import OrderJournal, Seams
from tradeplat.execution.tracker import PositionTracker
from tradeplat.journal.disk import WriterThread
from tradeplat.journal.orders import About
from tradeplat.journal.shelf import Opening, open_journal
from tradeplat.journal.writer import Ears, JournalWriter
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity
from tradeplat.runtime.wall_clock import WallClock

TARGET = 2.0
SYMBOL = "AAA"
PAUSE = 0.0005
WARM = 200
OUT = Path("bench/out")
BUDGET = 1_000_000
"""Requests a minute that the server says it allows."""


class Server(asyncio.Protocol):
    """Answers every POST with a filled order; a GET gives the arrival times so far."""

    arrivals: list[int] = []  # noqa: RUF012  # one list for all connections of this process
    count = 0

    def connection_made(self, transport):
        self.transport = transport
        self.buffer = b""

    def data_received(self, data):
        now = time.perf_counter_ns()
        if not self.buffer and data.startswith(b"POST"):
            Server.arrivals.append(now)
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line[15:])
        if len(body) < length:
            return
        self.buffer = b""
        self.transport.write(self.answer(head, body))

    def answer(self, head, body):
        text = json.dumps(Server.arrivals).encode()
        if head.startswith(b"POST"):
            order = json.loads(body)
            Server.count += 1
            text = json.dumps(
                {
                    **order,
                    "id": f"v{Server.count}",
                    "status": "filled",
                    "filled_qty": order["qty"],
                    "filled_avg_price": "100",
                    "updated_at": "2026-01-05T14:30:00.1Z",
                }
            ).encode()
        lines = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}"
        lines += f"\r\nX-RateLimit-Limit: {BUDGET}\r\nX-RateLimit-Remaining: {BUDGET - 1}"
        lines += f"\r\nX-RateLimit-Reset: {int(time.time()) + 60}\r\nDate: {formatdate()}"
        return lines.encode() + b"\r\n\r\n" + text


class InAndOut:
    """Long when flat, flat when long: a signal on every bar."""

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        if holding.working:
            return HOLD
        action = Action.EXIT if holding.quantity else Action.ENTER
        return Intent(action, 1.0, nan, nan, nan)

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD


class Counted:
    """Counts decisions and keeps nothing."""

    def __init__(self):
        self.seen = 0

    def decision(
        self, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        self.seen += 1


class OurSide:
    """A desk with everything behind it, up to the wire."""

    def __init__(self, broker: AlpacaBroker, clock: WallClock, journal: OrderJournal) -> None:
        self.clock = clock
        day = Session(19700101, 0, 0, 2**62, 2**62)
        market = Market(Calendar([day]))
        book = PositionTracker(Decimal(10_000_000), market.tapes)
        gate = RiskGate(Limits(hours=Hours.ANY), FixedQuantity(100), book, market, "A")
        self.house = House(gate, book, market, Counted())
        self.filled = asyncio.Event()
        seats = {"in_and_out": InAndOut()}
        self.floor = Floor(self.house, lambda _: seats, lambda _: self.filled.set())
        self.executor = OrderExecutor(broker, book, self.floor, clock, seams=Seams(journal))
        self.house.install(self.executor)
        self.desk = self.floor.open_desk(SYMBOL, 0)

    def signal(self, minute: int) -> int:
        bar = Bar(SYMBOL, minute * MINUTE, 100.0, 101.0, 99.0, 100.0, 1e6, 60, "bench")
        started = time.perf_counter_ns()
        self.desk.on_market(bar, self.clock.now())
        return started

    async def settle(self) -> None:
        await self.filled.wait()
        self.filled.clear()


class TimedThread(WriterThread):
    """The journal's thread, noting when each piece of work began on it and how long it took."""

    def __init__(self) -> None:
        super().__init__()
        self.took: list[tuple[int, int]] = []

    async def run(self, work):
        def timed():
            began = time.perf_counter_ns()
            try:
                return work()
            finally:
                self.took.append((began, time.perf_counter_ns() - began))

        return await super().run(timed)


def opened(
    stack: AsyncExitStack,
    place: Path,
    clock: Clock,
    commits: list[int],
    disk: WriterThread | None = None,
) -> JournalWriter:
    """The order journal on its own thread, telling how long each commit took."""
    disk = stack.enter_context(disk or WriterThread())
    opening = Opening(clock.now(), time.monotonic_ns())
    store, _ = open_journal(place, About("paper", "bench", "2026-01-05"), opening)
    ears = Ears(lambda _: None, lambda *_: None, commits.append, time.perf_counter_ns)
    return JournalWriter(store, disk, clock, ears)


def bare_sync(file: BinaryIO) -> int:
    """What one durable write of a record's size costs, and nothing else."""
    started = time.perf_counter_ns()
    file.write(b"x" * 512)
    os.fdatasync(file.fileno())
    return time.perf_counter_ns() - started


async def bare_post(session: aiohttp.ClientSession, url: str, number: int) -> int:
    started = time.perf_counter_ns()
    body = msgspec.json.encode(
        {
            "symbol": SYMBOL,
            "qty": "100",
            "side": "buy",
            "type": "market",
            "time_in_force": "day",
            "client_order_id": f"bare-{number}",
        }
    )
    async with session.post(url, data=body) as answer:
        await answer.read()
    return started


async def compare(port: int, orders: int) -> dict[str, list[int]]:
    url = f"http://127.0.0.1:{port}"
    clock = WallClock()
    starts: list[tuple[str, int]] = []
    commits: list[int] = []
    syncs: list[int] = []
    durable: list[int] = []
    async with AsyncExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="journal-", dir=OUT)))
        disk = TimedThread()
        journal = await stack.enter_async_context(opened(stack, place, clock, commits, disk))
        broker = await stack.enter_async_context(AlpacaBroker(url, "KEY", "SECRET", clock))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(headers={"Content-Type": "application/json"})
        )
        ours = OurSide(broker, clock, journal)
        sender = asyncio.create_task(ours.executor.bodies()["outbox-1"]())
        writer = asyncio.create_task(journal.run())
        bare = (place / "bare").open("wb", buffering=0)
        stack.callback(bare.close)
        for number in range(orders + WARM):
            starts.append(("ours", ours.signal(number + 1)))
            await ours.settle()
            began = starts[-1][1]
            durable.append(next(took for at, took in disk.took if at >= began))
            disk.took.clear()
            await asyncio.sleep(PAUSE)
            starts.append(("bare", await bare_post(session, f"{url}/v2/orders", number)))
            await asyncio.sleep(PAUSE)
            syncs.append(bare_sync(bare))
            await asyncio.sleep(PAUSE)
        sender.cancel()
        writer.cancel()
        await asyncio.gather(sender, writer, return_exceptions=True)  # cancelled here
        async with session.get(url) as answer:
            arrivals = await answer.json()
    if len(arrivals) != len(starts):
        raise SystemExit(f"{len(starts)} orders made, {len(arrivals)} arrived")
    taken: dict[str, list[int]] = {"ours": [], "bare": []}
    taken["commit"], taken["sync"] = commits[WARM:], syncs[WARM:]
    taken["durable"] = durable[WARM:]
    pairs = list(zip(starts, arrivals, strict=True))[2 * WARM :]
    for (who, started), arrived in pairs:
        taken[who].append(arrived - started)
    taken["rest"] = [
        all_ - part for all_, part in zip(taken["ours"], taken["durable"], strict=True)
    ]
    return taken


def measure(quick: bool) -> list[Figure]:
    orders = 500 if quick else 2_000
    OUT.mkdir(exist_ok=True)
    with serving("bench.order_path", "--serve") as (_, port):
        taken = uvloop.run(compare(port, orders))
    cuts = {who: statistics.quantiles(ns, n=100) for who, ns in taken.items()}
    ratio = cuts["ours"][49] / cuts["bare"][49]
    rest = cuts["rest"][49] / cuts["bare"][49]
    tail = cuts["ours"][98] / cuts["bare"][98]
    return [
        Figure(
            "W3", "signal to first byte over a bare aiohttp POST, p50", ratio, "x", TARGET, "<="
        ),
        Figure("W3", "the same, p99", tail, "x"),
        Figure("W3", "signal to first byte, p50", cuts["ours"][49] / 1e3, "us"),
        Figure("W3", "signal to first byte, p99", cuts["ours"][98] / 1e3, "us"),
        Figure("W3", "bare aiohttp POST to first byte, p50", cuts["bare"][49] / 1e3, "us"),
        Figure("W3", "bare aiohttp POST to first byte, p99", cuts["bare"][98] / 1e3, "us"),
        Figure("W3", "of ours, INTENT's own transaction, p50", cuts["durable"][49] / 1e3, "us"),
        Figure("W3", "of ours, INTENT's own transaction, p99", cuts["durable"][98] / 1e3, "us"),
        Figure("W3", "of ours, all the rest, p50", cuts["rest"][49] / 1e3, "us"),
        Figure("W3", "the rest over a bare aiohttp POST, p50", rest, "x", TARGET, "<="),
        Figure("W3", "journal commit as the loop sees it, p50", cuts["commit"][49] / 1e3, "us"),
        Figure("W3", "journal commit as the loop sees it, p99", cuts["commit"][98] / 1e3, "us"),
        Figure("W3", "bare 512-byte write and fdatasync, p50", cuts["sync"][49] / 1e3, "us"),
        Figure("W3", "bare 512-byte write and fdatasync, p99", cuts["sync"][98] / 1e3, "us"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.serve:
        uvloop.run(listen_raw(Server))
        return 0
    figures = measure(options.quick)
    tell(figures, as_they_are=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
