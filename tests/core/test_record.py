"""Entries repeat, in order, the very calls that made them."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.intent import HOLD, Action, Intent
from tradeplat.core.market import Quote
from tradeplat.core.orders import Asked, Order, OrderState, OrderType, Purpose, Report
from tradeplat.core.ports import Candidate
from tradeplat.core.record import (
    Changed,
    Commanded,
    Decided,
    DeskClosed,
    DeskOpened,
    Moved,
    Noted,
    Reported,
    RunHeader,
    Scanned,
    Shown,
    tell_all,
)

QUOTE = Quote("A", 1, 1.0, 2.0, 1.1, 3.0, "csv")
ORDER = Order("id", "A", "s", Decimal(5), OrderType.MARKET, Purpose.ENTRY, 1, 2)
REPORT = Report("id", "A", OrderState.WORKING, 3)
INTENT = Intent(Action.ENTER, 1.0, 9.0, 8.0, 10.0)
ROW = Candidate("A", active=True, reason="up 12 %", ts=1, feed="sip")


class Calls:
    """Keeps each call by its name and arguments."""

    def __init__(self):
        self.heard = []

    def __getattr__(self, name):
        return lambda *arguments: self.heard.append((name, *arguments))


def test_every_entry_repeats_its_call():
    entries = [
        Noted(0, 1, "run", {"a": 1}),
        DeskOpened(1, 1, "A"),
        Scanned(2, 1, (ROW,)),
        Shown(3, 2, QUOTE),
        Decided(4, 2, "A", "s", 1, INTENT, ORDER),
        Moved(5, 2, "id", OrderState.SENDING, "sent"),
        Reported(6, 3, REPORT),
        Changed(7, 3, ORDER, None),
        DeskClosed(8, 4, "A"),
    ]
    calls = Calls()
    tell_all(entries, calls)
    assert calls.heard == [
        ("note", 1, "run", {"a": 1}),
        ("desk_opened", 1, "A"),
        ("candidates", 1, (ROW,)),
        ("fact", 2, QUOTE),
        ("decision", 2, "A", "s", 1, INTENT, ORDER),
        ("moved", 2, "id", OrderState.SENDING, "sent"),
        ("report", 3, REPORT),
        ("change", 3, ORDER, None),
        ("desk_closed", 4, "A"),
    ]


def test_a_header_survives_its_note():
    header = RunHeader(
        name="n",
        mode="paper",
        version="1",
        feed="builtin",
        start_cash=Decimal("100000.01"),
        started=5,
        seeds={"day": 7},
        settings={"risk": {"cap": Decimal("1.5")}},
        strategies=("ema_cross",),
        multipliers={"ES": Decimal(50)},
        plots={"ema_cross": [("fast", 0, "line", "")]},
    )
    body = msgspec.json.decode(msgspec.json.encode(header.body()))
    again = RunHeader.of(body)
    assert again == msgspec.structs.replace(header, settings={"risk": {"cap": "1.5"}})


def test_what_is_no_header_is_refused():
    with pytest.raises(msgspec.ValidationError, match="missing required field `mode`"):
        RunHeader.of({"name": "x"})


numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.sampled_from(Action), st.tuples(numbers, numbers, numbers, numbers))
def test_a_command_comes_back_from_its_note_as_it_was_given(action, four) -> None:
    intent = Intent(action, *(float("nan") if number is None else number for number in four))
    body = msgspec.json.decode(msgspec.json.encode(Commanded.to("A", intent).body()))
    again = Commanded.of(body)
    assert again.symbol == "A"
    assert repr(again.intent) == repr(intent)


def test_how_a_command_was_meant_comes_back_from_its_note() -> None:
    asked = Asked("s", Decimal("2.5"), whole=False, at_once=True)
    body = Commanded.to("A", HOLD, asked).body()
    assert Commanded.of(msgspec.json.decode(msgspec.json.encode(body))).asked == asked
    # Records of before there was such a thing mean that it was not asked for.
    assert Commanded.of({"symbol": "A", "action": 1}).asked == Asked()


def test_a_body_that_is_no_command_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError):
        Commanded.of({"symbol": "A", "action": 9})
