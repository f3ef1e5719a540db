"""What a replay for windows is played on: an account from the first fact on, and its figures."""

import asyncio
from collections.abc import Iterable

from tradeplat.analytics.summary import summarise
from tradeplat.analytics.tally import Tally
from tradeplat.app import replaying
from tradeplat.app.reel import Instant
from tradeplat.app.settings import Settings
from tradeplat.core.clock import ReplayClock
from tradeplat.core.market import Bar, MarketEvent, Quote
from tradeplat.core.ports import Recorder
from tradeplat.core.record import Commanded, RunHeader
from tradeplat.history.dataset import DataSet
from tradeplat.journal.events import Witnesses
from tradeplat.sim.replay import Replay as Drive

_TIMED = frozenset({"elapsed_s", "bars_per_s", "repeats"})
"""Figures of a replay that nobody waits for: how long it took."""


class Heard:
    """An account whose stream never breaks."""

    live = True


class Stage:
    """One account from the first fact on (app.player.Stage)."""

    def __init__(
        self, settings: Settings, data: DataSet, header: RunHeader, recorders: Iterable[Recorder]
    ) -> None:
        self._data = data
        self._header = header
        self.clock = ReplayClock()
        self._tally = Tally(header.start_cash, header.multipliers)
        recorder = Witnesses(*recorders, self._tally)
        self.account = replaying.Account(settings, self.clock, recorder)
        self._drive: Drive = replaying.driven(settings, data, self.account, self.clock)
        self._drive.warm(settings.desks.warmup_bars)
        self.bars = self.quotes = 0

    def play(self, events: Instant) -> None:
        """Show the facts of one instant."""
        self._drive.feed(events)
        for event in events:
            self.bars += type(event) is Bar
            self.quotes += type(event) is Quote

    def command(self, wish: Commanded, now: int) -> None:
        """Command again what a person commanded."""
        desk = self.account.desks.floor.desks.get(wish.symbol)
        if desk is not None:
            desk.command(wish.intent, now, wish.asked)

    def finish(self) -> None:
        """Everything was played."""
        self.account.score.finish()

    def figures(self) -> dict[str, object]:
        """What came of it so far, as `replay --json` tells it; `summary` as `report` does."""
        came = replaying.figures(replaying.result(self.account, self._data, 0.0))
        told = {**came, "bars": self.bars, "quotes": self.quotes}
        plain: dict[str, object] = {name: told[name] for name in told if name not in _TIMED}
        return {**plain, "summary": summarise(self._header, self._tally)}


class Held:
    """The replay's clock, for those who only read it."""

    def __init__(self, clock: ReplayClock) -> None:
        self._clock = clock

    def now(self) -> int:
        """The replayed instant."""
        return self._clock.now()

    async def sleep_until(self, ts: int) -> None:
        """Return once that instant was played."""
        while self._clock.now() < ts:  # noqa: ASYNC110  # a clock that others move
            await asyncio.sleep(0.01)


def instants(data: DataSet) -> Iterable[Instant]:
    """The facts of `data`, instant by instant."""
    held: list[MarketEvent] = []
    for chunk in data.merged():
        for event in chunk:
            if held and event.ts != held[0].ts:
                yield held
                held = []
            held.append(event)
    if held:
        yield held
