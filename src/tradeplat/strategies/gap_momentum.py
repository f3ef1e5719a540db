"""Buys a morning gapper when its first pull-back ends with a break of the high."""

from math import isnan, nan

from tradeplat.core.calendar import Session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import HOLD, Action, Holding, Intent, Plot
from tradeplat.core.machine import ORDERED, WIDEST, Machine, State
from tradeplat.core.market import MINUTE, SECOND, Bar, Quote, opened
from tradeplat.indicators.means import ema
from tradeplat.indicators.ranges import protects

__all__ = ["GapMomentum"]

EMA_SPAN = 9
ENTRY_MINUTES = 60
FLAT_MINUTES = 5
PATIENCE = 10 * SECOND
FRESH = 5 * SECOND


class GapMomentum:
    """Long from the pre-market to an hour after the open, by limits only until the open.

    IDLE until the price is `min_gap` above the previous close (0 asks for no gap); FORMING while
    bars of `slow_span` seconds make new highs; the first lower close begins the pull-back and
    WATCHING: a bar of `fast_span` or a bid above the high enters, by a limit `slip` through the
    ask, with the pull-back's low as the stop. A pull-back of more than `retrace` of the run waits
    for a new high (STOPPED), and so does a trade that ended. `tries` entries make a day (DONE).

    The stop is guarded on bars and quotes wherever the venue holds none. From 1 R on it follows
    the lows of the slow bars; a slow close below their EMA(9) leaves. Slow bars that the feed
    does not bring are folded from the fast ones. Never told of a session it never enters.
    """

    PLOTS = (
        Plot("high", style="box", label="range", colour="#8a93a6", other="low"),
        Plot("mean", colour="#b48cff"),
        Plot("stop", style="step", colour="#ff6b6b"),
    )

    min_gap: float
    retrace: float
    tries: int
    slip: float
    fast_span: int
    slow_span: int
    starts: int
    opens: int
    closes: int
    base: float
    last: float
    regular: float
    high: float
    low: float
    foot: float
    mean: float
    bars: int
    slow_ts: int
    slow_low: float
    weak: bool
    fold_ts: int
    fold_high: float
    fold_low: float
    fold_close: float
    ask: float
    ask_ts: int
    risk: float
    asked_ts: int
    moved: float
    earlier: int
    machine: Machine

    def __init__(
        self,
        min_gap: float = 0.04,
        retrace: float = 0.5,
        tries: int = 3,
        slip: float = 0.002,
        fast_span: int = 1,
        slow_span: int = 60,
    ) -> None:
        for name, share in (("min_gap", min_gap), ("slip", slip)):
            if not 0.0 <= share < 1.0:
                raise BadInput(f"gap_momentum: expected 0 <= {name} < 1, found {share}")
        if not 0.0 < retrace <= 1.0:
            raise BadInput(f"gap_momentum: expected 0 < retrace <= 1, found {retrace}")
        if tries < 1:
            raise BadInput(f"gap_momentum: expected tries of 1 or more, found {tries}")
        if not 1 <= fast_span < slow_span:
            raise BadInput(
                "gap_momentum: expected 1 <= fast_span < slow_span, "
                f"found fast_span={fast_span} slow_span={slow_span}"
            )
        self.min_gap = min_gap
        self.retrace = retrace
        self.tries = tries
        self.slip = slip
        self.fast_span = fast_span
        self.slow_span = slow_span
        self.starts = self.opens = self.closes = 0
        self.base = self.last = self.regular = nan
        self.slow_ts = self.fold_ts = 0
        self.fold_high = self.fold_low = self.fold_close = nan
        self.risk = self.moved = nan
        self.asked_ts = 0
        self.earlier = 0
        self.machine = Machine(State.IDLE)
        self._forget()

    @property
    def stop(self) -> float:
        """Stop of the trade in hand, nan when there is none."""
        return self.machine.stop

    def on_session(self, session: Session) -> None:
        """A new day: the last regular close is what its gap is measured from."""
        self.base = self.last if isnan(self.regular) else self.regular
        self.starts = session.pre_open
        self.opens = session.open
        self.closes = session.close
        self.earlier = self.machine.entries
        self._forget()
        if self.machine.state not in ORDERED:
            self.machine.state = State.IDLE

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        """Slow bars shape the setup, fast ones trigger; both guard the stop."""
        if bar.span not in (self.fast_span, self.slow_span):
            return HOLD
        low, high = bar.low, bar.high
        if opened(bar) < self.asked_ts:
            # Its extremes may be older than the trade.
            low = high = bar.close
        self._settle(holding, low, high, bar.ts)
        self._learn(bar)
        machine = self.machine
        reached = machine.reached(holding, low, high)
        if holding.working:
            return self._patient(bar.ts, reached=reached)
        if machine.state is State.HELD:
            return machine.leave(State.STOPPED, nan) if reached else self._manage(bar, holding)
        if machine.state is State.EXITING:
            return machine.leave(machine.rest, nan)
        if machine.state is State.WATCHING and bar.close > self.high:
            fresh = bar.ts - self.ask_ts <= FRESH
            return self._enter(bar.ts, self.ask if fresh else bar.close)
        return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        """A bid above the high enters; one below the stop leaves."""
        if not 0.0 < quote.bid <= quote.ask <= quote.bid * (1.0 + WIDEST):
            return HOLD
        self.ask = quote.ask
        self.ask_ts = quote.ts
        machine = self.machine
        if holding.quantity != 0.0 and not holding.working:
            return machine.guard(quote, holding)
        if machine.state is State.ENTERING and holding.working:
            self._settle(holding, nan, nan, quote.ts)
            return self._patient(quote.ts, reached=quote.bid <= machine.stop)
        if machine.state is not State.WATCHING or holding.working or quote.bid <= self.high:
            return HOLD
        if self._setup(State.WATCHING, quote.ts) is not State.WATCHING:
            return HOLD
        return self._enter(quote.ts, quote.ask)

    def on_amend(self, bar: Bar) -> None:
        """A revised bar may raise the high that has to be broken."""
        if bar.span == self.slow_span and opened(bar) >= self.starts:
            self.high = max(bar.high, self.high)

    def _learn(self, bar: Bar) -> None:
        if bar.span == self.fast_span:
            self._fast(bar)
        elif bar.ts > self.slow_ts:
            self._slow(bar.ts, bar.high, bar.low, bar.close)
        self.last = bar.close
        if self.opens < bar.ts <= self.closes:
            self.regular = bar.close

    def _fast(self, bar: Bar) -> None:
        """Deepen the pull-back, and fold the fast bars into slow ones that may never come."""
        if self.machine.state is State.WATCHING:
            self.low = min(self.low, bar.low)
        width = self.slow_span * SECOND
        ends = -(-bar.ts // width) * width
        if ends != self.fold_ts:
            if self.fold_ts > self.slow_ts:
                self._slow(self.fold_ts, self.fold_high, self.fold_low, self.fold_close)
            self.fold_ts = ends
            self.fold_high, self.fold_low = bar.high, bar.low
        self.fold_high = max(self.fold_high, bar.high)
        self.fold_low = min(self.fold_low, bar.low)
        self.fold_close = bar.close

    def _slow(self, ts: int, high: float, low: float, close: float) -> None:
        """Move the setup on by one slow bar; what is ordered or held moves on its own."""
        self.slow_ts = ts
        if self.starts == 0 or ts <= self.starts:
            return
        self.mean = ema(self.mean, close, EMA_SPAN, self.bars)
        self.bars += 1
        self.slow_low = low
        self.weak = close < self.mean
        machine = self.machine
        if machine.state is State.IDLE and self._gapped(close):
            machine.state = State.FORMING
        higher = isnan(self.high) or high > self.high
        if machine.state is State.STOPPED and higher:
            machine.state = State.FORMING
        if machine.state is State.WATCHING:
            self._pull_back(low)
        elif machine.state is State.FORMING and not higher and close < self.high:
            self.low = low
            machine.state = State.WATCHING
            self._pull_back(low)
        if machine.state is not State.WATCHING or close <= self.high:
            self.high = high if isnan(self.high) else max(self.high, high)
        self.foot = low if isnan(self.foot) else min(self.foot, low)

    def _pull_back(self, low: float) -> None:
        self.low = min(self.low, low)
        if self.high - self.low > self.retrace * (self.high - self.foot):
            self.machine.state = State.STOPPED

    def _gapped(self, price: float) -> bool:
        return self.min_gap <= 0.0 or price >= self.base * (1.0 + self.min_gap)

    def _settle(self, holding: Holding, low: float, high: float, ts: int) -> None:
        machine = self.machine
        before = machine.state
        state = machine.settle(holding, low, high)
        if state is State.HELD and isnan(machine.stop):
            machine.stop = self.slow_low
        if state is State.HELD and isnan(self.risk):
            self.risk = holding.price - machine.stop
        if state not in ORDERED:
            self.risk = self.moved = nan
            if before in ORDERED:
                # The next run starts where this one was left.
                self.foot = self.slow_low
            machine.state = self._setup(state, ts)

    def _setup(self, state: State, ts: int) -> State:
        if self.opens == 0:
            return State.IDLE
        given_up = self.machine.entries - self.earlier >= self.tries
        if given_up or ts > self.opens + ENTRY_MINUTES * MINUTE:
            return State.DONE
        return state

    def _enter(self, ts: int, ask: float) -> Intent:
        machine = self.machine
        if not protects(1.0, ask, self.low):
            return HOLD
        self.asked_ts = ts
        self.high = max(self.high, ask)
        self.risk = nan
        self.weak = False
        intent = machine.enter(1.0, ask * (1.0 + self.slip), self.low, nan)
        # An entry that comes to nothing is a break missed: not to be chased.
        machine.rest = State.STOPPED
        return intent

    def _patient(self, ts: int, *, reached: bool) -> Intent:
        machine = self.machine
        gone = reached or ts - self.asked_ts > PATIENCE
        return machine.withdraw() if gone and machine.state is State.ENTERING else HOLD

    def _manage(self, bar: Bar, holding: Holding) -> Intent:
        machine = self.machine
        over = self.closes > 0 and bar.ts >= self.closes - FLAT_MINUTES * MINUTE
        if over or self.weak:
            return machine.leave(State.STOPPED, nan)
        won = bar.close >= holding.price + self.risk
        if won and machine.stop < self.slow_low <= bar.low:
            machine.stop = self.slow_low
        if not holding.stop < machine.stop or self.moved >= machine.stop:
            return HOLD
        self.moved = machine.stop
        return Intent(Action.PROTECT, 1.0, nan, machine.stop, holding.target)

    def _forget(self) -> None:
        """Nothing is known of the day yet."""
        self.high = self.low = self.foot = self.mean = self.slow_low = nan
        self.bars = 0
        self.weak = False
        self.ask = nan
        self.ask_ts = 0
