"""Small makers of facts and fills, and a session that trades."""

from decimal import Decimal
from math import nan

import pytest

from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import SECOND, Backfill, Bar, Quote, Status
from tradeplat.core.orders import Fill, Order, OrderState, OrderType, Purpose, Refused
from tradeplat.core.ports import Candidate
from tradeplat.core.record import PLOT, RUN, RunHeader

OPEN = 1_759_843_800 * SECOND
"""2025-10-07 13:30 UTC, 09:30 in New York."""


class Make:
    """Facts and orders with everything unsaid filled in; seconds count from the open."""

    start = OPEN

    @staticmethod
    def bar(at, close=10.0, *, symbol="ABC", span=1, spread=0.05, feed="builtin", revision=0):
        ts = OPEN + int(at * SECOND)
        high, low = close + spread, close - spread
        return Bar(symbol, ts, close, high, low, close, 500.0, span, feed, ts, revision)

    @staticmethod
    def quote(at, bid=9.99, ask=10.01, *, symbol="ABC"):
        ts = OPEN + int(at * SECOND)
        return Quote(symbol, ts, bid, 100.0, ask, 100.0, "builtin", ts)

    @staticmethod
    def fill(at, quantity, price, *, fee="0", symbol="ABC", strategy="s", name="o", why="entry"):
        return Fill(
            name,
            symbol,
            strategy,
            OPEN + int(at * SECOND),
            Decimal(str(quantity)),
            Decimal(str(price)),
            Decimal(str(fee)),
            Purpose(why),
        )

    @staticmethod
    def order(at, quantity=10, *, symbol="ABC", strategy="s", name="o", why="entry", **more):
        ts = OPEN + int(at * SECOND)
        size = Decimal(str(quantity))
        kind = OrderType.STOP if "stop" in more else OrderType.MARKET
        return Order(name, symbol, strategy, size, kind, Purpose(why), ts, ts, **more)

    @staticmethod
    def now(at):
        return OPEN + int(at * SECOND)


@pytest.fixture(scope="session")
def make():
    return Make


@pytest.fixture(scope="session")
def header():
    return RunHeader(
        name="2025-10-07_093000_paper_1",
        mode="paper",
        version="0.1.0",
        feed="builtin",
        start_cash=Decimal(100_000),
        started=OPEN,
        seeds={"day": 7},
        settings={"risk": {"quantity": 100}},
        strategies=("s",),
        plots={"s": [("fast", 0, "line", "fast mean")]},
    )


def trade(recorder):
    """One long campaign with a stop, a reversal to short that stays open, and all the rest."""
    m = Make
    row = Candidate("ABC", active=True, reason="up 12 %", ts=OPEN, feed="builtin")
    recorder.candidates(m.now(0), [row])
    recorder.desk_opened(m.now(0), "ABC")
    history = tuple(m.bar(n, 9.9) for n in range(-5, 1))
    recorder.fact(m.now(0), Backfill("ABC", m.now(0), history))
    recorder.fact(m.now(0.5), m.quote(0.5))
    recorder.fact(m.now(1), m.bar(1, 10.0))
    note = {"symbol": "ABC", "strategy": "s", "values": {"fast": 9.95}}
    recorder.note(m.now(1), PLOT, note)
    enter = Intent(Action.ENTER, 1.0, nan, 9.5, nan)
    order = m.order(1, 100, name="o1", stop_loss=Decimal("9.5"))
    recorder.decision(m.now(1), "ABC", "s", m.now(1), enter, order)
    done = {"state": OrderState.FILLED, "average": Decimal("10.01"), "filled": Decimal(100)}
    filled = m.order(1, 100, name="o1", stop_loss=Decimal("9.5"), **done)
    recorder.change(m.now(1), filled, m.fill(1, 100, "10.01", fee="0.35", name="o1"))
    stop = m.order(1, -100, name="s1", why="stop", stop=Decimal("9.50"), state=OrderState.WORKING)
    recorder.change(m.now(1), stop, None)
    for second in range(2, 20):
        recorder.fact(m.now(second), m.bar(second, 10.0 + second / 50))
    halt = Status("ABC", m.now(20), trading=False, code="LUDP", feed="builtin")
    recorder.fact(m.now(20), halt)
    recorder.fact(m.now(25), Status("ABC", m.now(25), trading=True, code="T", feed="builtin"))
    refused = Refused("ABC", "s", m.now(26), "MAX_POS", "Refused: position 100 of at most 100.")
    recorder.decision(m.now(26), "ABC", "s", m.now(26), enter, refused)
    gone = m.order(1, -100, name="s1", why="stop", stop=Decimal("9.50"), state=OrderState.CANCELED)
    recorder.change(m.now(27), gone, None)
    turn = m.order(27, -150, name="o2")
    leave = Intent(Action.ENTER, -1.0, nan, nan, nan)
    recorder.decision(m.now(27), "ABC", "s", m.now(27), leave, turn)
    done = {"state": OrderState.FILLED, "average": Decimal("10.40"), "filled": Decimal(150)}
    fill = m.fill(27, -150, "10.40", fee="0.60", name="o2")
    recorder.change(m.now(27), m.order(27, -150, name="o2", **done), fill)
    for second in range(28, 100):
        recorder.fact(m.now(second), m.bar(second, 10.3))
    recorder.note(m.now(100), "fault", {"symbol": "XYZ", "error": "<b>venue</b> gone & back"})
    recorder.candidates(m.now(101), [Candidate("ABC", False, "faded", m.now(101), "builtin")])
    recorder.desk_closed(m.now(102), "ABC")


@pytest.fixture(scope="session")
def session(header):
    """Tells a recorder of a whole session, header first."""

    def tell(recorder):
        recorder.note(OPEN, RUN, header.body())
        trade(recorder)

    return tell
