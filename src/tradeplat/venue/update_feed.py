"""An account's trade updates on their way to its one listener, held back where asked."""

from collections import deque
from collections.abc import Callable
from itertools import count

Update = dict[str, object]
Listener = Callable[[Update], None]


class UpdateFeed:
    """Updates in the order they happened. Without a listener they are lost, as at the vendor.

    `sent` counts those that were or will be given to a listener, `happened` all of them.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.happened = 0
        self.copies: Callable[[str], int] = _once
        """How often an update of an event is sent: faults lose some and repeat others."""
        self._listener: Listener | None = None
        self._holds: set[int] = set()
        self._count = count()
        self._waiting: deque[tuple[int, Update]] = deque()

    @property
    def heard(self) -> bool:
        """True while somebody listens."""
        return self._listener is not None

    def listen(self, listener: Listener | None) -> None:
        """Give updates to `listener` from now on; None stops it."""
        if self._listener is not None:
            self.sent -= len(self._waiting)
        self._waiting.clear()
        self._listener = listener

    def publish(self, update: Update) -> None:
        """Pass `update` on, now or when nothing holds it back any more."""
        self.happened += 1
        if self._listener is None:
            return
        for _ in range(self.copies(str(update.get("event", "")))):
            self.sent += 1
            self._waiting.append((next(self._count), update))
        self._pass_on()

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


def _once(_: str) -> int:
    return 1
