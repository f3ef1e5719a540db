"""Alarms become messages: repeated ones are counted, many are held back, grave ones go two ways."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from tradeplat.core.ports import Alert

CRITICAL = frozenset(
    {
        *("KILLED", "NOT_FLAT", "FLATTEN_LATE", "NOT_FLAT_AT_CLOSE", "UNPROTECTED", "LOOP_STALLED"),
        *("GUARDIAN_LOST", "CANCELS_REFUSED", "journal_dead", "journal_lost", "position_drift"),
        *("position_unexplained", "order_vanished", "illegal_transition", "exit_blocked"),
        *("order_resurrected", "cancel_stuck", "CANCEL_STUCK", "HALTED", "STRATEGY_SUSPENDED"),
        *("STOPPED_BY_FAULT", "QUARANTINED"),
    }
)
"""Codes that have to reach somebody, over two channels."""
CANARY = "CANARY"
SAME = 60.0
"""Seconds within which the same alarm again is only counted."""
MOST, WINDOW = 20, 60.0
"""So many messages in so many seconds; of what exceeds that, only the number is told."""
HOURLY = 3600.0
WAITING = 1000
"""Ordinary messages that may wait to be sent, and as many critical ones."""
LONGEST = 2000
"""Characters of a message; what is longer is cut."""


class _Message(NamedTuple):
    code: str
    line: str


class Pager:
    """Takes alarms without waiting and sends them from `run`, which is supervised.

    An ordinary alarm goes to the first of `channels` that takes it, a critical one to all of them,
    and counts as told by two. Each hour a canary tries the first channel; when it is not taken,
    the others hear of that.
    """

    def __init__(
        self, channels: Sequence[Alert], critical: frozenset[str] = CRITICAL, every: float = HOURLY
    ) -> None:
        self._channels = tuple(channels)
        self._critical = critical
        self._every = every
        self._queue: deque[_Message] = deque(maxlen=2 * WAITING)
        self._seen: dict[_Message, tuple[float, int]] = {}
        self._sent: deque[float] = deque()
        self._held = 0
        self._swept = 0.0
        self._wake = asyncio.Event()
        self.undelivered = 0
        """Messages that no channel took."""

    def tell(self, code: str, line: str) -> None:
        """Take an alarm in; never waits, never fails. Ordinary ones leave room for critical."""
        if len(self._queue) >= WAITING and code not in self._critical:
            self._held += 1
        else:
            self._queue.append(_Message(code, _plain(line)))
        self._wake.set()

    async def run(self) -> None:
        """Send for ever, and try the channel now and then."""
        loop = asyncio.get_running_loop()
        self._swept = loop.time()
        canary = loop.time() + self._every
        while True:
            await self._send_waiting()
            if loop.time() >= canary:
                canary = loop.time() + self._every
                await self.canary()
            # By the clock, not by a silence: alarms that never cease have to be told of as well.
            if loop.time() >= self._swept + SAME:
                await self._repeats(loop.time())
            self._wake.clear()
            due = min(canary, self._swept + SAME)
            with suppress(TimeoutError):  # something is due
                async with asyncio.timeout_at(due):
                    await self._wake.wait()

    async def drain(self, seconds: float) -> None:
        """Send what still waits, for so long at most; once `run` has ended."""
        with suppress(TimeoutError):  # nobody may hold up the end for longer
            async with asyncio.timeout(seconds):
                await self._send_waiting()

    async def canary(self) -> None:
        """Try the first channel; tell the others when it is silent."""
        if not self._channels or await self._channels[0].send(CANARY, "alarms reach you here"):
            return
        for channel in self._channels[1:]:
            if await channel.send("ALERTS_SILENT", "the first channel takes no alarms"):
                return
        self.undelivered += 1

    async def _send_waiting(self) -> None:
        while self._queue:
            message = self._queue[0]
            await self._take(message, asyncio.get_running_loop().time())
            # Only now: one whose sending was cancelled is sent again.
            if self._queue and self._queue[0] is message:
                self._queue.popleft()

    async def _take(self, message: _Message, now: float) -> None:
        since, count = self._seen.get(message, (None, 0))
        if since is not None and now - since < SAME:
            self._seen[message] = (since, count + 1)
            return
        critical = message.code in self._critical
        while self._sent and now - self._sent[0] >= WINDOW:
            self._sent.popleft()
        if len(self._sent) >= MOST and not critical:
            self._held += 1
            return
        self._sent.append(now)
        await self._send(_again(message, count), critical=critical)
        self._seen[message] = (now, 0)

    async def _repeats(self, now: float) -> None:
        """Tell how often what was told has come again, and forget what is over."""
        self._swept = now
        for message, (since, count) in list(self._seen.items()):
            if now - since >= SAME:
                del self._seen[message]
                if count:
                    await self._send(_again(message, count), critical=False)
        if self._held:
            held, self._held = self._held, 0
            words = f"{held} alarms were held back"
            await self._send(_Message("MANY_ALARMS", words), critical=False)

    async def _send(self, message: _Message, *, critical: bool) -> None:
        taken = 0
        for channel in self._channels:
            taken += await channel.send(*message)
            if taken and not critical:
                return
        if taken < (min(2, len(self._channels)) if critical else 1):
            self.undelivered += 1


def _again(message: _Message, count: int) -> _Message:
    """`message`, which came `count` times more than was told."""
    return message._replace(line=f"{message.line} ({count} times more)") if count else message


def _plain(line: str) -> str:
    """`line` as every channel can carry it: one line of text that can be written anywhere."""
    text = " ".join(line.replace("\0", " ").split())[:LONGEST]
    return text.encode("utf-8", "replace").decode()
