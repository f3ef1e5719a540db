"""Reads of one vendor's REST: each paid from its budget, each failure named for what follows.

What fails is left alone for a while: a vendor that is down, or refuses, costs one request now and
then, and never a scan.
"""

from collections.abc import Mapping
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from tradeplat.core.errors import Corrupt, Denied, Throttled, TradeplatError, Transient
from tradeplat.core.market import SECOND
from tradeplat.core.ports import Clock
from tradeplat.core.redaction import Redactor
from tradeplat.core.spoken import lasting
from tradeplat.scanners.budget import Budget

LARGEST = 64 * 1024 * 1024
"""Bytes of an answer, unpacked; the whole market in one snapshot is 12 MiB."""
FIRST_REST, LONGEST_REST = 5.0, 60.0
"""Seconds of rest after a second failure in a row, doubled with each further one."""
SPENT = 120.0
"""Seconds of rest after a body that says, under status 200, that nothing is left."""
BARRED = 900.0
"""Seconds for which what the vendor denied us is not asked for again."""
_WORDS = 160
_TELLS = ("message", "error", "Error Message")
"""Keys under which vendors put their reason."""
_EXHAUSTED = "limit reach"
"""FMP's words for a spent quota, which it has sent with other statuses than 429."""


class Missing(Transient):
    """The vendor answers, and knows no such page (404): mostly a ticker it does not follow."""


class Barred(NamedTuple):
    """Until when (ns of the clock) something is not asked for, and what is said instead."""

    until: int
    kind: type[Denied] | type[Transient]
    said: str


class Rest:
    """The HTTP session at `url` of the vendor called `name`; `async with` opens and closes it.

    Denied when the vendor refuses our key (401) or our plan (402, 403), which then bars the
    subject for 15 minutes; Missing when it knows no such page; Throttled when the budget or the
    vendor has nothing left; Transient for anything else that is no answer. `told` is a line for
    `status`. Keys travel in `headers`, and never in a message.
    """

    def __init__(
        self, name: str, url: str, headers: Mapping[str, str], budget: Budget, clock: Clock
    ) -> None:
        self.name = name
        self.budget = budget
        self._url = url.rstrip("/")
        self._headers = dict(headers)
        self._clock = clock
        self._hide = Redactor(value.rpartition(" ")[2] for value in headers.values())
        self._session: ClientSession | None = None
        self._barred: dict[str, Barred] = {}
        self._row = self._before = 0
        self._fault = ""
        self._since = 0
        self._left: dict[str, tuple[int, str]] = {}

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            headers=self._headers,
            timeout=ClientTimeout(total=10.0, connect=2.0),
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self,
        subject: str,
        path: str,
        params: Mapping[str, str] | None = None,
        patience: float | None = None,
    ) -> bytes:
        """The body of a page; `subject` is what it is about, in the words of a message."""
        session = self._opened()
        self._check(subject)
        try:
            await self.budget.take(patience)
        except Throttled as error:
            raise Throttled(f"{self.name}: {subject} {error}", error.wait) from None
        try:
            async with session.get(
                self._url + path, params=params, allow_redirects=False
            ) as response:
                body = await self._body(subject, response)
                status, headers = response.status, response.headers
        except (ClientError, TimeoutError, OSError) as error:
            told = self._hide.text(str(error)) or type(error).__name__
            raise self._failed(f"{self.name}: no answer for {subject} ({told})") from None
        if status == 200:
            self.budget.hear(status, headers)
            self._before, self._row, self._fault = self._row, 0, ""
            self._barred.pop(subject, None)
            return body
        raise self._refused(subject, status, body, headers)

    async def follow(self, subject: str, address: str, patience: float | None = None) -> bytes:
        """The page that an answer names as its next, on the host that we know."""
        try:
            parts = urlsplit(address)
        except ValueError as error:
            raise self.unreadable(subject, f"next page: {error}") from None
        query = f"?{parts.query}" if parts.query else ""
        path = f"/{parts.path.lstrip('/')}{query}"
        return await self.get(subject, path, patience=patience)

    def exhausted(self, subject: str) -> Throttled:
        """To be raised where a body said that nothing is left though the status did not."""
        wait = self.budget.hear(429, {"Retry-After": str(SPENT)})
        return Throttled(self._blame(f"{self.name}: too many requests, at {subject}"), wait)

    def denied(self, subject: str, reason: str) -> Denied:
        """To be raised where a body refused us though the status did not; bars the subject."""
        said = self._blame(f"{self.name}: refused {subject}: {self._hide.text(reason)}")
        self._bar(subject, Denied, said, BARRED)
        return Denied(said)

    def unreadable(self, subject: str, reason: object) -> Transient:
        """To be raised where a body was not what it should be."""
        self._row = self._before
        return self._failed(f"{self.name}: unreadable {subject}: {self._hide.text(str(reason))}")

    def leave_out(self, subject: str, count: int, reason: str) -> None:
        """So many rows of an answer about `subject` could not be read, and were left out."""
        before = self._left.get(subject)
        total = count + (before[0] if before is not None else 0)
        self._left[subject] = total, _line(self._hide.text(reason))

    def told(self) -> str:
        """How the vendor stands: its last fault where it has one, for how long and what comes next;
        what it denies us and what of it could not be read; and what is left of its budget.
        """
        now = self._clock.now()
        denied = [
            f"{barred.said}, asked again in {lasting(barred.until - now)}"
            for barred in self._barred.values()
            if barred.kind is Denied and now < barred.until
        ]
        again = any(line.startswith(self._fault) for line in denied)
        faults = [self._standing(now)] if self._fault and not again else []
        left = [
            f"{count} rows of {subject} left out ({reason})"
            for subject, (count, reason) in self._left.items()
        ]
        known = faults + denied or [f"{self.name}: answers"]
        return "; ".join([*known, *left, self.budget.told()])

    def _standing(self, now: int) -> str:
        """The last fault, since when, and when the vendor is asked again."""
        barred = self._barred.get("")
        until = max(self.budget.used().closed_until, barred.until if barred is not None else 0)
        again = f"in {lasting(until - now)}" if until > now else "when next needed"
        since = lasting(max(now - self._since, 0))
        return f"{self._fault}, for {since}, asked again {again}"

    def _blame(self, said: str) -> str:
        """`said` is the vendor's last fault."""
        if not self._fault:
            self._since = self._clock.now()
        self._fault = said
        return said

    def _check(self, subject: str) -> None:
        """Do not ask again for what was denied a moment ago, nor a vendor that is down."""
        now = self._clock.now()
        for key in ("", subject):
            barred = self._barred.get(key)
            if barred is not None and now < barred.until:
                raise barred.kind(barred.said)
            self._barred.pop(key, None)

    async def _body(self, subject: str, response: ClientResponse) -> bytes:
        parts, size = [], 0
        async for part in response.content.iter_chunked(1 << 18):
            size += len(part)
            if size > LARGEST:
                raise self._failed(f"{self.name}: the answer for {subject} is above {LARGEST:,} B")
            parts.append(part)
        return b"".join(parts)

    def _refused(
        self, subject: str, status: int, body: bytes, headers: Mapping[str, str]
    ) -> TradeplatError:
        reason = self._hide.text(reason_in(body))
        said = f"{self.name}: HTTP {status} for {subject}{': ' if reason else ''}{reason}"
        spent = status == 429 or (400 <= status < 500 and _EXHAUSTED in reason.lower())
        wait = self.budget.hear(429 if spent else status, headers)
        if wait:
            return Throttled(self._blame(said), wait)
        if status in (401, 402, 403):
            self._blame(said)
            self._bar("" if status == 401 else subject, Denied, said, BARRED)
            return Denied(said)
        if 400 <= status < 500:
            self._row = 0
            if status == 404:
                self._fault = ""
                return Missing(said)
            return Transient(self._blame(said))
        return self._failed(said)

    def _failed(self, said: str) -> Transient:
        """Count a failure; from the second in a row on the vendor is left alone for a while."""
        self._blame(said)
        if "" in self._barred:  # one of several that were under way when the vendor went down
            return Transient(said)
        self._row += 1
        if self._row > 1:
            rest = min(FIRST_REST * 2.0 ** min(self._row - 2, 10), LONGEST_REST)
            self._bar("", Transient, said, rest)
        return Transient(said)

    def _bar(
        self, key: str, kind: type[Denied] | type[Transient], said: str, seconds: float
    ) -> None:
        self._barred[key] = Barred(self._clock.now() + int(seconds * SECOND), kind, said)

    def _opened(self) -> ClientSession:
        if self._session is None:
            raise Corrupt(f"{self.name} was used before it was entered")
        return self._session


def reason_in(body: bytes) -> str:
    """The vendor's own words in the body of a refusal, one short line; empty where it has none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        text = body.decode("utf-8", "replace")
        return "" if "<" in text[:64] else _line(text)
    if isinstance(found, dict):
        for key in _TELLS:
            if isinstance(found.get(key), str):
                return _line(found[key])
    return _line(found) if isinstance(found, str) else ""


def _line(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * _WORDS]).split())
    return line if len(line) <= _WORDS else f"{line[: _WORDS - 3]}..."
