"""A vendor's data REST as history asks it: at a bounded pace, and again when told to slow down."""

import asyncio
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import msgspec
from aiolimiter import AsyncLimiter

from tradeplat.core.errors import Corrupt, Denied, Throttled, Transient
from tradeplat.core.redaction import Redactor
from tradeplat.streams.connection import Access
from tradeplat.streams.salvage import UNREADABLE, one_line

TRIES = 4
"""How often a request is made that the venue asks to slow down."""

PATIENCE = 2.0
"""Seconds that are waited within a request; a venue that wants more is not asked until then."""

LARGEST = 64 * 1024 * 1024
"""Bytes of an answer, unpacked; a full page of bars is 6 MiB."""

TIMEOUT = aiohttp.ClientTimeout(total=10.0, sock_connect=5.0)
"""No longer than a ticker waits for its history before that counts as a gap."""


class Rest:
    """Asks the host of `access`, `headers` beside every request.

    At most `per_minute` requests a minute go out, a quarter of them at once; a venue that still
    asks to slow down is obeyed. `get` raises Transient when the service fails or is too slow,
    Throttled until the venue takes requests again, Denied when credentials or plan do not allow
    the request, Corrupt when it makes no sense to it. No redirection is followed: our keys are
    for this host alone.
    """

    def __init__(self, access: Access, headers: Mapping[str, str], per_minute: int) -> None:
        self._url = access.url
        self._headers = dict(headers)
        self._hide = Redactor([access.key, access.secret])
        burst = max(per_minute // 4, 1)
        self._limiter = AsyncLimiter(burst, 60.0 * burst / per_minute)
        self._session: aiohttp.ClientSession | None = None
        self._closed = 0.0
        self.requests = 0
        """Requests made so far, repeated ones included."""

    async def open(self) -> None:
        """Be ready to ask."""
        self._session = aiohttp.ClientSession(
            headers=self._headers, timeout=TIMEOUT, trust_env=False
        )

    async def close(self) -> None:
        """Ask no more."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str, query: Mapping[str, str]) -> bytes:
        """The body of a good answer; a venue that is asked too often is asked again later."""
        if self._session is None:
            raise Corrupt("history was asked outside its context")
        for attempt in range(TRIES):
            self._check(path)
            try:
                async with (
                    self._limiter,
                    self._session.get(
                        self._url + path, params=query, allow_redirects=False
                    ) as answer,
                ):
                    self.requests += 1
                    body = self._hide.body(await _read(path, answer))
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Transient(f"history: {path}: {str(error) or type(error).__name__}") from None
            if answer.status == 200:
                return body
            if answer.status != 429 or attempt == TRIES - 1:
                raise _refusal(path, answer.status, body)
            await self._pause(_asked(answer.headers))
        raise Transient(f"history: {path}: asked to slow down {TRIES} times")

    def _check(self, path: str) -> None:
        """Do not ask a venue that wants to be left alone."""
        left = self._closed - asyncio.get_running_loop().time()
        if left > 0.0:
            raise Throttled(f"history: {path}: asked to wait {left:.0f} s more (HTTP 429)", left)

    async def _pause(self, seconds: float) -> None:
        if seconds > PATIENCE:
            self._closed = asyncio.get_running_loop().time() + seconds
        else:
            await asyncio.sleep(seconds)


async def _read(path: str, answer: aiohttp.ClientResponse) -> bytes:
    parts, size = [], 0
    async for part in answer.content.iter_chunked(1 << 18):
        size += len(part)
        if size > LARGEST:
            raise Transient(f"history: {path}: the answer is above {LARGEST:,} B")
        parts.append(part)
    return b"".join(parts)


def _refusal(path: str, status: int, body: bytes) -> Transient | Denied | Corrupt:
    text = f"history: {path}: HTTP {status} {_message(body)}".rstrip()
    if status in (401, 402, 403):
        return Denied(text)
    if status in (408, 425, 429) or status >= 500 or status < 400:
        return Transient(text)
    return Corrupt(text)


def _message(body: bytes) -> str:
    """The venue's own words, one short line; of a page for people nothing."""
    try:
        found = msgspec.json.decode(body, type=dict[str, Any])
    except UNREADABLE:
        text = body[:200].decode("utf-8", "replace")
        return "" if "<" in text else one_line(text)
    return one_line(str(found.get("message") or found.get("error") or ""))


def _asked(headers: Mapping[str, str]) -> float:
    """Seconds to wait after a refusal for speed: what the venue says, within reason."""
    told = headers.get("Retry-After", "").strip()
    if told.isdecimal():
        return min(float(told), 60.0)
    try:
        then, there = parsedate_to_datetime(told), parsedate_to_datetime(headers.get("Date", ""))
        return min(max((then - there).total_seconds(), 0.0), 60.0)
    except (ValueError, TypeError, OverflowError):
        return 1.0
