"""The baseline: enters on a flip of a coin, leaves after so many bars or at its stop."""

from math import isnan, nan

from tradeplat.core.errors import BadInput
from tradeplat.core.intent import HOLD, Holding, Intent, Plot
from tradeplat.core.machine import Machine, State
from tradeplat.core.market import Bar, Quote
from tradeplat.indicators.noise import step_noise, stir_noise, uniform
from tradeplat.indicators.ranges import atr, protects, stop_level, true_range

__all__ = ["CoinFlip"]

ATR_SPAN = 14


class CoinFlip:
    """What any idea has to beat: `chance` of an entry each bar, long in `long_share` of them.

    The flips depend on `seed`, the symbol and how many bars came before, and on nothing else: a
    refused order or another fill never changes a later flip. The stop lies `stop_atr` ATR(14)
    from the close; without being stopped it leaves at the `hold_bars`th bar.
    """

    PLOTS = (
        Plot("stop", style="step", colour="#ff6b6b"),
        Plot("flip", pane=1, style="dots", colour="#b48cff"),
    )

    seed: int
    chance: float
    long_share: float
    hold_bars: int
    stop_atr: float
    span: int
    noise: int
    flip: float
    atr: float
    last: float
    seen: int
    age: int
    machine: Machine

    def __init__(
        self,
        seed: int = 1,
        chance: float = 0.05,
        long_share: float = 0.5,
        hold_bars: int = 20,
        stop_atr: float = 2.0,
        span: int = 0,
    ) -> None:
        for name, share in (("chance", chance), ("long_share", long_share)):
            if not 0.0 <= share <= 1.0:
                raise BadInput(f"coin_flip: expected {name} from 0 to 1, found {share}")
        if hold_bars < 1:
            raise BadInput(f"coin_flip: expected hold_bars of 1 or more, found {hold_bars}")
        if not stop_atr > 0.0:
            raise BadInput(f"coin_flip: expected stop_atr above 0, found {stop_atr}")
        if span < 0:
            raise BadInput(f"coin_flip: expected span of 0 or more seconds, found {span}")
        self.seed = seed
        self.chance = chance
        self.long_share = long_share
        self.hold_bars = hold_bars
        self.stop_atr = stop_atr
        self.span = span
        self.noise = stir_noise(1, seed)
        self.flip = self.atr = self.last = nan
        self.seen = 0
        self.age = 0
        self.machine = Machine(State.WARMING)

    @property
    def stop(self) -> float:
        """Stop of the trade in hand, nan when there is none."""
        return self.machine.stop

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        """Flip, then enter, leave or guard."""
        if bar.span != self.span:
            if self.span:
                return HOLD
            self.span = bar.span
        self._update(bar)
        if self.seen <= ATR_SPAN:
            return HOLD
        state = self._settle(bar, holding)
        machine = self.machine
        reached = machine.reached(holding, bar.low, bar.high)
        if holding.working:
            return machine.withdraw() if reached and state is State.ENTERING else HOLD
        match state:
            case State.WATCHING if self.flip < self.chance:
                return self._enter(bar)
            case State.HELD if reached or self.age >= self.hold_bars:
                return machine.leave(State.WATCHING, nan)
            case State.EXITING:
                return machine.leave(machine.rest, nan)
            case _:
                return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        """Guard the stop between bars where the venue holds none."""
        return self.machine.guard(quote, holding)

    def _settle(self, bar: Bar, holding: Holding) -> State:
        machine = self.machine
        state = machine.settle(holding, bar.low, bar.high)
        if state in (State.WARMING, State.STOPPED):
            # A coin knows of no setup that would have to pass first.
            state = machine.state = State.WATCHING
        if state is not State.HELD:
            self.age = 0
            return state
        self.age += 1
        if isnan(machine.stop):
            machine.stop = stop_level(machine.side, bar.close, self.atr, self.stop_atr)
        return state

    def _enter(self, bar: Bar) -> Intent:
        # Given that it is below `chance`, the flip is itself evenly spread below it.
        side = 1.0 if self.flip < self.chance * self.long_share else -1.0
        stop = stop_level(side, bar.close, self.atr, self.stop_atr)
        if not protects(side, bar.close, stop):
            return HOLD
        return self.machine.enter(side, nan, stop, nan)

    def _update(self, bar: Bar) -> None:
        if self.seen == 0:
            for letter in bar.symbol:
                self.noise = stir_noise(self.noise, ord(letter))
        else:
            move = true_range(bar.high, bar.low, self.last)
            self.atr = atr(self.atr, move, ATR_SPAN, self.seen - 1)
        self.noise = step_noise(self.noise)
        self.flip = uniform(self.noise)
        self.last = bar.close
        self.seen += 1
