"""W1 and W2: from the wire to a desk's callback, beside a bare client and the vendor's own.

    python -m bench.stream [--json] [--quick]

One server process speaks Alpaca's protocol in MessagePack and sends ready-made frames; each
client runs in a process of its own on uvloop, in turn, several rounds. The bare client is
`websockets` and msgspec into typed structs and one callback; the vendor's is alpaca-py's
StockDataStream with parsed models; ours is AlpacaWebSocketClient with connection, codec,
ordering, one mailbox and one task a ticker, and a callback in each task.

Flat out (W2) counts bars, none of which may be missing, with 1 and with 20 messages a frame.
Paced (W1) sends one quote a frame, 10,000 a second, stamped as it is sent.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time

import msgspec
import numpy as np
import uvloop
from aiohttp import web

from bench.figures import Figure, tell
from bench.loopback import framed, last_line, listen, quiet, serving, subscribed
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.runtime.wall_clock import WallClock
from tradeplat.streams.alpaca import AlpacaWebSocketClient
from tradeplat.streams.client import Services, Tuning
from tradeplat.streams.connection import Access, Timing
from tradeplat.streams.stamps import write_ext

SYMBOLS = [f"SYM{k:02d}" for k in range(40)]
START = 1_767_623_400 * SECOND
RATE = 10_000
CLIENTS = ("bare", "vendor", "ours")
JOBS = ("flat1", "flat20", "paced")


def bars(count: int, a_frame: int) -> list[bytes]:
    rows = []
    for k in range(count):
        minute, place = divmod(k, len(SYMBOLS))
        price = 100.0 + (k % 50) / 100
        rows.append(
            {
                "T": "b",
                "S": SYMBOLS[place],
                "t": write_ext(START + minute * MINUTE),
                "o": price,
                "h": price + 0.05,
                "l": price - 0.05,
                "c": price + 0.01,
                "v": 18250 + k,
                "n": 141,
                "vw": price,
            }
        )
    encode = msgspec.msgpack.encode
    return [framed(encode(rows[at : at + a_frame])) for at in range(0, count, a_frame)]


def quote(symbol: str, ts: int, k: int) -> bytes:
    bid = 100.0 + (k % 50) / 100
    row = {
        "T": "q",
        "S": symbol,
        "t": write_ext(ts),
        "bx": "V",
        "bp": bid,
        "bs": 3,
        "ax": "V",
        "ap": bid + 0.01,
        "as": 2,
        "c": ["R"],
        "z": "C",
    }
    return framed(msgspec.msgpack.encode([row]))


class Server:
    """Greets, lets anybody in, and plays its job once the client has subscribed."""

    def __init__(self, job: str, count: int) -> None:
        self.job = job
        self.count = count
        self.frames = bars(count, 20 if job == "flat20" else 1) if job != "paced" else []

    async def serve(self) -> None:
        await listen("/v2/iex", self.session)

    async def session(self, request: web.Request) -> web.WebSocketResponse:
        ws = await subscribed(
            request, lambda topics: sum(map(len, topics.values())) >= len(SYMBOLS)
        )
        await asyncio.sleep(0.3)
        transport = request.transport
        await (self.paced(transport) if self.job == "paced" else self.flat(transport))
        await ws.receive()
        return ws

    async def flat(self, transport) -> None:
        batch = max(1, 65_536 // len(self.frames[0]))
        for at in range(0, len(self.frames), batch):
            transport.write(b"".join(self.frames[at : at + batch]))
            # Enough lies ready for the client; more would only take its core away.
            while transport.get_write_buffer_size() > 4_194_304:  # noqa: ASYNC110  # a bench
                await asyncio.sleep(0.001)

    async def paced(self, transport) -> None:
        gap = SECOND // RATE
        due = time.perf_counter_ns()
        for k in range(self.count):
            due += gap
            while time.perf_counter_ns() < due:  # noqa: ASYNC110  # it spins on purpose
                await asyncio.sleep(0)
            transport.write(quote(SYMBOLS[k % len(SYMBOLS)], time.time_ns(), k))


class Tally:
    """What a handler does: count, and keep how long a stamped message took."""

    def __init__(self, job: str, count: int) -> None:
        self.count = count
        self.seen = 0
        self.stamped = job == "paced"
        self.began = self.ended = 0
        self.took: list[int] = []
        self.done = asyncio.Event()

    def hear(self, ts: int) -> None:
        if not self.seen:
            self.began = time.perf_counter_ns()
        self.seen += 1
        if self.stamped:
            self.took.append(time.time_ns() - ts)
        if self.seen >= self.count:
            self.ended = time.perf_counter_ns()
            self.done.set()

    def result(self, cpu: float) -> dict[str, float]:
        seconds = (self.ended - self.began) / SECOND
        got = {
            "rate": self.seen / seconds if seconds > 0 else 0.0,
            "cpu_us": cpu / self.seen * 1e6,
            "seen": self.seen,
        }
        if self.took:
            late = sorted(self.took[len(self.took) // 10 :])
            got["p50_us"] = late[len(late) // 2] / 1e3
            got["p99_us"] = late[len(late) * 99 // 100] / 1e3
        return got


async def bare(url: str, job: str, tally: Tally) -> None:
    from websockets.asyncio.client import connect

    class Bar(msgspec.Struct, tag_field="T", tag="b"):
        S: str
        t: msgspec.msgpack.Ext
        o: float
        h: float
        low: float = msgspec.field(name="l")
        c: float
        v: float

    class Quote(msgspec.Struct, tag_field="T", tag="q"):
        S: str
        t: msgspec.msgpack.Ext
        bp: float
        bs: float
        ap: float
        ask_size: float = msgspec.field(name="as")

    decode = msgspec.msgpack.Decoder(list[Bar | Quote]).decode
    headers = {"Content-Type": "application/msgpack"}
    encode = msgspec.msgpack.encode
    hear = tally.hear
    async with connect(url, additional_headers=headers, max_size=None, proxy=None) as ws:
        await ws.recv()
        await ws.send(encode({"action": "auth", "key": "K", "secret": "S"}))
        await ws.recv()
        channel = "quotes" if job == "paced" else "bars"
        await ws.send(encode({"action": "subscribe", channel: SYMBOLS}))
        await ws.recv()
        low = (1 << 34) - 1
        while not tally.done.is_set():
            for message in decode(await ws.recv()):
                data = message.t.data
                packed = int.from_bytes(data, "big")
                ts = packed * SECOND
                if len(data) == 8:
                    ts = (packed & low) * SECOND + (packed >> 34)
                hear(ts)


async def vendor(url: str, job: str, tally: Tally) -> None:
    from alpaca.data.enums import DataFeed
    from alpaca.data.live import StockDataStream

    stream = StockDataStream("K", "S", feed=DataFeed.IEX, url_override=url)
    stamped = job == "paced"

    async def handle(message) -> None:
        ts = int(message.timestamp.timestamp() * 1e6) * 1_000 if stamped else 0
        tally.hear(ts)

    (stream.subscribe_quotes if stamped else stream.subscribe_bars)(handle, *SYMBOLS)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stream._run_forever())
        await tally.done.wait()
        running.cancel()
        await stream.close()


async def ours(url: str, job: str, tally: Tally) -> None:
    services = Services(WallClock(), np.random.default_rng(1))
    tuning = Tuning(timing=Timing(delays=(0.0,)), mailbox=1_000_000)
    access = Access(url, "K", "S")
    client = AlpacaWebSocketClient(access, "iex", services, (60,), tuning, quotes=job == "paced")

    async def desk(symbol: str) -> None:
        hear = tally.hear
        async with client.open(symbol) as batches:
            async for batch in batches:
                for event in batch:
                    hear(event.ts)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.run())]
        tasks += [group.create_task(desk(symbol)) for symbol in SYMBOLS]
        # A quote replaced by a newer one before its desk looked was dealt with, too.
        while tally.seen + client.counters["conflated"] < tally.count:  # noqa: ASYNC110  # a bench
            await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()


def run_client(name: str, url: str, job: str, count: int) -> dict[str, float]:
    quiet()
    tally = Tally(job, count)

    async def run() -> None:
        await asyncio.wait_for(
            {"bare": bare, "vendor": vendor, "ours": ours}[name](url, job, tally), 120
        )

    cpu = time.process_time()
    uvloop.run(run())
    return tally.result(time.process_time() - cpu)


def once(name: str, job: str, count: int) -> dict[str, float]:
    """One client against a fresh server, each in its own process."""
    here = ("bench.stream", "--job", job, "--count", str(count))
    with serving(*here, "--serve") as (_, port):
        url = f"ws://127.0.0.1:{port}/v2/iex"
        found: dict[str, float] = json.loads(last_line(*here, "--client", name, "--url", url))
        return found


def measure(quick: bool = False) -> list[Figure]:
    rounds = 1 if quick else 3
    counts = {"flat1": 40_000, "flat20": 200_000, "paced": 20_000 if quick else 50_000}
    taken: dict[tuple[str, str], list[dict[str, float]]] = {}
    for _ in range(rounds):
        for job in JOBS:
            for name in CLIENTS:
                taken.setdefault((name, job), []).append(once(name, job, counts[job]))

    def value(name: str, job: str, key: str) -> float:
        return statistics.median(run[key] for run in taken[name, job])

    figures = []
    for job, what in (("flat1", "one message a frame"), ("flat20", "20 messages a frame")):
        for name in CLIENTS:
            rate = value(name, job, "rate")
            figures.append(Figure("W2", f"{name}: {what}", rate, "msg/s"))
        ratio = value("ours", job, "rate") / value("vendor", job, "rate")
        figures.append(Figure("W2", f"ours beside alpaca-py, {what}", ratio, "x", 5.0))
        cpu = value("vendor", job, "cpu_us") / value("ours", job, "cpu_us")
        figures.append(Figure("W2", f"the same by CPU a message, {what}", cpu, "x"))
    for name in CLIENTS:
        for key in ("p50_us", "p99_us", "cpu_us"):
            what = f"{name}: wire to handler at {RATE:,}/s, {key.partition('_')[0]}"
            figures.append(Figure("W1", what, value(name, "paced", key), "us"))
    for key, target in (("p50_us", 1.5), ("p99_us", 2.0)):
        ratio = value("ours", "paced", key) / value("bare", "paced", key)
        what = f"ours beside the bare client, {key.partition('_')[0]}"
        figures.append(Figure("W1", what, ratio, "x", target, "<="))
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.stream", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--client", choices=CLIENTS, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        uvloop.run(Server(options.job, options.count).serve())
    elif options.client:
        found = run_client(options.client, options.url, options.job, options.count)
        print(json.dumps(found))
    else:
        figures = measure(options.quick)
        tell(figures, as_they_are=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
