"""Whole replays for tests, in both drives, with every part real."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from tradeplat.core.calendar import Calendar
from tradeplat.core.clock import ReplayClock
from tradeplat.core.market import Bar, MarketEvent, Quote
from tradeplat.core.orders import Fill
from tradeplat.core.ports import Recorder, StockListManager, Strategy
from tradeplat.core.tape import Market
from tradeplat.desk.bells import Bells
from tradeplat.desk.desk import House
from tradeplat.desk.floor import Floor
from tradeplat.desk.roster import Terms
from tradeplat.execution.tracker import PositionTracker
from tradeplat.journal.digest import RunDigest
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity
from tradeplat.runtime.strategy_manager import StrategyManager
from tradeplat.runtime.supervisor import Supervisor
from tradeplat.scanners.constant import ConstantStockListManager
from tradeplat.scanners.scheduled import ScheduledStockListManager
from tradeplat.sim.broker import USUAL, SimBroker, VenueRules
from tradeplat.sim.replay import Replay
from tradeplat.sim.score import Score
from tradeplat.streams.fake import FakeWebSocketClient
from tradeplat.streams.timeline import Timeline

CASH = Decimal(1_000_000)
Seats = Callable[[str], Mapping[str, Strategy]]
Schedule = Sequence[tuple[int, Sequence[str]]]


class Setting(NamedTuple):
    """What both drives of a parity test share."""

    seats: Seats
    schedule: Schedule | tuple[str, ...]
    rules: VenueRules = USUAL
    terms: Terms = Terms()
    limits: Limits = Limits(
        hours=Hours.ANY, max_position=Decimal(10**9), max_notional=Decimal(10**9)
    )
    calendar: Calendar = Calendar([])
    quantity: float = 100
    warmup: int = 0
    broker: type[SimBroker] = SimBroker
    recorder: Recorder | None = None
    bells: Bells | None = None


class Played:
    """One account after a replay."""

    def __init__(self, setting: Setting, now: Callable[[], int]) -> None:
        self.digest = RunDigest()
        self.score = Score(CASH, self.digest)
        self.fills: list[Fill] = []
        market = Market(setting.calendar)
        self.tracker = PositionTracker(CASH, market.tapes)
        gate = RiskGate(setting.limits, FixedQuantity(setting.quantity), self.tracker, market, "T")
        self.house = House(gate, self.tracker, market, self.digest, setting.recorder)
        self.house.bells = setting.bells
        self.floor = Floor(self.house, setting.seats, self.on_fill)
        self.broker = setting.broker(self.floor.on_report, market, now, self.score, setting.rules)
        self.house.install(self.broker)

    def on_fill(self, fill: Fill) -> None:
        self.fills.append(fill)
        self.score.on_fill(fill)

    @property
    def figures(self) -> dict[str, object]:
        """Everything two drives must agree on."""
        return {
            "decisions": (self.digest.decided, self.digest.decisions_sha256),
            "fills": (self.digest.filled, self.digest.fills_sha256),
            "orders": self.digest.orders,
            "campaigns": self.score.campaigns,
            "refused": self.house.refused,
            "equity": self.tracker.equity(),
            "drawdown": (self.score.deepest, self.score.deepest_money),
            "open": sorted(self.floor.desks),
        }


def scanner(setting: Setting, now: Callable[[], int]) -> StockListManager:
    schedule = setting.schedule
    if schedule and isinstance(schedule[0], str):
        return ConstantStockListManager(tuple(schedule))
    return ScheduledStockListManager(schedule, now)


def research(chunks: Iterator[list[MarketEvent]], setting: Setting) -> Played:
    clock = ReplayClock()
    played = Played(setting, clock.now)
    list_ = scanner(setting, clock.now)
    replay = Replay(played.floor, played.broker, played.score, clock, list_, setting.terms)
    replay.run(chunks, setting.warmup)
    return played


def orchestrated(chunks: Iterator[list[MarketEvent]], setting: Setting) -> Played:
    made: list[Played] = []

    def show(event: MarketEvent) -> None:
        made[0].broker.show(event)

    def settle(now: int) -> None:
        guard = made[0].house.guard
        assert guard is not None
        guard.settle(now)

    timeline = Timeline(chunks, show, setting.warmup, settle=settle)
    played = Played(setting, timeline.now)
    made.append(played)

    async def run() -> None:
        async with Supervisor(np.random.default_rng(1)) as supervisor:
            manager = StrategyManager(
                scanner(setting, timeline.now),
                FakeWebSocketClient(timeline),
                played.floor,
                timeline,
                supervisor,
                setting.terms,
            )
            await manager.run(lambda: timeline.finished)
            while supervisor.running:
                await asyncio.sleep(0)
            assert not supervisor.quarantined

    asyncio.run(asyncio.wait_for(run(), 60))
    played.score.finish()
    return played


def chunked(events: Sequence[MarketEvent], size: int = 64) -> Iterator[list[MarketEvent]]:
    """Chunks of about `size` in delivery order that never split an instant."""
    chunk: list[MarketEvent] = []
    for event in sorted(events, key=delivery):
        if len(chunk) >= size and chunk[-1].ts != event.ts:
            yield chunk
            chunk = []
        chunk.append(event)
    if chunk:
        yield chunk


def delivery(event: MarketEvent) -> tuple[int, str, int, int]:
    kind = 2 if isinstance(event, Bar) else 1 if isinstance(event, Quote) else 0
    return event.ts, event.symbol, kind, event.span if isinstance(event, Bar) else 0
