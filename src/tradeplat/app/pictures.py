"""What windows are shown of a running session (control.source.Source): pictures of its books."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from hashlib import blake2b
from math import isnan, nan
from typing import Any

import msgspec

from tradeplat.app.display import told
from tradeplat.app.standing import Stands
from tradeplat.control.link import Link
from tradeplat.control.messages import (
    PositionRow,
    Positions,
    Scanner,
    ScannerRow,
    Statistics,
    Strategies,
    StrategyRow,
    Trading,
)
from tradeplat.control.protocol import FrameType
from tradeplat.control.records import LineKind, LineState
from tradeplat.control.scene import LastWord, Scene
from tradeplat.control.source import Line, Pulse, Worth
from tradeplat.core.conditions import STOPPED
from tradeplat.core.exact import nearest
from tradeplat.core.lifecycle import OrderState
from tradeplat.core.orders import LEGS, Order, Purpose
from tradeplat.core.position import Position
from tradeplat.execution.tracker import PositionTracker

MOST_ROWS = 200
"""Rows of the scanner's list that windows are shown, those that are in before the others."""

_NEW = frozenset({OrderState.INTENT, OrderState.SENDING, OrderState.UNKNOWN})
_NOTHING = Position()


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the engine is: lateness of its loop in ms (99 %), lag of its feed in ms (nan: unknown),
    how much waits to be shown to desks, and what was measured of orders, in ms by name.
    """

    loop: Callable[[], float] = lambda: nan
    lag: Callable[[], float] = lambda: nan
    queue: Callable[[], int] = lambda: 0
    latency: Callable[[], Mapping[str, float | None]] = dict
    loss_limit: Callable[[], float | None] = lambda: None
    figures: Callable[[], Mapping[str, Any]] = dict
    key_to_wire: Callable[[], tuple[tuple[float, int], ...]] = tuple


class Pictures:
    """Draws a session as it stands.

    `started_with` is the account's equity at the start, `trading` how the keys of a person stand,
    `gone` hears of every client that left.
    """

    def __init__(
        self,
        stands: Stands,
        tracker: PositionTracker,
        scene: Scene,
        health: Health,
        started_with: Decimal,
    ) -> None:
        self._stands = stands
        self._tracker = tracker
        self._scene = scene
        self._health = health
        self._start = nearest(started_with)
        self._house = stands.floor.house
        self.trading_terms: Callable[[Trading], Trading] = _as_it_is
        self.gone: Callable[[Link], None] = _nobody
        self.others: Callable[[], Iterable[tuple[FrameType, msgspec.Struct]]] = tuple

    def pulse(self) -> Pulse:
        """How the engine is."""
        health = self._health
        return Pulse(self._stands.clock.now(), health.loop(), health.lag(), health.queue())

    def worth(self) -> Worth:
        """What the account is worth."""
        equity, _ = self._tracker.worth()
        made = sum(self._realised(one) for one in self._tracker.holdings.values())
        return Worth(equity, made, equity - self._start - made)

    def entry(self, symbol: str) -> tuple[float, float, int, float | None]:
        """Tick, lot and decimals of a ticker at its last price, and the close of the day before."""
        market = self._house.market
        grid = market.instrument(symbol)
        tick = grid.tick_at(market.tapes[symbol].last or 1.0)
        exponent = tick.normalize().as_tuple().exponent
        decimals = max(0, -exponent) if isinstance(exponent, int) else 2
        return nearest(tick), nearest(grid.lot), decimals, self._before(symbol)

    def _before(self, symbol: str) -> float | None:
        """Where the regular session before ended: by our bars, else by the scanner's word."""
        sheet = self._scene.sheets.get(symbol)
        known = [one for one in sheet.series if len(one)] if sheet is not None else []
        if known:
            finest = min(known, key=lambda one: one.span)
            day = self._house.market.calendar.previous(finest.last_ts)
            close = nan if day is None else finest.close_in(day.open, day.close)
            if not isnan(close):
                return close
        for row in self._scene.listed:
            if row.symbol == symbol and row.price and row.change is not None:
                before = row.price / (1.0 + row.change / 100.0) if row.change > -100.0 else nan
                return None if isnan(before) else round(before, 4)
        return None

    def live(self) -> Iterable[str]:
        """Tickers with a position or an open order."""
        held = {symbol for symbol, one in self._tracker.positions.items() if one.quantity}
        return held | {order.symbol for order in self._tracker.open_orders.values()}

    def open_orders(self) -> Iterable[Order]:
        """Every order that may still fill."""
        return self._tracker.open_orders.values()

    def lines(self, symbol: str) -> Iterable[Line]:
        """Entries, protective levels and working orders of a ticker."""
        found: dict[int, Line] = {}
        entries: dict[str, float] = {}
        for (strategy, held_of), position in self._tracker.holdings.items():
            if held_of == symbol and position.quantity:
                price, size = nearest(position.average), nearest(position.quantity)
                entries[strategy] = price
                line = _line(("entry", strategy, symbol), price, size, nan, LineKind.ENTRY)
                found[line.key] = line._replace(strategy=strategy)
        for order in self._tracker.open_orders.values():
            if order.symbol == symbol:
                drawn = self._of_order(order, entries.get(order.strategy, nan), found)
                if drawn is not None:
                    found[drawn.key] = drawn
        for strategy, price in entries.items():
            for line in self._armed(symbol, strategy, price):
                found.setdefault(line.key, line)
        return found.values()

    def positions(self) -> Positions:
        """What is held, and what was."""
        rows = [
            self._position(strategy, symbol, position)
            for (strategy, symbol), position in sorted(self._tracker.holdings.items())
            if position.quantity or position.realised
        ]
        return Positions(self._stands.clock.now(), tuple(rows))

    def statistics(self) -> Statistics:
        """The account's figures."""
        equity, made, open_ = self.worth()
        _, exposure = self._tracker.worth()
        return Statistics(
            ts=self._stands.clock.now(),
            equity=round(equity, 4),
            start_equity=self._start,
            cash=nearest(self._tracker.cash),
            realised=round(made, 4),
            open=round(open_, 4),
            loss_limit=self._health.loss_limit(),
            exposure=round(exposure, 4),
            open_orders=len(self._tracker.open_orders),
            fills=len(self._scene.fills),
            refused=dict(self._house.refused),
            latency=self._health.latency(),
            figures=self._health.figures(),
            key_to_wire=self._health.key_to_wire(),
        )

    def strategies(self) -> Strategies:
        """Every strategy at every desk."""
        rows = []
        now, conditions = self._stands.clock.now(), self._house.conditions
        for symbol, desk in sorted(self._stands.floor.desks.items()):
            for seat in desk.seats:
                against = conditions.against(symbol, seat.name, now)
                stopped = any(one.code == STOPPED for one in against)
                word = self._scene.words.get((seat.name, symbol), LastWord())
                holding = seat.holding
                state = "stopped" if stopped else str(desk.state)
                what = (state, holding.quantity, holding.working, seat.curves())
                rows.append(StrategyRow(symbol, seat.name, *what, *word))
        return Strategies(now, tuple(rows))

    def scanner(self) -> Scanner:
        """The scanner's list, what is in first."""
        listed = sorted(self._scene.listed, key=lambda row: not row.active)[:MOST_ROWS]
        rows = tuple(
            ScannerRow(**{name: getattr(row, name) for name in ScannerRow.__struct_fields__})
            for row in listed
        )
        return Scanner(self._stands.clock.now(), rows)

    def trading(self) -> Trading:
        """What a person may do now."""
        now, conditions = self._stands.clock.now(), self._house.conditions
        picture = Trading(
            armed=False,
            account_mode=str(conditions.mode(now=now)),
            conditions=tuple(told(one) for one in conditions.all(now)),
            account_stream="LIVE" if self._stands.feed.live else "DOWN",
            market_streams={name: str(at) for name, at in self._stands.stages().items()},
        )
        return self.trading_terms(picture)

    def more(self) -> Iterable[tuple[FrameType, msgspec.Struct]]:
        """Other pictures of this kind of session."""
        return self.others()

    def watched(self, *, on: bool) -> None:
        """Have the desks tell of their strategies' curves at each bar, or not."""
        self._house.watch = self._scene.values if on else None

    def left(self, link: Link) -> None:
        """A client is gone."""
        self.gone(link)

    def _realised(self, position: Position) -> float:
        return nearest(position.realised) - nearest(position.fees)

    def _position(self, strategy: str, symbol: str, position: Position) -> PositionRow:
        held = self._tracker.holding(strategy, symbol)
        size, average = nearest(position.quantity), nearest(position.average)
        last = self._house.market.tapes[symbol].last
        each = nearest(self._house.market.instrument(symbol).multiplier)
        gain = (last - average) * size * each if size and last else 0.0
        stop = None if isnan(held.stop) else held.stop
        return PositionRow(
            symbol,
            strategy,
            size,
            average,
            last or None,
            stop,
            None if isnan(held.target) else held.target,
            round(gain, 4),
            round(self._realised(position), 4),
            stop is not None or self._stands.guarded(symbol),
            self._in_r(strategy, symbol, position, gain, each),
        )

    def _in_r(
        self, strategy: str, symbol: str, position: Position, gain: float, each: float
    ) -> float | None:
        """The open gain in units of what the entry put at risk, where that is known."""
        if not position.quantity:
            return None
        for order in reversed(self._scene.orders.values()):
            mine = order.strategy == strategy and order.symbol == symbol and order.filled
            if mine and order.purpose is Purpose.ENTRY and order.stop_loss is not None:
                risk = abs(nearest(position.average - order.stop_loss) * each)
                risk *= abs(nearest(position.quantity))
                return round(gain / risk, 3) if risk else None
        return None

    def _of_order(self, order: Order, entry: float, found: Mapping[int, Line]) -> Line | None:
        """The line of a working order; None where it has no price, or is to take another's place
        that is still drawn.
        """
        price = order.limit if order.limit is not None else order.stop
        if order.purpose is Purpose.STOP:
            price = order.stop if order.stop is not None else price
        if price is None:
            return None
        kind, name = LineKind.WORKING, ("order", order.id, order.symbol)
        if order.purpose in LEGS:
            kind = LineKind.STOP if order.purpose is Purpose.STOP else LineKind.TARGET
            name = (order.purpose.value, order.strategy, order.symbol)
        line = _line(name, nearest(price), nearest(order.leaves), entry, kind)
        if line.key in found and found[line.key].state is not LineState.SENT:
            if order.state in _NEW:
                return None
            line = _line(("leg", order.id, order.symbol), *line[1:5])
        state = LineState.WORKING
        if order.state in _NEW:
            state = LineState.SENT
        elif order.state is OrderState.REPLACE_PENDING:
            state = LineState.REPLACING
        return line._replace(state=state, strategy=order.strategy)

    def _armed(self, symbol: str, strategy: str, entry: float) -> Iterable[Line]:
        """Levels that protect a position while no venue holds them."""
        held = self._tracker.holding(strategy, symbol)
        for kind, name, price in (
            (LineKind.STOP, Purpose.STOP.value, held.stop),
            (LineKind.TARGET, Purpose.TARGET.value, held.target),
        ):
            if not isnan(price):
                line = _line((name, strategy, symbol), price, -held.quantity, entry, kind)
                yield line._replace(strategy=strategy)


def _line(
    name: tuple[str, str, str], price: float, quantity: float, entry: float, kind: LineKind
) -> Line:
    digest = blake2b("\0".join(name).encode(), digest_size=8).digest()
    key = int.from_bytes(digest, "little")
    return Line(key, price, quantity, entry, kind, LineState.WORKING, "")


def _as_it_is(picture: Trading) -> Trading:
    return picture


def _nobody(_link: Link) -> None:
    """Nobody is told."""
