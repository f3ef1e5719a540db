"""A venue on 127.0.0.1 that does exactly what a test scripts, and counts what reaches it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.execution.brokers.alpaca_codec import stamp_text
from tradeplat.execution.brokers.alpaca_rest import Limits

START = 1_767_623_400 * SECOND
Json = dict[str, Any]
Script = Callable[["LoopbackVenue", web.Request, Json], Awaitable[web.StreamResponse]]
QUICK = Limits(connect=2.0, read=0.6, total=2.0)
"""Short enough that a hanging venue costs a test little, long enough for a machine under load."""


class TestClock:
    """Market time that stands until told to move."""

    __test__ = False

    def __init__(self, now: int = START) -> None:
        self.ts = now
        self.moved = asyncio.Event()

    def now(self) -> int:
        return self.ts

    def advance(self, seconds: float) -> None:
        self.ts += int(seconds * SECOND)
        self.moved.set()

    async def sleep_until(self, ts: int) -> None:
        while self.ts < ts:
            self.moved.clear()
            await self.moved.wait()


class LoopbackVenue:
    """Orders in memory; POSTs, PATCHes and DELETEs first follow `script`, then its own manners."""

    def __init__(self) -> None:
        self.orders: dict[str, Json] = {}
        self.posts: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.script: dict[str, list[Script]] = {"POST": [], "PATCH": [], "DELETE": [], "GET": []}
        self.sockets: list[web.WebSocketResponse] = []
        self.upgrade_status = 0
        self.forgotten: set[str] = set()
        """Client ids that questions about one order are not answered for."""
        self.authorized = True
        self.binary = True
        self.autocancel = True
        self.page = 500
        self.url = ""
        self.positions: list[Json] = []
        self.activities: list[Json] = []
        self.cash = "100000"
        self._count = 0

    def new_id(self) -> str:
        self._count += 1
        return f"00000000-0000-4000-8000-{self._count:012d}"

    def now(self) -> str:
        return stamp_text(START + self._count * 1_000_000)

    # What a test makes happen -------------------------------------------------------------

    def by_client(self, client_id: str) -> Json:
        return next(o for o in self.orders.values() if o["client_order_id"] == client_id)

    def place(self, body: Json) -> Json:
        order = self.make(body)
        if body.get("order_class") in ("bracket", "oto"):
            order["legs"] = [
                self.make(
                    {
                        **leg,
                        "symbol": body["symbol"],
                        "qty": body["qty"],
                        "side": "sell" if body["side"] == "buy" else "buy",
                        "type": kind,
                        "client_order_id": f"child-{self._count}",
                    },
                    "held",
                )
                for kind, leg in (
                    ("limit", body.get("take_profit")),
                    ("stop", body.get("stop_loss")),
                )
                if leg
            ]
        return order

    def make(self, body: Json, status: str = "accepted") -> Json:
        order_id = self.new_id()
        order = {
            "id": order_id,
            "client_order_id": body.get("client_order_id"),
            "symbol": body["symbol"],
            "qty": str(body["qty"]),
            "side": body["side"],
            "type": body["type"],
            "order_class": body.get("order_class", ""),
            "time_in_force": body.get("time_in_force", "day"),
            "limit_price": body.get("limit_price"),
            "stop_price": body.get("stop_price"),
            "status": status,
            "filled_qty": "0",
            "filled_avg_price": None,
            "submitted_at": self.now(),
            "updated_at": self.now(),
            "replaces": None,
            "replaced_by": None,
            "legs": None,
        }
        self.orders[order_id] = order
        return order

    def set(self, order: Json, status: str, filled: str = "", average: str = "") -> Json:
        self._count += 1
        order["status"] = status
        order["updated_at"] = self.now()
        if filled:
            order["filled_qty"], order["filled_avg_price"] = filled, average
        return order

    async def tell(self, event: str, order: Json, **more: object) -> None:
        flat = {**order, "legs": None}
        data = {"event": event, "timestamp": order["updated_at"], "order": flat, **more}
        frame = {"stream": "trade_updates", "data": data}
        raw = msgspec.json.encode(frame)
        for socket in self.sockets:
            if not socket.closed:
                await (socket.send_bytes(raw) if self.binary else socket.send_str(raw.decode()))

    async def fill(self, order: Json, quantity: str, price: str, total: str = "") -> None:
        done = Decimal(total or quantity)
        last = done == Decimal(order["qty"])
        self.set(order, "filled" if last else "partially_filled", str(done), price)
        await self.tell(
            "fill" if last else "partial_fill",
            order,
            price=price,
            qty=quantity,
            execution_id=self.new_id(),
        )

    # What the wire sees ---------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/v2")
        self.requests[f"{request.method} {path}"] += 1
        raw = await request.read()
        body: Json = msgspec.json.decode(raw) if raw else {}
        if request.method == "POST":
            self.posts[body["client_order_id"]] += 1
        if self.script[request.method]:
            return await self.script[request.method].pop(0)(self, request, body)
        return await self.answer(request, body)

    async def answer(  # noqa: C901, PLR0911  # one page a case
        self, request: web.Request, body: Json
    ) -> web.StreamResponse:
        path = request.path.removeprefix("/v2")
        match request.method, path.split("/")[1:]:
            case "POST", ["orders"]:
                if any(
                    o["client_order_id"] == body["client_order_id"] for o in self.orders.values()
                ):
                    return refuse(422, 40010001, "client_order_id must be unique")
                return json(self.place(body))
            case "GET", ["orders"]:
                return json(self.listed(request))
            case "GET", ["orders:by_client_order_id"]:
                wanted = request.query["client_order_id"]
                known = {} if wanted in self.forgotten else self.orders
                found = [o for o in known.values() if o["client_order_id"] == wanted]
                return json(found[0]) if found else refuse(404, 40410000, "order not found")
            case "GET", ["orders", order_id]:
                found_order = self.orders.get(order_id)
                return json(found_order) if found_order else refuse(404, 40410000, "not found")
            case "DELETE", ["orders", order_id]:
                return await self.delete(order_id)
            case "PATCH", ["orders", order_id]:
                return await self.patch(order_id, body)
            case "GET", ["account"]:
                return json({"id": "acc", "cash": self.cash, "equity": self.cash})
            case "GET", ["account", "activities"]:
                return json(self.activities)
            case "GET", ["positions"]:
                return json(self.positions)
            case "GET", ["clock"]:
                return json({"timestamp": self.now(), "is_open": True})
            case "GET", ["calendar"]:
                return json([{"date": request.query["start"], "open": "09:30", "close": "16:00"}])
        return web.Response(status=404, text="<html>no such page</html>")

    def listed(self, request: web.Request) -> list[Json]:
        over = {"filled", "canceled", "expired", "rejected", "replaced"}
        wanted = request.query["status"]
        legs = {leg["id"] for o in self.orders.values() for leg in o["legs"] or ()}
        rows = [
            order
            for order in self.orders.values()
            if (
                wanted == "all"
                or (order["status"] in over) == (wanted == "closed")
                or self.has_open(order, wanted)
            )
            and order["id"] not in legs
            and order["submitted_at"] > request.query.get("after", "")
        ]
        rows.sort(key=lambda order: str(order["submitted_at"]))
        return rows[: self.page]

    @staticmethod
    def has_open(order: Json, wanted: str) -> bool:
        over = {"filled", "canceled", "expired", "rejected", "replaced"}
        return wanted == "open" and any(leg["status"] not in over for leg in order["legs"] or ())

    async def delete(self, order_id: str) -> web.StreamResponse:
        order = self.orders.get(order_id)
        if order is None:
            return refuse(404, 40410000, "order not found")
        if order["status"] in ("filled", "canceled", "expired", "rejected", "replaced"):
            return refuse(422, 42210000, f'order is already in "{order["status"]}" state')
        if self.autocancel:
            self.set(order, "canceled")
            await self.tell("canceled", order)
        else:
            self.set(order, "pending_cancel")
        return web.Response(status=204)

    async def patch(self, order_id: str, body: Json) -> web.StreamResponse:
        old = self.orders.get(order_id)
        if old is None or old["status"] in ("filled", "canceled", "replaced"):
            return refuse(422, 42210000, "order is not replaceable")
        if any(o["client_order_id"] == body["client_order_id"] for o in self.orders.values()):
            return refuse(422, 40010001, "client_order_id must be unique")
        new = self.make({**old, **body}, "new")
        new["replaces"] = old["id"]
        old["replaced_by"] = new["id"]
        for parent in self.orders.values():
            if old in (parent["legs"] or ()):
                parent["legs"] = [new if leg is old else leg for leg in parent["legs"]]
        self.set(old, "replaced")
        await self.tell("replaced", old)
        await self.tell("new", new)
        return json(new)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        if self.upgrade_status:
            return web.Response(status=self.upgrade_status)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            asked = msgspec.json.decode(message.data)
            if asked["action"] == "authenticate":
                status = "authorized" if self.authorized else "unauthorized"
                data: Json = {"status": status, "action": "authenticate"}
                await self.send(socket, {"stream": "authorization", "data": data})
            else:
                self.sockets.append(socket)
                data = {"streams": asked["data"]["streams"]}
                await self.send(socket, {"stream": "listening", "data": data})
        return socket

    async def send(self, socket: web.WebSocketResponse, frame: Json) -> None:
        raw = msgspec.json.encode(frame)
        await (socket.send_bytes(raw) if self.binary else socket.send_str(raw.decode()))

    async def cut(self) -> None:
        """Every account socket falls."""
        for socket in self.sockets:
            await socket.close()
        self.sockets.clear()


def json(value: object, status: int = 200) -> web.Response:
    body = msgspec.json.encode(value)
    return web.Response(body=body, status=status, content_type="application/json")


def refuse(status: int, code: int, message: str) -> web.Response:
    return json({"code": code, "message": message}, status)


@asynccontextmanager
async def loopback() -> AsyncIterator[LoopbackVenue]:
    venue = LoopbackVenue()
    app = web.Application()
    app.router.add_get("/stream", venue.stream)
    app.router.add_route("*", "/v2/{tail:.*}", venue.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    venue.url = f"http://127.0.0.1:{port}"
    try:
        yield venue
    finally:
        await runner.cleanup()


@asynccontextmanager
async def connected(
    clock: TestClock | None = None, limits: Limits = QUICK
) -> AsyncIterator[tuple[LoopbackVenue, AlpacaBroker]]:
    async with loopback() as venue:
        market = clock or TestClock()
        async with AlpacaBroker(venue.url, "KEY", "SECRET", market, limits) as broker:
            yield venue, broker


def order(name: str = "a", quantity: int = 10, **more: object) -> Order:
    made = Order(
        f"tp1-260105-{name:0>14}-0",
        "AAA",
        "s",
        Decimal(quantity),
        OrderType.MARKET,
        Purpose.ENTRY,
        START,
        START,
    )
    return msgspec.structs.replace(made, **more)


# Scripts: what the venue does with the next request ---------------------------------------------


def then(status: int, body: str = "", *, accept: bool) -> Script:
    """Answer `status`, after taking the order or not."""

    async def run(venue: LoopbackVenue, request: web.Request, sent: Json) -> web.StreamResponse:
        if accept:
            await venue.answer(request, sent)
        return web.Response(status=status, text=body)

    return run


def drop(*, accept: bool) -> Script:
    """Cut the connection instead of answering."""

    async def run(venue: LoopbackVenue, request: web.Request, sent: Json) -> web.StreamResponse:
        if accept:
            await venue.answer(request, sent)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return run


def hang(*, accept: bool, seconds: float = 5.0) -> Script:
    """Say nothing for longer than anyone waits."""

    async def run(venue: LoopbackVenue, request: web.Request, sent: Json) -> web.StreamResponse:
        if accept:
            await venue.answer(request, sent)
        await asyncio.sleep(seconds)
        return web.Response()

    return run


def refused(status: int, code: int, message: str) -> Script:
    """The venue's own refusal."""

    async def run(venue: LoopbackVenue, request: web.Request, sent: Json) -> web.StreamResponse:
        return refuse(status, code, message)

    return run


def throttled(**headers: str) -> Script:
    """429 with `headers` (underscores for dashes)."""

    async def run(venue: LoopbackVenue, request: web.Request, sent: Json) -> web.StreamResponse:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return web.Response(status=429, headers=named, text='{"code":42910000,"message":"slow"}')

    return run
