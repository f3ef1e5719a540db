"""Whether what was granted is served: a topic may be confirmed and never bring a word."""

from collections.abc import Iterable, Mapping

from tradeplat.core.market import Bar, Quote, Trade

KINDS: Mapping[str, type] = {
    "quotes": Quote,
    "trades": Trade,
    "bars": Bar,
    "Q": Quote,
    "T": Trade,
    "A": Bar,
    "AM": Bar,
}
"""What a channel brings, of those that bring something all day long; no two vendors share one."""

LIMITS: Mapping[type, float] = {Quote: 20.0, Trade: 60.0, Bar: 130.0}
"""Seconds of the loop within which an active symbol's first fact of a kind has to come."""

FIRST_RETRY = 60.0
LAST_RETRY = 960.0
"""Seconds between connections that are left because a topic was not served; they double."""


class Served:
    """Waits for the first fact of each kind of each symbol, once it was granted.

    `awaited` has the kinds still awaited by symbol: whoever reads tells of each fact of a symbol
    that is in it. Only symbols that traded lately are doubted. `why` has the reason of each one
    that is not served.
    """

    def __init__(self, channels: Iterable[str]) -> None:
        self.awaited: dict[str, set[type]] = {}
        self.why: dict[str, str] = {}
        self._kinds = frozenset(KINDS[channel] for channel in channels if channel in KINDS)
        self._since: dict[str, float] = {}
        self._retry = FIRST_RETRY
        self._due = 0.0

    def granted(self, symbol: str, now: float, *, active: bool) -> None:
        """The venue has granted `symbol`, which has traded lately or not."""
        if symbol in self._since:
            return
        self._since[symbol] = now
        if active:
            self.awaited[symbol] = set(self._kinds)

    def forget(self, symbol: str) -> None:
        """The symbol is gone, or has to be granted anew."""
        for kept in (self._since, self.awaited, self.why):
            kept.pop(symbol, None)

    def heard(self, symbol: str, kind: type) -> None:
        """A fact of this kind came."""
        left = self.awaited[symbol]
        left.discard(kind)
        if not left:
            del self.awaited[symbol]

    def check(self, now: float) -> str:
        """Judge what is awaited as of `now` in seconds; why the connection should be left, once in
        a while, or nothing.
        """
        self.why.clear()
        for symbol, kinds in self.awaited.items():
            waited = now - self._since[symbol]
            missing = sorted(kind.__name__.lower() for kind in kinds if waited > LIMITS[kind])
            if missing:
                self.why[symbol] = f"no {' and no '.join(missing)} came since it was granted"
        if not self.why or now < self._due:
            return ""
        self._due = now + self._retry
        self._retry = min(2.0 * self._retry, LAST_RETRY)
        return "not served: " + ", ".join(sorted(self.why))
