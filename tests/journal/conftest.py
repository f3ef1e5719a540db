"""A small session whose every kind of entry is recorded."""

from decimal import Decimal
from math import nan

import pytest

from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import SECOND, Backfill, Bar, Quote, Status
from tradeplat.core.orders import Fill, Order, OrderState, OrderType, Purpose, Refused, Report
from tradeplat.core.ports import Candidate
from tradeplat.core.record import RUN, RunHeader

START = 1_700_000_000 * SECOND


def bar(number, close=10.0):
    ts = START + number * SECOND
    return Bar("ABC", ts, close, close + 0.1, close - 0.1, close, 100.0, 1, "builtin", ts + 5)


def play(recorder):
    """Tell `recorder` of a session: one entry of every kind, some twice."""
    header = RunHeader(
        name="small",
        mode="paper",
        version="0",
        feed="builtin",
        start_cash=Decimal(100_000),
        started=START,
    )
    row = Candidate("ABC", active=True, reason="up 11 %", ts=START, feed="builtin", price=10.0)
    order = Order("tp1-1", "ABC", "s", Decimal(10), OrderType.MARKET, Purpose.ENTRY, START, START)
    intent = Intent(Action.ENTER, 1.0, nan, 9.5, nan)
    fill = Fill("tp1-1", "ABC", "s", START + SECOND, Decimal(10), Decimal("10.01"))
    recorder.note(START, RUN, header.body())
    recorder.candidates(START, [row])
    recorder.desk_opened(START, "ABC")
    recorder.fact(START, Backfill("ABC", START, (bar(-1), bar(0)), START))
    recorder.fact(START, Status("ABC", START, trading=True, code="T", feed="builtin"))
    recorder.fact(START, Quote("ABC", START, 9.99, 100.0, 10.01, 100.0, "builtin"))
    recorder.decision(START, "ABC", "s", START, intent, order)
    recorder.moved(START, "tp1-1", OrderState.SENDING, "sent")
    recorder.report(
        START + SECOND,
        Report("tp1-1", "ABC", OrderState.FILLED, START, Decimal(10), Decimal("10.01")),
    )
    recorder.change(START + SECOND, order, fill)
    for number in range(1, 40):
        recorder.fact(START + number * SECOND, bar(number, 10.0 + number / 100))
    refused = Refused("ABC", "s", START, "MAX_POS", "Refused: enough.")
    recorder.decision(START + 40 * SECOND, "ABC", "s", START, intent, refused)
    recorder.decision(START + 40 * SECOND, "ABC", "s", START, intent._replace(action=3), None)
    recorder.note(START + 41 * SECOND, "fault", {"symbol": "ABC", "error": "venue gone"})
    recorder.desk_closed(START + 42 * SECOND, "ABC")


@pytest.fixture
def session():
    return play
