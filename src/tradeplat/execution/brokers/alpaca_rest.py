"""Requests to Alpaca's trading API, each failure named for what must follow; what changes
something is sent once.
"""

import asyncio
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple, Self

from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    ClientWSTimeout,
    ConnectionTimeoutError,
    TCPConnector,
    TraceConfig,
    WSServerHandshakeError,
)
from multidict import CIMultiDictProxy

from tradeplat.core.errors import Ambiguous, Corrupt, Denied, Throttled, TradeplatError, Transient
from tradeplat.core.redaction import Redactor
from tradeplat.execution.brokers.alpaca_codec import VenueError, decode_error
from tradeplat.execution.brokers.budget import ApiBudget, Need, Told, sane

SLOT_WAIT = 10.0
"""Seconds between attempts while an earlier connection holds the account's only place."""
MAX_FRAME = 32 * 1024 * 1024
CONNECTIONS = 100
"""As many cancels as a kill may need leave side by side, however slow the venue answers."""
_READS = frozenset({"GET"})


class Limits(NamedTuple):
    """Seconds a request may take: to connect, between bytes, and in all."""

    connect: float = 2.0
    read: float = 3.0
    total: float = 5.0
    heartbeat: float = 5.0
    """Of silence on the account socket before a ping."""
    silence: float = 10.0
    """Without a word after the ping, and the peer is dead."""
    again: tuple[float, ...] = (0.1, 0.4)
    """Before each repetition of a page that could not be read, as long as it fails at once."""
    at_once: float = 1.0
    """A page that took longer in all is not asked for again: whoever waits decides anew."""


class Answer(NamedTuple):
    """What the venue said: the HTTP status and the raw body."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        """True for a success status."""
        return 200 <= self.status < 300

    @property
    def error(self) -> VenueError | None:
        """The venue's own refusal; None when it did not come from the venue itself."""
        return decode_error(self.status, self.body)


class Rest:
    """One account's HTTP session; `async with` opens and closes it.

    A request that changes something raises Ambiguous when it may have been carried out, Transient
    when it certainly was not. A reading one raises Transient whenever there is no answer.
    """

    def __init__(
        self, url: str, key: str, secret: str, limits: Limits, budget: ApiBudget | None = None
    ) -> None:
        self.budget = ApiBudget() if budget is None else budget
        self._url = url.rstrip("/")
        self._key = key
        self._secret = secret
        self._limits = limits
        self._hide = Redactor([key, secret])
        self._session: ClientSession | None = None
        self._trouble: tuple[Callable[[], float], float, str] | None = None
        self.changes = 0
        """Requests sent so far that place, change or cancel something."""

    async def __aenter__(self) -> Self:
        limits = self._limits
        strict = TraceConfig()
        strict.on_request_redirect.append(_not_followed)
        self._session = ClientSession(
            connector=TCPConnector(limit=CONNECTIONS),
            headers={"APCA-API-KEY-ID": self._key, "APCA-API-SECRET-KEY": self._secret},
            timeout=ClientTimeout(
                total=limits.total,
                connect=limits.connect,
                sock_connect=limits.connect,
                sock_read=limits.read,
            ),
            trust_env=False,
            auto_decompress=True,
            trace_configs=[strict],
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def login(self) -> dict[str, object]:
        """The credentials as the account socket wants them."""
        return {"key_id": self._key, "secret_key": self._secret}

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        need: Need = Need.RESERVED,
    ) -> Answer:
        """One request, one answer below 500; 429 raises Throttled, and so does an empty budget."""
        try:
            answer = await self._sent(method, path, params, body, need)
        except TradeplatError as error:
            self._note(str(error))
            raise
        if answer.status in (401, 403):
            self._note(f"{method} {path}: HTTP {answer.status}")
        else:
            self._trouble = None
        return answer

    @property
    def told(self) -> list[str]:
        """What went wrong with the last request, and since when: a line for `status`, or none."""
        if self._trouble is None:
            return []
        clock, since, why = self._trouble
        lasting = clock() - since
        return [
            f"alpaca: {why}, for {lasting:.0f} s; pages are read again at their times, an order in "
            "doubt is asked about by its id"
        ]

    def _note(self, why: str) -> None:
        clock = asyncio.get_running_loop().time
        since = self._trouble[1] if self._trouble is not None else clock()
        self._trouble = clock, since, why

    async def _sent(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: bytes | None,
        need: Need,
    ) -> Answer:
        self._spend(need, f"{method} {path}")
        lost = Transient if method in _READS else Ambiguous
        headers = {"Content-Type": "application/json"} if body is not None else None
        self.changes += method not in _READS
        try:
            async with self._opened().request(
                method,
                self._url + path,
                params=params,
                data=body,
                headers=headers,
                allow_redirects=False,
            ) as response:
                answer = Answer(response.status, self._hide.body(await response.read()))
                headers_back = response.headers
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            raise Transient(
                f"{method} {path}: cannot connect ({self._hide.text(str(error))})"
            ) from None
        except (ClientError, TimeoutError, OSError) as error:
            told = self._hide.text(str(error)) or type(error).__name__
            raise lost(f"{method} {path}: no answer ({told})") from None
        self._hear(headers_back)
        if answer.status == 429:
            wait = self._wait(headers_back)
            self.budget.refused(wait, asyncio.get_running_loop().time())
            raise Throttled(f"{method} {path}: too many requests", wait)
        if answer.status >= 500:
            raise lost(f"{method} {path}: HTTP {answer.status}")
        return answer

    async def read(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        need: Need = Need.RESERVED,
    ) -> bytes | None:
        """The body of a GET, None when the venue itself says there is no such thing.

        Denied when the venue refuses our credentials; Transient for any other answer.
        """
        answer = await self.send("GET", path, params=params, need=need)
        if answer.ok:
            return answer.body
        error = answer.error
        deny(answer)
        if answer.status == 404 and error is not None:
            return None
        raise Transient(f"GET {path}: HTTP {answer.status} {error.message if error else ''}")

    async def must_read(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        need: Need = Need.RESERVED,
    ) -> bytes:
        """The body of a GET whose page must exist.

        A start reads several pages and needs them all: where three requests in ten fail, hardly
        any reading would be whole if each failure began it anew.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        for wait in self._limits.again:
            try:
                return self._there(path, await self.read(path, params, need))
            except Throttled:
                raise
            except Transient:
                if loop.time() - began > self._limits.at_once:
                    raise
            await asyncio.sleep(wait)
        return self._there(path, await self.read(path, params, need))

    @staticmethod
    def _there(path: str, raw: bytes | None) -> bytes:
        if raw is None:
            raise Transient(f"GET {path}: the venue knows no such page")
        return raw

    async def socket(self, url: str) -> ClientWebSocketResponse:
        """An open WebSocket without automatic pings.

        Denied when the upgrade is refused for good, Throttled (429) while the account's only place
        is taken, else Transient.
        """
        limits = self._limits
        try:
            return await self._opened().ws_connect(
                url,
                autoping=False,
                max_msg_size=MAX_FRAME,
                timeout=ClientWSTimeout(ws_close=limits.connect),
            )
        except WSServerHandshakeError as error:
            if error.status in (401, 403):
                raise Denied(f"account socket: HTTP {error.status}, check the API keys") from None
            told = f"account socket: HTTP {error.status} at the upgrade"
            if error.status == 429:
                raise Throttled(told, _slot_wait(error)) from None
            raise Transient(told) from None
        except (ClientConnectionError, ClientError, TimeoutError, OSError) as error:
            raise Transient(
                f"account socket: cannot connect ({self._hide.text(str(error))})"
            ) from None

    def _spend(self, need: Need, what: str) -> None:
        now = asyncio.get_running_loop().time()
        wait = self.budget.wait(need, now)
        if wait:
            raise Throttled(f"{what}: not sent, the budget of requests is used up", wait)
        self.budget.spend(need, now)

    def _hear(self, headers: CIMultiDictProxy[str]) -> None:
        """Take in the venue's own count, where it tells it."""
        try:
            limit = int(headers["X-RateLimit-Limit"])
            left = int(headers["X-RateLimit-Remaining"])
            told = Told(limit, left, self._reset(headers))
        except (KeyError, ValueError):
            return
        self.budget.hear(told, asyncio.get_running_loop().time())

    @staticmethod
    def _reset(headers: CIMultiDictProxy[str]) -> float:
        """Seconds until the venue's count starts over.

        The reset is an instant of the server's own wall, which its Date header shows.
        """
        there = parsedate_to_datetime(headers["Date"]).timestamp()
        return float(headers["X-RateLimit-Reset"]) - there

    def _opened(self) -> ClientSession:
        if self._session is None:
            raise Corrupt("the broker was used before it was entered")
        return self._session

    def _wait(self, headers: CIMultiDictProxy[str]) -> float:
        """Seconds until the venue takes requests again, by what it advertises."""
        try:
            if "Retry-After" in headers:
                wait = float(headers["Retry-After"])
            else:
                wait = self._reset(headers)
        except (KeyError, ValueError):
            wait = 1.0
        return sane(wait)


async def _not_followed(*_: object) -> None:
    """Our keys are for the host that we were told of."""
    raise ClientError("redirected to another address: not followed")


def _slot_wait(error: WSServerHandshakeError) -> float:
    """Until the next attempt at a place that is taken: sooner where the venue says it is free."""
    told = error.headers.get("Retry-After", "") if error.headers is not None else ""
    try:
        return sane(float(told), SLOT_WAIT)
    except ValueError:
        return SLOT_WAIT


def deny(answer: Answer) -> None:
    """Raise Denied for an answer that says a person must act."""
    if answer.status in (401, 403):
        error = answer.error
        told = error.message if error is not None else f"HTTP {answer.status}"
        raise Denied(f"the venue refuses this account: {told}")
