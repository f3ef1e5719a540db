"""The account's one market-data socket: connected, subscribed and alive, or on its way there."""

import asyncio
from collections.abc import Iterable
from enum import StrEnum

import aiohttp
import msgspec
import numpy as np
import structlog

from tradeplat.core.errors import BadInput, Denied, Transient
from tradeplat.core.ports import Clock
from tradeplat.core.redaction import Redactor
from tradeplat.streams.dialect import (
    Acknowledged,
    Authenticated,
    Connected,
    Control,
    Dialect,
    Fact,
    Listener,
    Subscribed,
    VenueError,
    Verdict,
)
from tradeplat.streams.outages import Outages
from tradeplat.streams.silence import Channels, Watch
from tradeplat.streams.subscriptions import Request, Subscriptions
from tradeplat.streams.timing import PATIENCE, Timing
from tradeplat.streams.turns import REST

log = structlog.get_logger()

LARGEST_FRAME = 32 * 1024 * 1024
"""Bytes; vendors send bursts of more than the usual 1 MiB in one frame (trap 13)."""
SLOT_HELD = "an earlier connection still holds the account's only place"
PART = 10
"""Facts of a frame that are handed on at a time."""


class State(StrEnum):
    """How far the connection is; LIVE is proven by an answer or data after the last grant."""

    DOWN = "down"
    CONNECTING = "connecting"
    AUTH = "auth"
    SUBSCRIBED = "subscribed"
    LIVE = "live"


class Access(msgspec.Struct, frozen=True):
    """Where the venue is and who we are."""

    url: str
    key: str
    secret: str

    def __repr__(self) -> str:
        return f"Access({self.url!r})"


class SlotTaken(Transient):
    """An earlier connection still holds the account's only place."""


class Connection:
    """Keeps one socket open and subscribed to what is wanted, for ever, until cancelled.

    `run` is the one task: it reads, decodes, hands each frame's facts to the listener and never
    waits for anybody else. Losses are met with growing delays. A refusal that waiting cannot cure
    raises Denied, or once all was live ends the attempts alone: what is open goes on without data.
    The socket is always closed with the handshake, for vendors hold the place of a vanished one.
    """

    def __init__(
        self,
        access: Access,
        dialect: Dialect,
        subscriptions: Subscriptions,
        listener: Listener,
        clock: Clock,
        timing: Timing = PATIENCE,
    ) -> None:
        self._access = access
        self._hide = Redactor([access.key, access.secret])
        self._dialect = dialect
        self._subscriptions = subscriptions
        self._listener = listener
        self._now = clock.now
        self._timing = timing
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._silence = Channels(timing.mute)
        self._doubt = ""
        self._proven = False
        self._live_since: float | None = None
        self._unanswered_since: float | None = None
        self._pinged: float | None = None
        self.outages = Outages(clock.now)
        self.state = State.DOWN
        self.lost_because = ""
        """Why the last connection ended; empty before the first loss."""
        self.connects = 0
        """Connections that got as far as being authenticated."""
        self.frames = 0
        self.messages = 0
        """Data messages read over all connections, those that say nothing to us included."""
        self.received = 0
        """The same, of the present connection."""
        self.notes = 0
        """Complaints of the venue."""
        self.ping_seconds = 0.0
        """Round trip of the last ping of ours."""

    async def run(self, rng: np.random.Generator) -> None:
        """Connect, read, and connect again; `rng` spreads the delays."""
        timing = self._timing
        attempt, held = 0, False
        strict = aiohttp.TraceConfig()
        strict.on_request_redirect.append(_not_followed)
        async with aiohttp.ClientSession(trust_env=False, trace_configs=[strict]) as session:
            while True:
                delay = timing.delays[min(attempt, len(timing.delays) - 1)]
                delay *= float(rng.uniform(1.0 - timing.jitter, 1.0 + timing.jitter))
                delay += timing.slot if held else 0.0
                self.outages.waits(delay, SLOT_HELD if held else "")
                await asyncio.sleep(delay)
                attempt, held = attempt + 1, False
                try:
                    await self._serve(session)
                except SlotTaken as error:
                    self._lose(str(error))
                    attempt, held = 0, True
                except (aiohttp.ClientError, OSError, TimeoutError, Transient) as error:
                    attempt = min(attempt, self._failures())
                    self._lose(str(error) or type(error).__name__)
                except (Denied, BadInput) as error:
                    self._lose(str(error), final=True)
                    if not self._proven:
                        self._listener.on_fatal(error)
                        raise
                    self._listener.on_denied(error)
                finally:
                    self._down()
                if self.outages.final:
                    await asyncio.get_running_loop().create_future()

    async def send(self, requests: Iterable[Request]) -> None:
        """Send `requests` if there is a connection; if not, the next one asks for all wanted."""
        for request in requests:
            ws = self._ws
            if ws is None or ws.closed:
                return
            write = self._dialect.subscribe if request.adds else self._dialect.unsubscribe
            self._subscriptions.sent(request)
            if self._unanswered_since is None:
                self._unanswered_since = asyncio.get_running_loop().time()
            try:
                await _write(ws, write(request.topics))
            except (aiohttp.ClientError, OSError):
                return  # the reader notices the same loss and starts anew

    def leave(self, reason: str) -> None:
        """Give the present connection up for `reason`; another one is sought."""
        self._doubt = reason

    def calm(self) -> None:
        """Another part of the day begins: what came before says nothing of what is to come."""
        self._silence.begin()

    async def _serve(self, session: aiohttp.ClientSession) -> None:
        """One connection's life; returns only by an exception."""
        self.state = State.CONNECTING
        self._doubt = ""
        wait = self._timing.answer
        step = "the upgrade"
        try:
            async with asyncio.timeout(wait) as deadline:
                async with await self._upgraded(session) as ws:
                    step = "the login"
                    deadline.reschedule(asyncio.get_running_loop().time() + wait)
                    await self._login(ws)
                    deadline.reschedule(None)
                    await self._follow(ws)
        except TimeoutError:
            raise Transient(f"no answer to {step} within {wait:g} s") from None

    async def _upgraded(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        try:
            return await session.ws_connect(
                self._access.url,
                headers=self._dialect.headers,
                heartbeat=self._timing.heartbeat,
                max_msg_size=LARGEST_FRAME,
                autoping=False,
                timeout=aiohttp.ClientWSTimeout(ws_close=self._timing.close),
            )
        except aiohttp.WSServerHandshakeError as error:
            told = f"HTTP {error.status} at the upgrade"
            if error.status in (401, 403):
                raise self._denied(told) from None
            raise Transient(told) from None
        except aiohttp.InvalidURL:
            raise BadInput(f"stream url {self._access.url!r}: expected ws:// or wss://") from None

    async def _follow(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """Ask for what is wanted and read, until the watch finds a reason to stop."""
        watch = None
        try:
            async with asyncio.timeout(None) as deadline:
                watch = Watch(self._overdue, deadline, self._timing.watch)
                watch.start()
                self._ws = ws
                await self.send(self._subscriptions.online())
                await self._read(ws)
        except TimeoutError:
            raise Transient(watch.reason if watch else "timed out") from None
        finally:
            self._ws = None
            if watch is not None:
                watch.stop()

    async def _login(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        await self._expect(ws, Connected)
        self.state = State.AUTH
        await _write(ws, self._dialect.login(self._access.key, self._access.secret))
        await self._expect(ws, Authenticated)
        self.state = State.SUBSCRIBED
        self.connects += 1
        self._silence.again(asyncio.get_running_loop().time())

    async def _expect(self, ws: aiohttp.ClientWebSocketResponse, kind: type[Control]) -> None:
        while True:
            for control in await self._receive(ws):
                if isinstance(control, kind):
                    return
                if isinstance(control, VenueError):
                    self._judge(control)

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        await self._prove(ws)
        while True:
            controls = await self._receive(ws)
            if controls:
                for control in controls:
                    await self._obey(control)
                self._listener.on_granted()
            if self.state is State.SUBSCRIBED:
                await self._prove(ws)

    async def _receive(self, ws: aiohttp.ClientWebSocketResponse) -> Iterable[Control]:
        """The next frame: its facts go to the listener, its control messages are returned."""
        message = await ws.receive()
        kind = message.type
        if kind is aiohttp.WSMsgType.BINARY or kind is aiohttp.WSMsgType.TEXT:
            dialect = self._dialect
            errors = dialect.errors
            skipped = errors + dialect.ignored - dialect.further
            facts, controls = dialect.decode(message.data, self._now())
            if dialect.errors != errors:
                self._report()
            self.frames += 1
            passed = dialect.errors + dialect.ignored - dialect.further
            count = len(facts) + passed - skipped
            self.messages += count
            if count:
                self._silence.hear(facts)
                await self._hand_on(facts)
            # Counts only what was handed on: a venue that waits for us goes by it.
            self.received += count
            return controls
        if kind is aiohttp.WSMsgType.PING:
            await ws.pong(message.data)
            return ()
        if kind is aiohttp.WSMsgType.PONG:
            self._ponged()
            return ()
        fault = message.data if kind is aiohttp.WSMsgType.ERROR else ws.exception()
        if isinstance(fault, aiohttp.ServerTimeoutError):
            raise Transient(f"the peer is dead: {fault}")
        if isinstance(fault, aiohttp.WebSocketError):
            raise Transient(f"what came is not to be read: {fault}")
        raise Transient(f"closed by the peer ({ws.close_code or kind.name})")

    async def _hand_on(self, facts: list[Fact]) -> None:
        for at in range(0, len(facts), PART):
            if self._listener.on_facts(facts[at : at + PART]):
                await asyncio.sleep(0)
                while self._listener.held():  # noqa: ASYNC110  # whoever commits tells nobody
                    await asyncio.sleep(REST)

    async def _obey(self, control: Control) -> None:
        requests: list[Request] = []
        if isinstance(control, Subscribed):
            requests = self._subscriptions.acknowledge(control.topics)
            if requests:
                log.warning("subscription_differs", asking=[r.topics for r in requests])
        elif isinstance(control, Acknowledged):
            self._subscriptions.confirm(control.topics, adds=control.adds)
        elif isinstance(control, VenueError):
            requests = self._judge(control)
        waiting = self._subscriptions.waiting
        now = asyncio.get_running_loop().time()
        self._unanswered_since = now if waiting else None
        await self.send(requests)

    def _judge(self, error: VenueError) -> list[Request]:
        """What the venue's complaint asks of us: raise, or the requests to try instead."""
        verdict = self._dialect.verdict(error.code)
        message = self._hide.text(error.message)
        text = f"venue error {error.code}: {message}"
        self.notes += 1
        log.warning("venue_complained", code=error.code, message=message)
        if verdict is Verdict.FATAL:
            raise self._denied(text)
        if verdict is Verdict.SLOT:
            raise SlotTaken(text)
        if verdict is Verdict.RECONNECT:
            raise Transient(text)
        self.outages.complained(text)
        if verdict is Verdict.NOTE:
            return []
        requests = self._subscriptions.reject(error.topics)
        if self._subscriptions.refused:
            log.error("subscription_refused", topics=sorted(self._subscriptions.refused))
        return requests

    async def _prove(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """LIVE needs all we asked for, and a sign of life since."""
        if not self._subscriptions.settled:
            return
        if self._silence.heard or (self._pinged is not None and self.ping_seconds):
            self.state = State.LIVE
            self._live_since = asyncio.get_running_loop().time()
            self._proven = True
            self.outages.live()
            log.info("stream_live", url=self._access.url, symbols=len(self._subscriptions.symbols))
        elif self._pinged is None:
            self._pinged = asyncio.get_running_loop().time()
            self.ping_seconds = 0.0
            await ws.ping()

    def _ponged(self) -> None:
        if self._pinged is not None and not self.ping_seconds:
            self.ping_seconds = max(asyncio.get_running_loop().time() - self._pinged, 1e-9)

    def _overdue(self, now: float) -> str:
        """Why to give this connection up, or nothing."""
        if self._doubt:
            return self._doubt
        since = self._unanswered_since
        if since is not None and now - since > self._timing.answer:
            if self._subscriptions.give_up():
                self._unanswered_since = now if self._subscriptions.waiting else None
                self._listener.on_granted()
                return ""
            return f"no answer to a request within {self._timing.answer:g} s"
        return self._silence.check(now)

    def _denied(self, text: str) -> Denied:
        return Denied(f"{self._access.url}: {text}")

    def _failures(self) -> int:
        since, now = self._live_since, asyncio.get_running_loop().time()
        return self._timing.failures(None if since is None else now - since)

    def _report(self) -> None:
        """Tell of decode errors at the first, second, fourth, eighth ... of them."""
        self.outages.unreadable()
        count = self._dialect.errors
        if count & (count - 1) == 0:
            log.error("message_unreadable", count=count, error=self._dialect.last_error)

    def _lose(self, reason: str, *, final: bool = False) -> None:
        self.lost_because = reason
        self.outages.lost(reason, final=final)
        log.warning("stream_lost", url=self._access.url, state=self.state.value, reason=reason)

    def _down(self) -> None:
        self.state = State.DOWN
        self._live_since = self._unanswered_since = self._pinged = None
        self.received = 0
        self._subscriptions.offline()
        self._listener.on_lost(self.lost_because)


async def _not_followed(*_: object) -> None:
    """Our key is for the host that we were told of."""
    raise aiohttp.ClientError("redirected to another address: not followed")


async def _write(ws: aiohttp.ClientWebSocketResponse, request: str | bytes) -> None:
    await (ws.send_str(request) if isinstance(request, str) else ws.send_bytes(request))
