"""An account's trade updates on their way to its one listener, held back where asked."""

from collections import deque
from collections.abc import Callable
from itertools import count

from tradeplat.venue.stream_faults import Leak

Update = dict[str, object]
Listener = Callable[[Update], None]
Cut = Callable[[bool], None]
"""Ends a connection: with a goodbye when told True, else without."""


class UpdateFeed:
    """Updates in the order they happened. Without a listener they are lost, as at the vendor.

    `sent` counts those that were or will be given to a listener, `happened` all of them.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.happened = 0
        self.leak: Leak[Update] | None = None
        """What faults do to updates; None lets all pass."""
        self._listener: Listener | None = None
        self._cut: Cut | None = None
        self._holds: set[int] = set()
        self._count = count()
        self._waiting: deque[tuple[int, Update]] = deque()

    @property
    def heard(self) -> bool:
        """True while somebody listens."""
        return self._listener is not None

    @property
    def frozen(self) -> bool:
        """True while the listener's connection is half open."""
        return self.leak is not None and self.leak.frozen

    def listen(self, listener: Listener | None, cut: Cut | None = None) -> None:
        """Give updates to `listener` from now on; None stops it. `cut` ends its connection."""
        if self._listener is not None:
            self.sent -= len(self._waiting)
        self._waiting.clear()
        self._listener = listener
        self._cut = cut
        if self.leak is not None:
            self.leak.begin()

    def publish(self, update: Update) -> None:
        """Pass `update` on, now or when nothing holds it back any more."""
        self.happened += 1
        if self._listener is None:
            return
        if self.leak is None:
            self.emit(update)
            return
        order = update.get("order")
        symbol = str(order.get("symbol", "")) if isinstance(order, dict) else ""
        self.leak.take(update, str(update.get("event", "")), symbol)

    def emit(self, message: Update) -> None:
        """Pass `message` on as it is."""
        if self._listener is None:
            return
        self.sent += 1
        self._waiting.append((next(self._count), message))
        self._pass_on()

    def cut(self, *, clean: bool) -> None:
        """End the listener's connection."""
        if self._cut is not None:
            self._cut(clean)

    def hold(self) -> Callable[[], None]:
        """Hold back what is published from now on, until the answer is called.

        Later holds hold back nothing older, so busy clients cannot starve the feed.
        """
        mark = next(self._count)
        self._holds.add(mark)

        def release() -> None:
            self._holds.discard(mark)
            self._pass_on()

        return release

    def _pass_on(self) -> None:
        barrier = min(self._holds, default=None)
        while self._waiting and (barrier is None or self._waiting[0][0] < barrier):
            _, update = self._waiting.popleft()
            if self._listener is not None:
                self._listener(update)
