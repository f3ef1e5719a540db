"""Polygon's (Massive's) market socket, `/stocks`: handshake, topics, acknowledgements, limits.

Every message is an array of JSON. A topic is acknowledged by a status of its own. One connection an
account: of a second one either the older leaves with `max_connections`, as the vendor does it, or
the newer, as `StreamTerms.kept` says. A client that does not read is told `slow_consumer` and cut.
"""

from typing import Any

import msgspec
from aiohttp import web

from tradeplat.venue.accounts import Account
from tradeplat.venue.alpaca_wire import json_array
from tradeplat.venue.faults import Spot
from tradeplat.venue.feed_socket import FeedSocket, opened
from tradeplat.venue.hub import Receiver
from tradeplat.venue.market_floor import MarketFloor
from tradeplat.venue.polygon_tape import CHANNELS, PolygonTape
from tradeplat.venue.polygon_wire import JSON
from tradeplat.venue.sockets import OpenSocket

FEED = "polygon"
"""The feed its listeners are on."""

PATH = "/stocks"

_HERE = Spot(socket="data")
_ANSWERS = 2_000
"""Acknowledgements in one frame at most: a client reads a frame of 1 MiB at most."""

_NOT_HERE = frozenset({"FMV", "NOI", "LV"})
"""Topics of other plans."""

_STATUSES = {
    400: ("error", "invalid request"),
    401: ("not_authorized", "authenticate first"),
    402: ("auth_failed", "authentication failed"),
    403: ("error", "already authenticated"),
    404: ("auth_timeout", "authentication timed out"),
    405: ("error", "too many topics"),
    406: ("max_connections", "Maximum number of connections exceeded."),
    407: ("slow_consumer", "the client does not read as fast as it is written to"),
    408: ("not_authorized", "your plan does not include websocket access"),
    409: ("not_authorized", "you are not authorized to subscribe to this"),
    410: ("error", "unknown topic"),
    500: ("error", "internal error"),
    503: ("force_disconnect", "the server is going away"),
}
"""The statuses that stand for the errors which the control API numbers as Alpaca does."""

_FATAL = frozenset({402, 404, 406, 407, 408, 503})


class PolygonConnection:
    """One client on the socket."""

    def __init__(self, floor: MarketFloor, tape: PolygonTape, socket: OpenSocket) -> None:
        self._floor = floor
        self._tape = tape
        self._socket = socket
        self._receiver: Receiver | None = None
        self._wire = FeedSocket(socket, self, floor.terms, json_array)

    @property
    def known(self) -> bool:
        """Whether the client has authenticated."""
        return self._receiver is not None

    async def serve(self) -> None:
        """Talk to the client until one of the two leaves."""
        self._wire.say([_status("connected", "Connected Successfully")])
        try:
            await self._wire.run()
        finally:
            if self._receiver is not None:
                self._floor.leave(self._receiver, clean=self._wire.left_cleanly)

    def refuse(self, code: int, words: str = "") -> None:
        """Send the status that stands for error `code`; after a fatal one the connection ends."""
        self._wire.say([_refusal(code, words)])
        if code in _FATAL:
            self._wire.end()

    def on_silence(self) -> None:
        """The client did not authenticate in time."""
        self.refuse(404)

    def slow(self) -> object:
        """The message that tells a client it is too slow."""
        return [_refusal(407)]

    def control(self, message: object) -> bytes:
        """Statuses, in an array of their own."""
        return JSON.encode(message)

    def on_frame(self, frame: str | bytes) -> None:
        """Answer a client's request."""
        request = _decoded(frame)
        action, params = (request.get("action"), request.get("params")) if request else (None, None)
        known = isinstance(action, str) and action in {"auth", "subscribe", "unsubscribe"}
        if not known or not isinstance(params, str):
            self.refuse(400)
        elif action == "auth":
            self._login(params)
        elif self._receiver is None:
            self.refuse(401)
        else:
            self._change(self._receiver, params, adding=action == "subscribe")

    def _login(self, key: str) -> None:
        if self._receiver is not None:
            self.refuse(403)
            return
        fault = self._floor.faults.strike("login_error", _HERE)
        account = find_key(self._floor, key)
        if fault is not None or account is None:
            self.refuse((fault.status or 500) if fault is not None else 402)
            return
        if not self._make_room(account):
            self.refuse(406)
            return
        self._socket.key = account.terms.key
        self._wire.say([_status("auth_success", "authenticated")])
        receiver = Receiver(FEED, account.terms.key, self._wire.offer, CHANNELS)
        receiver.hang_up = self._wire.cut
        self._receiver = self._wire.receiver = receiver
        self._floor.join(receiver)

    def _make_room(self, account: Account) -> bool:
        """Whether the account's one place is free, or was made free."""
        key = account.terms.key
        if self._floor.is_held(key, FEED):
            return False
        if not self._floor.is_taken(key, FEED):
            return True
        if self._floor.terms.kept == "older":
            return False
        for other in self._floor.sockets.matching(PATH, key):
            if other is not self._socket and other.refuse is not None:
                other.refuse(406, "")
        return True

    def _change(self, receiver: Receiver, params: str, *, adding: bool) -> None:
        """Take in each topic that is one, and say what became of each."""
        answers: list[object] = []
        topics: dict[str, list[str]] = {}
        for topic in (part.strip() for part in params.split(",")):
            channel, dot, symbol = topic.partition(".")
            if not topic:
                continue
            if not dot or not symbol or channel not in {*CHANNELS, *_NOT_HERE}:
                answers.append(_refusal(410, f"unknown topic: {topic[:64]}"))
            elif adding and channel not in self._floor.plan.polygon:
                answers.append(_refusal(409, f"not authorized: {topic[:64]}"))
            else:
                topics.setdefault(channel, []).append(symbol)
                done = "subscribed to" if adding else "unsubscribed to"
                answers.append(_status("success", f"{done}: {topic}"))
        if not answers:
            self.refuse(400)
            return
        self._apply(receiver, topics, adding=adding)
        for first in range(0, len(answers), _ANSWERS):
            self._wire.say(answers[first : first + _ANSWERS])

    def _apply(self, receiver: Receiver, topics: dict[str, list[str]], *, adding: bool) -> None:
        if not adding:
            self._floor.hub.unsubscribe(receiver, topics)
        elif self._floor.faults.strike("subscribe_not_served", _HERE) is not None:
            self._floor.hub.pretend(receiver, topics)
        else:
            self._floor.hub.subscribe(receiver, topics)
            self._tape.joined(self._floor.now())


def find_key(floor: MarketFloor, key: str) -> Account | None:
    """The account that Polygon's one key opens: the first half of an Alpaca pair."""
    return next((one for one in floor.accounts if key and one.terms.key == key), None)


def routes(floor: MarketFloor, tape: PolygonTape) -> list[web.RouteDef]:
    """The one socket."""

    async def stream(request: web.Request) -> web.StreamResponse:
        ws = await opened(request)
        socket = floor.sockets.of(request)
        connection = PolygonConnection(floor, tape, socket)
        socket.refuse = connection.refuse
        await connection.serve()
        return ws

    return [web.get(PATH, stream)]


def _status(status: str, message: str) -> dict[str, object]:
    return {"ev": "status", "status": status, "message": message}


def _refusal(code: int, words: str = "") -> dict[str, object]:
    status, usual = _STATUSES.get(code, ("error", "internal error"))
    return _status(status, words or usual)


def _decoded(frame: str | bytes) -> dict[str, Any] | None:
    """A client's request; None when it is no JSON object."""
    try:
        return msgspec.json.decode(frame, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
