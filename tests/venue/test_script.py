from hypothesis import given
from hypothesis import strategies as st

from markets import OPEN, bar, quote, trade
from tradeplat.core.market import Status
from tradeplat.venue.script import Reel, event_key


def test_one_instant_is_status_quote_bar_trade_by_symbol():
    halt = Status("AAA", OPEN, False, "T1", "x")
    events = [
        trade(OPEN),
        bar(OPEN, span=60),
        bar(OPEN),
        quote(OPEN),
        halt,
        quote(OPEN, symbol="A"),
    ]
    assert sorted(events, key=event_key) == [
        events[5], halt, events[3], events[2], events[1], events[0],
    ]  # fmt: skip


@given(
    st.lists(st.integers(0, 30)).map(sorted),
    st.integers(1, 5),
    st.lists(st.integers(0, 40)).map(sorted),
)
def test_every_event_is_taken_once_in_order_and_when_it_is_due(stamps, size, asked):
    events = [trade(ts) for ts in stamps]
    reel = Reel([events[at : at + size] for at in range(0, len(events), size)])
    taken = []
    for until in asked:
        found = reel.take(until)
        assert all(event.ts <= until for event in found)
        taken += found
        assert reel.next_ts == next((ts for ts in stamps if ts > until), None)
    assert taken + reel.take(1000) == events
    assert reel.next_ts is None
