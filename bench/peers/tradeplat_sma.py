"""tradeplat on the common work: prints run seconds, fills, fill list's hash and memory.

    python tradeplat_sma.py DATA [--drive orchestrated] [--symbols N] [--ready]

DATA is the .npz of columns, whose bars are made into events inside the timed run (before it with
--ready), or a CSV file, which is streamed inside it; without DATA nothing is run: what the imports
alone take. The account is wired as `tradeplat replay` wires it: gate, tracker, simulated broker,
score and digests; a plain strategy class; no recorder.
"""

import argparse
import asyncio
import gc
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import uvloop

from tradeplat.core.calendar import Calendar
from tradeplat.core.clock import ReplayClock
from tradeplat.core.market import MINUTE, MarketEvent
from tradeplat.core.orders import Fill
from tradeplat.core.tape import Market
from tradeplat.desk.desk import House
from tradeplat.desk.floor import Floor
from tradeplat.desk.roster import Terms
from tradeplat.execution.tracker import PositionTracker
from tradeplat.history.dataset import DataSet
from tradeplat.history.merge import Rows, Stream, merged
from tradeplat.journal.digest import RunDigest
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity
from tradeplat.runtime.strategy_manager import StrategyManager
from tradeplat.runtime.supervisor import Supervisor
from tradeplat.scanners.constant import ConstantStockListManager
from tradeplat.sim.broker import SimBroker, VenueRules
from tradeplat.sim.options import Costs, MatchOptions
from tradeplat.sim.replay import Replay
from tradeplat.sim.score import Score
from tradeplat.strategies.sma_cross import SmaCross
from tradeplat.streams.fake import FakeWebSocketClient
from tradeplat.streams.timeline import Timeline

FAST, SLOW, SHARES, FEE, CASH = 20, 50, 100, 1.0, Decimal(10_000_000)
LIMITS = Limits(hours=Hours.ANY, max_position=Decimal(10**6), max_notional=Decimal(10**6))
TERMS = Terms(max_desks=1_000)
BAR_RANK = 2
KEPT_ORDERS = 1_024

Chunks = Iterator[list[MarketEvent]]
Fills = list[tuple[int, Decimal]]


class Account:
    """One replayed account; keeps instant and price of every fill in `fills`, if that is a list."""

    def __init__(self, now: Callable[[], int], fills: Fills | None) -> None:
        self.fills = fills
        self.digest = RunDigest()
        self.score = Score(CASH, self.digest)
        market = Market(Calendar([]))
        tracker = PositionTracker(CASH, market.tapes, KEPT_ORDERS)
        gate = RiskGate(LIMITS, FixedQuantity(SHARES), tracker, market, "bench")
        house = House(gate, tracker, market, self.digest)
        on_fill = self.score.on_fill if fills is None else self.on_fill
        self.floor = Floor(house, lambda _: {"sma_cross": SmaCross(FAST, SLOW)}, on_fill)
        options = MatchOptions(acknowledge=False)
        rules = VenueRules(Costs(fee_per_trade=FEE), options)
        self.broker = SimBroker(self.floor.on_report, market, now, self.score, rules)
        house.install(self.broker)

    def on_fill(self, fill: Fill) -> None:
        assert self.fills is not None
        self.fills.append((fill.ts, fill.price))
        self.score.on_fill(fill)


def research(symbols: tuple[str, ...], chunks: Chunks, fills: Fills | None = None) -> Account:
    clock = ReplayClock()
    account = Account(clock.now, fills)
    scanner = ConstantStockListManager(symbols)
    Replay(account.floor, account.broker, account.score, clock, scanner, TERMS).run(chunks)
    return account


def orchestrated(symbols: tuple[str, ...], chunks: Chunks, fills: Fills | None = None) -> Account:
    made: list[Account] = []

    def show(event: MarketEvent) -> None:
        made[0].broker.show(event)

    timeline = Timeline(chunks, show)
    account = Account(timeline.now, fills)
    made.append(account)
    scanner = ConstantStockListManager(symbols)
    client = FakeWebSocketClient(timeline)

    async def run() -> None:
        async with Supervisor(np.random.default_rng(1)) as supervisor:
            manager = StrategyManager(scanner, client, account.floor, timeline, supervisor, TERMS)
            await manager.run(lambda: timeline.finished or bool(supervisor.quarantined))
            for fault in supervisor.quarantined.values():
                raise fault
            while supervisor.running:  # noqa: ASYNC110  # feeds end by themselves, one turn each
                await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
    account.score.finish()
    return account


def source(path: Path, symbols: int) -> tuple[tuple[str, ...], Callable[[], Chunks]]:
    """The tickers of `path`, and what streams their events."""
    if path.suffix != ".npz":
        data = DataSet.open([path])
        return data.symbols, data.merged
    columns = dict(np.load(path))
    ts = columns["ts"] + MINUTE
    values = [columns[name] for name in ("open", "high", "low", "close", "volume")]
    names = tuple(f"S{number:02}" for number in range(symbols))
    size = len(ts) // symbols
    parts = [slice(at * size, (at + 1) * size) for at in range(symbols)]

    def streams() -> Chunks:
        return merged(
            [
                Stream(name, BAR_RANK, 60, 0, iter([Rows(ts[:size], [v[part] for v in values])]))
                for name, part in zip(names, parts, strict=True)
            ]
        )

    return names, streams


def peak_mb() -> float:
    """The most memory this program ever held; getrusage would count its parent's as well."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--drive", choices=("research", "orchestrated"), default="research")
    parser.add_argument("--symbols", type=int, default=1)
    parser.add_argument("--ready", action="store_true")
    options = parser.parse_args()
    if options.data is None:
        print(json.dumps({"peak_mb": peak_mb()}))
        return
    symbols, chunks = source(options.data, options.symbols)
    drive = research if options.drive == "research" else orchestrated
    stream = iter(list(chunks())) if options.ready else chunks()
    gc.collect()
    gc.freeze()
    start = time.perf_counter()
    fills: Fills | None = [] if options.data.suffix == ".npz" else None
    account = drive(symbols, stream, fills)
    taken = time.perf_counter() - start
    told = {
        "seconds": taken,
        "fills": account.digest.filled,
        "fills_sha256": account.digest.fills_sha256,
        "decisions_sha256": account.digest.decisions_sha256,
        "peak_mb": peak_mb(),
    }
    if fills is not None:
        opened = int(np.load(options.data)["ts"][0])
        listed = sorted(((ts - opened) // MINUTE, float(price)) for ts, price in fills)
        told["sha256"] = hashlib.sha256(json.dumps(listed).encode()).hexdigest()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
