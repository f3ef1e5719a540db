"""Made-up tapes and an ideal venue, for strategies only: what is asked for is filled at once."""

from math import nan

from tradeplat.core.calendar import Session
from tradeplat.core.intent import FLAT, HOLD, Action, Holding
from tradeplat.core.market import MINUTE, SECOND, Bar, Quote

START = 1_700_000_000 * SECOND // MINUTE * MINUTE


def bar(index, close, low=None, high=None, *, opened=None, span=60, volume=100.0, start=START):
    """Bar number `index` of a tape that begins at `start`."""
    opened = close if opened is None else opened
    low = min(close, opened) if low is None else low
    high = max(close, opened) if high is None else high
    ts = start + (index + 1) * span * SECOND
    return Bar("TEST", ts, opened, high, low, close, volume, span, "csv")


def quote(ts, bid, ask):
    """A quote of a hundred shares each side."""
    return Quote("TEST", ts, bid, 100.0, ask, 100.0, "csv")


def held(quantity, price=1.0, stop=nan, target=nan, working=0):
    """A holding spelled out."""
    return Holding(quantity, price, working, stop, target)


class Ideal:
    """Fills every wish at once and in full, and holds no stop at the venue: the strategy's own
    stop has to do. `log` keeps (index of the event, action, conviction, stop) of every wish.
    """

    def __init__(self, strategy, lot=100.0):
        self.strategy = strategy
        self.lot = lot
        self.holding = FLAT
        self.log = []
        self.count = 0

    def show(self, event):
        handler = self.strategy.on_bar if isinstance(event, Bar) else self.strategy.on_quote
        intent = handler(event, self.holding)
        if intent is not HOLD:
            self.log.append((self.count, intent.action, intent.conviction, intent.stop))
            if intent.action is Action.ENTER:
                price = event.close if isinstance(event, Bar) else event.ask
                self.holding = Holding(self.lot * intent.conviction, price, 0, nan, nan)
            elif intent.action is Action.EXIT:
                self.holding = FLAT
        self.count += 1
        return intent

    def play(self, events):
        for event in events:
            self.show(event)
        return self

    @property
    def actions(self):
        """(index, action) of every wish."""
        return [entry[:2] for entry in self.log]


def session(start=START, *, pre=0, minutes=390):
    """A trading day that opens `pre` minutes after `start` and lasts `minutes`."""
    opening = start + pre * MINUTE
    closing = opening + minutes * MINUTE
    return Session(20231114, start, opening, closing, closing + 60 * MINUTE)
