"""Plays the script on the venue's clock: one instant after the other, nothing left out.

At each instant the engines (who match orders) see every event of the instant first, in delivery
order, and settle what that led to; then the market takes the events in and tells its listeners.
"""

import asyncio
import math
from collections.abc import Sequence
from typing import Protocol

import msgspec

from tradeplat.core.market import MINUTE, SECOND, Trade
from tradeplat.venue.agenda import Agenda
from tradeplat.venue.clock import VenueClock
from tradeplat.venue.market import Market
from tradeplat.venue.pace import Pace, PacePhase
from tradeplat.venue.script import Event, Reel

_BURST = 128
"""Instants played in a row before others get a turn."""

_NAP = 0.001
"""Seconds the player waits at least: what is due meanwhile is told together."""

_GAP = 3_600 * SECOND
_BEFORE = 60 * SECOND
"""A stretch of more than an hour in which nothing happens is cut to its last minute."""


class Engine(Protocol):
    """Somebody who must see the market before its listeners do."""

    @property
    def next_due(self) -> int | None:
        """When `settle` has something to do next, None when it has nothing."""
        ...

    def on_event(self, event: Event) -> None:
        """Take in the next event."""
        ...

    def settle(self, now: int) -> None:
        """Do all that is due at or before `now`."""
        ...


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What a player works with."""

    clock: VenueClock
    reel: Reel
    market: Market
    agenda: Agenda
    engines: Sequence[Engine]
    pace: Pace


class Player:
    """Moves the venue through its script. `finished` is set when nothing is left to happen."""

    def __init__(self, stage: Stage) -> None:
        self._clock = stage.clock
        self._reel = stage.reel
        self._market = stage.market
        self._agenda = stage.agenda
        self._engines = stage.engines
        self._pace = stage.pace
        self._bell = asyncio.Event()
        self._tick: int | None = None
        self.finished = asyncio.Event()
        self.played = 0
        """Instants played so far."""

    @property
    def next_due(self) -> int | None:
        """The next instant at which something happens, None when nothing is left.

        Past the script's end a jumping clock stays where it is: orders that expire hours later
        are no reason to move it.
        """
        story = _first(self._reel.next_ts, self._agenda.next_due, self._tick)
        due = _first(story, *(engine.next_due for engine in self._engines))
        if story is not None:
            self.finished.clear()
            return due
        self.finished.set()
        ends = due is not None and self._clock.jumping and due > self._clock.now() + MINUTE
        return None if ends else due

    def wake(self) -> None:
        """Look again at what is due next: somebody may have added something earlier."""
        self._bell.set()

    def inject(self, events: Sequence[Event]) -> None:
        """Let `events` happen now; a halt among them keeps the script from printing in it."""
        now = self._clock.now()
        self._market.impose(events)
        self._show(self._market.finest(events))
        self._settle(now)
        self._market.take(events, now)
        self.wake()

    async def run(self) -> None:
        """Play until cancelled; past the end of the script time goes on without events."""
        self._open()
        burst = 0
        while True:
            due = self._look()
            if due is None:
                await self._wait(math.inf)
                continue
            if self._clock.jumping:
                await self._pace.ready()
            elif (left := self._clock.seconds_until(due)) > 0:
                await self._wait(max(left, _NAP))
                continue
            await self._play(due)
            burst += 1
            if burst % _BURST == 0:
                await asyncio.sleep(0)

    def _open(self) -> None:
        """What happened before the first instant happens at once."""
        self._clock.resume()
        now = self._clock.now()
        events = self._market.finest(self._reel.take(now))
        self._show(events)
        self._settle(now)
        self._market.take(events, now)
        self._agenda.run(now)

    def _look(self) -> int | None:
        """The next instant; the clock is told, so that it does not run past it."""
        due = self.next_due
        self._clock.limit = due
        if due is not None and not self._clock.jumping and not self.finished.is_set():
            self._skip_gap(due)
        return due

    def _skip_gap(self, due: int) -> None:
        if due - self._clock.now() > _GAP:
            self._clock.advance(due - _BEFORE)

    async def _wait(self, seconds: float) -> None:
        """Sleep so long, or until woken."""
        self._bell.clear()
        loop = asyncio.get_running_loop()
        alarm = loop.call_later(seconds, self._bell.set) if seconds < math.inf else None
        try:
            await self._bell.wait()
        finally:
            if alarm is not None:
                alarm.cancel()

    async def _play(self, due: int) -> None:
        paced = self._clock.jumping and self._pace.present
        if self._clock.jumping:
            self._clock.advance(max(due, self._clock.now()))
        if self._tick is not None and self._tick <= due:
            self._tick = None
        events = self._market.finest(self._reel.take(due))
        self._mark_second(events)
        self._show(events)
        self._settle(due)
        if paced:
            await self._agree(due, PacePhase.REPORTS)
        self._market.take(events, due)
        self._agenda.run(due)
        if paced:
            await self._agree(due, PacePhase.DATA)
        self.played += 1

    async def _agree(self, due: int, phase: PacePhase) -> None:
        await self._pace.settle(due, phase, lambda: self._settle(due))

    def _mark_second(self, events: Sequence[Event]) -> None:
        """In lockstep the end of a second with prints is an instant of its own."""
        if self._clock.jumping:
            for event in events:
                if isinstance(event, Trade):
                    self._tick = event.ts - event.ts % SECOND + SECOND

    def _show(self, events: Sequence[Event]) -> None:
        for event in events:
            for engine in self._engines:
                engine.on_event(event)

    def _settle(self, now: int) -> None:
        for engine in self._engines:
            engine.settle(now)


def _first(*dues: int | None) -> int | None:
    return min((due for due in dues if due is not None), default=None)
