"""Whether the account socket really tells what happens: confirmed and alive is not yet served."""

from tradeplat.core.errors import Transient
from tradeplat.execution.brokers.alpaca_codec import WireOrder, stamp

UNPROBED = 30.0
"""Seconds of the loop without an update after which the venue is asked whether there was one."""


class Served:
    """Compares what reading tells of orders with what the socket told of them.

    A read that knows of a newer change is not proof yet: its update may be on its way, or may be
    one that got lost. But where nothing at all has come for `UNPROBED` seconds since then, the
    socket is not served.
    """

    def __init__(self) -> None:
        self._since = 0.0
        self._newest = 0
        self._read = 0
        self._owed: float | None = None

    def begin(self, now: float) -> None:
        """A socket was subscribed and all orders were read: what was read happened before it."""
        self._newest = max(self._newest, self._read)
        self._since = now
        self._owed = None

    def hear(self, wire: WireOrder, now: float) -> None:
        """The socket told of an order."""
        self._newest = max(self._newest, _changed(wire))
        self._since = now
        self._owed = None

    def read(self, wire: WireOrder, now: float) -> None:
        """A read told of an order."""
        changed = _changed(wire)
        self._read = max(self._read, changed)
        if self._owed is None and changed > self._newest:
            self._owed = now

    def unprobed(self, now: float) -> bool:
        """True when it is time to ask whether anything has happened."""
        return now - self._since >= UNPROBED

    def probed(self, now: float) -> None:
        """It was asked just now. Raises Transient when the socket kept too much to itself."""
        self._since = now
        if self._owed is not None and now - self._owed >= UNPROBED:
            waited = now - self._owed
            raise Transient(f"account socket: confirmed, but not served for {waited:.0f} s")


def _changed(wire: WireOrder) -> int:
    texts = (wire.updated_at, wire.submitted_at, wire.created_at)
    return next((stamp(text) for text in texts if text), 0)
