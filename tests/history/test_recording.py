"""A recording is the same after it was written, and any folder can be one."""

import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest

from tradeplat.core.errors import BadInput
from tradeplat.core.market import BAR, SECOND, TRADE, Bar, Quote, Status
from tradeplat.history.check import check
from tradeplat.history.csv_store import write_trades
from tradeplat.history.dataset import DataSet
from tradeplat.history.recording import folded, recorded
from tradeplat.history.synthetic import morning


def test_a_written_morning_comes_back(tmp_path: Path):
    made = morning(3, tickers=4, start="09:20", end="09:45")
    made.write(tmp_path)
    again = recorded(tmp_path)
    assert (again.day, again.symbols) == (made.day, made.symbols)
    assert made.start <= again.start < again.end <= made.end
    for one, two in zip(made.tickers, again.tickers, strict=True):
        assert (one.name, one.exchange, one.profile) == (two.name, two.exchange, two.profile)
        assert (one.prev_close, one.prev_volume) == (two.prev_close, two.prev_volume)
        for name in ("daily", "bars", "quotes", "trades"):
            assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
        assert [(s.ts, s.trading, s.code) for s in one.statuses] == [
            (s.ts, s.trading, s.code) for s in two.statuses
        ]


def test_a_written_morning_is_a_data_set(tmp_path: Path):
    made = morning(3, tickers=3, start="09:20", end="09:45")
    made.write(tmp_path)
    data = DataSet.open([tmp_path])
    assert data.symbols == made.symbols
    for ticker in made.tickers:
        assert data.spans(ticker.symbol) == (1, 60)
        found = [event for chunk in data.events(ticker.symbol) for event in chunk]
        kinds = [type(event) for event in found]
        minutes = folded(ticker.bars, 60)
        # The close of the day before comes first, in both spans.
        assert [(e.close, e.span) for e in found[:2]] == [
            (ticker.prev_close, 1),
            (ticker.prev_close, 60),
        ]
        assert kinds.count(Bar) == len(ticker.bars) + len(minutes) + 2
        assert kinds.count(Quote) == len(ticker.quotes)
        assert kinds.count(Status) == len(ticker.statuses)


def test_folding_in_two_steps_equals_folding_once():
    trades = morning(5, tickers=1).tickers[0].trades
    assert folded(folded(trades, 1), 60).tobytes() == folded(trades, 60).tobytes()


def test_a_trade_on_the_boundary_opens_the_next_bar():
    trades = np.array([(0, 1.0, 5.0), (SECOND - 1, 2.0, 5.0), (SECOND, 3.0, 5.0)], TRADE)
    assert folded(trades, 1).tolist() == [
        (SECOND, 1.0, 2.0, 1.0, 2.0, 10.0, 1, 0),
        (2 * SECOND, 3.0, 3.0, 3.0, 3.0, 5.0, 1, 0),
    ]
    assert folded(np.empty(0, BAR), 60).tolist() == []


def test_real_data_is_a_recording(shared_data: Path):
    found = recorded(shared_data / "second", day=20131008)
    assert found.symbols == ("BAC", "IBM")
    bac = found.ticker("BAC")
    assert (len(bac.bars), len(bac.quotes), len(bac.trades)) == (14_098, 19_461, 0)
    # The day before was recorded too: its closing auction is the close of the daily files.
    assert (bac.prev_close, len(bac.daily)) == (13.81, 1)
    assert bac.prev_volume > 10_000_000
    assert found.day == 20131008


def test_daily_files_tell_the_sessions_before(shared_data: Path, tmp_path: Path):
    shutil.copy(shared_data / "daily" / "BAC_1d.csv.gz", tmp_path)
    shutil.copy(shared_data / "minute" / "BAC_20131004-20131011_1m.csv.gz", tmp_path)
    bac = recorded(tmp_path).ticker("BAC")
    assert len(bac.daily) == 20
    assert bac.daily["ts"].tolist() == sorted(set(bac.daily["ts"].tolist()))
    assert (bac.prev_close, bac.prev_volume) == (bac.daily["close"][-1], bac.daily["volume"][-1])
    assert bac.daily["ts"][-1] < bac.bars["ts"][0]


def test_several_days_are_one_recording_when_no_day_is_asked_for(shared_data: Path):
    found = recorded(shared_data / "second")
    assert found.symbols == ("BAC", "BTCUSD", "IBM")
    assert len(found.ticker("BAC").bars) == 12_770 + 14_098 + 14_207
    assert found.ticker("BAC").prev_close == 13.94
    assert len(found.ticker("BAC").daily) == 0


def test_bars_are_folded_where_only_trades_were_recorded(tmp_path: Path):
    made = morning(3, tickers=1, start="09:20", end="09:45").tickers[0]
    write_trades(tmp_path / f"{made.symbol}_trades.csv", made.trades)
    found = recorded(tmp_path).ticker(made.symbol)
    assert found.bars.tobytes() == made.bars.tobytes()


def test_a_day_without_data_is_named(shared_data: Path):
    with pytest.raises(BadInput, match="found no data on 20131011"):
        recorded(shared_data / "second", day=20131011)
    with pytest.raises(BadInput, match=r"^20131012: found no session on it"):
        recorded(shared_data / "second", day=20131012)
    with pytest.raises(BadInput, match=r"^NONE: found no recording of it"):
        recorded(shared_data / "second", day=20131008).ticker("NONE")


def test_the_sample_is_what_its_script_makes_on_any_machine():
    root = Path(__file__).parents[2]
    asked = runpy.run_path(str(root / "scripts" / "make_sample.py"))["SAMPLE"]
    folder = root / "backtest_data"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 2_000_000
    kept, made = recorded(folder), morning(**asked)
    assert kept.symbols == made.symbols
    for one, two in zip(kept.tickers, made.tickers, strict=True):
        for name in ("daily", "bars", "quotes", "trades"):
            assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
    assert check([folder]) == []
