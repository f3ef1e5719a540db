"""A vendor's data REST as history asks it: at a bounded pace, and again when told to slow down."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec
from aiolimiter import AsyncLimiter

from tradeplat.core.errors import Corrupt, Denied, Transient
from tradeplat.core.redaction import Redactor
from tradeplat.streams.connection import Access

TRIES = 4
"""How often a request is made that the venue asks to slow down."""

TIMEOUT = aiohttp.ClientTimeout(total=30.0, sock_connect=5.0, sock_read=10.0)


class Rest:
    """Asks the host of `access`, `headers` beside every request.

    At most `per_minute` requests a minute go out, a quarter of them at once; a venue that still
    asks to slow down is obeyed. `get` raises Transient when the service fails or is too slow,
    Denied when credentials or plan do not allow the request, Corrupt when it makes no sense to it.
    """

    def __init__(self, access: Access, headers: Mapping[str, str], per_minute: int) -> None:
        self._url = access.url
        self._headers = dict(headers)
        self._hide = Redactor([access.key, access.secret])
        burst = max(per_minute // 4, 1)
        self._limiter = AsyncLimiter(burst, 60.0 * burst / per_minute)
        self._session: aiohttp.ClientSession | None = None
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
            try:
                async with (
                    self._limiter,
                    self._session.get(self._url + path, params=query) as answer,
                ):
                    self.requests += 1
                    body = self._hide.body(await answer.read())
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Transient(f"history: {path}: {str(error) or type(error).__name__}") from None
            if answer.status == 200:
                return body
            if answer.status != 429 or attempt == TRIES - 1:
                raise _refusal(path, answer.status, body)
            await asyncio.sleep(_pause(answer.headers.get("Retry-After")))
        raise Transient(f"history: {path}: asked to slow down {TRIES} times")


def _refusal(path: str, status: int, body: bytes) -> Transient | Denied | Corrupt:
    text = f"history: {path}: HTTP {status} {_message(body)}"
    if status in (401, 402, 403):
        return Denied(text)
    if status in (408, 425, 429) or status >= 500:
        return Transient(text)
    return Corrupt(text)


def _message(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body, type=dict[str, Any]).get("message", ""))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body[:80].decode("utf-8", "replace")


def _pause(retry_after: str | None) -> float:
    """Seconds to wait after a refusal for speed: what the venue says, within reason."""
    if retry_after is not None and retry_after.strip().isdecimal():
        return min(float(retry_after), 60.0)
    return 1.0
