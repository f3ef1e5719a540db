"""The control API: what a test or a person may do to the venue that no vendor offers.

    GET  /control/status      time, speed, symbols, connections, counts
    POST /control/stop        end the venue
    POST /control/speed       {"speed": 60 | "max"}
    GET  /control/faults      every fault there is, those armed, and how often each has struck
    POST /control/fault       a faults.Fault: {"name": "response_lost", "probability": 0.1}
    POST /control/preset      {"name": "rough"}: the faults of a preset, beside those armed
    POST /control/login_error {"code": 406, "times": 1}: the next market-data logins fail so
    POST /control/text_frames {"on": true}: market sockets speak JSON whatever was asked for
    POST /control/clear       no more faults, no held slots, nobody mute
    POST /control/hold        {"seconds": 90}: a broken connection keeps its slot so long (0: not)
    POST /control/disconnect  {"path", "key", "how": "close" | "abort", "code": 1001}
    POST /control/mute        {"path", "key", "on": true}: no market data, but pings are answered
    POST /control/error       {"path", "key", "code": 407, "message"}: an error frame, now
    POST /control/publish     {"messages": [...]}: market messages exactly as given, now
    POST /control/trade       {"symbol", "price", "size", "ts", "conditions"}: a print, now or late
    POST /control/quote       {"symbol", "bid", "ask", "bid_size", "ask_size"}
    POST /control/halt        {"symbol", "trading": false, "code": "LUDP"}
    POST /control/band        {"symbol", "low", "high"}: limit-up limit-down
    POST /control/cancel      {"symbol", "id"}: take a print back
    POST /control/correct     {"symbol", "id", "price", "size"}
    POST /control/activity    {"kind": "JNLS", "symbol", "qty", "price"}: shares or money move
    GET  /control/orders      the order log: every request and event (`?since=seq`)
    WS   /control/pace        lockstep (see `pace`)

Bodies are JSON objects; every answer is `{"done": n}` or `{"message": ...}` with status 400 or 404.
An empty path or key means any.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from aiohttp import web

from tradeplat.core.errors import BadInput
from tradeplat.core.market import Quote, Status, Trade
from tradeplat.venue import polygon_stream
from tradeplat.venue.account_deeds import ActivityBody, receiving
from tradeplat.venue.accounts import Account
from tradeplat.venue.clock import VenueClock, read_speed, speed_text
from tradeplat.venue.control_bodies import (
    Band,
    Correct,
    Disconnect,
    ErrorFrame,
    Halt,
    Hold,
    LoginError,
    Mute,
    Place,
    PresetName,
    PrintId,
    Publish,
    QuoteBody,
    Speed,
    Switch,
    TradeBody,
)
from tradeplat.venue.fault_presets import PRESETS, preset_of
from tradeplat.venue.faults import TABLE, Fault
from tradeplat.venue.market import PLAIN, Market
from tradeplat.venue.market_floor import MarketFloor
from tradeplat.venue.pace import Counts
from tradeplat.venue.player import Player
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.sockets import OpenSocket
from tradeplat.venue.stamps import read_instant, utc_text
from tradeplat.venue.trading import TradingSide

_ALWAYS = 1 << 60
FEED = "venue"
"""The feed of events made up through this API."""


class Played(Protocol):
    """What is known of what the venue plays."""

    @property
    def end(self) -> int:
        """Its last instant, 0 when nobody knows."""
        ...


class Controlled(Protocol):
    """What of the venue this API reaches."""

    clock: VenueClock
    market: Market
    floor: MarketFloor
    player: Player
    accounts: list[Account]
    trading: TradingSide
    stopping: asyncio.Event

    @property
    def options(self) -> Played:
        """What it was told to be."""
        ...

    def background(self, name: str, body: Callable[[], Awaitable[None]]) -> None:
        """Run `body` beside everything else."""
        ...


B = TypeVar("B")


class Deed(Generic[B]):
    """Something this API does, and the shape of the body it takes."""

    def __init__(self, shape: type[B], work: Callable[[B], int]) -> None:
        self._decoder = msgspec.json.Decoder(shape)
        self._work = work

    def read(self, body: bytes) -> B:
        """`body` in the deed's shape; BadInput when it has another."""
        try:
            return self._decoder.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput(str(error)) from None

    def do(self, body: bytes) -> int:
        """Do it as `body` says. Raises BadInput, or Refusal for a symbol or print there is not."""
        return self._work(self.read(body))


class Control:
    """Does what the control API is asked to; each deed answers how much it touched."""

    def __init__(self, venue: Controlled) -> None:
        self._venue = venue

    def status(self) -> dict[str, object]:
        """Where the venue stands."""
        venue = self._venue
        now = venue.clock.now()
        return {
            "now": utc_text(now),
            "now_ns": now,
            "end_ns": venue.options.end,
            "speed": speed_text(venue.clock.speed),
            "finished": venue.player.finished.is_set(),
            "instants": venue.player.played,
            "published": venue.floor.hub.published,
            "symbols": venue.market.symbols,
            "halted": sorted(venue.market.halted),
            "sockets": [{"path": one.path, "key": one.key} for one in venue.floor.sockets],
            "accounts": {
                account.terms.key: msgspec.to_builtins(self.counts(account))
                for account in venue.accounts
            },
        }

    def counts(self, account: Account) -> Counts:
        """What passed between the venue and `account`."""
        return Counts(
            self._venue.floor.hub.sent(account.terms.key),
            account.feed.sent,
            account.order_requests,
        )

    def stop(self, _: Switch) -> int:
        """End the venue, once this has been answered."""
        asyncio.get_running_loop().call_soon(self._venue.stopping.set)
        return 1

    def speed(self, body: Speed) -> int:
        """Change how fast time runs."""
        self._venue.clock.change_speed(read_speed(str(body.speed)))
        return 1

    def faults(self) -> dict[str, object]:
        """The table, what is armed and what has struck."""
        faults = self._venue.floor.faults
        return {
            "faults": {name: {"site": row.site, "does": row.words} for name, row in TABLE.items()},
            "presets": {name: preset.words for name, preset in PRESETS.items()},
            "armed": faults.armed,
            "struck": dict(faults.struck),
        }

    def fault(self, body: Fault) -> int:
        """Arm a fault."""
        self._venue.floor.faults.arm(body)
        return 1

    def preset(self, body: PresetName) -> int:
        """Arm a preset."""
        found = preset_of(body.name)
        self._venue.floor.faults.arm(*found.faults)
        return len(found.faults)

    def login_error(self, body: LoginError) -> int:
        """Let logins fail."""
        self._venue.floor.faults.arm(Fault(name="login_error", status=body.code, times=body.times))
        return body.times

    def text_frames(self, body: Switch) -> int:
        """Ignore the wish for MessagePack, or honour it again."""
        self._always("text_frames", Fault(name="text_frames", times=_ALWAYS) if body.on else None)
        return 1

    def clear(self, _: Switch) -> int:
        """Let nothing go wrong any more."""
        floor = self._venue.floor
        floor.faults.clear()
        floor.release()
        self._venue.trading.stream.release()
        for receiver in floor.hub.receivers:
            receiver.mute = False
        return 1

    def hold(self, body: Hold) -> int:
        """Keep the slots of broken connections."""
        fault = Fault(name="connection_limit", seconds=body.seconds, times=_ALWAYS)
        self._always("connection_limit", fault if body.seconds else None)
        return 1

    def mute(self, body: Mute) -> int:
        """Swallow the market data of some connections, or no more."""
        name = body.path.rpartition("/")[2]
        feed = "polygon" if name == "stocks" else name
        found = [
            one
            for one in self._venue.floor.hub.receivers
            if (not feed or one.feed == feed) and (not body.key or one.key == body.key)
        ]
        for receiver in found:
            receiver.mute = body.on
        return len(found)

    def error(self, body: ErrorFrame) -> int:
        """Send an error frame."""
        found = [one for one in self._sockets(body) if one.refuse is not None]
        for socket in found:
            if socket.refuse is not None:
                socket.refuse(body.code, body.message)
        return len(found)

    def publish(self, body: Publish) -> int:
        """Send messages as they are, each to the listeners of the vendor that speaks so."""
        for message, polygon in body.told():
            feeds = (polygon_stream.FEED,) if polygon else _ALL_FEEDS
            self._venue.floor.hub.publish([message], feeds)
        return len(body.messages)

    def trade(self, body: TradeBody) -> int:
        """Let a print happen, now for everybody, or late for the record alone."""
        now = self._venue.clock.now()
        ts = read_instant(body.ts, "ts") if body.ts else now
        trade = Trade(self._listed(body.symbol), ts, body.price, body.size, FEED)
        if body.ts or body.conditions:
            self._venue.market.late_print(trade, tuple(body.conditions) or PLAIN, now)
            self._venue.player.wake()
        else:
            self._venue.player.inject([trade])
        return 1

    def quote(self, body: QuoteBody) -> int:
        """Let a quote happen now."""
        now = self._venue.clock.now()
        sizes = (body.bid_size, body.ask_size)
        symbol = self._listed(body.symbol)
        self._venue.player.inject(
            [Quote(symbol, now, body.bid, sizes[0], body.ask, sizes[1], FEED)]
        )
        return 1

    def halt(self, body: Halt) -> int:
        """Halt a symbol or let it trade again."""
        now = self._venue.clock.now()
        status = Status(self._listed(body.symbol), now, body.trading, body.code, FEED)
        self._venue.player.inject([status])
        return 1

    def band(self, body: Band) -> int:
        """Tell a limit-up limit-down band."""
        now = self._venue.clock.now()
        self._venue.market.band(self._listed(body.symbol), body.low, body.high, now)
        return 1

    def cancel(self, body: PrintId) -> int:
        """Take a print back."""
        symbol, now = self._listed(body.symbol), self._venue.clock.now()
        if not self._venue.market.cancel_print(symbol, body.id, now):
            raise Refusal(404, None, f"{symbol} has no print {body.id}")
        return 1

    def correct(self, body: Correct) -> int:
        """Correct a print."""
        symbol, now = self._listed(body.symbol), self._venue.clock.now()
        if not self._venue.market.correct_print(symbol, body.id, body.price, body.size, now):
            raise Refusal(404, None, f"{symbol} has no print {body.id}")
        return 1

    def disconnect(self, body: Disconnect) -> int:
        """Cut connections, or begin to close them."""
        found = self._sockets(body)
        if body.how not in {"abort", "close"}:
            raise BadInput(f"how: found {body.how!r}, expected close or abort")
        for socket in found:
            if body.how == "abort":
                socket.abort()
            else:
                self._venue.background("goodbye", partial(_close, socket, body.code))
        return len(found)

    def deeds(self) -> "dict[str, Deed[Any]]":
        """Everything that can be asked for, by the name of its path."""
        return {
            "stop": Deed(Switch, self.stop),
            "speed": Deed(Speed, self.speed),
            "fault": Deed(Fault, self.fault),
            "preset": Deed(PresetName, self.preset),
            "login_error": Deed(LoginError, self.login_error),
            "text_frames": Deed(Switch, self.text_frames),
            "clear": Deed(Switch, self.clear),
            "hold": Deed(Hold, self.hold),
            "disconnect": Deed(Disconnect, self.disconnect),
            "mute": Deed(Mute, self.mute),
            "error": Deed(ErrorFrame, self.error),
            "publish": Deed(Publish, self.publish),
            "trade": Deed(TradeBody, self.trade),
            "quote": Deed(QuoteBody, self.quote),
            "halt": Deed(Halt, self.halt),
            "band": Deed(Band, self.band),
            "cancel": Deed(PrintId, self.cancel),
            "correct": Deed(Correct, self.correct),
            "activity": Deed(ActivityBody, receiving(self._venue.accounts, self._venue.clock.now)),
        }

    def _always(self, name: str, fault: Fault | None) -> None:
        """Let nothing but `fault` be armed of its name."""
        faults = self._venue.floor.faults
        faults.disarm(name)
        if fault is not None:
            faults.arm(fault)

    def _sockets(self, place: Place) -> list[OpenSocket]:
        return self._venue.floor.sockets.matching(place.path, place.key)

    def _listed(self, symbol: str) -> str:
        if symbol not in self._venue.market.books:
            raise Refusal(404, None, f"the venue lists no {symbol[:32]}")
        return symbol


_ALL_FEEDS = ("iex", "sip", "delayed_sip", "test")


def routes(control: Control) -> list[web.RouteDef]:
    """Every path of the control API."""

    async def status(_: web.Request) -> web.StreamResponse:
        return web.json_response(control.status(), dumps=_dumps)

    async def faults(_: web.Request) -> web.StreamResponse:
        return web.json_response(control.faults(), dumps=_dumps)

    deeds = [_route(name, deed) for name, deed in control.deeds().items()]
    pages = [web.get("/control/status", status), web.get("/control/faults", faults)]
    return [*pages, *deeds]


def _route(name: str, deed: Deed[Any]) -> web.RouteDef:
    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response({"done": deed.do(await request.read() or b"{}")})
        except Refusal as refusal:
            status = 404 if refusal.status == 404 else 400
            return web.json_response({"message": refusal.message}, status=status)
        except BadInput as error:
            return web.json_response({"message": str(error)}, status=400)

    return web.post(f"/control/{name}", serve)


async def _close(socket: OpenSocket, code: int) -> None:
    with suppress(ConnectionError):  # closed by the other side
        await socket.ws.close(code=code)


def _dumps(body: object) -> str:
    return msgspec.json.encode(body).decode()
