"""What the page draws is what was recorded, thinned where there is too much of it."""

import json
from base64 import b64decode
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.analytics import payload as module
from tradeplat.analytics.charts import Charts
from tradeplat.analytics.payload import pack, payload, plain_settings, shares, thinned
from tradeplat.analytics.tally import Tally
from tradeplat.core.market import BAR, SECOND


def unpack(column):
    kind = {"i32": "<i4", "f64": "<f8"}[column["k"]]
    return np.frombuffer(b64decode(column["b"]), kind).astype(float)


def prices(ticker, name):
    return ticker["base"] + unpack(ticker[name]) * ticker["step"]


def made_of(header, *tell):
    tally, charts = Tally(header.start_cash), Charts()
    for told in tell:
        told(tally)
        told(charts)
    return payload(header, tally, charts)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_packed_numbers_come_back(values):
    assert list(unpack(pack(np.array(values)))) == values


@given(st.lists(st.integers(0, 1000), max_size=12), st.integers(0, 3000))
def test_shares_fit_and_favour_the_small(counts, budget):
    given_each = shares(counts, budget)
    assert sum(given_each) <= budget
    assert all(0 <= kept <= count for kept, count in zip(given_each, counts, strict=True))
    if sum(counts) <= budget:
        assert given_each == counts
    cut = [kept for kept, count in zip(given_each, counts, strict=True) if kept < count]
    whole = [kept for kept, count in zip(given_each, counts, strict=True) if kept == count]
    assert not cut or max(whole, default=0) <= min(cut) + len(counts)


@given(st.integers(1, 400), st.integers(1, 60), st.integers(0, 10_000))
def test_thinned_bars_keep_extremes_and_volume(count, at_most, seed):
    rng = np.random.default_rng(seed)
    bars = np.zeros(count, BAR)
    bars["ts"] = (1_700_000_000 + np.cumsum(rng.integers(1, 30, count))) * SECOND
    bars["open"], bars["close"] = rng.random((2, count))
    bars["high"], bars["low"] = bars["open"] + 1, bars["open"] - 1
    bars["volume"] = rng.integers(0, 9, count)
    bars["span"] = 1
    fewer = thinned(bars, at_most)
    assert 1 <= len(fewer) <= at_most
    assert fewer["high"].max() == bars["high"].max()
    assert fewer["low"].min() == bars["low"].min()
    assert fewer["volume"].sum() == bars["volume"].sum()
    assert (fewer["open"][0], fewer["close"][-1]) == (bars["open"][0], bars["close"][-1])
    assert (np.diff(fewer["ts"]) > 0).all()
    assert fewer["ts"][-1] >= bars["ts"][-1]


def test_no_room_and_no_bars_are_no_error():
    assert len(thinned(np.zeros(5, BAR), 0)) == 0
    assert len(thinned(np.zeros(0, BAR), 5)) == 0


def test_a_session_is_carried_whole(session, header, make):
    found = made_of(header, session)
    json.dumps(found, allow_nan=False)
    (ticker,) = found["tickers"]
    assert (ticker["symbol"], ticker["count"], ticker["span"]) == ("ABC", 97, 1)
    assert ticker["decimals"] == 2
    assert prices(ticker, "c")[-1] == pytest.approx(10.3)
    assert ticker["t0"] + unpack(ticker["t"])[-1] == make.now(99) / 1e6
    assert [fill[1:4] for fill in ticker["fills"]] == [
        [100, 10.01, "entry"],
        [-150, 10.40, "entry"],
    ]
    assert [(level[0], level[2]) for level in ticker["levels"]] == [("stop", 9.5)]
    assert [line["label"] for line in ticker["lines"]] == ["fast mean"]
    assert ticker["halts"][0][2] == "LUDP"
    assert [(row[1], row[4] > 0) for row in found["campaigns"]] == [("ABC", True), ("ABC", False)]
    assert [row[11] for row in found["orders"]] == ["o1", "s1", "o2"]
    assert found["notes"][0][2] == "symbol: XYZ, error: <b>venue</b> gone & back"
    assert list(found["desks"]) == list(found["scanned"]) == ["ABC"]
    assert len(unpack(found["equity"]["t"])) > 50


def test_sums_of_many_tickers_stay_below_the_budget(header, make, monkeypatch):
    monkeypatch.setattr(module, "BARS", 100)

    def tell(recorder):
        for symbol in ("A", "B", "C"):
            for second in range(10 if symbol == "C" else 500):
                recorder.fact(make.now(second), make.bar(second, symbol=symbol))

    tickers = made_of(header, tell)["tickers"]
    assert sum(ticker["count"] for ticker in tickers) <= 100
    assert [ticker["merged"] for ticker in tickers] == [True, True, False]
    assert tickers[2]["count"] == 10


def test_fine_prices_keep_their_digits(header, make):
    def tell(recorder):
        recorder.fact(make.now(1), make.bar(1, 0.123456, spread=0.0))
        recorder.fact(make.now(2), make.bar(2, 0.2, spread=0.0))

    (ticker,) = made_of(header, tell)["tickers"]
    assert list(prices(ticker, "c")) == pytest.approx([0.123456, 0.2], abs=1e-12)
    assert ticker["decimals"] == 4


def test_a_ticker_without_bars_and_bars_that_cannot_be_drawn_are_no_error(header, make):
    def tell(recorder):
        recorder.desk_opened(make.now(0), "NONE")
        recorder.fact(make.now(1), make.bar(1, float("nan")))
        recorder.fact(make.now(2), make.bar(2, float("inf"), symbol="INF"))

    found = made_of(header, tell)
    json.dumps(found, allow_nan=False)
    assert [ticker["count"] for ticker in found["tickers"]] == [0, 0, 0]


def test_settings_are_listed_by_dotted_key():
    nested = {"risk": {"cap": Decimal(5), "halt": {"at": 0.1}}, "mode": "paper", "none": {}}
    assert plain_settings(nested) == [("risk.cap", "5"), ("risk.halt.at", "0.1"), ("mode", "paper")]
