"""The simulated market: orders in, reports out, pure and synchronous."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from hashlib import blake2b
from math import inf, isfinite, isnan, nan

from msgspec.structs import replace

from tradeplat.core.errors import Corrupt
from tradeplat.core.instrument import Instrument
from tradeplat.core.market import SECOND, Bar, Quote, Status, Trade
from tradeplat.core.orders import Order, OrderState, Report, TimeInForce
from tradeplat.sim import rules
from tradeplat.sim.options import FREE, PLAIN, Costs, MatchOptions
from tradeplat.sim.orderbook import DayEnd, OrderBook
from tradeplat.sim.pauses import Pauses
from tradeplat.sim.rules import TieBreak
from tradeplat.sim.working import (
    Book,
    Bracket,
    Swing,
    Work,
    bar_swing,
    objection,
    print_swing,
)


class MatchingEngine:
    """Fills orders against bars, quotes and prints by quant-spec 2, and says so through `emit`.

    A market order fills at once at the opposite side of a fresh quote; otherwise at the next
    quote, print or bar's open. A bar counts for an order that was active when the bar opened, and
    only if no finer bar closed inside it; fills at the open are dated to the open, all others to
    the close. The legs of a bracket come into being as the entry fills, named `<id>-sl` and
    `<id>-tp`, each as large as what is held; one cancels the other. `day_end` tells when a DAY
    order lapses; without it the owner calls `expire_day`. A halted symbol fills nothing. With no
    working order an event costs one lookup.
    """

    def __init__(
        self,
        emit: Callable[[Report], None],
        instrument: Callable[[str], Instrument],
        costs: Costs = FREE,
        options: MatchOptions = PLAIN,
        day_end: DayEnd | None = None,
    ) -> None:
        self.orders = OrderBook(emit, instrument, costs, day_end)
        self.books = self.orders.books
        """Symbols with working orders: look here to skip events nobody waits for."""
        self.quotes: dict[str, Quote] = {}
        self.pauses = Pauses()
        self._emit = emit
        self._costs = costs
        self._options = options
        self._slips = bool(costs.slippage_ticks or costs.slippage_pct)
        self._direct = options.volume_cap is None and not options.clamp
        self._room = inf

    def place(self, order: Order, now: int) -> None:
        """Take `order` at `now`: REJECTED with a reason, or WORKING, and filled where it can be."""
        wrong = objection(order)
        if wrong:
            self._emit(Report(order.id, order.symbol, OrderState.REJECTED, now, reason=wrong))
            return
        if order.id in self.orders.works:
            raise Corrupt(f"order id {order.id} was placed twice")
        work = Work(order, now + self._options.latency, self.orders.until(order, now))
        if order.legged:
            work.group = Bracket(work)
        if work.trail and isnan(work.stop):
            self._start_trail(work)
        book = self.orders.add(work)
        if self._options.acknowledge:
            self._emit(Report(order.id, order.symbol, OrderState.WORKING, now))
        self._try_quote(book, work, now)

    def cancel(self, order_id: str, now: int, reason: str = "") -> bool:
        """Cancel what is left of an order, and a leg's other leg with it; False if it is not open.

        Cancelling an entry leaves the legs of what has filled.
        """
        return self.orders.cancel(order_id, now, reason)

    def replace(self, order_id: str, now: int, new_id: str = "", **changes: object) -> bool:
        """Change fields of a working order (quantity, limit, stop, trail); False if it is not open.

        With `new_id` the old order ends REPLACED and a described new one takes over what is left;
        without, the order keeps its id and its fills, and loses its place in time.
        """
        orders = self.orders
        old = orders.works.get(order_id)
        if old is None:
            return False
        described = old.order
        if new_id:
            described = replace(described, id=new_id, quantity=old.left * old.side, created=now)
        work = Work(replace(described, **changes), now + self._options.latency, old.until)
        if new_id:
            orders.finish(old, OrderState.REPLACED, now, "replaced")
        elif work.total <= old.filled:
            return False
        else:
            work.left -= old.filled
            work.notional, work.fills = old.notional, old.fills
            old.done = True
        if old.group is not None:
            old.group.succeed(old, work)
        book = orders.add(work)
        orders.sweep(work.order.symbol)
        orders.describe(work, now)
        self._try_quote(book, work, now)
        return True

    def protect(
        self, entry_id: str, now: int, stop: Decimal | None, target: Decimal | None
    ) -> bool:
        """Move the legs of an entry or add the missing one; None leaves a leg as it is.

        False when no leg of that entry is at work.
        """
        return self.orders.protect(entry_id, now, stop, target)

    def expire(self, order_ids: Iterable[str], now: int) -> None:
        """End these orders EXPIRED, as far as they are open."""
        self.orders.expire(order_ids, now)

    def expire_day(self, now: int) -> None:
        """End every DAY order EXPIRED."""
        self.orders.expire(self.orders.day_orders(), now)

    def working(self, symbol: str) -> list[Order]:
        """The working orders of `symbol` as described to their owner, oldest first."""
        return self.orders.listed(symbol)

    def on_status(self, status: Status, now: int) -> None:
        """Take over whether the symbol trades: in a limit state it does, at that price."""
        self.pauses.on_status(status)

    def on_bar(self, bar: Bar, now: int) -> None:
        """Match resting orders against a closed bar; amendments change nothing."""
        book = self.books.get(bar.symbol)
        if book is None or bar.revision:
            return
        if book.superseded(bar):
            self.orders.lapse(book, bar.ts)
            self.orders.sweep(bar.symbol)
        elif self.pauses.reaches_back(bar):
            swing = self.pauses.swing(bar)
            if swing is not None:
                self._match(book, bar.symbol, swing)
        elif not self._fill_alone(book, bar):
            self._match(book, bar.symbol, bar_swing(bar))

    def on_trade(self, trade: Trade, now: int) -> None:
        """Match resting orders against a print: stops trigger on it, limits are touched by it."""
        book = self.books.get(trade.symbol)
        if book is not None:
            self._match(book, trade.symbol, print_swing(trade))

    def on_quote(self, quote: Quote, now: int) -> None:
        """Take over the quote and fill what it makes marketable."""
        self.quotes[quote.symbol] = quote
        book = self.books.get(quote.symbol)
        if book is None:
            return
        self.orders.lapse(book, now)
        if quote.symbol not in self.pauses.halted:
            taken = {1: 0.0, -1: 0.0}
            for work in book.works:
                if not work.done and work.since <= quote.ts:
                    before = work.left
                    self._at_quote(book, work, quote, now, taken[work.side])
                    taken[work.side] += float(before - work.left)
        self.orders.sweep(quote.symbol)

    def _fill_alone(self, book: Book, bar: Bar) -> bool:
        """The common case without detours: one market order waits for this open. Else False."""
        work = book.works[0]
        opened = bar.ts - bar.span * SECOND
        if len(book.works) > 1 or not self._direct or not work.simple:
            return False
        in_time = work.since <= opened and not 0 < work.until <= opened
        if not in_time or self.pauses.bars(bar.symbol, opened):
            return False
        price = bar.open
        if self._slips:
            price = self._slipped(book, work, price)
        self.orders.fill(work, work.left, book.executed(price, work.side), opened, nan)
        self.orders.sweep(bar.symbol)
        return True

    def _match(self, book: Book, symbol: str, swing: Swing) -> None:
        self.orders.lapse(book, swing.opened)
        if not self.pauses.bars(symbol, swing.opened):
            cap = self._options.volume_cap
            self._room = inf if cap is None else cap * swing.volume
            for work in book.works:
                if not work.done and work.since <= swing.opened:
                    self._at_open(book, work, swing)
            for work in book.works:
                lapsed = 0 < work.until < swing.ts
                active = work.since <= swing.opened or not isnan(work.entry)
                if active and not work.done and not lapsed:
                    self._inside(book, work, swing)
            for work in book.works:
                work.entry = nan
        self.orders.lapse(book, swing.ts)
        self.orders.sweep(symbol)

    def _at_open(self, book: Book, work: Work, swing: Swing) -> None:
        """What the first price of the swing does, dated to that instant."""
        price, side = swing.open, work.side
        if work.armed:
            if isnan(rules.stop_fill(side, work.stop_level(swing.opened), price, price, price)):
                if work.trail:
                    work.stop = rules.trailed(side, work.stop, price, work.trail)
                return
            self.orders.trigger(work, swing.opened)
        if work.at_market:
            price = self._market_price(work, swing)
            self._fill(book, work, self._slipped(book, work, price, swing), swing.opened)
        else:
            level = work.limit_level(swing.opened)
            reach = self._reach(book, work, level)
            if not isnan(rules.limit_fill(side, level, reach, price, price, price)):
                self._fill(book, work, price, swing.opened)
        if work.immediate and not work.done:
            self.orders.finish(work, OrderState.CANCELED, swing.opened, "not filled at once")

    def _market_price(self, work: Work, swing: Swing) -> float:
        """The open; on a print the opposite side of a fresh quote, where there is one."""
        quote = self.quotes.get(work.order.symbol)
        if swing.opened == swing.ts and quote is not None:
            price = quote.ask if work.side > 0 else quote.bid
            if price > 0.0 and swing.ts - quote.ts <= self._options.quote_age:
                return price
        return swing.open

    def _inside(self, book: Book, work: Work, swing: Swing) -> None:
        """What the rest of the swing does, dated to its end."""
        group = work.group
        if group is not None and work is not group.entry:
            other = group.other(work)
            if other is None or work is group.stop:
                self._inside_legs(book, group, swing)
            return
        side = work.side
        if work.armed:
            price = rules.stop_fill(side, work.stop, swing.open, swing.high, swing.low)
            if isnan(price):
                if work.trail:
                    extreme = swing.low if side > 0 else swing.high
                    work.stop = rules.trailed(side, work.stop, extreme, work.trail)
                return
            self.orders.trigger(work, swing.ts)
            if work.at_market:
                self._fill(book, work, self._slipped(book, work, price), swing.ts, price)
            elif side * (price - work.limit) <= 0.0:
                self._fill(book, work, price, swing.ts, price)
        elif not isnan(work.limit):
            reach = self._reach(book, work, work.limit)
            price = rules.limit_fill(side, work.limit, reach, swing.open, swing.high, swing.low)
            if not isnan(price):
                self._fill(book, work, price, swing.ts, price)

    def _inside_legs(self, book: Book, group: Bracket, swing: Swing) -> None:
        """Stop and target of one position against one swing; the policy breaks ties."""
        stop, target = _live(group.stop), _live(group.target)
        policy = self._options.tie_break
        side = group.side
        leg = stop if stop is not None else target
        if leg is None:
            return
        if not isnan(leg.entry):
            price, hit = self._meets(group, leg.entry, swing)
            if hit is not None:
                self._exit(book, hit, price, swing)
            return
        lost = won = nan
        if stop is not None and stop.armed:
            level = stop.stop_level(swing.opened)
            lost = rules.stop_fill(-side, level, swing.open, swing.high, swing.low)
        if target is not None:
            level = target.limit_level(swing.opened)
            reach = self._reach(book, target, level)
            won = rules.limit_fill(-side, level, reach, swing.open, swing.high, swing.low)
        if not isnan(lost) and not isnan(won):
            draw = self._draw(book.grid.symbol, swing.ts) if policy is TieBreak.RANDOM else 0.0
            if rules.stop_first(policy, side, swing.open, swing.high, swing.low, draw):
                won = nan
            else:
                lost = nan
        if stop is not None and not isnan(lost):
            self._exit(book, stop, lost, swing)
        elif target is not None and not isnan(won):
            self._exit(book, target, won, swing)

    def _meets(self, group: Bracket, entry: float, swing: Swing) -> tuple[float, Work | None]:
        """The leg that a position opened inside the swing meets before its end, and the price."""
        stop, target = _live(group.stop), _live(group.target)
        side = group.side
        below = stop.stop if stop is not None else nan
        if self._options.tie_break in (TieBreak.PESSIMISTIC, TieBreak.FINER):
            return rules.stop_fill(-side, below, entry, swing.high, swing.low), stop
        above = target.limit if target is not None else nan
        path = rules.bar_path(side, swing.open, swing.high, swing.low, swing.close)
        met = rules.same_bar_exit(side, entry, below, above, path)
        if met == rules.STOP:
            return (min if side > 0 else max)(below, entry), stop
        if met == rules.TARGET:
            return (max if side > 0 else min)(above, entry), target
        return nan, None

    def _exit(self, book: Book, leg: Work, price: float, swing: Swing) -> None:
        if isnan(price):
            return
        if leg.armed:
            self.orders.trigger(leg, swing.ts)
            price = self._slipped(book, leg, price)
        self._fill(book, leg, price, swing.ts)

    def _start_trail(self, work: Work) -> None:
        """A trailing stop without a level starts from the quote; without one, from the next price.

        A sell stop trails the bid, a buy stop the ask.
        """
        quote = self.quotes.get(work.order.symbol)
        price = 0.0 if quote is None else quote.ask if work.side > 0 else quote.bid
        if price > 0.0:
            work.stop = rules.trailed(work.side, nan, price, work.trail)

    def _try_quote(self, book: Book, work: Work, now: int) -> None:
        """Fill a new order at once where a fresh quote lets it."""
        quote = self.quotes.get(work.order.symbol)
        options = self._options
        if quote is None or options.latency or now - quote.ts > options.quote_age:
            return
        symbol = work.order.symbol
        pauses = self.pauses
        if symbol not in pauses.halted and quote.ts >= pauses.resumed(symbol):
            self._at_quote(book, work, quote, now, 0.0)
            if work.done:
                self.orders.sweep(work.order.symbol)

    def _at_quote(self, book: Book, work: Work, quote: Quote, now: int, taken: float) -> None:
        price, size = (quote.ask, quote.ask_size) if work.side > 0 else (quote.bid, quote.bid_size)
        if work.armed or not price > 0.0:
            return
        cap = self._options.quote_cap
        self._room = inf if cap is None else cap * size - taken
        if work.at_market:
            self._fill(book, work, self._slipped(book, work, price), now)
        elif work.side * (price - work.limit) <= 0.0:
            self._fill(book, work, price, now)
        if work.immediate and not work.done:
            self.orders.finish(work, OrderState.CANCELED, now, "not filled at once")

    def _fill(self, book: Book, work: Work, price: float, ts: int, inside: float = nan) -> None:
        """Fill what there is room for at `price`, rounded to its tick against the trader."""
        quantity = work.left
        if isfinite(self._room):
            quantity = min(quantity, book.grid.lots(max(self._room, 0.0)))
            short = quantity < work.left
            if quantity <= 0 or (short and work.order.tif is TimeInForce.FOK):
                return
            self._room -= float(quantity)
        self.orders.fill(work, quantity, book.executed(price, work.side), ts, inside)

    def _slipped(self, book: Book, work: Work, price: float, swing: Swing | None = None) -> float:
        if not self._slips:
            return price
        costs = self._costs
        tick = float(book.grid.tick_at(price))
        moved = rules.slipped(price, work.side, costs.slippage_ticks, tick, costs.slippage_pct)
        if swing is not None and self._options.clamp:
            return rules.clamped(moved, swing.high, swing.low)
        return moved

    def _reach(self, book: Book, work: Work, level: float) -> float:
        """The price that must trade for a limit at `level` to fill."""
        if not self._options.through:
            return level
        tick = book.grid.tick_at(level)
        return float(book.grid.price_down(level) - work.side * tick)

    def _draw(self, symbol: str, ts: int) -> float:
        text = f"{self._options.seed}|{symbol}|{ts}".encode()
        return int.from_bytes(blake2b(text, digest_size=8).digest()) / 2.0**64


def _live(leg: Work | None) -> Work | None:
    return leg if leg is not None and not leg.done else None
