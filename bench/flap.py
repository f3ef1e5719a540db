"""A link that breaks every ten seconds: no bar missing, none twice, and live again soon.

    python -m bench.flap [--json] [--quick] [--how WAY] [--minutes N] [--every S] [--rest]

The built-in venue is a process of its own and plays a made-up morning at the wall's pace. Both
vendors' clients, as a session wires them, reach its sockets through a TCP link that is broken
every ten seconds for five minutes; with --rest history goes through it too. After a minute of
peace, what every desk was shown is held against the venue's own history, bar by bar.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import numpy as np
import uvloop

from bench.figures import Figure, tell
from bench.link import Link, linked
from bench.loopback import quiet
from bench.peers import ROOT
from tradeplat.app import edges, place
from tradeplat.app.place import Place
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import Settings, load
from tradeplat.core.errors import Transient
from tradeplat.core.market import MINUTE, SECOND, Backfill, Bar, MarketEvent, Quote
from tradeplat.history.synthetic import morning
from tradeplat.runtime.wall_clock import FollowedClock
from tradeplat.streams.client import Services

VENDORS = ("polygon", "alpaca")
TICKERS = 8
SEED = 7
EVERY = 10.0
MINUTES = 5.0
PEACE = 80.0
"""Market seconds after the last break: the last minutes are closed and amended by then."""
GOAL = 5.0
"""Seconds within which a ticker is live again, in 99 of 100 cases (failures.md G4)."""
LOOK = 0.005


class Verdict(msgspec.Struct):
    """What one desk was shown, beside the venue's history. All but the first and last are wrong."""

    bars: int = 0
    missing: int = 0
    invented: int = 0
    double: int = 0
    disordered: int = 0
    differing: int = 0
    amended: int = 0

    @property
    def whole(self) -> bool:
        return not (
            self.missing or self.invented or self.double or self.disordered or self.differing
        )

    def add(self, other: "Verdict") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def in_order(events: Sequence[MarketEvent]) -> list[Bar]:
    """The bars among `events`, those of histories at their places."""
    found: list[Bar] = []
    for event in events:
        if isinstance(event, Backfill):
            found += event.bars
        elif isinstance(event, Bar):
            found.append(event)
    return found


def judged(
    events: Sequence[MarketEvent], history: Sequence[Bar], window: tuple[int, int]
) -> Verdict:
    """`events` as one desk was shown them: their order, and those that close after the first and
    not after the last instant of `window` beside the venue's `history` of it, of every span.
    """
    told = Verdict()
    latest: dict[tuple[int, int], Bar] = {}
    newest: Counter[int] = Counter()
    for bar in in_order(events):
        key = bar.span, bar.ts
        if bar.revision:
            told.amended += 1
            told.disordered += bar.ts > max(newest.values(), default=0)
        else:
            told.double += key in latest
            # A bar that is no amendment comes after all of its span, and before the coarser one.
            told.disordered += any(bar.ts <= ts for span, ts in newest.items() if span >= bar.span)
            newest[bar.span] = max(newest[bar.span], bar.ts)
        latest[key] = bar
    quoted = [event.ts for event in events if isinstance(event, Quote)]
    told.disordered += sum(later < one for one, later in pairwise(quoted))
    wanted = {(bar.span, bar.ts): bar for bar in history if window[0] < bar.ts <= window[1]}
    latest = {key: bar for key, bar in latest.items() if window[0] < key[1] <= window[1]}
    told.bars = len(latest)
    told.missing = len(wanted.keys() - latest.keys())
    # All its prints were taken back: such a bar stands, without volume.
    told.invented = sum(latest[key].volume > 0 for key in latest.keys() - wanted.keys())
    told.differing = sum(
        figures(latest[key]) != figures(wanted[key]) for key in latest.keys() & wanted.keys()
    )
    return told


def figures(bar: Bar) -> tuple[float, ...]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume


class Run(NamedTuple):
    """How one run is broken. `how` is one of link.Link.cut's, or `login`: each new connection
    ends a little later in its handshake than the one before it, or `backfill`: each breaks again
    a little later into the history of what the first break cost.
    """

    how: str = "rst"
    minutes: float = MINUTES
    every: float = EVERY
    rest: bool = False
    speed: float = 1.0
    tickers: int = TICKERS
    start: str = "2025-06-04T09:29"


QUICK = Run(minutes=0.25, every=6.0, speed=4.0)


class Client:
    """One vendor's client with a desk for each ticker, and how long each was not live."""

    def __init__(self, streams: Any, symbols: Sequence[str]) -> None:
        self.streams = streams
        self.shown: dict[str, list[MarketEvent]] = {symbol: [] for symbol in symbols}
        self.took: list[float] = []
        self.down: dict[str, float] = {}
        self.noticed: set[str] = set()
        self.told: list[Backfill] = []

    async def desk(self, symbol: str) -> None:
        while True:
            with suppress(Transient):  # it lagged: opened again, and joined to nothing
                async with self.streams.open(symbol) as batches:
                    async for batch in batches:
                        self.shown[symbol] += batch
                        for event in batch:
                            if isinstance(event, Backfill) and event.since:
                                self.told.append(event)

    @property
    def live(self) -> bool:
        stages = self.streams.stages
        return all(stages.get(symbol) == "live" for symbol in self.shown)

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK)
            stages = self.streams.stages
            for symbol, since in list(self.down.items()):
                if stages.get(symbol) != "live":
                    self.noticed.add(symbol)
                elif symbol in self.noticed:
                    self.took.append(loop.time() - since)
                    self.noticed.discard(symbol)
                    del self.down[symbol]

    def broken(self, now: float) -> None:
        """The link broke: whoever is not live since an earlier break counts from that one."""
        for symbol in self.shown:
            self.down.setdefault(symbol, now)


@contextmanager
def venue(run: Run) -> Iterator[str]:
    """The built-in venue in a process of its own; its address."""
    command = [sys.executable, "-m", "tradeplat", "venue", "--json", "--port", "0"]
    command += ["--seed", str(SEED), "--tickers", str(run.tickers), "--speed", str(run.speed)]
    command += ["--from", run.start]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


def through(where: Place, link: Link, *, rest: bool) -> Place:
    """`where`, its sockets behind `link`, with `rest` its data REST as well."""

    def moved(url: str, *, here: bool = True) -> str:
        return url.replace(urlsplit(url).netloc, f"127.0.0.1:{link.port}") if here else url

    polygon = where.vendor("polygon")
    polygon = msgspec.structs.replace(
        polygon, url=moved(polygon.url, here=rest), stream_url=moved(polygon.stream_url)
    )
    return msgspec.structs.replace(
        where,
        stream_url=moved(where.stream_url),
        data_url=moved(where.data_url, here=rest),
        vendors={**where.vendors, "polygon": polygon},
    )


def settings_of(vendor: str, url: str) -> Settings:
    told = [f"venue.url={url}", f"stream.use={vendor}"]
    return load(None, told)


@asynccontextmanager
async def client_of(
    vendor: str, url: str, link: Link, run: Run, clock: FollowedClock
) -> AsyncIterator[Client]:
    """The client of `vendor` as a session wires it, running, with its desks open."""
    settings = settings_of(vendor, url)
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(place.opened(settings, RunFolder(Path())))
        services = Services(clock, np.random.default_rng(1))
        here = through(there, link, rest=run.rest)
        made = await stack.enter_async_context(edges.stream(settings, here, services))
        client = Client(made.client, symbols_of(run))
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(body()) for body in made.bodies.values()]
        tasks += [loop.create_task(client.desk(symbol)) for symbol in client.shown]
        tasks.append(loop.create_task(client.watch()))
        try:
            yield client
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # cancelled here


def symbols_of(run: Run) -> list[str]:
    return [ticker.symbol for ticker in morning(SEED, tickers=run.tickers).tickers]


async def breaking(run: Run, link: Link, clients: Sequence[Client], end: float) -> int:
    """Break the link until the loop's time is `end`; how often it was broken."""
    loop = asyncio.get_running_loop()
    count = 0
    while loop.time() + run.every < end:
        await asyncio.sleep(run.every)
        count += 1
        if run.how == "login":
            link.budget = 60 * count
        now = loop.time()
        for client in clients:
            client.broken(now)
        link.cut("rst" if run.how in ("login", "backfill") else run.how)
        if run.how == "login":
            await asyncio.sleep(run.every / 4)
            link.budget = None
        if run.how == "backfill":
            await asyncio.sleep(1.0 + 0.1 * (count % 30))
            link.cut("rst")
    return count


async def held_against(vendor: str, url: str, client: Client, window: tuple[int, int]) -> Verdict:
    """What the desks of `client` were shown in `window`, beside what history tells by now."""
    settings = settings_of(vendor, url)
    there = place.opened(settings, RunFolder(Path()))
    told = Verdict()
    async with there as where, edges.source(settings, where).history as history:
        for symbol, events in client.shown.items():
            wanted = [b for span in (1, 60) for b in await history.bars(symbol, span, *window)]
            told.add(judged(events, wanted, window))
    return told


async def played(run: Run) -> dict[str, dict[str, Any]]:
    """One run with both clients; what became of each."""
    found: dict[str, dict[str, Any]] = {}
    with venue(run) as url:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            link = await enter(linked(parts.hostname, parts.port))
            settings = settings_of("alpaca", url)
            there = await enter(place.opened(settings, RunFolder(Path())))
            clock = FollowedClock(0)
            broker = await enter(edges.broker(settings, there, clock))
            await edges.follow_once(broker, clock, run.speed)
            clients = {v: await enter(client_of(v, url, link, run, clock)) for v in VENDORS}
            loop = asyncio.get_running_loop()
            while not all(client.live for client in clients.values()):  # noqa: ASYNC110  # a bench
                await asyncio.sleep(LOOK)
            for client in clients.values():
                client.took.clear()
            start = clock.now()
            ends = loop.time() + 60.0 * run.minutes
            breaks = await breaking(run, link, [*clients.values()], ends)
            link.budget = None
            await asyncio.sleep(PEACE / run.speed)
            for vendor, client in clients.items():
                end = clock.now() - 5 * SECOND
                window = (start - MINUTE, end)
                verdict = await held_against(vendor, url, client, window)
                found[vendor] = told(client, verdict, breaks)
    return found


def told(client: Client, verdict: Verdict, breaks: int) -> dict[str, Any]:
    """The figures of one client."""
    took = sorted(client.took) or [float("nan")]
    counters: Mapping[str, int] = client.streams.counters
    return {
        "breaks": breaks,
        "reconnects": counters["reconnects"],
        **msgspec.to_builtins(verdict),
        "quotes": sum(isinstance(e, Quote) for shown in client.shown.values() for e in shown),
        "told_healed": sum(event.healed for event in client.told),
        "told_not_healed": sum(not event.healed for event in client.told),
        "live_again": len(client.took),
        "never_again": len(client.down),
        "p50_s": took[len(took) // 2],
        "p99_s": took[min(len(took) * 99 // 100, len(took) - 1)],
        "worst_s": took[-1],
        "late": counters["late"],
        "lagged": counters["dropped"],
    }


def measure(quick: bool = False, run: Run | None = None) -> list[Figure]:
    quiet()
    run = run or (QUICK if quick else Run())
    figures_: list[Figure] = []
    for vendor, got in uvloop.run(played(run)).items():
        what = f"{vendor}, {got['breaks']} breaks ({run.how})"
        figures_.append(Figure("G4", f"{what}: live again, p99", got["p99_s"], "s", GOAL, "<="))
        wrong = ("missing", "double", "disordered", "differing", "invented")
        total = float(sum(got[name] for name in wrong))
        shown = f"{what}: of {got['bars']:,} bars missing, double, out of order or other"
        figures_.append(Figure("G4", shown, total, "bars", 0.5, "<="))
    return figures_


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.flap", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a quarter of a minute, four as fast")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--how", choices=("fin", "rst", "half", "mid", "login", "backfill"), default="rst"
    )
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--every", type=float, default=0.0)
    parser.add_argument("--speed", type=float, default=0.0)
    parser.add_argument("--tickers", type=int, default=TICKERS)
    parser.add_argument("--rest", action="store_true", help="history goes through the link, too")
    options = parser.parse_args()
    usual = QUICK if options.quick else Run()
    run = Run(
        options.how,
        options.minutes or usual.minutes,
        options.every or usual.every,
        options.rest,
        options.speed or usual.speed,
        options.tickers,
    )
    if options.json:
        quiet()
        print(json.dumps({"run": run._asdict(), "vendors": uvloop.run(played(run))}, indent=2))
    else:
        tell(measure(run=run))
    return 0


if __name__ == "__main__":
    sys.exit(main())
