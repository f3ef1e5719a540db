"""What watches a session's losses beside the gate, and what of it outlives the session."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Protocol

from tradeplat.app import bounds
from tradeplat.app.settings import Settings
from tradeplat.app.wiring import Desks
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.exact import exact, nearest
from tradeplat.core.journal import Kind, Recovered, Snapshot
from tradeplat.core.ports import Clock, Impose
from tradeplat.execution.flatten import RISK
from tradeplat.execution.timings import Alarm, NoJournal, OrderJournal, no_alarm
from tradeplat.risk.ledgers import Holdings, by_strategy, disagreements
from tradeplat.risk.portfolio import Kept, PortfolioRisk
from tradeplat.risk.strategy_levels import Levels, StrategyLevels

LOOK = 1.0
"""Seconds of the loop between looks at the account's losses."""

Body = Callable[[], Awaitable[None]]


class Switch(Protocol):
    """The kill switch (execution/flatten.py)."""

    def trip(self, who: str, why: str, *, flatten: bool = False) -> object:
        """Kill, and close everything if told to, without waiting."""

    async def flatten(self, symbols: Collection[str] | None, who: str, why: str) -> object:
        """Close these symbols, or with None everything."""


class Halts:
    """The watch over one session's losses, for as long as its `bodies` run.

    Where a venue waits for us, the account is judged when an instant is over (`settling`), so that
    the same day ends the same way; else each second, and before every entry.
    """

    def __init__(
        self, portfolio: PortfolioRisk, clock: Clock, impose: Impose, book: Holdings
    ) -> None:
        self.portfolio = portfolio
        self._book = book
        self._clock = clock
        self._impose = impose
        self._closing: list[tuple[str, str]] = []
        self._wanted = asyncio.Event()
        self._killer: Switch | None = None

    def begin(self, killer: Switch, recovered: Recovered) -> None:
        """Pull this switch when a limit says so, and go on where an earlier session stopped."""
        self._killer = killer

        def kill(who: str, why: str) -> None:
            killer.trip(who, why, flatten=True)

        def flatten(who: str, why: str) -> None:
            self._closing.append((who, why))
            self._wanted.set()

        self.portfolio.day.kill = kill
        self.portfolio.flatten = flatten
        now = self._clock.now()
        if recovered.high_water is not None:
            self.portfolio.halt.restore(nearest(recovered.high_water))
        if recovered.equity is not None:
            self.portfolio.day.restore(nearest(recovered.equity), recovered.equity_at, now)
        if self.portfolio.levels is not None:
            self.portfolio.levels.restore(recovered.counted.made)
        for condition in recovered.standing(now):
            if condition.source.startswith(RISK):
                self._impose(condition, now)

    def bodies(self, *, lockstep: bool) -> Mapping[str, Body]:
        """Everything to be supervised, by name."""
        looks = {} if lockstep else {"losses": self.run}
        return {**looks, "halt": self.run_flattens}

    def settling(self, settle: Callable[[int], None]) -> Callable[[int], None]:
        """What else is done, after `settle`, when a venue that waits for us ends an instant."""

        def settled(now: int) -> None:
            settle(now)
            self.portfolio.look(now)

        return settled

    async def run(self) -> None:
        """Look again and again, for ever."""
        while True:
            self.portfolio.look(self._clock.now())
            await asyncio.sleep(LOOK)

    async def run_flattens(self) -> None:
        """Close everything where a halt asks for it, for ever."""
        while True:
            self._wanted.clear()
            while self._closing and self._killer is not None:
                await self._killer.flatten(None, *self._closing.pop(0))
            await self._wanted.wait()

    def numbers(self) -> dict[str, object]:
        """What is configured and what is measured."""
        halt, day, levels = self.portfolio.halt, self.portfolio.day, self.portfolio.levels
        strategies = {} if levels is None else levels.levels
        return {
            "max_drawdown": halt.configured,
            "drawdown": halt.measured,
            "deepest_drawdown": halt.deepest,
            "high_water": halt.high_water,
            "day_start_equity": day.start,
            "day_profit": day.made,
            "strategies": {
                name: {
                    "realised": float(one.realised),
                    "open": float(one.open),
                    "fees": float(one.fees),
                    "made": float(one.made),
                }
                for name, one in by_strategy(self._book).items()
            },
            "disagreements": disagreements(self._book),
            "levels": {
                name: {
                    "stop_loss_level": level.stop_loss_level,
                    "take_profit_level": level.take_profit_level,
                    "profit": 0.0 if levels is None else levels.made(name),
                }
                for name, level in strategies.items()
            },
        }


def joined(
    settings: Settings,
    desks: Desks,
    clock: Clock,
    journal: OrderJournal | None = None,
    alarm: Alarm = no_alarm,
) -> Halts:
    """The watch over the losses of these desks; what must outlive us goes to `journal`, and what
    the account's own limits stop, whichever they are, to `alarm`.
    """
    house, kept = desks.house, journal or NoJournal()

    def high(equity: float, now: int) -> None:
        kept.note(Kind.SNAPSHOT, Snapshot(ts=now, high_water=exact(equity)).body())

    def begun(equity: float, now: int) -> None:
        kept.note(Kind.SNAPSHOT, Snapshot(ts=now, equity=exact(equity)).body())

    def imposed(condition: Condition, now: int) -> bool:
        ours = condition.source.startswith(RISK)
        if ours and (condition.durable or condition.mode is Mode.NORMAL):
            kept.note(Kind.MODE, condition.body())
        if ours and condition.mode is not Mode.NORMAL:
            whose = f"{condition.scope}: " if condition.scope else ""
            alarm(condition.code, f"{whose}{condition.why}")
        return portfolio.heard(condition, now)

    def close(strategy: str, now: int) -> None:
        for desk in list(desks.floor.desks.values()):
            desk.flatten(now, strategy)

    watched = StrategyLevels(_levels(settings), desks.tracker, house.impose, close)
    portfolio = PortfolioRisk(
        bounds.limits(settings.risk),
        desks.tracker,
        desks.market.calendar,
        house.impose,
        watched,
        Kept(high, begun),
    )
    house.listen(imposed)
    desks.gate.audit = portfolio.judge
    return Halts(portfolio, clock, house.impose, desks.tracker)


def replayed(settings: Settings, desks: Desks) -> None:
    """Let a replay judge its losses before each entry, where limits of losses are set.

    Nothing is closed by them: a replay has no kill switch, and its exits are its strategies' own.
    """
    risk = settings.risk
    if not (risk.daily_loss or risk.daily_loss_kill or risk.max_drawdown or risk.levels):
        return
    levels = StrategyLevels(
        _levels(settings), desks.tracker, desks.house.impose, lambda _strategy, _now: None
    )
    portfolio = PortfolioRisk(
        bounds.limits(risk), desks.tracker, desks.market.calendar, desks.house.impose, levels
    )
    desks.gate.audit = portfolio.look


def _levels(settings: Settings) -> dict[str, Levels]:
    return {
        name: Levels(level.stop_loss_level, level.take_profit_level)
        for name, level in settings.risk.levels.items()
    }
