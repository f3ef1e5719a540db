"""W4: 20,000 messages a second over 500 tickers, through everything a session has but the network.

    python -m bench.load [--json] [--quick]

One process speaks Alpaca's market-data protocol: five of ten messages are prints, four are quotes,
and each minute brings a bar of every ticker. The other is the daemon's whole inside: connection,
codec, ordering, seconds folded from prints, 500 desk tasks with a strategy on minutes and a
counting one, gate, book and record on disk. Market time runs ten times as fast as the wall's, and
a flood of prints comes first, so that all that is kept to tell repeats and to correct bars has
reached its full size before memory is judged.

Loop lag is by how much a 10 ms sleep is late. Nothing is lost when the volume of the seconds, the
count of the minutes, and the quotes shown or replaced by newer ones are what was sent.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import uvloop
from aiohttp import web

from bench.figures import Figure, tell
from bench.loopback import framed, last_line, listen, quiet, serving, subscribed
from tradeplat.app import wiring
from tradeplat.app.measuring import memory_mb
from tradeplat.app.settings import load
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.history.sessions import nyse_calendar
from tradeplat.journal.digest import RunDigest
from tradeplat.journal.events import EventLog
from tradeplat.runtime.collector import Collector
from tradeplat.runtime.metrics import Histogram
from tradeplat.runtime.strategy_manager import StrategyManager
from tradeplat.runtime.supervisor import Supervisor
from tradeplat.scanners.constant import ConstantStockListManager
from tradeplat.streams.alpaca import AlpacaWebSocketClient
from tradeplat.streams.client import Services, TickerStreams, Tuning
from tradeplat.streams.connection import Access
from tradeplat.streams.stamps import write_ext
from tradeplat.streams.turns import Way

RATE = 20_000
TICKERS = 500
FASTER = 10
GRACE = 0.5
TICK = 0.002
FLOOD = 4_300 * TICKERS
"""Prints before the measured stretch: a little more than are remembered of each ticker."""
FLOOD_RATE = 100_000
LAG_MS, SHARE, GROWTH_MB, MEMORY_MB = 50.0, 100.0, 5.0, 300.0
SYMBOLS = tuple(f"S{k:03d}" for k in range(TICKERS))
START = 1_767_623_400 * SECOND


class MarketClock:
    """Where the market stands (core.ports.Clock): both processes read the machine's monotonic
    clock, `faster` times as fast.
    """

    def __init__(self, began: int, faster: int) -> None:
        self.began = began
        self.faster = faster

    def now(self) -> int:
        return START + (time.monotonic_ns() - self.began) * self.faster

    async def sleep_until(self, ts: int) -> None:
        while (left := ts - self.now()) > 0:  # noqa: ASYNC110  # time is no event
            await asyncio.sleep(min(left / SECOND / self.faster, 1.0))


class Server:
    """Lets one client in, plays `seconds` at RATE once all is subscribed, and says what it sent."""

    rate = RATE
    """Rows a second, without what comes as time closes bars."""

    def __init__(self, clock: MarketClock, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds
        self.minute = 0
        self.sent = {"messages": 0, "prints": 0, "volume": 0, "quotes": 0, "bars": 0}

    async def serve(self) -> None:
        await listen("/v2/sip", self.session)

    async def session(self, request: web.Request) -> web.WebSocketResponse:
        ws = await self.admitted(request)
        assert request.transport is not None
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(self.all(request.transport))
            # Reading answers pings.
            await ws.receive()
            playing.cancel()
        return ws

    async def admitted(self, request: web.Request) -> web.WebSocketResponse:
        return await subscribed(request, lambda topics: len(topics.get("trades", ())) >= TICKERS)

    def frame(self, rows: list[dict]) -> bytes:
        return framed(msgspec.msgpack.encode(rows))

    async def all(self, transport) -> None:
        # Every ticker's seam lies before the first message.
        await asyncio.sleep(1.0)
        await self.flood(transport)
        await asyncio.sleep(1.0)
        await self.play(transport)
        print(json.dumps(self.sent), flush=True)
        # A venue that fell silent now would be left, and play all of it again.
        while True:
            quote = self.row(5 * TICKERS, self.clock.now())
            transport.write(self.frame([{**quote, ("S" if "S" in quote else "sym"): "IDLE"}]))
            await asyncio.sleep(TICK)

    async def flood(self, transport) -> None:
        for k in range(0, FLOOD, TICKERS):
            now = self.clock.now()
            rows = [self.print(symbol, k + n, now) for n, symbol in enumerate(SYMBOLS)]
            transport.write(self.frame(rows))
            await asyncio.sleep(TICKERS / FLOOD_RATE)

    async def play(self, transport) -> None:
        start = time.monotonic_ns()
        done, total = 0, int(self.rate * self.seconds)
        self.minute = self.clock.now() // MINUTE
        while done < total:
            due = min(total, (time.monotonic_ns() - start) * self.rate // SECOND)
            rows = [self.row(k, self.clock.now()) for k in range(done, due)]
            done = max(done, due)
            rows += self.closed(self.clock.now())
            if rows:
                self.sent["messages"] += len(rows)
                transport.write(self.frame(rows))
            await asyncio.sleep(TICK)

    def closed(self, now: int) -> list[dict]:
        """The bars that are due."""
        if now // MINUTE <= self.minute:
            return []
        self.minute = now // MINUTE
        return [self.bar(symbol, self.minute) for symbol in SYMBOLS]

    def row(self, k: int, ts: int) -> dict:
        symbol = SYMBOLS[k % TICKERS]
        if (k // TICKERS) % 9 < 5:
            return self.print(symbol, FLOOD + k, ts)
        price = 100.0 + (k * 7 % 50) / 100
        self.sent["quotes"] += 1
        return {
            "T": "q", "S": symbol, "t": write_ext(ts), "bx": "V", "bp": price, "bs": 3,
            "ax": "V", "ap": price + 0.01, "as": 2, "c": ["R"], "z": "C",
        }  # fmt: skip

    def print(self, symbol: str, number: int, ts: int) -> dict:
        self.sent["prints"] += 1
        self.sent["volume"] += 100
        return {
            "T": "t", "S": symbol, "i": number + 1, "x": "V", "p": 100.0 + number % 50 / 100,
            "s": 100, "t": write_ext(ts), "c": ["@"], "z": "C",
        }  # fmt: skip

    def bar(self, symbol: str, minute: int) -> dict:
        self.sent["bars"] += 1
        return {
            "T": "b", "S": symbol, "t": write_ext((minute - 1) * MINUTE), "o": 100.0, "h": 100.5,
            "l": 99.5, "c": 100.2, "v": 1_000, "n": 10, "vw": 100.0,
        }  # fmt: skip


class Counted:
    """What desks were shown, seen where the record is written: each bar as it stood last."""

    def __init__(self) -> None:
        self.quotes = self.minutes = self.revisions = 0
        self.volume = 0.0
        self._lately: dict[tuple[str, int], float] = {}

    def quote(self) -> None:
        self.quotes += 1

    def bar(self, bar) -> None:
        if bar.span == 60:
            self.minutes += 1
            return
        before = 0.0
        if bar.revision:
            self.revisions += 1
            before = self._lately.get((bar.symbol, bar.ts), 0.0)
        self._lately[bar.symbol, bar.ts] = bar.volume
        self.volume += bar.volume - before
        if len(self._lately) > 20 * TICKERS:
            for key in list(self._lately)[: 10 * TICKERS]:
                del self._lately[key]


class Record(EventLog):
    """The record, counting what passes."""

    counted: Counted

    def fact(self, now, event) -> None:
        kind = type(event).__name__
        if kind == "Quote":
            self.counted.quote()
        elif kind == "Bar":
            self.counted.bar(event)
        super().fact(now, event)


class Inside:
    """The parts of a session, joined as app/live.py joins them."""

    before = FLOOD
    """Messages that come before the measured stretch."""

    def __init__(
        self, url: str, clock: MarketClock, folder: Path, record: type[Record] = Record
    ) -> None:
        self.clock = clock
        settings = wiring.with_strategies(load(None), ["sma_cross"], ["span=60"])
        self.counted = Counted()
        self.record = record(folder / "events.jsonl.zst", None, clock.faster * SECOND)
        self.record.counted = self.counted
        account = wiring.Account("BENCH", Decimal(100_000))
        witnesses = wiring.Witnesses(RunDigest(), self.record)
        desks = self.desks = wiring.join(settings, nyse_calendar(), account, witnesses)
        rng = np.random.default_rng(1)
        self.supervisor = Supervisor(rng)
        services = Services(clock, rng, way=Way(self.order_under_way, self.committing))
        self.client = self.stream(Access(url, "K", "S"), services)
        scanner = ConstantStockListManager(SYMBOLS)
        terms = msgspec.structs.replace(wiring.terms(settings), max_desks=TICKERS)
        desks.house.install(Nowhere())
        self.manager = StrategyManager(
            scanner, self.client, desks.floor, clock, self.supervisor, terms
        )
        self.lag = Histogram()
        self.since = 0
        """When the measured stretch began, on the performance counter."""
        self.bodies: dict[str, Callable[[], Awaitable[None]]] = {}
        self.worst_ms: list[float] = []
        self.memory: list[float] = []

    def stream(self, access: Access, services: Services) -> TickerStreams:
        return AlpacaWebSocketClient(access, "sip", services, (1, 60), Tuning(grace=GRACE))

    def order_under_way(self) -> bool:
        return False

    def committing(self) -> bool:
        return False

    async def run(self, seconds: float) -> dict[str, float]:
        with self.record, Collector(lambda: False) as collector:
            async with self.supervisor:
                self.supervisor.start("collector", collector.run)
                self.supervisor.start("stream", self.client.run)
                self.supervisor.start("manager", self.manager.run)
                for name, body in self.bodies.items():
                    self.supervisor.start(name, body)
                used = await self.stretch(seconds)
                await asyncio.sleep(1.5)
                counters = self.client.counters
        counted = self.counted
        return {
            "lag_p50_us": self.lag.quantile_us(0.5),
            "lag_p99_us": self.lag.quantile_us(0.99),
            "lag_worst_us": self.lag.worst_ns / 1e3,
            "cpu": used,
            "volume": counted.volume,
            "quotes": counted.quotes + counters["conflated"],
            "conflated": counters["conflated"],
            "bars": counted.minutes,
            "revisions": counted.revisions,
            "reconnects": counters["reconnects"],
            "messages": counters["messages"],
            "refused": len(self.supervisor.quarantined),
            "memory": self.memory,
        }

    async def stretch(self, seconds: float) -> float:
        """The measured stretch: the share of a core that it takes."""
        while self.client.counters["messages"] <= self.before:  # noqa: ASYNC110  # a bench
            await asyncio.sleep(0.05)
        self.since = time.perf_counter_ns()
        self.supervisor.start("lag", self.watch)
        cpu, wall = time.process_time(), time.monotonic()
        await asyncio.sleep(seconds)
        return (time.process_time() - cpu) / (time.monotonic() - wall)

    async def watch(self) -> None:
        second = time.monotonic()
        while True:
            due = time.perf_counter_ns() + 10_000_000
            await asyncio.sleep(0.01)
            self.lag.add(max(0, time.perf_counter_ns() - due))
            if time.monotonic() - second >= 1.0:
                second += 1.0
                self.memory.append(memory_mb()[0])


class Nowhere:
    """Takes no order anywhere."""

    def accept(self, order) -> None:
        """Nothing."""

    def cancel(self, order_id) -> None:
        """Nothing."""

    def protect(self, order_id, stop, target) -> None:
        """Nothing."""


def client(inside: Inside, seconds: float) -> None:
    quiet()
    print(json.dumps(uvloop.run(inside.run(seconds))), flush=True)


def once(module: str, seconds: float) -> tuple[dict, dict]:
    """What was sent and what the daemon's inside made of it, each in its own process."""
    began = time.monotonic_ns()
    here = (module, "--began", str(began), "--seconds", str(seconds))
    with serving(*here, "--serve") as (server, port):
        assert server.stdout is not None
        done = last_line(*here, "--client", f"ws://127.0.0.1:{port}/v2/sip")
        return json.loads(server.stdout.readline()), json.loads(done)


def steady(module: str, what: str, *, quick: bool) -> list[Figure]:
    """The figures of a steady load, told of as `what`."""
    seconds = 20.0 if quick else 60.0
    sent, got = once(module, seconds)
    lag = got["lag_p99_us"] / 1e3
    kept = [got[name] / sent[name] for name in ("volume", "quotes", "bars")]
    memory = got["memory"]
    half = memory[len(memory) // 2 :]
    growth = max(half[-len(half) // 4 :]) - max(half[: max(1, len(half) // 4)])
    rate = sent["messages"] / seconds
    return [
        Figure("W4", f"{what}: loop lag, p99", lag, "ms", LAG_MS, "<="),
        Figure("W4", f"{what}: loop lag, p50", got["lag_p50_us"] / 1e3, "ms"),
        Figure("W4", f"{what}: loop lag, worst", got["lag_worst_us"] / 1e3, "ms"),
        Figure("W4", f"{what}: dealt with, the least of each kind", 100 * min(kept), "%", SHARE),
        Figure("W4", f"{what}: dealt with, the most of each kind", 100 * max(kept), "%"),
        Figure("W4", f"{what}: memory gained in the second half", growth, "MB", GROWTH_MB, "<="),
        Figure("W4", f"{what}: memory in the end", memory[-1], "MB", MEMORY_MB, "<="),
        Figure("W4", f"{what}: share of a core", 100 * got["cpu"], "%"),
        Figure("W4", f"{what}: CPU a message", 1e6 * got["cpu"] / rate, "us"),
        Figure("W4", f"{what}: messages sent a second", rate, "msg/s"),
        Figure("W4", f"{what}: seconds revised", got["revisions"], "bars"),
        Figure("W4", f"{what}: connections lost", got["reconnects"], "times", 0.0, "<="),
    ]


def measure(quick: bool = False) -> list[Figure]:
    return steady("bench.load", f"{RATE:,}/s of {TICKERS} tickers", quick=quick)


def command(
    module: str,
    server: type[Server],
    inside: type[Inside],
    figures: Callable[[bool], list[Figure]],
    faster: int = FASTER,
) -> int:
    """What `python -m MODULE` does: measure, or be one of the two processes of that."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--began", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--faster", type=int, default=faster, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=20.0, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    clock = MarketClock(options.began, options.faster)
    if options.serve:
        uvloop.run(server(clock, options.seconds).serve())
    elif options.client:
        with tempfile.TemporaryDirectory() as folder:
            client(inside(options.client, clock, Path(folder)), options.seconds)
    else:
        tell(figures(options.quick), as_they_are=options.json)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(command("bench.load", Server, Inside, measure))
