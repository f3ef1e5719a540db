"""Plays recorded facts as a person wants: on, faster, a bar at a time, back, to the end.

Going back begins anew and plays up to the cursor, so that what is shown there is what a fresh run
to it shows. What a person commanded on the way is commanded again at the same place.
"""

import asyncio
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple, Protocol

from tradeplat.app.reel import Instant, Reel
from tradeplat.control.messages import Replay
from tradeplat.core.errors import BadInput
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.record import COMMAND, Commanded
from tradeplat.journal.events import NullRecorder

SLICE = 0.004
"""Seconds that are simulated before everything else on the loop has a turn."""
REST = 0.01
"""Seconds between two looks whether something is due."""
GAP = 30 * MINUTE
"""More market time than this without a fact is jumped over."""
FASTEST = 100_000.0


class Stage(Protocol):
    """One account and its market, from the first fact on."""

    def play(self, events: Instant) -> None:
        """Show the facts of one instant."""
        ...

    def command(self, wish: Commanded, now: int) -> None:
        """Command again what a person commanded."""
        ...

    def finish(self) -> None:
        """Everything was played."""
        ...


class Hand(NamedTuple):
    """What a person commanded when `at` instants had been played."""

    at: int
    now: int
    wish: Commanded


class Kept(NullRecorder):
    """Hears what a person commands."""

    def __init__(self, heard: Callable[[int, Commanded], None]) -> None:
        self._heard = heard

    def note(self, now: int, kind: str, body: Mapping[str, object]) -> None:
        """Keep commands."""
        if kind == COMMAND:
            self._heard(now, Commanded.of(dict(body)))


class Player:
    """Holds simulated time, or lets it run.

    `raised` makes a new stage, when something begins anew; `shown` is told of each minute that
    was played.
    """

    def __init__(
        self,
        reel: Reel,
        raised: Callable[[int], Stage],
        shown: Callable[[], None] = lambda: None,
    ) -> None:
        self._reel = reel
        self._ts, self._barred, self._counted = reel.ts, reel.barred, reel.counted
        self._coming = reel.play()
        self._raised = raised
        self._shown = shown
        self._hands: list[Hand] = []
        self._done = 0
        """Of these, how many this stage was told."""
        self._again = False
        self._held = False
        """Whether the way to a cursor is to end where it is."""
        self.hold: Callable[[], None] = _nothing
        self.let_go: Callable[[], None] = _nothing
        """Told when a way to a cursor begins, and when it ends."""
        self._wake = asyncio.Event()
        self._one = asyncio.Lock()
        self._anchor = (0.0, 0)
        self._minute = 0
        self.state = "paused"
        self.speed = 1.0
        self.at = 0
        """Instants that were played."""
        self.head = 0
        """The most that ever were."""
        self.stage = raised(self._ts[0] if self._ts else 0)

    @property
    def cursor(self) -> int:
        """The last instant that was played, in UTC ns; the first before any."""
        return self._ts[max(0, self.at - 1)] if self._ts else 0

    def picture(self) -> Replay:
        """How the replay stands."""
        ts = self._ts or array("q", [0])
        return Replay(
            state=self.state,
            cursor=self.cursor,
            head=ts[max(0, self.head - 1)],
            start=ts[0],
            end=ts[-1],
            speed=self.speed,
            behind=self._counted[self.head] - self._counted[self.at],
            bar=self._counted[self.at],
            bars=self._counted[-1],
        )

    def heard(self, now: int, wish: Commanded) -> None:
        """A person commanded; what was commanded in a future that will not be is forgotten."""
        if self._again:
            return
        del self._hands[self._done :]
        self._hands.append(Hand(self.at, now, wish))
        self._done += 1
        self.head = self.at

    def play(self) -> None:
        """Let time run."""
        if self.at < len(self._reel):
            self.state = "running"
            self._anchored()
            self._wake.set()

    def pause(self) -> None:
        """Hold time, on the way to a cursor as well."""
        if self.state == "running":
            self.state = "paused"
        self._held = self.state == "busy"

    def hurry(self, speed: float) -> None:
        """Let time run `speed` times as fast as it did; 0 for as fast as it goes."""
        if not 0.0 <= speed <= FASTEST:
            raise BadInput(
                f"speed: found {speed:g}, expected 0 (as fast as it goes) to {FASTEST:g}"
            )
        self.speed = speed
        self._anchored()

    async def step(self, bars: int) -> None:
        """Play on to the end of the next `bars` instants with bars, or go back by so many."""
        if self.state == "running":
            raise BadInput("step: the replay runs; pause it first")
        await self.go(self._stepped(bars))

    async def seek(self, ts: int) -> None:
        """Go to the last instant at or before `ts`."""
        await self.go(bisect_right(self._ts, ts))

    async def seek_bar(self, bar: int) -> None:
        """Go to where `bar` instants with bars have been played, or to the last of them."""
        await self.go(bisect_left(self._counted, min(bar, self._counted[-1])))

    def branch(self) -> None:
        """Forget what came after the cursor, what people commanded there with it, and play on."""
        if self.state == "busy":
            raise BadInput("here: the replay is on its way to the cursor; wait for it")
        del self._hands[self._done :]
        self.head = self.at
        self.play()

    async def end(self) -> None:
        """Play everything that is left."""
        await self.go(len(self._reel))

    async def go(self, to: int) -> None:
        """Go to where `to` instants have been played."""
        to = min(max(to, 0), len(self._reel))
        running = self.state == "running"
        self.state = "busy"
        async with self._one:
            self._held = False
            self.hold()
            try:
                if to < self.at:
                    self._begin(to)
                await self._up_to(to)
            finally:
                self.state = "paused" if self.at < len(self._reel) else "done"
                self.let_go()
        if running:
            self.play()

    async def run(self) -> None:
        """Play what is due, for ever."""
        while True:
            if self.state != "running":
                self._wake.clear()
                with suppress(TimeoutError):  # only to look around now and then
                    async with asyncio.timeout(1.0):
                        await self._wake.wait()
                continue
            async with self._one:
                if self.state == "running":
                    await self._up_to(self._due(), one_slice=True)
                    if self.at >= len(self._reel):
                        self.state = "done"
            await asyncio.sleep(REST if self.speed else 0)

    def _begin(self, to: int) -> None:
        self.at = self._minute = self._done = 0
        self._coming = self._reel.play()
        self.stage = self._raised(self._ts[max(0, to - 1)])

    async def _up_to(self, to: int, *, one_slice: bool = False) -> None:
        """Play on until `to` instants have been, with rests in between, or for one slice alone."""
        loop = asyncio.get_running_loop()
        until = loop.time() + SLICE
        while self.at < to:
            self._next()
            if loop.time() >= until:
                if one_slice or self._held:
                    break
                await asyncio.sleep(0)
                until = loop.time() + SLICE
        self.head = max(self.head, self.at)

    def _next(self) -> None:
        while self._done < len(self._hands) and self._hands[self._done].at <= self.at:
            hand = self._hands[self._done]
            self._done += 1
            self._again = True
            self.stage.command(hand.wish, hand.now)
            self._again = False
        events = next(self._coming)
        self.stage.play(events)
        self.at += 1
        minute = events[0].ts // MINUTE
        if minute != self._minute:
            self._minute = minute
            self._shown()
        if self.at == len(self._reel):
            self.stage.finish()

    def _anchored(self) -> None:
        with suppress(RuntimeError):  # nothing runs yet: what begins to sets it anew
            self._anchor = (asyncio.get_running_loop().time(), self.cursor)

    def _due(self) -> int:
        """How many instants should have been played by now."""
        if not self.speed:
            return len(self._reel)
        began, ts = self._anchor
        upcoming = self._ts[self.at] if self.at < len(self._ts) else ts
        now = ts + int((asyncio.get_running_loop().time() - began) * self.speed * SECOND)
        if upcoming - max(now, self.cursor) > GAP:
            self._anchor = (asyncio.get_running_loop().time(), upcoming)
            now = upcoming
        return bisect_right(self._ts, now)

    def _stepped(self, bars: int) -> int:
        """Where `bars` more instants with bars have been played, or as many less."""
        at = self.at
        while bars > 0 and at < len(self._reel):
            bars -= self._barred[at]
            at += 1
        back = bars < 0
        while bars < 0 and at > 0:
            at -= 1
            bars += self._barred[at]
        while back and at > 0 and not self._barred[at - 1]:
            # What came between two bars belongs to the later one, on the way back as well.
            at -= 1
        return at


def _nothing() -> None:
    """Nobody watches."""
