"""W5: from a key, at the terminal or in a window, to its order at the HTTP client and the server.

    python -m bench.hotkey [--json] [--quick]

Keys are written to a pseudo-terminal whose other side the process reads as a session does: so
terminal, decoder, key rules, desk, gate, book, executor, outbox and codec are in the first figure,
HTTP client and kernel too in the second. Meanwhile the loop shows quotes and bars to 40 desks, a
thousand a second, as it would while trading. Each position by hand is closed by the next key.

A window's keys are commands in frames on a socket, read and judged as the control plane does.
"""

import argparse
import asyncio
import logging
import os
import pty
import socket
import statistics
import sys
import time
import tty
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from decimal import Decimal

import aiohttp
import msgspec
import structlog
import uvloop

from bench.figures import Figure, tell
from bench.loopback import serving
from bench.order_path import Counted
from tradeplat.app.handling import Hands
from tradeplat.app.keyboard import Keyboard
from tradeplat.app.levelling import Ground
from tradeplat.app.terminal import KeyDecoder
from tradeplat.control.actions import Actions
from tradeplat.control.protocol import (
    Answer,
    Command,
    FrameReader,
    FrameType,
    Outcome,
    Role,
    packed,
)
from tradeplat.control.scene import Scene
from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.market import MINUTE, Bar, Quote
from tradeplat.core.orders import Order, Report
from tradeplat.core.tape import Market
from tradeplat.desk.desk import House
from tradeplat.desk.floor import Floor
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.hand import Rules
from tradeplat.execution.hotkeys import DEFAULTS, Keypad, Terms
from tradeplat.execution.tracker import PositionTracker
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity
from tradeplat.runtime.wall_clock import WallClock
from tradeplat.strategies.ema_cross import EmaCross

TARGET = 10.0
SYMBOLS = [f"SYM{n:02d}" for n in range(40)]
WARM = 20
PAUSE = 0.055
LOAD = 0.001
"""Seconds between two facts shown to desks."""


class Marked(AlpacaBroker):
    """Notes when each order reaches the HTTP client's side of the house."""

    submitted: int = 0

    async def submit(self, order: Order) -> list[Report]:
        self.submitted = time.perf_counter_ns()
        return await super().submit(order)


class Hand:
    """A keyboard, forty desks and everything behind them, up to the wire."""

    def __init__(self, broker: AlpacaBroker, clock: WallClock) -> None:
        self.clock = clock
        market = Market(Calendar([Session(19700101, 0, 0, 2**62, 2**62)]))
        book = PositionTracker(Decimal(10_000_000), market.tapes)
        gate = RiskGate(Limits(hours=Hours.ANY), FixedQuantity(100), book, market, "A")
        house = House(gate, book, market, Counted())
        self.filled = asyncio.Event()
        # Means that never cross: the load reads and computes, and sends no orders of its own.
        slow = {"fast_span": 100_000, "slow_span": 200_000}
        seats = lambda _: {"ema_cross": EmaCross(**slow)}  # noqa: E731  # one line, one use
        self.floor = Floor(house, seats, lambda _: self.filled.set())
        self.executor = OrderExecutor(broker, book, self.floor, clock)
        house.install(self.executor)
        for symbol in SYMBOLS:
            self.floor.open_desk(symbol, 0).on_market(self.bar(symbol), clock.now())
        # Without stops: legs would have to be cancelled first, which is not what is measured.
        keypad, terms = Keypad(DEFAULTS, arming=False), Terms(stop=0.0)
        self.keys = Keyboard(self.floor, clock, keypad, terms, lambda: SYMBOLS)

    def bar(self, symbol: str) -> Bar:
        ts = self.clock.now() // MINUTE * MINUTE
        return Bar(symbol, ts, 100.0, 101.0, 99.0, 100.0, 1e6, 60, "bench")

    async def load(self) -> None:
        """Show facts to the desks, a thousand a second."""
        turn = 0
        while True:
            symbol = SYMBOLS[turn % len(SYMBOLS)]
            turn += 1
            now = self.clock.now()
            quote = Quote(symbol, now, 99.99, 100.0, 100.01, 100.0, "bench")
            self.floor.desks[symbol].on_market(quote if turn % 5 else self.bar(symbol), now)
            await asyncio.sleep(LOAD)


class Window:
    """The engine's end of a socket on which a window commands: frames, judgement, hands."""

    def __init__(self, hand: Hand) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.theirs.setblocking(False)
        self._frames = FrameReader()
        self._number = 0
        self._tasks: set[asyncio.Task[None]] = set()
        ground = Ground(
            hand.floor, hand.clock, Scene(), Rules(), lambda: True, time.monotonic_ns, time.time_ns
        )
        deeds = Hands(ground).deeds()
        self._actions = Actions(deeds, 1, time.time_ns, self._begin)
        asyncio.get_running_loop().add_reader(self.theirs, self._ready)

    def press(self, do: str, **body: object) -> None:
        self._number += 1
        raw = msgspec.Raw(msgspec.json.encode(body))
        command = Command("gui", self._number, 1, time.time_ns(), do, raw)
        self.ours.sendall(packed(FrameType.COMMAND, command))

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.theirs)
        self.ours.close()
        self.theirs.close()

    def _ready(self) -> None:
        for frame in self._frames.feed(self.theirs.recv(65_536)):
            self._actions.take(frame.payload, Role.TRADER, self._told)

    def _told(self, said: Answer | Outcome) -> None:
        if not (said.done if isinstance(said, Outcome) else said.accepted):
            raise SystemExit(f"refused: {said}")

    def _begin(self, name: str, body: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.get_running_loop().create_task(body())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def commanded(port: int, orders: int) -> list[int]:
    """Nanoseconds from the key in a window to the HTTP client, an order each."""
    clock = WallClock()
    starts, handed = [], []
    async with AsyncExitStack() as stack:
        url = f"http://127.0.0.1:{port}"
        broker = await stack.enter_async_context(Marked(url, "KEY", "SECRET", clock))
        hand = Hand(broker, clock)
        window = Window(hand)
        stack.callback(window.close)
        window.press("arm")
        bodies = [body() for name, body in hand.executor.bodies().items() if name == "outbox-1"]
        tasks = [asyncio.create_task(body) for body in [*bodies, hand.load()]]
        for number in range(orders + WARM):
            symbol = SYMBOLS[number // 2 % len(SYMBOLS)]
            await asyncio.sleep(PAUSE)
            starts.append(time.perf_counter_ns())
            if number % 2 == 0:
                window.press("enter", symbol=symbol, side="buy", shares=10.0, stop=99.0)
            else:
                window.press("leave", symbol=symbol)
            async with asyncio.timeout(5):
                await hand.filled.wait()
            hand.filled.clear()
            handed.append(broker.submitted)
        for task in tasks:
            task.cancel()
    return [done - began for began, done in zip(starts, handed, strict=True)][WARM:]


async def pressed(port: int, orders: int) -> tuple[list[int], list[int]]:
    """Nanoseconds from key to HTTP client, and from key to server, an order each."""
    url = f"http://127.0.0.1:{port}"
    ours, theirs = pty.openpty()
    tty.setcbreak(theirs)
    loop = asyncio.get_running_loop()
    decoder, clock = KeyDecoder(), WallClock()
    starts, handed = [], []
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(Marked(url, "KEY", "SECRET", clock))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        hand = Hand(broker, clock)

        def ready() -> None:
            for key in decoder.feed(os.read(theirs, 1024), loop.time()):
                hand.keys.press(key)

        loop.add_reader(theirs, ready)
        bodies = [body() for name, body in hand.executor.bodies().items() if name == "outbox-1"]
        tasks = [asyncio.create_task(body) for body in [*bodies, hand.load()]]
        for number in range(orders + WARM):
            if number and number % 2 == 0:
                # Ticker by ticker, and slowly: no key may be taken for the same order again.
                last = number // 2 % len(SYMBOLS) == 0
                os.write(ours, b"k" * len(SYMBOLS) if last else b"j")
                await asyncio.sleep(PAUSE)
            starts.append(time.perf_counter_ns())
            os.write(ours, b"bc"[number % 2 : number % 2 + 1])
            async with asyncio.timeout(5):
                await hand.filled.wait()
            hand.filled.clear()
            handed.append(broker.submitted)
            await asyncio.sleep(0.004)
        for task in tasks:
            task.cancel()
        loop.remove_reader(theirs)
        async with session.get(url) as answer:
            arrivals = await answer.json()
    os.close(ours)
    os.close(theirs)
    if len(arrivals) != len(starts):
        raise SystemExit(f"{len(starts)} keys pressed, {len(arrivals)} orders arrived")
    inside = [done - began for began, done in zip(starts, handed, strict=True)]
    wire = [done - began for began, done in zip(starts, arrivals, strict=True)]
    return inside[WARM:], wire[WARM:]


def measure(quick: bool) -> list[Figure]:
    orders = 200 if quick else 1_000
    # A session writes its log to a file; here it would end up among the figures.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with serving("bench.order_path", "--serve") as (_, port):
        inside, wire = uvloop.run(pressed(port, orders))
        window = statistics.quantiles(uvloop.run(commanded(port, orders // 2)), n=100)
    cut = {"in": statistics.quantiles(inside, n=100), "out": statistics.quantiles(wire, n=100)}
    return [
        Figure("W5", "key to HTTP client, p50", cut["in"][49] / 1e6, "ms"),
        Figure("W5", "key to HTTP client, p99", cut["in"][98] / 1e6, "ms", TARGET, "<="),
        Figure("W5", "key to first byte at the server, p50", cut["out"][49] / 1e6, "ms"),
        Figure(
            "W5", "key to first byte at the server, p99", cut["out"][98] / 1e6, "ms", TARGET, "<="
        ),
        Figure("W5", "key in a window to HTTP client, p50", window[49] / 1e6, "ms"),
        Figure("W5", "key in a window to HTTP client, p99", window[98] / 1e6, "ms", TARGET, "<="),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    figures = measure(options.quick)
    tell(figures, as_they_are=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
