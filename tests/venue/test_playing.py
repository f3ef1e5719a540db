import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from markets import OPEN, SECOND
from tradeplat.core.market import BAR, TRADE, Bar, Quote, Status, Trade
from tradeplat.history.dataset import DataSet
from tradeplat.history.recording import folded, recorded
from tradeplat.history.synthetic import morning
from tradeplat.venue.playing import bars_without_trades, script_of
from tradeplat.venue.script import event_key


def events_of(script):
    return [event for chunk in script.events() for event in chunk]


def test_a_made_up_morning_is_played_whole_in_delivery_order():
    made = morning(3, tickers=6, start="09:25", end="09:40")
    script = script_of(made)
    events = events_of(script)
    assert [event_key(one) for one in events] == sorted(event_key(one) for one in events)
    counts = {kind: sum(isinstance(one, kind) for one in events) for kind in (Quote, Trade, Status)}
    assert counts[Quote] == sum(len(one.quotes) for one in made.tickers)
    assert counts[Trade] == sum(len(one.trades) for one in made.tickers)
    assert counts[Status] == sum(len(one.statuses) for one in made.tickers)
    assert all(made.start <= one.ts <= made.end for one in events)
    assert events_of(script) == events
    assert set(script.closes) == set(script.symbols) == {bar.symbol for bar in script.past}


def test_bars_give_way_to_trades():
    made = morning(3, tickers=2, start="09:30", end="09:31")
    assert not any(isinstance(one, Bar) for one in events_of(script_of(made)))


def test_a_recorded_folder_plays_what_a_replay_reads(shared_data, tmp_path):
    for name in ("IBM_20131007_1s.csv.gz", "IBM_20131007_quotes_1s.csv.gz"):
        (tmp_path / name).symlink_to(shared_data / "second" / name)
    played = events_of(script_of(recorded(tmp_path), "csv"))
    replayed = [event for chunk in DataSet.open([tmp_path]).merged() for event in chunk]
    assert played == replayed


SECONDS = st.lists(st.integers(0, 40), max_size=12).map(sorted)


@settings(max_examples=50)
@given(SECONDS, st.lists(st.integers(1, 10), max_size=10, unique=True).map(sorted))
def test_a_bar_is_kept_exactly_where_no_trade_happened(quarters, closes):
    trades = np.zeros(len(quarters), TRADE)
    trades["ts"] = [OPEN + quarter * SECOND // 4 for quarter in quarters]
    trades["price"] = trades["size"] = 1.0
    bars = np.zeros(len(closes), BAR)
    bars["ts"], bars["span"] = [OPEN + close * SECOND for close in closes], 1
    made = set(folded(trades, 1)["ts"].tolist())
    kept = bars_without_trades(bars, trades)["ts"].tolist()
    assert kept == [ts for ts in bars["ts"].tolist() if ts not in made]
