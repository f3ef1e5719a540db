"""Which intents became orders already: none does so twice, not even after a restart."""

from collections.abc import Iterable

from tradeplat.core.market import DAY
from tradeplat.core.orders import Order, Purpose

Key = tuple[str, str, Purpose]


class Used:
    """Instants of the intents that became orders, by strategy, symbol and purpose; each is
    remembered for a day of market time at least.
    """

    __slots__ = ("_causes", "_newest", "_older", "_turn")

    def __init__(self) -> None:
        self._newest: dict[Key, int] = {}
        self._causes: dict[Key, dict[int, int]] = {}
        self._older: dict[Key, dict[int, int]] = {}
        self._turn = 0

    def before(self, key: Key, cause: int) -> int | None:
        """When the intent caused at `cause` became an order (UTC ns), None if it never did."""
        newest = self._newest.get(key)
        if newest is None or cause > newest:
            return None
        created = self._causes.get(key, {}).get(cause)
        return self._older.get(key, {}).get(cause) if created is None else created

    def add(self, key: Key, cause: int, created: int) -> None:
        """The intent caused at `cause` became an order at `created` (UTC ns)."""
        if created >= self._turn:
            self._turn_over(created)
        causes = self._causes.get(key)
        if causes is None:
            causes = self._causes[key] = {}
        causes[cause] = created
        if cause > self._newest.get(key, -1):
            self._newest[key] = cause

    def recall(self, orders: Iterable[Order]) -> None:
        """Take the intents of these orders of an earlier session for used: never again."""
        for order in orders:
            self.add((order.strategy, order.symbol, order.purpose), order.cause, order.created)

    def _turn_over(self, now: int) -> None:
        self._older = self._causes if now < self._turn + DAY else {}
        self._causes = {}
        self._newest = {key: max(causes) for key, causes in self._older.items() if causes}
        self._turn = now + DAY
