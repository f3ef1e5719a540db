"""The research drive: a replay as one loop, without tasks or awaits."""

from bisect import bisect_left, bisect_right
from collections.abc import Coroutine, Iterable, Iterator
from itertools import chain, islice
from operator import attrgetter
from typing import cast

import structlog

from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import BadInput, Transient
from tradeplat.core.intent import HOLD
from tradeplat.core.market import Backfill, Bar, MarketEvent, Quote, Status, Stretch
from tradeplat.core.ports import StockListManager
from tradeplat.desk.covering import Cover
from tradeplat.desk.desk import Desk
from tradeplat.desk.floor import Floor
from tradeplat.desk.roster import Roster, Terms
from tradeplat.desk.seat import Seat
from tradeplat.sim.broker import SimBroker
from tradeplat.sim.score import Score
from tradeplat.streams.warmup import Recent

log = structlog.get_logger()

_BY_TS = attrgetter("ts")
_ENDS = (Bar("", -1, 0.0, 0.0, 0.0, 0.0, 0.0, 0, ""),)
"""Follows the last event of a stretch: no instant is like its."""


class Replay:
    """Plays recorded facts to the desks of one floor, instant by instant (quant-spec 1).

    An instant's facts go to the simulated market first, then to the desks in order of symbol. The
    scanner is polled on replayed time, from the first event on, before the facts of its instant.
    The orchestrated drive (streams/timeline.py) does the same with tasks; both must agree to the
    last fill. Facts of tickers without a desk are passed over; a ticker that gets one later is
    first told whether it trades, and given its last `warmup` bars.
    """

    def __init__(
        self,
        floor: Floor,
        broker: SimBroker,
        score: Score,
        clock: ReplayClock,
        scanner: StockListManager,
        terms: Terms = Terms(),
    ) -> None:
        self._floor = floor
        self._broker = broker
        self._score = score
        self._clock = clock
        self._scanner = scanner
        self._roster = Roster(floor, terms)
        self._quiet_until = getattr(scanner, "quiet_until", None)
        guard = floor.house.guard
        self._due: list[Cover] = [] if guard is None else guard.due
        self._warmup = 0
        self._past: dict[str, Recent] = {}
        self._said: dict[str, Status] = {}
        self.polls = 0
        self._asks = 0
        """When the scanner is asked next."""

    def run(self, chunks: Iterable[list[MarketEvent]], warmup: int = 0) -> None:
        """Play `chunks`, events in delivery order of which none splits an instant, to the end.

        Raises BadInput when the scanner waits for anything: it then needs the orchestrated drive.
        """
        self.warm(warmup)
        for chunk in chunks:
            self.feed(chunk)
        self._score.finish()

    def warm(self, bars: int) -> None:
        """Give a ticker that gets a desk later its last so many bars first."""
        self._warmup = bars

    def feed(self, chunk: list[MarketEvent]) -> None:
        """Play the next events in delivery order, an instant's all at once; idem."""
        if not chunk:
            return
        clock, due = self._clock, self._asks
        if not self.polls:
            clock.ts = chunk[0].ts
            due = self._poll()
        start, end = 0, len(chunk)
        while start < end:
            if chunk[start].ts >= due:
                clock.ts = max(clock.ts, due)
                due = self._poll()
                continue
            stop = end if chunk[-1].ts < due else bisect_left(chunk, due, start, key=_BY_TS)
            part = chunk if stop - start == end else chunk[start:stop]
            if isinstance(chunk, Stretch):
                self._stretch(part)
            else:
                self._play(part)
            start = stop
        self._asks = due

    def _play(self, events: list[MarketEvent]) -> None:
        """Play whole instants. The hot loop of the house: an event that is alone at its instant
        goes straight through, and the market is only shown what can change something there.
        """
        clock, desks, score = self._clock, self._floor.desks, self._score
        books, show = self._broker.books, self._broker.show
        held, marks, mark = score.held, score.marks, score.mark
        due = self._due
        after = chain(islice(events, 1, None), _ENDS)
        event = events[0]
        ts = event.ts
        symbol, desk = event.symbol, desks.get(event.symbol)
        for upcoming in after:
            following = upcoming
            following_ts = following.ts
            if following_ts == ts:
                following = self._together(event, following, after)
                following_ts = following.ts
            elif desk is not None:
                clock.ts = ts
                if books or type(event) is not Bar:
                    show(event)
                elif symbol in held and not event.revision:
                    close = event.close
                    if score.low < close < score.high:
                        marks[symbol] = close
                    else:
                        mark(ts, symbol, close)
                desk.on_market(event, ts)
                if due:
                    self._settle(ts)
            elif self._warmup or type(event) is Status:
                self._remember(event)
            event = following
            ts = following_ts
            if event.symbol is not symbol:
                symbol = event.symbol
                desk = desks.get(symbol)

    def _stretch(self, bars: list[MarketEvent]) -> None:
        """Play a part of a Stretch, session by session."""
        desk = self._floor.desks.get(bars[0].symbol)
        seat = desk.lone if desk is not None else None
        if desk is None or seat is None:
            self._play(bars)
            return
        start, end = 0, len(bars)
        while start < end:
            stop = end
            if bars[-1].ts > desk.turn_after:
                stop = bisect_right(bars, desk.turn_after, start, key=_BY_TS)
            # A bar that begins a session is shown by itself.
            stop = max(stop, start + 1)
            self._lone(desk, seat, cast("Iterator[Bar]", islice(bars, start, stop)))
            start = stop

    def _lone(self, desk: Desk, seat: Seat, bars: Iterator[Bar]) -> None:
        """Play one strategy's bars: by way of the market while it has an order at work there, and
        otherwise straight on until it wants something.
        """
        symbol, clock = desk.symbol, self._clock
        books, held, show = self._broker.books, self._score.held, self._broker.show
        for bar in bars:
            clock.ts = ts = bar.ts
            if symbol in books or symbol in held:
                show(bar)
            desk.on_bar(bar, ts)
            if self._due:
                self._settle(ts)
            if symbol not in books and not desk.guarded:
                self._quiet(desk, seat, bars)

    def _quiet(self, desk: Desk, seat: Seat, bars: Iterator[Bar]) -> None:
        """Show `bars` to `seat` until it wants something: nothing can fill, so it holds what it
        holds, and only the value of that changes.
        """
        score, symbol = self._score, desk.symbol
        on_bar, holding = seat.on_bar, seat.holding
        held, low, high = symbol in score.held, score.low, score.high
        bar, intent = None, HOLD
        for bar in bars:
            if held and not low < bar.close < high:
                score.mark(bar.ts, symbol, bar.close)
                low, high = score.low, score.high
            intent = on_bar(bar, holding)
            if intent is not HOLD:
                break
        if bar is None:
            return
        if held:
            score.marks[symbol] = bar.close
        self._clock.ts = bar.ts
        desk.follow(seat, bar, intent)
        if self._due:
            self._settle(bar.ts)

    def _together(
        self, first: MarketEvent, second: MarketEvent, after: Iterator[MarketEvent]
    ) -> MarketEvent:
        """Play the instant that `first` and `second` share; the event that follows it."""
        ts = first.ts
        events = [first, second]
        for following in after:
            if following.ts != ts:
                break
            events.append(following)
        self._clock.ts = ts
        self._instant(events)
        return following

    def _instant(self, events: list[MarketEvent]) -> None:
        """Several facts of one instant: all to the market, then each to its desk."""
        desks, ts = self._floor.desks, events[0].ts
        unrecorded = self._floor.house.recorder is None
        self._show(events, ts)
        for event in events:
            desk = desks.get(event.symbol)
            if desk is not None:
                if unrecorded and type(event) is Bar:
                    desk.on_bar(event, ts)
                else:
                    desk.on_market(event, ts)
            else:
                self._remember(event)
        if self._due:
            self._settle(ts)

    def _settle(self, now: int) -> None:
        """The facts of `now` were shown: let the guard act on them."""
        guard = self._floor.house.guard
        if guard is not None:
            guard.settle(now)

    def _show(self, events: list[MarketEvent], ts: int) -> None:
        """Show the facts of one instant to the market, quotes last.

        What works or is held has a desk.
        """
        desks, score = self._floor.desks, self._score
        books, show = self._broker.books, self._broker.show
        held, mark = score.held, score.mark
        quotes = []
        for event in events:
            symbol = event.symbol
            if type(event) is Bar:
                if symbol in books:
                    show(event)
                elif symbol in held and not event.revision:
                    mark(ts, symbol, event.close)
            elif symbol in desks:
                if type(event) is Quote:
                    quotes.append(event)
                else:
                    show(event)
        for quote in quotes:
            show(quote)

    def _poll(self) -> int:
        """Ask the scanner and follow its list; when to ask again."""
        try:
            _at_once(self._scanner)
        except Transient as error:
            log.warning("scan_failed", error=repr(error))
        self.polls += 1
        now = self._clock.ts
        floor = self._floor
        if floor.house.recorder is not None:
            floor.house.recorder.candidates(now, self._scanner.explain())
        delta = self._roster.poll(self._scanner.get_active_stock_list(), now)
        for symbol in delta.closed:
            floor.close_desk(symbol, now)
        opened = [floor.open_desk(symbol, now) for symbol in delta.opened]
        for desk in opened:
            said = self._said.pop(desk.symbol, None)
            if said is not None:
                self._broker.show(said)
                desk.on_market(said, now)
            past = self._past.pop(desk.symbol, None)
            if past is not None:
                bars = past.bars()
                ts = max(now, bars[-1].ts)
                desk.on_market(Backfill(desk.symbol, ts, bars), now)
        return self._roster.due(now, self._quiet_until(now) if self._quiet_until else now)

    def _remember(self, event: MarketEvent) -> None:
        if type(event) is Status:
            self._said[event.symbol] = event
        if type(event) is not Bar or not self._warmup:
            return
        past = self._past.get(event.symbol)
        if past is None:
            past = self._past[event.symbol] = Recent(self._warmup)
        past.add(event)


def _at_once(scanner: StockListManager) -> None:
    """Run the scanner's update to its end without an event loop."""
    update: Coroutine[object, object, None] = scanner.update()
    try:
        update.send(None)
    except StopIteration:
        return
    except RuntimeError as error:
        if "event loop" not in str(error):
            raise
    update.close()
    name = type(scanner).__name__
    message = f"scanner {name} waits for the world outside: replay it with --drive orchestrated"
    raise BadInput(message)
