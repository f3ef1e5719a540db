"""The net between daemon and venue as a schedule makes it, and the tap that reads what passes."""

import math
import re
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from faultsim.host import Host, SimulatedCrash
from faultsim.net import Address, Calm, Link, Net, Way

_ID = re.compile(rb'"client_order_id"\s*:\s*"([^"]*)"')
_LENGTH = re.compile(rb"[Cc]ontent-[Ll]ength: (\d+)")
_CHANGES = ("POST", "PATCH", "DELETE")
_UPGRADE = re.compile(rb"\r\nUpgrade: websocket\r\n", re.IGNORECASE)


class Request(NamedTuple):
    """A request as it left: `number` counts them, `order_id` is the client's for a POST."""

    number: int
    method: str
    path: str
    order_id: str


class Heard(Protocol):
    """Who is told what passes between a daemon and its venue."""

    def request(self, request: Request) -> None:
        """It leaves now."""

    def answer(self, request: Request, status: int) -> None:
        """The head of its answer has left the venue."""


class _Talk:
    """What a link carries at present."""

    __slots__ = ("answered", "body", "need", "request", "socket")

    def __init__(self) -> None:
        self.request: Request | None = None
        self.body = b""
        self.need = 0
        self.answered = True
        self.socket = ""
        """The path of the socket that the link became, empty for requests."""


class Chaos(Calm):
    """A calm net until it is told otherwise; every fault ends with `clear`.

    `heard` is told of REST requests that change something and of their answers.
    """

    def __init__(self, rng: np.random.Generator, net: Net, heard: Heard) -> None:
        super().__init__(rng)
        self._net = net
        self._chance = rng
        self._heard = heard
        self._requests = 0
        self.refusing = False
        self.dark = False
        self.congestion: tuple[float, float] | None = None
        self.cut_requests = 0
        self.cut_answers = 0
        self.host: Host | None = None
        """The daemon in power; its messages are points at which it may die."""
        self.die_at: tuple[int, str] | None = None
        self.on_death: Callable[[str], None] = lambda _: None

    def clear(self) -> None:
        """Fair weather from now on; links that are silent are reset, as a router would at last."""
        self.refusing = self.dark = False
        self.congestion = None
        self.cut_requests = self.cut_answers = 0
        self.wake()

    def wake(self) -> None:
        """Reset the links that carry nothing any more."""
        for link in self._net.links:
            if link.up.mute or link.down.mute:
                link.reset()

    def reset(self) -> None:
        """Every connection breaks."""
        for link in list(self._net.links):
            link.reset()

    def silence(self) -> None:
        """Every connection goes silent, and so does every new one."""
        self.dark = True
        for link in self._net.links:
            link.silence()

    def connect(self, address: Address) -> float:
        """As the weather is."""
        if self.dark:
            return math.inf
        if self.refusing:
            raise ConnectionRefusedError(111, f"{address} refuses")
        return super().connect(address) + self._more()

    def carry(self, way: Way, data: bytes) -> float:
        """As the weather is; the tap reads, and the process may die of it."""
        self._point(way)
        if way.from_client:
            self._upward(way.link, data)
        else:
            self._downward(way.link, data)
        return self.delay() + self._more()

    def _more(self) -> float:
        if self.congestion is None:
            return 0.0
        low, high = self.congestion
        return float(self._chance.uniform(low, high)) if self._chance.random() < 0.3 else 0.0

    def _point(self, way: Way) -> None:
        """Count a message of the daemon's; the process may die before or after it."""
        host = self.host
        if host is None or not host.alive or (way.sender.host is not host):
            return
        host.points += 1
        if self.die_at is None or host.points < self.die_at[0]:
            return
        phase, self.die_at = self.die_at[1], None
        why = f"{phase} message {host.points}"
        self.on_death(why)
        if phase == "before":
            host.die(why)
            raise SimulatedCrash(why)
        way.link.loop.call_soon(host.die, why)

    def _upward(self, link: Link, data: bytes) -> None:
        talk = link.note
        if talk is None:
            talk = link.note = _Talk()
            if _UPGRADE.search(data):
                talk.socket = data.split(b" ", 2)[1].decode("ascii", "replace")
        if talk.socket:
            return
        if talk.need:
            talk.body += data
            self._whole(link, talk)
            return
        head, _, body = data.partition(b"\r\n\r\n")
        method, _, rest = head[:200].partition(b" ")
        name = method.decode("ascii", "replace")
        if name not in _CHANGES:
            talk.request = None
            return
        path = rest.partition(b" ")[0].decode("ascii", "replace")
        self._requests += 1
        length = _LENGTH.search(head)
        talk.request = Request(self._requests, name, path, "")
        talk.body, talk.need = body, int(length[1]) if length else 0
        talk.answered = False
        self._whole(link, talk)

    def _whole(self, link: Link, talk: _Talk) -> None:
        """Tell of the request once all of it has left."""
        if len(talk.body) < talk.need or talk.request is None:
            return
        talk.need = 0
        found = _ID.search(talk.body)
        if found is not None:
            talk.request = talk.request._replace(order_id=found[1].decode("ascii", "replace"))
        self._heard.request(talk.request)
        if self.cut_requests > 0:
            self.cut_requests -= 1
            link.up.mute = True
            link.reset()

    def _downward(self, link: Link, data: bytes) -> None:
        talk = link.note
        if talk is None or talk.request is None or talk.answered or data[:5] != b"HTTP/":
            return
        talk.answered = True
        if self.cut_answers > 0:
            self.cut_answers -= 1
            link.down.mute = True
            link.reset()
            return
        status = data[9:12]
        self._heard.answer(talk.request, int(status) if status.isdigit() else 0)
