"""`tradeplat replay`: files through the code that trades, or a recorded run through itself."""

import asyncio
import datetime as dt
import gc
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import structlog
import uvloop

from tradeplat.app import (
    bounds,
    halting,
    instants,
    plugins,
    reporting,
    rerunning,
    run_folder,
    scan_feed,
    wiring,
)
from tradeplat.app.headers import Begun, header
from tradeplat.app.logging import logs_to
from tradeplat.app.outcome import Outcome
from tradeplat.app.progress import watched
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import CostSettings, Settings, load
from tradeplat.core.calendar import Calendar
from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import BadInput
from tradeplat.core.market import MarketEvent
from tradeplat.core.ports import Clock, Recorder, StockListManager
from tradeplat.core.record import RUN
from tradeplat.history.dataset import DataSet
from tradeplat.history.sessions import nyse_calendar
from tradeplat.journal.copies import NAME as ORDERS
from tradeplat.journal.digest import RunDigest
from tradeplat.journal.events import EventLog
from tradeplat.journal.order_file import OrderFile
from tradeplat.runtime.strategy_manager import StrategyManager
from tradeplat.runtime.supervisor import Supervisor
from tradeplat.sim.broker import SimBroker, VenueRules, us_day_end
from tradeplat.sim.options import Costs, MatchOptions
from tradeplat.sim.replay import Replay
from tradeplat.sim.score import Result, Score, nets
from tradeplat.streams.fake import FakeWebSocketClient
from tradeplat.streams.timeline import Timeline

log = structlog.get_logger()

DRIVES = ("research", "orchestrated")
KEPT_ORDERS = 1_024
"""Closed orders a replay remembers: nothing is late here, and memory must not grow with length."""

Chunks = Iterator[list[Any]]
"""Events in delivery order."""


class Request(msgspec.Struct, frozen=True):
    """What was typed. `window` are the texts of --from and --to."""

    paths: tuple[Path, ...]
    strategies: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    drive: str = "research"
    window: tuple[str, str] = ("", "")
    out: Path | None = None
    quiet: bool = False


class Account:
    """One replayed account: its desks, its simulated venue and its score."""

    def __init__(
        self, settings: Settings, clock: Clock | ReplayClock, recorder: Recorder | None
    ) -> None:
        calendar = nyse_calendar()
        self.digest = RunDigest()
        self.score = Score(settings.run.cash, self.digest)
        witnesses = wiring.Witnesses(self.digest, recorder, self.score.on_fill)
        account = wiring.Account("replay", settings.run.cash, KEPT_ORDERS)
        self.desks = wiring.join(settings, calendar, account, witnesses)
        self.broker = SimBroker(
            self.desks.floor.on_report,
            self.desks.market,
            clock.now,
            self.score,
            venue_rules(settings, calendar, acknowledge=recorder is not None),
        )
        self.desks.house.install(self.broker)
        halting.replayed(settings, self.desks)

    def settle(self, now: int) -> None:
        """All facts of `now` were shown: let the guard of positions act on them."""
        guard = self.desks.house.guard
        if guard is not None:
            guard.settle(now)


def run(request: Request, config: Path | None, sets: Iterable[str]) -> Outcome:
    """Replay, and say what came of it."""
    if request.drive not in DRIVES:
        raise BadInput(f"--drive {request.drive}: expected one of: {', '.join(DRIVES)}")
    if rerunning.is_run(request.paths):
        _as_it_was(request, config, tuple(sets))
        return rerunning.run(request.paths[0])
    data = opened(request)
    settings = configured(request, data, config, sets)
    with ExitStack() as stack:
        folder, recorder = None, None
        if request.out is not None:
            folder = run_folder.given(request.out)
            folder.write_settings(settings)
            orders = OrderFile(folder.path / ORDERS, settings.run.cash, _unkept)
            stack.enter_context(orders)
            recorder = stack.enter_context(EventLog(folder.events, flush_every=0, orders=orders))
        stack.enter_context(logs_to(folder.path if folder else None, terminal=False))
        came = _played(settings, data, request, recorder, stack)
    return _told(came, data, folder)


def _unkept(line: str) -> None:
    log.error("orders_not_kept", line=line)


def _as_it_was(request: Request, config: Path | None, sets: Iterable[str]) -> None:
    """A recorded run is replayed with its own settings: refuse what would promise others."""
    given = {
        "--strategy": request.strategies,
        "--param": request.params,
        "--from": request.window[0],
        "--to": request.window[1],
        "--out": request.out,
        "--config": config,
        "--set": sets,
    }
    for option, typed in given.items():
        if typed:
            raise BadInput(f"{option}: {request.paths[0]} is a recorded run, replayed as it was")


def opened(request: Request) -> DataSet:
    """The data that was named; BadInput where there is nothing to play in it."""
    start, end = instants.window(*request.window)
    data = DataSet.open(request.paths, start=start, end=end)
    if not data.symbols:
        raise BadInput(f"{request.paths[0]}: found no bars and no quotes, only other data")
    if any(request.window) and next(data.merged(), None) is None:
        raise BadInput(f"{instants.as_typed(*request.window)}: nothing of the data lies there")
    return data


def venue_rules(settings: Settings, calendar: Calendar, *, acknowledge: bool) -> VenueRules:
    """How the simulated venue treats the account, as set. Nobody hears it acknowledge an order
    but a record, and each word costs time.
    """
    costs = settings.costs
    options = MatchOptions(
        volume_cap=costs.volume_cap, seed=settings.run.seed, acknowledge=acknowledge
    )
    return VenueRules(tariff(costs), options, us_day_end(calendar))


def tariff(costs: CostSettings) -> Costs:
    """What fills cost, as set."""
    return Costs(
        commission=costs.commission,
        fee_per_trade=costs.fee_per_trade,
        slippage_ticks=costs.slippage_ticks,
        slippage_pct=costs.slippage_pct,
    )


def configured(
    request: Request, data: DataSet, config: Path | None, sets: Iterable[str]
) -> Settings:
    """Settings whose defaults suit a replay: every symbol of the data gets a desk at once."""
    base: dict[str, Any] = {
        "scanner": {"use": "constant", "tickers": list(data.symbols)},
        "desks": {"max_desks": max(40, len(data.symbols))},
        "stream": {"use": "fake"},
        "risk": bounds.REPLAYED,
    }
    settings = load(config, sets, base)
    settings = wiring.with_strategies(settings, request.strategies, request.params)
    wiring.check(settings)
    plugins.check("scanner", settings.scanner.use, settings.scanner.options, scan_feed.OFFERED)
    tariff(settings.costs)
    return settings


def _played(
    settings: Settings, data: DataSet, request: Request, recorder: EventLog | None, stack: ExitStack
) -> Result:
    chunks: Chunks = stack.enter_context(watched(data.merged(), show=not request.quiet))
    if request.drive == "research":
        return _research(settings, data, chunks, recorder)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_orchestrated(settings, data, chunks, recorder))


def _research(
    settings: Settings, data: DataSet, chunks: Chunks, recorder: EventLog | None
) -> Result:
    clock = ReplayClock()
    account = Account(settings, clock, recorder)
    _write_header(settings, recorder, data)
    drive = driven(settings, data, account, clock)
    gc.freeze()
    began = time.perf_counter()
    drive.run(chunks, settings.desks.warmup_bars)
    return result(account, data, time.perf_counter() - began)


def driven(settings: Settings, data: DataSet, account: Account, clock: ReplayClock) -> Replay:
    """What plays facts to `account`."""
    scanner = _scanner(settings, data, clock)
    floor, terms = account.desks.floor, wiring.terms(settings)
    return Replay(floor, account.broker, account.score, clock, scanner, terms)


async def _orchestrated(
    settings: Settings, data: DataSet, chunks: Chunks, recorder: EventLog | None
) -> Result:
    accounts: list[Account] = []

    def show(event: MarketEvent) -> None:
        accounts[0].broker.show(event)

    def settle(now: int) -> None:
        accounts[0].settle(now)

    timeline = Timeline(chunks, show, settings.desks.warmup_bars, settle=settle)
    account = Account(settings, timeline, recorder)
    accounts.append(account)
    _write_header(settings, recorder, data)
    rng = np.random.default_rng(settings.run.seed)
    began = time.perf_counter()
    async with Supervisor(rng) as supervisor:
        manager = StrategyManager(
            _scanner(settings, data, timeline),
            FakeWebSocketClient(timeline),
            account.desks.floor,
            timeline,
            supervisor,
            wiring.terms(settings),
        )
        await manager.run(lambda: timeline.finished or bool(supervisor.quarantined))
        for fault in supervisor.quarantined.values():
            raise fault
        while supervisor.running:  # noqa: ASYNC110  # feeds end by themselves, one turn each
            await asyncio.sleep(0)
    account.score.finish()
    return result(account, data, time.perf_counter() - began)


def _scanner(settings: Settings, data: DataSet, clock: Clock | ReplayClock) -> StockListManager:
    services = scan_feed.services(settings, data, clock)
    made: StockListManager = plugins.build(
        "scanner", settings.scanner.use, settings.scanner.options, services
    )
    return made


def result(account: Account, data: DataSet, elapsed: float) -> Result:
    """What came of a replay so far."""
    digest, score, tracker = account.digest, account.score, account.desks.tracker
    counts = data.counts.values()
    bars = sum(count.bars for count in counts)
    end = tracker.equity()
    marks = {symbol: tracker.mark(symbol) for symbol in tracker.positions}
    by_symbol, by_strategy = nets(tracker.holdings, marks)
    return Result(
        bars=bars,
        quotes=sum(count.quotes for count in counts),
        repeats=sum(count.repeats for count in counts),
        orders=digest.orders,
        fills=digest.filled,
        campaigns=score.campaigns,
        start_equity=score.start,
        end_equity=end,
        net=end - score.start,
        max_drawdown=score.deepest,
        max_drawdown_money=score.deepest_money,
        elapsed_s=elapsed,
        bars_per_s=bars / elapsed if elapsed else 0.0,
        decisions_sha256=digest.decisions_sha256,
        fills_sha256=digest.fills_sha256,
        refused=dict(sorted(account.desks.house.refused.items())),
        by_symbol=by_symbol,
        by_strategy=by_strategy,
    )


def _write_header(settings: Settings, recorder: EventLog | None, data: DataSet) -> None:
    if recorder is None:
        return
    started = int(dt.datetime.now(dt.UTC).timestamp() * 1e9)
    begun = Begun("replay", "replay", "csv", "replay", settings.run.cash, started)
    seeds = {"run": settings.run.seed}
    recorder.note(0, RUN, header(settings, begun, seeds).body())
    recorder.note(0, "files", {"files": [str(file.path) for file in data.files]})


def figures(came: Result) -> dict[str, Any]:
    """The same for machines."""
    numbers = {
        name: float(value) if isinstance(value, Decimal) else value
        for name, value in msgspec.structs.asdict(came).items()
    }
    for table in ("by_symbol", "by_strategy"):
        numbers[table] = {name: float(net) for name, net in getattr(came, table).items()}
    return numbers


def _told(came: Result, data: DataSet, folder: RunFolder | None) -> Outcome:
    numbers = figures(came)
    numbers["files"] = len(data.files)
    text = _text(came, len(data.files))
    if folder is not None:
        folder.write_metrics(numbers)
        built = reporting.build(folder.path)
        numbers["report"] = str(built.page)
        text += f"\nreport      {built.page}"
    return Outcome(numbers, text)


def _text(came: Result, files: int) -> str:
    lines = [
        f"replayed    {came.bars:,} bars and {came.quotes:,} quotes of {files} files in"
        f" {came.elapsed_s:.2f} s ({came.bars_per_s:,.0f} bars/s)",
        f"orders      {came.orders:,}  fills {came.fills:,}  campaigns {came.campaigns:,}",
        f"equity      {came.start_equity:,.2f} -> {came.end_equity:,.2f}"
        f"  net {came.net:+,.2f}  max drawdown {came.max_drawdown:.2%}",
        f"decisions   {came.decisions_sha256}",
        f"fills       {came.fills_sha256}",
    ]
    if came.refused:
        refused = ", ".join(f"{code} {count:,}" for code, count in came.refused.items())
        lines.append(f"refused     {refused}")
    if came.repeats:
        lines.append(f"repeats     {came.repeats:,} bars stood in more than one file; first kept")
    best = sorted(came.by_symbol.items(), key=_net, reverse=True)
    if len(best) > 1:
        lines.extend(f"  {symbol:<8} {net:+12,.2f}" for symbol, net in best)
    return "\n".join(lines)


def _net(row: tuple[str, Decimal]) -> Decimal:
    return row[1]
