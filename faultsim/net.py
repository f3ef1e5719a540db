"""The net of a simulated world: connections in memory that misbehave as real ones do."""

import asyncio
import errno
import math
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, Protocol

import numpy as np

from faultsim.host import HOST, Host

Address = Any
"""(host, port), or the path of a local socket."""

WINDOW = 64 * 1024
"""Bytes on their way or unread at the receiver before the sender's own buffer fills."""
_HIGH = 64 * 1024
_FIRST_PORT = 40_000


class Weather(Protocol):
    """Decides how the net treats each attempt and each chunk; every answer is in seconds."""

    def connect(self, address: Address) -> float:
        """Until the peer answers; infinite means never. May raise an OSError."""

    def carry(self, way: "Way", data: bytes) -> float:
        """Until `data` arrives. May harm the connection through `way.link`, or let a host die."""


class Calm:
    """A net without faults: each chunk takes a time between `low` and `high`, drawn evenly."""

    def __init__(self, rng: np.random.Generator, low: float = 0.0002, high: float = 0.002) -> None:
        self._rng = rng
        self._low = low
        self._span = high - low
        self._drawn: list[float] = []

    def delay(self) -> float:
        """One draw."""
        if not self._drawn:
            self._drawn = (self._low + self._span * self._rng.random(1024)).tolist()
        return self._drawn.pop()

    def connect(self, address: Address) -> float:  # all are alike
        """A round trip."""
        return 2 * self.delay()

    def carry(self, way: "Way", data: bytes) -> float:  # all are alike
        """One way."""
        return self.delay()


class Net:
    """Every connection and every listener of one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, rng: np.random.Generator) -> None:
        self._loop = loop
        self.rng = rng
        self.weather: Weather = Calm(rng)
        self.links: list[Link] = []
        """Connections with at least one end open, oldest first."""
        self.made = 0
        self.asked: dict[int, Address] = {}
        self.hosts: list[Host] = []
        self._listeners: dict[Address, Listener] = {}
        self._ports = _FIRST_PORT

    def host(self, name: str) -> Host:
        """A new host, whose connections close when it dies."""
        made = Host(name)
        self.hosts.append(made)
        made.vanish.append(lambda: self._bury(made))
        return made

    async def resolve(self, host: Any, port: Any) -> Address:
        """The address of a name."""
        name = host.decode() if isinstance(host, bytes) else str(host)
        return ("127.0.0.1" if name == "localhost" else name, int(port or 0))

    async def reach(self, address: Address) -> None:
        """Return when the machine at `address` has answered; raises as the kernel does."""
        wait = self.weather.connect(_short(address))
        if math.isinf(wait):
            await self._loop.create_future()
        await asyncio.sleep(wait)
        self._listener(address)

    async def connect(
        self, factory: Callable[[], asyncio.BaseProtocol], address: Address
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Join a protocol of ours with one of what listens at `address`."""
        listener = self._listener(address)
        self.made += 1
        link = Link(self._loop, self, self.made, _short(address))
        server = link.server
        server.context = listener.context
        protocol = factory()
        link.client.take(protocol)
        self.links.append(link)
        opened = self._loop.create_future()
        self._loop.call_soon(protocol.connection_made, link.client)
        self._loop.call_soon(_wake, opened)

        def accept() -> None:
            if not server.is_closing():
                made = listener.factory()
                server.take(made)
                made.connection_made(server)
                server.flush()

        self._loop.call_soon(accept, context=listener.context)
        await opened
        return link.client, protocol

    def listen(self, factory: Callable[[], asyncio.BaseProtocol], address: Address) -> "Listener":
        """Take connections at `address` from now on; port 0 takes a free one."""
        if isinstance(address, tuple):
            host, port = address
            if not port:
                self._ports += 1
                port = self._ports
            address = ("127.0.0.1" if host in {"localhost", "0.0.0.0"} else host, port)  # noqa: S104  # in memory
        if address in self._listeners:
            raise OSError(errno.EADDRINUSE, f"address {address} is in use")
        made = self._listeners[address] = Listener(self, factory, address)
        return made

    def unlisten(self, address: Address) -> None:
        """Refuse connections at `address` from now on."""
        self._listeners.pop(address, None)

    def _listener(self, address: Address) -> "Listener":
        found = self._listeners.get(_short(address))
        if found is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"nothing listens at {address}")
        return found

    def _bury(self, host: Host) -> None:
        for address, listener in list(self._listeners.items()):
            if listener.context.get(HOST) is host:
                del self._listeners[address]
        for link in list(self.links):
            for end in (link.client, link.server):
                if end.host is host:
                    end.perish()


class Listener(asyncio.AbstractServer):
    """What takes connections at one address."""

    def __init__(
        self, net: Net, factory: Callable[[], asyncio.BaseProtocol], address: Address
    ) -> None:
        self._net = net
        self._address = address
        self.factory = factory
        self.context: Context = copy_context()

    @property
    def sockets(self) -> tuple[Any, ...]:
        """One stand-in that knows its address; none once closed."""
        return (_Name(self._address),) if self.is_serving() else ()

    def close(self) -> None:
        """Take no more connections; those that are open stay."""
        if self.is_serving():
            self._net.unlisten(self._address)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop it belongs to."""
        return self._net._loop

    def is_serving(self) -> bool:
        """True until closed."""
        return self._net._listeners.get(self._address) is self

    async def start_serving(self) -> None:
        """It does already."""

    async def serve_forever(self) -> None:
        """Wait until cancelled."""
        await self._net._loop.create_future()

    async def wait_closed(self) -> None:
        """Return at once: connections are not waited for."""


class _Name:
    """Says what a listening socket says of itself."""

    family = 2

    def __init__(self, address: Address) -> None:
        self._address = address

    def getsockname(self) -> Address:
        return self._address


class Way:
    """The bytes of one direction: they arrive in order, each chunk after a delay of its own.

    A `mute` way swallows everything for ever while the sender's buffer fills: half-open. `left`
    is how many more bytes get through before the connection is cut, None for all.
    """

    def __init__(self, link: "Link", sender: "End", receiver: "End") -> None:
        self.link = link
        self.sender = sender
        self.receiver = receiver
        self.mute = False
        self.left: int | None = None
        self.unread = 0
        self.sent = 0
        self._due = 0.0
        # Timers of one instant come in any order; what they bring must not.
        self._flight: deque[Callable[[], None]] = deque()

    @property
    def from_client(self) -> bool:
        """True for what the side that connected sends."""
        return self.sender is self.link.client

    def send(self, data: bytes) -> None:
        """Let `data` leave."""
        delay = self.link.net.weather.carry(self, data)
        if self.sender.gone:
            return
        self.unread += len(data)
        self.sent += len(data)
        if self.left is not None:
            data = data[: self.left]
            self.left -= len(data)
            if data:
                self._later(delay, lambda: self.receiver.arrive(data))
            if self.left <= 0:
                self._later(delay, self.link.reset)
            return
        self._later(delay, lambda: self.receiver.arrive(data))

    def finish(self) -> None:
        """Say that no more will come, after all that left before."""
        self._later(0.0, self.receiver.ended)

    def refuse(self) -> None:
        """Say that the sender's end is gone and was not done reading."""
        self._later(0.0, self.receiver.reset)

    def _later(self, delay: float, deed: Callable[[], None]) -> None:
        """Do it at the other end when it gets there, behind everything sent earlier."""
        loop = self.link.loop
        self._due = max(self._due, loop.time() + delay)
        self._flight.append(deed)
        loop.call_at(self._due, self._land, context=self.receiver.context)

    def _land(self) -> None:
        deed = self._flight.popleft()
        if not self.mute:
            deed()


class Link:
    """One connection: two ends, and a way in each direction. Everything that can befall it is
    here; `note` is for whoever watches it.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, net: Net, number: int, address: Address
    ) -> None:
        self.loop = loop
        self.net = net
        self.number = number
        self.address = address
        self.note: Any = None
        self.client = End(self, ("client", number), address)
        self.server = End(self, address, ("client", number))
        self.up = Way(self, self.client, self.server)
        self.down = Way(self, self.server, self.client)
        self.client.out, self.client.into = self.up, self.down
        self.server.out, self.server.into = self.down, self.up

    def __repr__(self) -> str:
        return f"Link({self.number} to {self.address})"

    def reset(self) -> None:
        """Both ends learn at once that the connection was reset."""
        for end in (self.client, self.server):
            self.loop.call_soon(end.reset, context=end.context)

    def silence(self) -> None:
        """Both ends believe in a connection that carries nothing any more."""
        self.up.mute = self.down.mute = True

    def ended(self) -> None:
        """Forget the connection once neither end is open."""
        if self.client.gone and self.server.gone and self in self.net.links:
            self.net.links.remove(self)


class End(asyncio.Transport):
    """One end of a connection, as its protocol sees it."""

    out: Way
    into: Way

    def __init__(self, link: Link, name: Address, peer: Address) -> None:
        super().__init__({"sockname": name, "peername": peer})
        self._link = link
        self._protocol: asyncio.BaseProtocol | None = None
        self.context: Context = copy_context()
        self._inbox: deque[bytes | None] = deque()
        self._reading = True
        self._closing = False
        self._eof_sent = False
        self._paused = False
        self._high, self._low = _HIGH, _HIGH // 4
        self.gone = False
        """True once the protocol knows that the connection is over."""

    @property
    def host(self) -> Host | None:
        """Whose end it is."""
        found: Host | None = self.context.get(HOST)
        return found

    def take(self, protocol: asyncio.BaseProtocol) -> None:
        """Talk to `protocol` from now on."""
        self._protocol = protocol

    # What protocols and their users call --------------------------------------------------

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Change who hears."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who hears."""
        if self._protocol is None:
            raise RuntimeError("the connection has no protocol yet")
        return self._protocol

    def is_closing(self) -> bool:
        """True once it closes or is closed."""
        return self._closing or self.gone

    def close(self) -> None:
        """Send what was written, then end; nothing is read any more."""
        if self._closing or self.gone:
            return
        self._closing = True
        if not self._eof_sent:
            self._eof_sent = True
            self.out.finish()
        self._soon(self._lose, None)

    def abort(self) -> None:
        """End now; the peer sees a reset."""
        if self.gone:
            return
        self._closing = True
        self.out.refuse()
        self._soon(self._lose, None)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data`."""
        if self._eof_sent and not self._closing:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self._closing or self.gone or not data:
            return
        self.out.send(bytes(data))
        self._throttle()

    def writelines(self, list_of_data: Any) -> None:
        """Send all of it as one."""
        self.write(b"".join(bytes(data) for data in list_of_data))

    def write_eof(self) -> None:
        """Send what was written, then say that no more will come."""
        if not self._eof_sent and not self.is_closing():
            self._eof_sent = True
            self.out.finish()

    def can_write_eof(self) -> bool:
        """Always."""
        return True

    def pause_reading(self) -> None:
        """Keep what arrives."""
        self._reading = False

    def resume_reading(self) -> None:
        """Hand on what was kept, and what arrives."""
        if not self._reading:
            self._reading = True
            self._soon(self.flush)

    def is_reading(self) -> bool:
        """True unless paused."""
        return self._reading and not self.is_closing()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """When writers are asked to pause, and when to go on."""
        self._high = high if high is not None else (4 * low if low is not None else _HIGH)
        self._low = low if low is not None else self._high // 4
        self._throttle()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """The two limits."""
        return self._low, self._high

    def get_write_buffer_size(self) -> int:
        """Bytes written that the peer's window does not take yet."""
        return max(0, self.out.unread - WINDOW)

    # What the way brings ------------------------------------------------------------------

    def arrive(self, data: bytes) -> None:
        """Take in bytes of the peer."""
        if self.gone or self._closing:
            # Nobody reads here any more: the peer learns it by a reset.
            if not self.gone or self.host is None or self.host.alive:
                self.out.refuse()
            return
        self._inbox.append(data)
        if self._reading and self._protocol is not None:
            self.flush()

    def ended(self) -> None:
        """Take in that the peer sends no more."""
        if not self.gone and not self._closing:
            self._inbox.append(None)
            if self._reading and self._protocol is not None:
                self.flush()

    def reset(self) -> None:
        """Take in that the connection was reset."""
        if not self.gone:
            self._closing = True
            self._lose(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))

    def flush(self) -> None:
        """Hand on what has arrived, as far as it is read."""
        while self._inbox and self._reading and not self._closing and not self.gone:
            data = self._inbox.popleft()
            if data is None:
                self._hear_end()
                return
            while self._inbox and self._inbox[0]:
                data += self._inbox.popleft() or b""
            self.into.unread -= len(data)
            self._feed(data)
            sender = self.into.sender
            if sender._paused:
                self._link.loop.call_soon(sender._throttle, context=sender.context)

    def perish(self) -> None:
        """End as the kernel ends the sockets of a killed process: the peer sees what was sent,
        then the end, or a reset when something was left unread.
        """
        if self.gone:
            return
        self.gone = self._closing = True
        if self._inbox:
            self.out.refuse()
        elif not self._eof_sent:
            self.out.finish()
        self._link.ended()

    def _feed(self, data: bytes) -> None:
        protocol = self._protocol
        if isinstance(protocol, asyncio.BufferedProtocol):
            rest = memoryview(data)
            while rest:
                buffer = memoryview(protocol.get_buffer(len(rest)))
                size = min(len(buffer), len(rest))
                buffer[:size] = rest[:size]
                protocol.buffer_updated(size)
                rest = rest[size:]
        elif isinstance(protocol, asyncio.Protocol):
            protocol.data_received(data)

    def _hear_end(self) -> None:
        protocol = self._protocol
        keep = None
        if isinstance(protocol, asyncio.Protocol | asyncio.BufferedProtocol):
            keep = protocol.eof_received()
        if not keep:
            self.close()

    def _throttle(self) -> None:
        protocol, size = self._protocol, self.get_write_buffer_size()
        if protocol is None or self.gone:
            return
        if not self._paused and size > self._high:
            self._paused = True
            protocol.pause_writing()
        elif self._paused and size <= self._low:
            self._paused = False
            protocol.resume_writing()

    def _lose(self, error: Exception | None) -> None:
        if self.gone:
            return
        self.gone = True
        if self._inbox and error is None:
            self.out.refuse()
        self._inbox.clear()
        if self._protocol is not None:
            self._protocol.connection_lost(error)
        self._link.ended()

    def _soon(self, deed: Callable[..., None], *args: Any) -> None:
        self._link.loop.call_soon(deed, *args, context=self.context)


def _short(address: Address) -> Address:
    """An address without flow and scope."""
    return tuple(address[:2]) if isinstance(address, tuple | list) else str(address)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
