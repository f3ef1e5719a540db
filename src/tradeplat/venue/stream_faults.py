"""What happens to messages between the venue and one listener: lost, twice, late, out of order."""

from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from tradeplat.venue.agenda import Deed
from tradeplat.venue.faults import Fault, Faults, Spot

_REPLAYED = 5
"""Messages that a replay sends again."""

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)

Later = Callable[[int, Deed], None]
"""Does a deed after so many ns of venue time."""


class Line(Protocol[M_contra]):
    """A listener's end of the stream."""

    def emit(self, message: M_contra) -> None:
        """Send `message`."""

    def cut(self, *, clean: bool) -> None:
        """End the connection, with a goodbye or without."""


class Leak(Generic[M]):
    """Passes messages on to `line`, as well as the armed faults let it.

    `socket` is account or data. `begin` is called for each new connection.
    """

    def __init__(self, faults: Faults, socket: str, line: Line[M], later: Later) -> None:
        self._faults = faults
        self._socket = socket
        self._line = line
        self._later = later
        self._recent: deque[M] = deque(maxlen=_REPLAYED)
        self._swapped: M | None = None
        self._connection = 0
        self.frozen = False
        """True while the connection is half open: pings are not to be answered either."""

    def begin(self) -> None:
        """Another connection: it hears everything from here on."""
        self._connection += 1
        self._swapped = None
        self.frozen = False

    def take(self, message: M, event: str, symbol: str) -> None:
        """Pass `message` on, or do to it what strikes."""
        if self.frozen:
            return
        faults = self._faults
        if faults.quiet and self._swapped is None:
            self._line.emit(message)
            return
        spot = Spot(event=event, symbol=symbol, socket=self._socket)
        fault = faults.first(_ORDER, spot)
        if fault is None:
            self._send(message)
        elif fault.name in _BREAKS:
            self._break(fault, message)
        elif fault.name != "frame_loss":
            self._muddle(fault, message)

    def _break(self, fault: Fault, message: M) -> None:
        """What ends the connection, for the listener at least."""
        if fault.name == "stream_drop":
            self._send(message)
            self._line.cut(clean=True)
            return
        self.frozen = True
        if fault.name == "half_open":
            self._after(self._faults.delay(fault), lambda: self._line.cut(clean=False))
        else:
            self._line.cut(clean=False)

    def _muddle(self, fault: Fault, message: M) -> None:
        """What says a message twice, late or out of order."""
        match fault.name:
            case "stream_duplicate":
                self._send(message)
                self._line.emit(message)
            case "stream_replay":
                self._send(message)
                for old in list(self._recent):
                    self._line.emit(old)
            case "stream_delay":
                self._after(self._faults.delay(fault), lambda: self._line.emit(message))
            case _ if self._swapped is None:
                self._swapped = message
                self._after(self._faults.delay(fault), self._unswap)
            case _:
                self._send(message)

    def _send(self, message: M) -> None:
        self._line.emit(message)
        if self._faults.expects("stream_replay"):
            self._recent.append(message)
        self._unswap()

    def _unswap(self) -> None:
        held, self._swapped = self._swapped, None
        if held is not None:
            self._line.emit(held)

    def _after(self, delay: int, deed: Callable[[], None]) -> None:
        """Do `deed` then, unless another connection has come by then."""
        connection = self._connection

        def due(_: int) -> None:
            if connection == self._connection:
                deed()

        self._later(delay, due)


_BREAKS = ("half_open", "disconnect_mid_batch", "stream_drop")
_ORDER = (
    *_BREAKS,
    "frame_loss",
    "stream_duplicate",
    "stream_replay",
    "stream_delay",
    "stream_reorder",
)
