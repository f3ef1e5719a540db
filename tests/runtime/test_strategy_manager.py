import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from msgspec.structs import replace

from tradeplat.core.errors import Transient
from tradeplat.core.intent import HOLD, Holding, Intent
from tradeplat.core.market import MINUTE, Backfill, Bar, MarketEvent
from tradeplat.core.ports import Batch, Candidate, Feed
from tradeplat.desk.desk import DeskState
from tradeplat.desk.roster import Terms
from tradeplat.runtime.strategy_manager import StrategyManager
from tradeplat.runtime.supervisor import Supervisor
from worlds import LONG, Script, World, bar


class Clock:
    """Stands still until told; whoever sleeps waits for `set`."""

    def __init__(self) -> None:
        self.ts = 0

    def now(self) -> int:
        return self.ts

    async def sleep_until(self, ts: int) -> None:
        await asyncio.sleep(0)
        self.ts = max(self.ts, ts)


class Lists:
    """A scanner whose list is set by hand; `broken` makes its update fail."""

    def __init__(self, *symbols: str) -> None:
        self.symbols = list(symbols)
        self.broken = False

    async def update(self) -> None:
        if self.broken:
            raise Transient("screener is down")

    def get_active_stock_list(self) -> list[str]:
        return list(self.symbols)

    def explain(self) -> list[Candidate]:
        return [Candidate(s, active=True, reason="listed", ts=0, feed="t") for s in self.symbols]


class Queues:
    """A stream whose tickers are fed by hand."""

    def __init__(self) -> None:
        self.queues: dict[str, asyncio.Queue[Batch]] = {}
        self.left: list[str] = []

    def open(self, symbol: str) -> Feed:
        queue = self.queues[symbol] = asyncio.Queue()
        return self._feed(symbol, queue)

    @asynccontextmanager
    async def _feed(
        self, symbol: str, queue: asyncio.Queue[Batch]
    ) -> AsyncIterator[AsyncIterator[Batch]]:
        async def batches() -> AsyncIterator[Batch]:
            while True:
                yield await queue.get()

        try:
            yield batches()
        finally:
            self.left.append(symbol)


class Parts:
    def __init__(self, world: World, *symbols: str, debounce: int = 1) -> None:
        self.world = world
        self.scanner = Lists(*symbols)
        self.stream = Queues()
        self.supervisor = Supervisor(
            np.random.default_rng(1),
            self.quarantine,
            (0.0,),
        )
        self.manager = StrategyManager(
            self.scanner,
            self.stream,
            world.floor,
            Clock(),
            self.supervisor,
            Terms(debounce=debounce),
        )

    def quarantine(self, name: str, error: Exception) -> None:
        self.manager.quarantine(name, error)

    async def feed(self, symbol: str, *events: MarketEvent) -> None:
        self.stream.queues[symbol].put_nowait(events)
        for _ in range(5):
            await asyncio.sleep(0)


async def test_an_added_ticker_gets_its_own_named_task_and_desk() -> None:
    world = World(lambda _: {"s": Script(LONG)})
    parts = Parts(world, "A")
    async with parts.supervisor:
        await parts.manager.poll()
        parts.scanner.symbols.append("B")
        await parts.manager.poll()
        assert parts.supervisor.running == ["desk:A", "desk:B"]
        assert parts.manager.tickers["B"].strategies == ("s",)
        await parts.feed("B", bar("B", 1), bar("B", 2))
    assert (world.tracker.net("A"), world.tracker.net("B")) == (0, 100)


async def test_a_removed_ticker_leaves_no_task_and_no_subscription() -> None:
    parts = Parts(World(lambda _: {"s": Script()}), "A", "B")
    async with parts.supervisor:
        await parts.manager.poll()
        await asyncio.sleep(0)
        parts.scanner.symbols.remove("A")
        await parts.manager.poll()
        assert parts.supervisor.running == ["desk:B"]
        assert parts.stream.left == ["A"]
    assert list(parts.manager.tickers) == ["B"]


async def test_a_failing_scan_keeps_the_last_list() -> None:
    parts = Parts(World(lambda _: {"s": Script()}), "A")
    async with parts.supervisor:
        await parts.manager.poll()
        parts.scanner.broken = True
        await parts.manager.poll()
        assert parts.supervisor.running == ["desk:A"]


async def test_one_desks_bug_stops_that_desk_alone() -> None:
    class Buggy(Script):
        def on_bar(self, bar: Bar, holding: Holding) -> Intent:
            if bar.symbol == "A":
                raise ZeroDivisionError
            return super().on_bar(bar, holding)

    world = World(lambda _: {"s": Buggy(HOLD, LONG)})
    parts = Parts(world, "A", "B")
    async with parts.supervisor:
        await parts.manager.poll()
        await parts.feed("A", bar("A", 1))
        await parts.feed("B", bar("B", 1), bar("B", 2))
        await parts.manager.poll()
        assert parts.supervisor.running == ["desk:B", "watch:A"]
        assert world.floor.desks["A"].state is DeskState.QUARANTINED
    assert world.tracker.net("B") == 100


@pytest.mark.parametrize("fault", [Transient, ValueError])
async def test_a_feed_that_is_opened_again_shows_each_bar_once(fault: type[Exception]) -> None:
    class Failing(Script):
        def on_bar(self, bar: Bar, holding: Holding) -> Intent:
            seen.append(bar.ts // MINUTE)
            if len(seen) == 3:
                raise fault("once")
            return HOLD

    seen: list[int] = []
    world = World(lambda _: {"s": Failing()})
    parts = Parts(world, "A")
    async with parts.supervisor:
        await parts.manager.poll()
        await parts.feed("A", *(bar("A", minute) for minute in (1, 2, 3)))
        await asyncio.sleep(0.01)
        history = Backfill("A", 5 * MINUTE, tuple(bar("A", minute) for minute in range(1, 6)))
        late = replace(bar("A", 2, 70.0), revision=1)
        await parts.feed("A", history, bar("A", 3, 50.0), late, bar("A", 6, 60.0))
        assert world.floor.desks["A"].seen == 6 * MINUTE
        assert world.market.tapes["A"].last == 60.0
    # After a bug the strategy is asked nothing more; its desk goes on all the same.
    assert seen == ([1, 2, 3, 4, 5, 6] if fault is Transient else [1, 2, 3])


async def test_a_lagging_stream_is_opened_again_and_the_machine_goes_on() -> None:
    class Lagging(Queues):
        def open(self, symbol: str) -> Feed:
            feed = super().open(symbol)
            if self.left:
                return feed
            return self._lagged(symbol)

        @asynccontextmanager
        async def _lagged(self, symbol: str) -> AsyncIterator[AsyncIterator[Batch]]:
            async def batches() -> AsyncIterator[Batch]:
                yield [bar(symbol, 1)]
                raise Transient("mailbox overflowed")

            try:
                yield batches()
            finally:
                self.left.append(symbol)

    script = Script(HOLD, LONG)
    parts = Parts(World(lambda _: {"s": script}), "A")
    parts.stream = Lagging()
    parts.manager = StrategyManager(
        parts.scanner, parts.stream, parts.world.floor, Clock(), parts.supervisor
    )
    async with parts.supervisor:
        await parts.manager.poll()
        while not parts.supervisor.restarts:
            await asyncio.sleep(0)
        for _ in range(9):
            await asyncio.sleep(0)
        await parts.feed("A", bar("A", 2))
    assert len(script.told) == 2
    assert parts.world.tracker.net("A") == 100


async def test_polls_follow_the_clock_until_told_to_stop() -> None:
    parts = Parts(World(lambda _: {"s": Script()}), "A")
    async with parts.supervisor:
        await parts.manager.run(until=lambda: parts.manager.polls == 4)
        assert parts.manager.polls == 4
        parts.manager.stop()
        await parts.manager.run()
    assert parts.manager.polls == 4


async def test_a_thousand_comings_and_goings_leak_nothing() -> None:
    parts = Parts(World(lambda _: {"s": Script()}))
    async with parts.supervisor:
        for n in range(1_000):
            parts.scanner.symbols = [f"T{n % 7}"]
            await parts.manager.poll()
        assert len(parts.supervisor.running) == len(parts.world.floor.desks) == 1
        assert len(asyncio.all_tasks()) == 2
    assert len(parts.manager.tickers) == 1


async def test_every_poll_hands_the_whole_scan_to_the_record() -> None:
    world = World(lambda _: {"s": Script()})
    rows: list[list[str]] = []

    class Notes:
        def candidates(self, now: int, found: list[Candidate]) -> None:
            rows.append([row.symbol for row in found])

        def __getattr__(self, name: str) -> object:
            return lambda *_: None

    world.house.recorder = Notes()
    parts = Parts(world, "A")
    async with parts.supervisor:
        await parts.manager.poll()
        parts.scanner.symbols.append("B")
        await parts.manager.poll()
    assert rows == [["A"], ["A", "B"]]


async def test_desks_are_timed_for_whoever_watches() -> None:
    parts = Parts(World(lambda _: {"s": Script()}), "A")
    told: list[str] = []
    parts.manager.watch = lambda symbol, took: told.append(symbol)
    async with parts.supervisor:
        await parts.manager.poll()
        await parts.feed("A", bar("A", 1), bar("A", 2))
    assert told == ["A", "A"]


async def test_desks_that_something_was_left_at_open_whatever_the_list_says() -> None:
    world = World(lambda _: {"s": Script(LONG)})
    stream = Queues()
    async with Supervisor(np.random.default_rng(1)) as supervisor:
        manager = StrategyManager(
            Lists("A"), stream, world.floor, Clock(), supervisor, Terms(debounce=1)
        )
        manager.reopen(["B", "C", "B"])
        assert sorted(world.floor.desks) == ["B", "C"]
        world.floor.desks["B"].on_market(bar("B", 1), 60)
        await manager.poll()
        assert sorted(world.floor.desks) == ["A", "B"]
        assert world.floor.desks["B"].state is DeskState.CLOSING
