"""G10: orders under load: from a strategy's decision to its order on the wire, while 20,000
messages a second of 500 tickers go through the same loop.

    python -m bench.under_load [--json] [--quick]

Three processes: the market of bench.load, an order server that notes when each order's request
arrives (CLOCK_MONOTONIC is one for the machine), and the daemon's inside with desks, gate, book,
order journal on the disk of the working directory, executor, outbox and HTTP client. Each desk
flips a coin at each one-second bar; every order is committed to the journal before it is sent. The
gate's decision is timed around it.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from math import nan
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from bench import load
from bench.figures import Figure, tell
from bench.loopback import last_line, listen_raw, quiet, serving
from bench.order_path import OUT, Server, opened
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import SECOND, Bar, Quote
from tradeplat.core.orders import Order
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.timings import Seams, Timings
from tradeplat.journal.writer import JournalWriter
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity

GATE_MS, WIRE_MS = 1.0, 20.0
CHANCE = 0.006
"""Of an entry at each one-second bar: five orders a second or so over all tickers, which is what
the gate would allow an account.
"""
FASTER = 1
"""Market time goes as the wall's: in a market ten times as fast, where there is memory to be judged
(bench.load), the seconds of ten would close in one.
"""


class Named(Server):
    """Answers every POST with a filled order, and notes which id came when."""

    noted: dict[str, int] = {}  # noqa: RUF012  # one for all connections of this process

    def data_received(self, data):
        now = time.perf_counter_ns()
        at = data.find(b'"client_order_id":"')
        if data.startswith(b"POST") and at > 0:
            start = at + len(b'"client_order_id":"')
            Named.noted[data[start : data.index(b'"', start)].decode()] = now
        super().data_received(data)

    def answer(self, head, body):
        if head.startswith(b"GET"):
            text = json.dumps(Named.noted).encode()
            lines = f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}"
            return lines.encode() + b"\r\n\r\n" + text
        return super().answer(head, body)


class Pulse:
    """In for a second now and then."""

    def __init__(self, symbol: str) -> None:
        self.state = hash(symbol) & 0xFFFFFFFF

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        if bar.span != 1 or holding.working:
            return HOLD
        if holding.quantity:
            return Intent(Action.EXIT, 1.0, nan, nan, nan)
        self.state = (self.state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        if self.state / 2**32 < CHANCE:
            return Intent(Action.ENTER, 1.0, nan, nan, nan)
        return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD


class Decisions(load.Record):
    """The record, noting when each order was decided."""

    made: dict[str, int]

    def decision(self, now, symbol, strategy, cause, intent, verdict) -> None:
        if isinstance(verdict, Order):
            self.made[verdict.id] = time.perf_counter_ns()
        super().decision(now, symbol, strategy, cause, intent, verdict)


class TimedGate(RiskGate):
    """The gate with a stopwatch around each review."""

    took: list[tuple[int, int, int]]
    """When each began, what it took, and its thread's CPU time: others share this machine."""

    def review(self, symbol, strategy, intent, cause, now):
        started, cpu = time.perf_counter_ns(), time.thread_time_ns()
        verdict = super().review(symbol, strategy, intent, cause, now)
        cpu = time.thread_time_ns() - cpu
        self.took.append((started, time.perf_counter_ns() - started, cpu))
        return verdict


class Trading(load.Inside):
    """The inside of bench.load with a way out: journal, executor, broker."""

    def __init__(
        self,
        url: str,
        clock: load.MarketClock,
        folder: Path,
        broker: AlpacaBroker,
        journal: JournalWriter,
    ) -> None:
        super().__init__(url, clock, folder, Decisions)
        self.record.made = {}
        desks = self.desks
        limits = Limits(hours=Hours.ANY, max_open_orders=10_000)
        gate = TimedGate(limits, FixedQuantity(1), desks.tracker, desks.market, "BENCH")
        gate.took = []
        desks.house.gate = gate
        desks.floor._seats = lambda symbol: {"pulse": Pulse(symbol)}
        self.gate = gate
        seams = Seams(journal)
        # A burst that takes longer than the usual two seconds shall be seen in the figures.
        ttl = Timings(ttl=20 * SECOND)
        executor = OrderExecutor(broker, desks.tracker, desks.floor, self.clock, ttl, seams)
        desks.house.install(executor)
        bodies = executor.bodies()
        self.executor = executor
        self.journal = journal
        self.bodies = {"journal": journal.run}
        self.bodies |= {n: body for n, body in bodies.items() if not n.startswith("account")}

    def order_under_way(self) -> bool:
        return self.executor.sending

    def committing(self) -> bool:
        return self.journal.committing


async def trade(url: str, orders: str, began: int, seconds: float) -> dict[str, object]:
    clock = load.MarketClock(began, FASTER)
    commits: list[int] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-", dir=OUT)))
        journal = await stack.enter_async_context(opened(stack, folder, clock, commits))
        broker = await stack.enter_async_context(AlpacaBroker(orders, "KEY", "SECRET", clock))
        inside = Trading(url, clock, folder, broker, journal)
        measured = await inside.run(seconds)
        async with aiohttp.ClientSession() as session, session.get(orders) as answer:
            arrived = json.loads(await answer.text())
    # The flood before the measured stretch comes five times as fast.
    made = {name: at for name, at in inside.record.made.items() if at >= inside.since}
    return {
        **measured,
        "gate": [took for started, took, _ in inside.gate.took if started >= inside.since],
        "cpu_of_gate": [cpu for started, _, cpu in inside.gate.took if started >= inside.since],
        "wire": [arrived[name] - made[name] for name in made if name in arrived],
        "made": len(made),
        "commits": commits,
    }


def serve() -> None:
    uvloop.run(listen_raw(Named))


def once(seconds: float) -> dict[str, Any]:
    began = time.monotonic_ns()
    OUT.mkdir(exist_ok=True)
    timing = ("--began", str(began), "--seconds", str(seconds))
    here = ("bench.under_load", *timing)
    with (
        serving("bench.load", *timing, "--faster", str(FASTER), "--serve") as (_, data),
        serving(*here, "--serve") as (
            _,
            orders,
        ),
    ):
        url, wire = f"ws://127.0.0.1:{data}/v2/sip", f"http://127.0.0.1:{orders}"
        told: dict[str, Any] = json.loads(last_line(*here, "--client", url, "--orders", wire))
        return told


def measure(quick: bool = False) -> list[Figure]:
    got = once(20.0 if quick else 60.0)
    gate = statistics.quantiles(got["gate"], n=100)
    cpu = statistics.quantiles(got["cpu_of_gate"], n=100)
    wire = statistics.quantiles(got["wire"], n=100)
    commit = statistics.quantiles(got["commits"], n=100)
    what = f"at {load.RATE:,} msgs/s"
    return [
        Figure("G10", f"gate decision {what}, p99", gate[98] / 1e6, "ms", GATE_MS, "<="),
        Figure("G10", f"the same by CPU time {what}, p99", cpu[98] / 1e6, "ms", GATE_MS, "<="),
        Figure("G10", "gate decision, p50", gate[49] / 1e6, "ms"),
        Figure("G10", f"signal to request on the wire {what}, p99", wire[98] / 1e6, "ms", WIRE_MS,
               "<="),
        Figure("G10", "signal to request on the wire, p50", wire[49] / 1e6, "ms"),
        Figure("G10", "journal commit as the loop sees it, p99", commit[98] / 1e6, "ms"),
        Figure("G10", "journal commit as the loop sees it, p50", commit[49] / 1e6, "ms"),
        Figure("G10", "orders decided", got["made"], "orders"),
        Figure("G10", "orders that arrived", 100 * len(got["wire"]) / got["made"], "%", 100.0),
        Figure("G10", "loop lag, p99", got["lag_p99_us"] / 1e3, "ms"),
    ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.under_load", description=__doc__)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--orders", help=argparse.SUPPRESS)
    parser.add_argument("--began", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=20.0, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.serve:
        serve()
    elif options.client:
        quiet()
        run = trade(options.client, options.orders, options.began, options.seconds)
        print(json.dumps(uvloop.run(run)), flush=True)
    else:
        figures = measure(options.quick)
        tell(figures, as_they_are=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
