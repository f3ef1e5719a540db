"""W4: 100,000 messages a second for 5 seconds, over 500 tickers of Alpaca's wire.

    python -m bench.burst [--json] [--quick]

The processes and what a desk does are those of bench.load; market time goes as the wall's. The
burst is made before it is played, so that whoever plays it is never the slower of the two. It is
more than a process can deal with at once: what matters is that every print is in a second, every
minute's bar is shown, quotes give way to newer ones, and how soon afterwards all is caught up.
"""

import asyncio
import os
import sys
import time

import msgspec

from bench import load
from bench.figures import Figure
from bench.load import GRACE, SYMBOLS, TICK
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.streams.alpaca import AlpacaWebSocketClient
from tradeplat.streams.client import Services, TickerStreams, Tuning
from tradeplat.streams.connection import PATIENCE, Access

RATE, SECONDS = 100_000, 5.0
LEAD = 8.0
"""Seconds that making the burst may take."""
STILL = 2.0
"""Seconds without a message after which it is over."""


class Server(load.Server):
    """Plays the burst."""

    async def all(self, transport) -> None:
        lead = LEAD
        while not (frames := await self.made(lead)):
            lead *= 2.0
        for due, frame in frames:
            await asyncio.sleep((due - time.monotonic_ns()) / SECOND)
            transport.write(frame)
        last = (time.monotonic_ns() - frames[-1][0]) / 1e6
        print(msgspec.json.encode(self.sent | {"late_ms": last}).decode(), flush=True)

    async def made(self, lead: float) -> list[tuple[int, bytes]]:
        """The frames, and when each is due by the monotonic clock; nothing if it took too long."""
        self.sent = dict.fromkeys(self.sent, 0)
        start = time.monotonic_ns() + int(lead * SECOND)
        count, each = round(self.seconds / TICK), int(RATE * TICK)
        frames = []
        for n in range(count):
            due = start + int(n * TICK * SECOND)
            ts = self.clock.now() + due - time.monotonic_ns()
            rows = [self.row(k, ts) for k in range(n * each, (n + 1) * each)]
            if n == count // 2:
                rows += [self.bar(symbol, ts // MINUTE) for symbol in SYMBOLS]
            self.sent["messages"] += len(rows)
            frames.append((due, self.frame(rows)))
            # Pings are answered meanwhile.
            await asyncio.sleep(0)
        return frames if time.monotonic_ns() < start else []


class Inside(load.Inside):
    """Measures from the first message to the last."""

    took = used = 0.0

    def stream(self, access: Access, services: Services) -> TickerStreams:
        # While the burst is made nothing comes, and nobody shall wonder.
        tuning = Tuning(grace=GRACE, timing=msgspec.structs.replace(PATIENCE, mute=None))
        return AlpacaWebSocketClient(access, "sip", services, (1, 60), tuning)

    async def stretch(self, seconds: float) -> float:
        count = self.client.counters["messages"]
        while self.client.counters["messages"] == count:  # noqa: ASYNC110  # a bench
            await asyncio.sleep(0.01)
        self.supervisor.start("lag", self.watch)
        began = last = time.monotonic()
        cpu = time.process_time()
        while (now := time.monotonic()) - last < STILL:
            if (seen := self.client.counters["messages"]) != count:
                count, last = seen, now
                self.used = time.process_time() - cpu
            await asyncio.sleep(0.05)
        self.took = last - began
        return self.used / self.took

    async def run(self, seconds: float) -> dict[str, float]:
        return await super().run(seconds) | {"took": self.took, "used": self.used}


def measure(quick: bool = False) -> list[Figure]:
    seconds = SECONDS / 5 if quick else SECONDS
    sent, got = load.once("bench.burst", seconds)
    what = f"burst of {RATE:,}/s for {seconds:g} s"
    arrived = [100 * got[name] / sent[name] for name in ("volume", "bars")]
    quotes = 100 * got["quotes"] / sent["quotes"]
    conflated = 100 * got["conflated"] / sent["quotes"]
    rate = sent["messages"] / (seconds + sent["late_ms"] / 1e3)
    cpu = 1e6 * got["used"] / sent["messages"]
    return [
        Figure("W4", f"{what}: prints in seconds, by volume", arrived[0], "%", load.SHARE),
        Figure("W4", f"{what}: minutes shown", arrived[1], "%", load.SHARE),
        Figure("W4", f"{what}: quotes shown or replaced by newer ones", quotes, "%", load.SHARE),
        Figure("W4", f"{what}: quotes replaced by newer ones", conflated, "%"),
        Figure("W4", f"{what}: caught up after its end", max(0.0, got["took"] - seconds), "s"),
        Figure("W4", f"{what}: loop lag meanwhile, p99", got["lag_p99_us"] / 1e3, "ms"),
        Figure("W4", f"{what}: memory at most", max(got["memory"]), "MB", load.MEMORY_MB, "<="),
        Figure("W4", f"{what}: CPU a message", cpu, "us"),
        Figure("W4", f"{what}: messages sent a second", rate, "msg/s"),
        Figure("W4", f"{what}: seconds revised", got["revisions"], "bars"),
    ]


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(load.command("bench.burst", Server, Inside, measure, faster=1))
