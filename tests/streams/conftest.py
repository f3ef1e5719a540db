"""A small Alpaca on loopback: honest by default, faulty on demand."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator

import msgspec
import pytest
from aiohttp import WSMsgType, web

from tradeplat.core.market import SECOND
from tradeplat.streams.stamps import Rfc3339, write_ext, write_rfc3339


class Session:
    """One client's connection as the venue sees it."""

    def __init__(self, ws, packed):
        self.ws = ws
        self.packed = packed
        self.topics = set()
        self.requests = []
        self.close_code = None

    async def say(self, *messages):
        """Messages whose `t` is nanoseconds go out in this client's encoding, as one array."""
        stamp = write_ext if self.packed else write_rfc3339
        if self.packed is None:
            await self.ws.send_str(json.dumps(messages))
            return
        rows = [{**m, "t": stamp(m["t"])} if isinstance(m.get("t"), int) else m for m in messages]
        if self.packed:
            await self.ws.send_bytes(msgspec.msgpack.encode(rows))
        else:
            await self.ws.send_str(json.dumps(rows))

    def abort(self):
        """Reset the TCP connection."""
        sock = self.ws._req.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.ws._req.transport.abort()


class LoopbackAlpaca:
    def __init__(self):
        self.sessions = []
        self.greeting = [{"T": "success", "msg": "connected"}]
        self.auth_errors = []
        self.upgrade_statuses = []
        self.symbol_limit = None
        self.swallow = 0
        self.forget = set()
        self.json_always = False
        self.arrived = asyncio.Condition()
        self.rest = {"bars": {}, "trades": {}}
        self.rest_faults = []
        self.page = 1000
        self.queries = []
        self.on_rest = None

    async def start(self):
        app = web.Application()
        app.router.add_get("/v2/iex", self._socket)
        app.router.add_get("/v2/stocks/{kind}", self._rest)
        await self._serve(app)

    async def _serve(self, app):
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    async def stop(self):
        for session in self.sessions:
            if not session.ws.closed and session.ws._req.transport is not None:
                session.ws._req.transport.abort()
        await self._runner.cleanup()

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.port}/v2/iex"

    @property
    def data_url(self):
        return f"http://127.0.0.1:{self.port}"

    async def _note(self):
        async with self.arrived:
            self.arrived.notify_all()

    async def until(self, test):
        """Wait until `test()` holds; looks again whenever a client says something."""
        async with asyncio.timeout(30), self.arrived:
            await self.arrived.wait_for(test)

    async def connected(self, count=1, topics=0):
        await self.until(
            lambda: len(self.sessions) >= count and len(self.sessions[count - 1].topics) >= topics
        )
        return self.sessions[count - 1]

    async def _socket(self, request):
        if self.upgrade_statuses:
            return web.Response(status=self.upgrade_statuses.pop(0))
        ws = web.WebSocketResponse(max_msg_size=0)
        await ws.prepare(request)
        packed = self._packed(request)
        session = Session(ws, packed)
        self.sessions.append(session)
        await session.say(*self.greeting)
        async for message in ws:
            if message.type is WSMsgType.BINARY:
                body = msgspec.msgpack.decode(message.data)
            else:
                body = json.loads(message.data)
            session.requests.append(body)
            await self._answer(session, body)
            await self._note()
        session.close_code = ws.close_code
        await self._note()
        return ws

    def _packed(self, request):
        """Whether a client is spoken to in MessagePack; None: in JSON as it is, times and all."""
        return "msgpack" in request.headers.get("Content-Type", "") and not self.json_always

    async def _answer(self, session, body):
        if body["action"] == "auth":
            if self.auth_errors:
                code = self.auth_errors.pop(0)
                await session.say({"T": "error", "code": code, "msg": f"error {code}"})
            else:
                await session.say({"T": "success", "msg": "authenticated"})
            return
        if self.swallow:
            self.swallow -= 1
            return
        named = {(c, s) for c, found in body.items() if c != "action" for s in found}
        if body["action"] == "unsubscribe":
            session.topics -= named
        else:
            after = session.topics | (named - self.forget)
            counted = {s for c, s in after if c in ("quotes", "trades")}
            if self.symbol_limit is not None and len(counted) > self.symbol_limit:
                await session.say({"T": "error", "code": 405, "msg": "symbol limit exceeded"})
                return
            session.topics = after
        channels = {}
        for channel, symbol in sorted(session.topics):
            channels.setdefault(channel, []).append(symbol)
        trades = channels.get("trades", [])
        more = {"corrections": trades, "cancelErrors": trades}
        await session.say({"T": "subscription", **channels, **more})

    async def _rest(self, request):
        kind, query = request.match_info["kind"], dict(request.query)
        self.queries.append((kind, query))
        if self.on_rest is not None:
            await self.on_rest(kind, query)
        if self.rest_faults:
            fault = self.rest_faults.pop(0)
            if fault is not None:
                return fault
        symbol = query["symbols"]
        read = Rfc3339().read
        start, end = read(query["start"]), read(query["end"])
        rows = [r for r in self.rest[kind].get(symbol, []) if start <= r["t"] <= end]
        if query.get("sort") == "desc":
            rows.reverse()
        at = int(query.get("page_token", 0))
        size = min(self.page, int(query.get("limit", 1000)))
        page = [{**r, "t": write_rfc3339(r["t"])} for r in rows[at : at + size]]
        token = str(at + size) if at + size < len(rows) else None
        return web.json_response({kind: {symbol: page} if page else {}, "next_page_token": token})


class LoopbackPolygon(LoopbackAlpaca):
    """Polygon's socket and its aggregates; `rest["aggs"]` has bars by symbol and unit."""

    def __init__(self):
        super().__init__()
        self.greeting = [status("connected", "Connected Successfully")]
        self.refuse = {}
        self.rest = {"aggs": {}}
        self.auth = []

    async def start(self):
        app = web.Application()
        app.router.add_get("/stocks", self._socket)
        app.router.add_get(
            "/v2/aggs/ticker/{symbol}/range/{n}/{unit}/{first}/{last}", self._aggregates
        )
        await self._serve(app)

    def _packed(self, request):
        return None

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.port}/stocks"

    async def _answer(self, session, body):
        if body["action"] == "auth":
            answer = self.auth_errors.pop(0) if self.auth_errors else "auth_success"
            await session.say(status(answer, answer))
            return
        adds = body["action"] == "subscribe"
        for topic in body["params"].split(","):
            channel, _, symbol = topic.strip().partition(".")
            if (channel, symbol) in self.forget:
                continue
            if adds and channel in self.refuse:
                await session.say(status(self.refuse[channel], f"not authorized: {topic}"))
                continue
            if adds:
                session.topics.add((channel, symbol))
            else:
                session.topics.discard((channel, symbol))
            done = "subscribed" if adds else "unsubscribed"
            await session.say(status("success", f"{done} to: {topic.strip()}"))

    async def _aggregates(self, request):
        self.auth.append(request.headers.get("Authorization"))
        info, query = request.match_info, dict(request.query)
        self.queries.append((dict(info), query))
        if self.on_rest is not None:
            await self.on_rest(info["unit"], query)
        if self.rest_faults:
            fault = self.rest_faults.pop(0)
            if fault is not None:
                return fault
        first, last = int(info["first"]), int(info["last"])
        known = self.rest["aggs"].get((info["symbol"], info["unit"]), [])
        rows = [row for row in known if first <= row["t"] <= last]
        if query.get("sort") == "desc":
            rows.reverse()
        at = int(query.get("cursor", 0))
        size = min(self.page, int(query.get("limit", 5000)))
        page = rows[at : at + size]
        body = {"status": "OK", "resultsCount": len(page), "ticker": info["symbol"]}
        if page:
            body["results"] = page
        if at + size < len(rows):
            more = "&".join(f"{k}={v}" for k, v in query.items() if k != "cursor")
            body["next_url"] = f"https://elsewhere.example{request.path}?{more}&cursor={at + size}"
        return web.json_response(body)


def status(name, message=""):
    return {"ev": "status", "status": name, "message": message}


@pytest.fixture
async def polygon() -> AsyncIterator[LoopbackPolygon]:
    venue = LoopbackPolygon()
    await venue.start()
    yield venue
    await venue.stop()


@pytest.fixture
def aggregate():
    def make(symbol, close_s, span=1, close=1.5, volume=10):
        """A bar that closes at `close_s` seconds, as the socket tells it."""
        start = (close_s - span) * 1000
        return {
            "ev": "A" if span == 1 else "AM", "sym": symbol, "v": volume, "av": 99, "op": 1.0,
            "vw": 1.0, "o": 1.0, "c": close, "h": 2.0, "l": 0.5, "a": 1.0, "z": 5, "s": start,
            "e": start + span * 1000,
        }  # fmt: skip

    return make


@pytest.fixture
async def alpaca() -> AsyncIterator[LoopbackAlpaca]:
    venue = LoopbackAlpaca()
    await venue.start()
    yield venue
    await venue.stop()


@pytest.fixture
def wire_bar():
    def make(symbol, close_s, close=1.0, volume=10, kind="b"):
        """A minute bar that closes at `close_s` seconds, as the wire stamps it: at its open."""
        return {
            "T": kind, "S": symbol, "t": (close_s - 60) * SECOND, "o": 1.0, "h": 2.0, "l": 0.5,
            "c": close, "v": volume, "n": 1, "vw": 1.0,
        }  # fmt: skip

    return make
