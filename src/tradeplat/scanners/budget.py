"""How many requests a vendor still takes from us: counted here, corrected by what it says.

One `Budget` stands for one key at one vendor, so every part that asks that vendor shares it.
"""

from collections import deque
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import NamedTuple, Protocol

from tradeplat.core.errors import Throttled
from tradeplat.core.market import SECOND
from tradeplat.core.ports import Clock

WINDOW = 60 * SECOND
"""Nanoseconds over which requests are counted, in a window that slides."""
FIRST_REST, LONGEST_REST = 10.0, 120.0
"""Seconds of rest after a refusal that names none: the first, and the longest after repeated."""
LONGEST_TOLD = 86_400.0
"""A vendor that asks for a longer rest than a day, in seconds, is asked again after a day."""
_REFUSALS = frozenset({429, 503})
_INSTANT = 1e9
"""A reset above this is an instant in unix seconds, one below it a number of seconds."""


class Allowance(Protocol):
    """A second, longer count that a budget keeps to (scanners/quota.py)."""

    def ready(self, now: int) -> int:
        """The instant from which a request may be sent (UTC ns), not after `now` for now."""

    def spend(self, now: int) -> None:
        """Count a request that is being sent."""

    def told(self, now: int) -> str:
        """The count in words."""


class Used(NamedTuple):
    """What a budget has counted: requests of the last minute and since the start, refusals of the
    vendor, requests not sent for want of budget, and the instant (UTC ns) until which the vendor
    takes nothing, 0 when it does.
    """

    minute: int
    sent: int
    refused: int
    withheld: int
    closed_until: int


class Budget:
    """At most `per_minute` requests in any 60 seconds of `clock`, fewer where the vendor says so.

    `clock` is the one the vendor counts by: the wall's, for a real vendor. `await take()` before
    each request waits no longer than `patience` seconds, else raises Throttled with the seconds
    that are missing, and nothing may be sent. `hear` takes in every answer. After a refusal (429,
    or 503 with a Retry-After) nothing is sent before the time that the vendor named; one that
    names none rests us for 10 s, doubled with each further refusal up to 120 s.
    """

    def __init__(
        self,
        per_minute: int,
        clock: Clock,
        *,
        patience: float = 2.0,
        allowance: Allowance | None = None,
    ) -> None:
        if per_minute < 1:
            raise ValueError(f"per_minute: found {per_minute}, expected at least 1")
        self.per_minute = per_minute
        self._clock = clock
        self._patience = patience
        self._allowance = allowance
        self._sent: deque[int] = deque()
        self._left = 0
        self._left_until = 0
        self._closed = 0
        self._row = 0
        self._total = self._refused = self._withheld = 0

    async def take(self, patience: float | None = None) -> None:
        """Count one request, waiting up to `patience` seconds until it may be sent."""
        patient = self._patience if patience is None else patience
        last = self._clock.now() + int(patient * SECOND)
        while True:
            now = self._clock.now()
            ready = self._ready(now)
            if ready <= now:
                self._spend(now)
                return
            if ready > last:
                self._withheld += 1
                raise Throttled(
                    f"not asked: {self._why(now)}", max((ready - now) / SECOND, 1 / SECOND)
                )
            await self._clock.sleep_until(ready)

    def hear(self, status: int, headers: Mapping[str, str]) -> float:
        """Take in an answer; the seconds for which the vendor takes nothing, 0.0 when it does.

        `headers` are looked up as given: hand in a mapping that ignores case.
        """
        now = self._clock.now()
        self._count(headers, now)
        told = _retry_after(headers)
        if status != 429 and (status not in _REFUSALS or told is None):
            self._row = 0
            return 0.0
        self._refused += 1
        self._row += 1
        if told is None:
            told = _reset(headers)
        if told is None:
            told = min(FIRST_REST * 2.0 ** min(self._row - 1, 10), LONGEST_REST)
        wait = min(max(told, 1.0), LONGEST_TOLD)
        self._closed = max(self._closed, now + int(wait * SECOND))
        return wait

    def used(self) -> Used:
        """The counts so far."""
        now = self._clock.now()
        self._slide(now)
        closed = self._closed if self._closed > now else 0
        return Used(len(self._sent), self._total, self._refused, self._withheld, closed)

    def told(self) -> str:
        """The counts in words, for a line in `status`."""
        now = self._clock.now()
        used = self.used()
        parts = [f"{used.minute} of {self.per_minute} requests in the last minute"]
        if self._allowance is not None:
            parts.append(self._allowance.told(now))
        if used.closed_until:
            parts.append(f"takes none for {(used.closed_until - now) / SECOND:.0f} s")
        if used.refused:
            parts.append(f"refused {used.refused}")
        if used.withheld:
            parts.append(f"{used.withheld} not asked")
        return ", ".join(parts)

    def _ready(self, now: int) -> int:
        """The first instant at which every count has room."""
        self._slide(now)
        ready = self._closed
        if self._allowance is not None:
            ready = max(ready, self._allowance.ready(now))
        if self._left < 1:
            ready = max(ready, self._left_until)
        over = len(self._sent) - self.per_minute
        if over >= 0:
            ready = max(ready, self._sent[over] + WINDOW)
        return ready

    def _spend(self, now: int) -> None:
        self._sent.append(now)
        self._total += 1
        self._left -= 1
        if self._allowance is not None:
            self._allowance.spend(now)

    def _why(self, now: int) -> str:
        if now < self._closed:
            return "the vendor refused us and named a time to wait"
        if self._allowance is not None and self._allowance.ready(now) > now:
            return self._allowance.told(now)
        if self._left < 1 and now < self._left_until:
            return "by the vendor's count nothing is left"
        return f"{self.per_minute} requests a minute are used up"

    def _count(self, headers: Mapping[str, str], now: int) -> None:
        """Keep the vendor's own count, which also knows what others sent with the same key.

        Of answers that overtook each other within one window the lowest count holds.
        """
        remaining = _number(headers, "X-RateLimit-Remaining", "RateLimit-Remaining")
        reset = _reset(headers)
        if remaining is None or reset is None:
            return
        until = now + int(min(max(reset, 0.0), LONGEST_TOLD) * SECOND)
        same = now < self._left_until and abs(until - self._left_until) <= 2 * SECOND
        self._left = min(self._left, int(remaining)) if same else int(remaining)
        self._left_until = max(until, self._left_until) if same else until

    def _slide(self, now: int) -> None:
        while self._sent and self._sent[0] <= now - WINDOW:
            self._sent.popleft()


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds asked for, given as such or as a date."""
    text = headers.get("Retry-After")
    if text is None:
        return None
    seconds = _float(text)
    return seconds if seconds is not None else _until(text, headers)


def _reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until the vendor's count starts over; an instant is of its own wall (Date)."""
    value = _number(headers, "X-RateLimit-Reset", "RateLimit-Reset")
    if value is None or value < _INSTANT:
        return value
    there = _date(headers.get("Date", ""))
    return None if there is None else value - there


def _until(text: str, headers: Mapping[str, str]) -> float | None:
    then, there = _date(text), _date(headers.get("Date", ""))
    return None if then is None or there is None else then - there


def _number(headers: Mapping[str, str], *names: str) -> float | None:
    for name in names:
        if name in headers:
            return _float(headers[name])
    return None


def _float(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
