"""A made-up market keeps the rules of a real one, and is the same for the same seed."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.core.errors import BadInput
from tradeplat.core.market import BAR, SECOND
from tradeplat.history.invented import ORDER
from tradeplat.history.recording import Morning, Ticker
from tradeplat.history.synthetic import GENERATORS, generate, morning

MINUTE = 60 * SECOND


@pytest.fixture(scope="module")
def usual() -> Morning:
    return morning(7)


def cents(values: np.ndarray) -> np.ndarray:
    return np.rint(values * 100)


def follow_the_rules(ticker: Ticker, start: int, end: int) -> None:
    quotes, trades, bars = ticker.quotes, ticker.trades, ticker.bars
    for table in (quotes, trades, bars):
        assert bool((np.diff(table["ts"]) >= 0).all())
        assert len(table) == 0 or start <= table["ts"][0] <= table["ts"][-1] <= end
    assert bool((quotes["bid"] < quotes["ask"]).all())
    for prices in (quotes["bid"], quotes["ask"], trades["price"]):
        assert bool((cents(prices) / 100 == prices).all())
        assert bool((prices > 0).all())
    assert bool((trades["size"] >= 1).all())
    assert bool((trades["size"] == np.floor(trades["size"])).all())
    # A trade meets the last quote at or before it.
    met = np.searchsorted(quotes["ts"], trades["ts"], side="right") - 1
    assert bool((met >= 0).all())
    assert bool((trades["price"] >= quotes["bid"][met]).all())
    assert bool((trades["price"] <= quotes["ask"][met]).all())
    assert ticker.prev_close == ticker.daily["close"][0]
    assert ticker.prev_volume == ticker.daily["volume"][0]


def fold_by_hand(trades: np.ndarray) -> list[tuple[int, float, float, float, float, float]]:
    seconds: dict[int, list[tuple[float, float]]] = {}
    for ts, price, size in trades.tolist():
        seconds.setdefault(ts // SECOND, []).append((price, size))
    return [
        (
            (second + 1) * SECOND,
            rows[0][0],
            max(price for price, _ in rows),
            min(price for price, _ in rows),
            rows[-1][0],
            sum(size for _, size in rows),
        )
        for second, rows in seconds.items()
    ]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32), tickers=st.integers(1, 9), length=st.integers(2, 40))
def test_every_morning_keeps_the_rules(seed: int, tickers: int, length: int):
    made = morning(seed, tickers=tickers, start="09:15", end=f"09:{15 + length}")
    assert len(set(made.symbols)) == tickers
    for ticker in made.tickers:
        follow_the_rules(ticker, made.start, made.end)
        found = [row[:6] for row in ticker.bars.tolist()]
        assert found == fold_by_hand(ticker.trades)
        for halt, resumed in pairwise(ticker.statuses):
            assert not halt.trading
            assert resumed.trading
            for table in (ticker.quotes, ticker.trades):
                inside = (table["ts"] >= halt.ts) & (table["ts"] < resumed.ts)
                assert not bool(inside.any())


def test_the_same_seed_gives_the_same_morning(usual: Morning):
    again = morning(7)
    for one, two in zip(usual.tickers, again.tickers, strict=True):
        assert (one.symbol, one.name, one.profile, one.statuses) == (
            two.symbol,
            two.name,
            two.profile,
            two.statuses,
        )
        for name in ("daily", "bars", "quotes", "trades"):
            assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
    assert morning(8).tickers[0].trades.tobytes() != usual.tickers[0].trades.tobytes()


def test_a_ticker_does_not_depend_on_how_many_there_are(usual: Morning):
    for few in morning(7, tickers=3).tickers:
        assert few.trades.tobytes() == usual.ticker(few.symbol).trades.tobytes()


def test_a_usual_morning_has_every_profile(usual: Morning):
    assert Counter(ticker.profile for ticker in usual.tickers) == Counter(ORDER)
    assert len(usual.tickers) == 40
    assert usual.end - usual.start == 90 * MINUTE
    assert all(2.0 <= ticker.prev_close <= 300.0 for ticker in usual.tickers)


@pytest.mark.parametrize("seed", range(5))
def test_gappers_gain_8_to_60_percent_and_some_only_during_the_session(seed: int):
    made = morning(seed)
    late = 0
    for ticker in made.tickers:
        if ticker.profile != "gapper":
            continue
        change = ticker.bars["close"] / ticker.prev_close - 1
        assert 0.08 <= change.max() <= 0.60
        assert ticker.bars["volume"].sum() > 0.5 * ticker.prev_volume
        early = ticker.bars["ts"] <= made.start + 10 * MINUTE
        if change[early].max(initial=0.0) < 0.03:
            late += 1
            moved = ticker.bars["ts"][np.argmax(change > 0.05)]
            assert made.start + 10 * MINUTE <= moved <= made.start + 60 * MINUTE
    assert late >= 3


def test_halts_pause_for_volatility_in_regular_hours_and_for_news(usual: Morning):
    codes = [s.code for t in usual.tickers for s in t.statuses if not s.trading]
    assert sorted(codes) == ["LUDP", "LUDP", "T1"]
    for ticker in usual.tickers:
        if ticker.statuses and ticker.statuses[0].code == "LUDP":
            assert ticker.statuses[0].ts > usual.start + 30 * MINUTE
            resumed = ticker.statuses[1].ts
            after = ticker.trades["ts"] >= resumed
            assert bool(after.any())


def test_the_open_is_a_burst_and_pre_market_is_thin_and_wide(usual: Morning):
    opened = usual.start + 30 * MINUTE
    trades = np.concatenate([t.trades for t in usual.tickers if t.profile == "calm"])
    before = ((trades["ts"] >= opened - 5 * MINUTE) & (trades["ts"] < opened)).sum()
    burst = ((trades["ts"] >= opened) & (trades["ts"] < opened + 5 * MINUTE)).sum()
    later = (trades["ts"] >= usual.end - 5 * MINUTE).sum()
    assert burst > 5 * before
    assert burst > 2 * later
    quotes = np.concatenate([t.quotes for t in usual.tickers if t.profile == "calm"])
    spread = (quotes["ask"] - quotes["bid"]) / quotes["bid"]
    assert np.median(spread[quotes["ts"] < opened]) > 2 * np.median(spread[quotes["ts"] > opened])


def test_hours_and_days_that_are_none_are_named():
    with pytest.raises(BadInput, match=r"^20250607: found no session on it"):
        morning(1, day=20250607)
    with pytest.raises(BadInput, match=r"^10:00-09:00: found hours outside the session"):
        morning(1, start="10:00", end="09:00")
    with pytest.raises(BadInput, match=r"^'9': found no clock time"):
        morning(1, start="9")
    with pytest.raises(BadInput, match=r"^tickers: found 0"):
        morning(1, tickers=0)
    with pytest.raises(BadInput, match=r"^09:00-18:00: found hours outside the session of 2024"):
        morning(1, day=20241129, end="18:00")


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(sorted(GENERATORS)), seed=st.integers(0, 2**32), bars=st.integers(1, 400)
)
def test_named_generators_make_bars_a_reader_would_take(name: str, seed: int, bars: int):
    table = generate(name, seed=seed, start=0, bars=bars)
    assert table.dtype == BAR
    assert 1 <= len(table) <= bars
    assert bool((np.diff(table["ts"]) > 0).all())
    low, high = table["low"], table["high"]
    for price in (table["open"], table["close"]):
        assert bool(((low <= price) & (price <= high)).all())
        assert bool((cents(price) / 100 == price).all())
    assert bool((low > 0).all())
    assert bool((table["volume"] >= 1).all())
    assert table.tobytes() == generate(name, seed=seed, start=0, bars=bars).tobytes()


def test_each_generator_shows_what_its_name_says():
    made = {name: generate(name, seed=3, start=0, bars=5_000) for name in GENERATORS}
    inside = {name: np.abs(t["close"] / t["open"] - 1).max() for name, t in made.items()}
    between = {name: np.abs(t["open"][1:] / t["close"][:-1] - 1).max() for name, t in made.items()}
    assert inside["jumps"] > 0.03
    assert inside["gbm"] < 0.01
    assert between["gaps"] > 0.02
    assert between["gbm"] < 0.001
    assert between["halts"] > 0.01
    assert 3_000 < len(made["halts"]) < 5_000
    assert len(made["thin"]) < 600
    assert np.diff(made["halts"]["ts"]).max() >= 6 * MINUTE


def test_an_unknown_generator_is_named():
    with pytest.raises(BadInput, match=r"^gmb: found no such generator, expected one of gbm, "):
        generate("gmb", seed=1, start=0, bars=5)
