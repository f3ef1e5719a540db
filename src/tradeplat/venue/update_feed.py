"""An account's trade updates on their way to its one listener, held back where asked."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

Update = dict[str, object]
Listener = Callable[[Update], None]


class UpdateFeed:
    """Updates in the order they happened. Without a listener they are lost, as at the vendor.

    `sent` counts what a listener was given, `happened` all updates.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.happened = 0
        self._listener: Listener | None = None
        self._holds: set[int] = set()
        self._count = count()
        self._waiting: deque[tuple[int, Update]] = deque()

    def listen(self, listener: Listener | None) -> None:
        """Give updates to `listener` from now on; None stops it."""
        self._listener = listener

    def publish(self, update: Update) -> None:
        """Pass `update` on, now or when no block holds it back any more."""
        self.happened += 1
        self._waiting.append((next(self._count), update))
        self._pass_on()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold back what is published inside the block: the answer to a request leaves first.

        Blocks that begin later hold back nothing older, so busy clients cannot starve the feed.
        """
        hold = next(self._count)
        self._holds.add(hold)
        try:
            yield
        finally:
            self._holds.remove(hold)
            self._pass_on()

    def _pass_on(self) -> None:
        barrier = min(self._holds, default=None)
        while self._waiting and (barrier is None or self._waiting[0][0] < barrier):
            _, update = self._waiting.popleft()
            if self._listener is not None:
                self.sent += 1
                self._listener(update)
