"""How often: orders a second and a minute, the same order again, working orders moved about.

Pace is measured in the time of the market, by the instant of the fact that caused a wish where
that is earlier than the instant of judging: an accelerated session delivers an hour's facts in
bunches, and no strategy is faster for it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal

from tradeplat.core.ids import is_flatten
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.orders import EXTERNAL, Order, Purpose
from tradeplat.core.spoken import lasting
from tradeplat.risk.checks import Proposal, Verdict
from tradeplat.risk.limits import Limits

FAULTS = 3
"""So many wishes that no market could make sense of, within `FAULTS_SPAN`, disable a strategy."""
FAULTS_SPAN = 10 * SECOND

_ENTRY = Purpose.ENTRY


class Window:
    """The newest instants of something that may happen `limit` times in `span` nanoseconds."""

    __slots__ = ("_span", "_times")

    def __init__(self, limit: int, span: int) -> None:
        self._span = span
        self._times: deque[int] = deque(maxlen=limit)

    def wait(self, ts: int) -> int:
        """How long from `ts` until it may happen again, 0 when it may now."""
        times = self._times
        if len(times) < (times.maxlen or 0):
            return 0
        return max(0, times[0] + self._span - ts)

    def add(self, ts: int) -> None:
        """It happened at `ts`."""
        self._times.append(ts)


class Pace:
    """Judges a sized order by those before it (ORDER_RATE, DUP_SHAPE, CHURN).

    A strategy is `accused`, and then disabled until a person lets it go on, for what it alone can
    be the cause of: more orders in one ticker within a second than the account may send at all,
    or three wishes in ten seconds whose numbers are none. Refusals that tell of the market, the
    hour, the account or of other orders say nothing against who asked, and many tickers may well
    signal at one instant: these are refused, and nothing more.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._last = 0
        self._second = Window(limits.orders_second, SECOND)
        self._minute = Window(limits.orders_minute, MINUTE)
        self._symbols: dict[str, Window] = {}
        self._own: dict[tuple[str, str], Window] = {}
        self._moves: dict[str, Window] = {}
        self._shapes: dict[tuple[object, ...], int] = {}
        self._faults: dict[str, Window] = {}
        self.accused: dict[str, str] = {}
        """Strategies that are to be disabled, and why; whoever does it clears it."""
        self.on = bool(
            limits.orders_second
            or limits.orders_minute
            or limits.orders_minute_symbol
            or limits.same_order
            or limits.replaces_minute
        )
        """False where nothing here is limited, and nothing needs to be asked or told."""

    def instant(self, cause: int, now: int) -> int:
        """The instant of a wish; never before that of an earlier one."""
        self._last = max(self._last, min(cause, now))
        return self._last

    def objections(self, proposal: Proposal, quantity: Decimal) -> Iterator[tuple[str, str]]:
        """What speaks against an entry of signed `quantity`, one thing after the other."""
        ts = self.instant(proposal.cause, proposal.now)
        same = self._same(proposal, quantity, ts)
        if same is not None:
            yield same
        churn = self.churn(proposal.symbol, ts)
        if churn is not None:
            yield churn
        rate = self._rate(proposal.symbol, proposal.strategy, ts)
        if rate is not None:
            yield rate

    def leave(self, symbol: str, strategy: str, ts: int) -> Verdict:
        """ORDER_RATE against an exit: only that of a strategy that flips one ticker madly."""
        own = self._own.get((strategy, symbol))
        if own is None or not own.wait(ts):
            return None
        return self._crossed(strategy, symbol, own.wait(ts))

    def sent(self, order: Order, ts: int) -> None:
        """Count `order`, which was approved at the instant `ts`."""
        limits, symbol, strategy = self._limits, order.symbol, order.strategy
        if limits.orders_second:
            self._second.add(ts)
            own = self._own.get((strategy, symbol))
            if own is None:
                own = self._own[strategy, symbol] = Window(limits.orders_second, SECOND)
            own.add(ts)
        if limits.orders_minute:
            self._minute.add(ts)
        if limits.orders_minute_symbol:
            self._of(self._symbols, symbol, limits.orders_minute_symbol).add(ts)
        if limits.same_order and order.purpose is _ENTRY:
            if len(self._shapes) > 1_024:
                young = ts - limits.same_order
                self._shapes = {key: at for key, at in self._shapes.items() if at > young}
            self._shapes[_shape(strategy, symbol, order.quantity, order.limit)] = ts

    def recall(self, orders: Iterable[Order], now: int) -> None:
        """Count what an earlier session has sent within the last minute before `now`."""
        for order in sorted(orders, key=_created):
            gated = not order.parent and order.strategy != EXTERNAL and not is_flatten(order.id)
            if gated and now - MINUTE < order.created <= now:
                self.sent(order, min(order.cause, order.created))

    def moved(self, symbol: str, ts: int) -> None:
        """Count a cancel or a move of a working order."""
        if self._limits.replaces_minute:
            self._of(self._moves, symbol, self._limits.replaces_minute).add(ts)

    def churn(self, symbol: str, ts: int) -> Verdict:
        """CHURN: the working orders of `symbol` were moved about often enough for now."""
        moves = self._moves.get(symbol)
        if moves is None or not moves.wait(ts):
            return None
        times = self._limits.replaces_minute
        return "CHURN", f"Refused: {symbol} replaced {times} times in 1 min."

    def faulty(self, strategy: str, ts: int) -> None:
        """Count a wish of `strategy` that no market could make sense of."""
        faults = self._of(self._faults, strategy, FAULTS, FAULTS_SPAN)
        faults.add(ts)
        if faults.wait(ts):
            span = lasting(FAULTS_SPAN)
            self.accused[strategy] = f"{FAULTS} wishes without sense in {span}"

    def _rate(self, symbol: str, strategy: str, ts: int) -> Verdict:
        limits = self._limits
        own = self._own.get((strategy, symbol))
        if own is not None and (wait := own.wait(ts)):
            return self._crossed(strategy, symbol, wait)
        if limits.orders_second and (wait := self._second.wait(ts)):
            return _too_many(limits.orders_second, SECOND, wait)
        if limits.orders_minute and (wait := self._minute.wait(ts)):
            return _too_many(limits.orders_minute, MINUTE, wait)
        window = self._symbols.get(symbol)
        if window is not None and (wait := window.wait(ts)):
            return _too_many(limits.orders_minute_symbol, MINUTE, wait)
        return None

    def _crossed(self, strategy: str, symbol: str, wait: int) -> Verdict:
        limit = self._limits.orders_second
        self.accused[strategy] = f"more than {limit} orders of {symbol} within a second"
        return _too_many(limit, SECOND, wait)

    def _same(self, proposal: Proposal, quantity: Decimal, ts: int) -> Verdict:
        limit = self._limits.same_order
        if not limit:
            return None
        shape = _shape(proposal.strategy, proposal.symbol, quantity, proposal.limit)
        before = self._shapes.get(shape)
        if before is None or ts - before >= limit:
            return None
        return "DUP_SHAPE", f"Refused: identical order {(ts - before) // 1_000_000} ms ago."

    @staticmethod
    def _of(windows: dict[str, Window], key: str, limit: int, span: int = MINUTE) -> Window:
        window = windows.get(key)
        if window is None:
            window = windows[key] = Window(limit, span)
        return window


def _created(order: Order) -> int:
    return order.created


def _shape(
    strategy: str, symbol: str, quantity: Decimal, limit: Decimal | None
) -> tuple[object, ...]:
    """What makes two orders the same. The same wish of two strategies is two wishes."""
    return strategy, symbol, quantity, limit


def _too_many(limit: int, span: int, wait: int) -> Verdict:
    said = f"{limit} orders in {_span(span)}; entries paused {lasting(wait)}"
    return "ORDER_RATE", f"Refused: {said}."


def _span(span: int) -> str:
    return "1 s" if span == SECOND else "1 min"
