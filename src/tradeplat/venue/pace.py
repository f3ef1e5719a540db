"""Lockstep: the venue and its paced clients walk from instant to instant together.

At speed `max` the venue plays one instant, then asks every paced client whether it has taken
everything in, and only then plays the next: so a recorded day runs through the real wire as fast
as the client can think, and exactly alike each time.

A client connects a websocket to `/control/pace` with its account's credentials (the vendor's
headers, or `?key=` alone) and is prompted twice an instant, in text frames (one that follows
another on the same account adds `?client=NAME`, and is counted from its own first connection):

    venue  -> {"ts": T, "phase": "reports", "data": d, "account": a, "orders": o}
    client -> {"ts": T, "phase": "reports", "data": d, "account": a, "orders": o}

`data` counts the market messages (not frames) sent so far to the account's open market sockets,
`account` the trade updates sent so far, `orders` the requests to place, change or cancel orders
received so far. The client answers with its own three counts once it has handled exactly that many
and is idle: every desk drained, outbox empty. In phase `reports` the fills that the instant's
events caused have been sent, in phase `data` its market messages, so a client that has handled
them may set its clock to T and close what ends at T. When the counts differ, or moved meanwhile
(the client sent orders and was told of them), the venue prompts again until both agree.

Every close of a 1-second bar is an instant of its own, also when it brings no message. A market
socket that closes takes its messages out of `data`, on both sides. Without any paced client the
venue waits for the first one, `wait` seconds at most, and then plays on unpaced.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum

import msgspec

from tradeplat.core.errors import BadInput


class PacePhase(StrEnum):
    """Which half of an instant has been played."""

    REPORTS = "reports"
    DATA = "data"


class Counts(msgspec.Struct, frozen=True):
    """Messages that passed between the venue and one account."""

    data: int = 0
    account: int = 0
    orders: int = 0


class Prompt(msgspec.Struct, frozen=True):
    """What the venue asks and a client answers, word for word the same shape."""

    ts: int
    phase: PacePhase
    data: int
    account: int
    orders: int

    @property
    def counts(self) -> Counts:
        """The counts alone."""
        return Counts(self.data, self.account, self.orders)


Send = Callable[[Prompt], None]
"""Takes a prompt to send; returns at once."""


class Follower:
    """One paced client: where prompts go, and its newest answer."""

    def __init__(self, send: Send, counts: Callable[[], Counts]) -> None:
        self.send = send
        self.counts = counts
        self.answer: Prompt | None = None

    def has_agreed(self, ts: int, phase: PacePhase) -> bool:
        """True when its answer is for this half of this instant and counts what we count now."""
        answer = self.answer
        return (
            answer is not None
            and (answer.ts, answer.phase) == (ts, phase)
            and answer.counts == self.counts()
        )


class Pace:
    """The paced clients. `wait` is how many seconds to wait for the first one; 0 waits for none."""

    def __init__(self, wait: float) -> None:
        self._wait = wait
        self._followers: dict[Follower, None] = {}
        self._stirred = asyncio.Event()
        self._given_up = False

    @property
    def present(self) -> bool:
        """True while a paced client is connected."""
        return bool(self._followers)

    def join(self, follower: Follower) -> None:
        """Ask `follower` from the next instant on."""
        self._followers[follower] = None
        self._stirred.set()

    def leave(self, follower: Follower) -> None:
        """Ask `follower` no more; who else comes is waited for again."""
        self._followers.pop(follower, None)
        self._given_up = False
        self._stirred.set()

    def stir(self) -> None:
        """Compare again: an answer came, or a connection opened or closed."""
        self._stirred.set()

    async def ready(self) -> None:
        """Return when there is somebody to pace, or nobody is worth waiting for any longer."""
        if self._followers or self._given_up or self._wait <= 0:
            return
        loop = asyncio.get_running_loop()
        end = loop.time() + self._wait
        while not self._followers and loop.time() < end:
            await self._stir_within(end - loop.time())
        self._given_up = not self._followers

    async def settle(self, ts: int, phase: PacePhase, work: Callable[[], None]) -> None:
        """Return once every follower has agreed; `work` is done before each question."""
        asked: dict[Follower, Counts] = {}
        while True:
            work()
            self._stirred.clear()
            waiting = [one for one in self._followers if not one.has_agreed(ts, phase)]
            if not waiting:
                return
            for one in waiting:
                counts = one.counts()
                if asked.get(one) != counts:
                    asked[one] = counts
                    one.send(Prompt(ts, phase, counts.data, counts.account, counts.orders))
            await self._stirred.wait()

    async def _stir_within(self, seconds: float) -> None:
        self._stirred.clear()
        loop = asyncio.get_running_loop()
        alarm = loop.call_later(seconds, self._stirred.set)
        try:
            await self._stirred.wait()
        finally:
            alarm.cancel()


def read_answer(frame: str | bytes) -> Prompt:
    """A client's answer; BadInput when it is none."""
    try:
        return msgspec.json.decode(frame, type=Prompt)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadInput(f"pace answer {frame[:80]!r}: expected a prompt sent back") from None
