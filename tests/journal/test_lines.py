"""Whatever a desk may be shown or may wish comes back from its line as it was."""

from decimal import Decimal
from math import inf, isnan, nan

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import Backfill, Bar, Quote, Status
from tradeplat.core.orders import (
    Fill,
    Order,
    OrderState,
    OrderType,
    Purpose,
    Refused,
    Report,
    TimeInForce,
)
from tradeplat.core.record import Shown
from tradeplat.journal.lines import (
    ChangeLine,
    DecisionLine,
    Line,
    ReportLine,
    fact_line,
    intent_columns,
)

instants = st.integers(-(2**63), 2**63 - 1)
numbers = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 5e-324, 1.7976931348623157e308])
texts = st.text(max_size=12)
decimals = st.decimals(allow_nan=False, allow_infinity=False)
maybe = st.none() | decimals
bars = st.builds(
    Bar,
    texts,
    instants,
    numbers,
    numbers,
    numbers,
    numbers,
    numbers,
    st.integers(0, 2**32),
    texts,
    instants,
    st.integers(0, 2**31),
)
quotes = st.builds(Quote, texts, instants, numbers, numbers, numbers, numbers, texts, instants)
statuses = st.builds(Status, texts, instants, st.booleans(), texts, texts, instants)
backfills = st.builds(
    Backfill,
    texts,
    instants,
    st.lists(bars, max_size=3).map(tuple),
    seen=instants,
    since=instants,
    healed=st.booleans(),
)
orders = st.builds(
    Order,
    texts,
    texts,
    texts,
    decimals,
    st.sampled_from(OrderType),
    st.sampled_from(Purpose),
    instants,
    instants,
    maybe,
    maybe,
    maybe,
    maybe,
    maybe,
    st.sampled_from(TimeInForce),
    st.booleans(),
    state=st.sampled_from(OrderState),
    filled=decimals,
    average=maybe,
    reason=texts,
)
refusals = st.builds(Refused, texts, texts, instants, texts, texts)
fills = st.builds(
    Fill, texts, texts, texts, instants, decimals, decimals, decimals, st.sampled_from(Purpose)
)
reports = st.builds(
    Report,
    texts,
    texts,
    st.sampled_from(OrderState),
    instants,
    decimals,
    maybe,
    decimals,
    order=st.none() | orders,
)
wishes = st.floats()
intents = st.builds(Intent, st.sampled_from(Action), wishes, wishes, wishes, wishes)

ENCODER = msgspec.json.Encoder(enc_hook=str)
DECODER = msgspec.json.Decoder(Line)


def again(line):
    data = ENCODER.encode(line)
    assert b"\n" not in data
    return DECODER.decode(data).entry


@settings(deadline=None)
@given(instants, bars | quotes | statuses | backfills)
def test_facts_come_back(now, event):
    entry = again(fact_line(3, now, event))
    assert entry == Shown(3, now, event)
    assert repr(entry.event) == repr(event)  # also the sign of a zero


@settings(deadline=None)
@given(intents, orders | refusals | st.none())
def test_wishes_and_verdicts_come_back(intent, verdict):
    entry = again(DecisionLine(0, 1, "A", "s", 2, intent_columns(intent), verdict))
    assert repr(entry.intent) == repr(intent)
    assert entry.verdict == verdict


@settings(deadline=None)
@given(reports, orders, fills | st.none())
def test_reports_and_changes_come_back(report, order, fill):
    assert again(ReportLine(0, 1, report)).report == report
    change = again(ChangeLine(0, 1, order, fill))
    assert (change.order, change.fill) == (order, fill)


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_numbers_json_cannot_carry_come_back(value):
    for event in (
        Bar("A", 1, 1.0, value, 1.0, 1.0, 0.0, 60, "csv"),
        Quote("A", 1, 1.0, 1.0, value, 1.0, "csv"),
    ):
        entry = again(fact_line(0, 1, event))
        assert repr(entry.event) == repr(event)


def test_a_sum_beyond_the_largest_float_is_no_infinity():
    big = 1.7e308
    bar = again(fact_line(0, 1, Bar("A", 1, big, big, big, big, 0.0, 60, "csv"))).event
    assert bar.high == big
    assert not isnan(bar.open)


def test_decimals_keep_their_digits():
    order = Order(
        "id", "A", "s", Decimal("1.50"), OrderType.LIMIT, Purpose.ENTRY, 1, 2, limit=Decimal("9.10")
    )
    entry = again(ChangeLine(0, 1, order, None))
    assert str(entry.order.limit) == "9.10"
    assert str(entry.order.quantity) == "1.50"
