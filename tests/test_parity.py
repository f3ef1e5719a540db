"""The product's first promise: every drive agrees to the last fill, and nobody looks ahead."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby, islice
from math import nan
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from replays import Played, Setting, chunked, orchestrated, research
from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import SECOND, Bar, MarketEvent, Quote, Status, Stretch, opened
from tradeplat.core.ports import Strategy
from tradeplat.desk.roster import Terms
from tradeplat.history.dataset import DataSet
from tradeplat.history.sessions import nyse_calendar
from tradeplat.risk.limits import Hours, Limits
from tradeplat.sim.broker import VenueRules, us_day_end
from tradeplat.sim.options import Costs, MatchOptions
from tradeplat.sim.rules import TieBreak
from tradeplat.strategies.ema_cross import EmaCross
from tradeplat.strategies.sma_cross import SmaCross

MILD = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.data_too_large])


class Restless:
    """Acts on a number drawn from what it is shown: every action, order kind and leg comes up.

    A pure function of its facts and holdings, so that two worlds that show it the same must get
    the same answers.
    """

    def __init__(self) -> None:
        self.mixed = 17

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        return self.answer(bar.close, bar.ts, holding)

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return self.answer(quote.ask, quote.ts, holding)

    def answer(self, price: float, ts: int, holding: Holding) -> Intent:
        told = (round(holding.quantity * 100), holding.working, repr(holding.stop))
        text = f"{self.mixed}|{round(price * 100)}|{ts}|{told}"
        self.mixed = sum(n * ord(c) for n, c in enumerate(text, 1)) * 2_654_435_761 % 2**32
        pick = self.mixed >> 8
        if holding.quantity:
            return self.held(price, pick, holding)
        if holding.working:
            return Intent(Action.CANCEL, 0.0, nan, nan, nan) if pick % 4 == 0 else HOLD
        if pick % 3:
            return HOLD
        side = 1.0 if pick % 2 else -1.0
        limit = nan if pick % 5 < 3 else price * (1 - side * 0.002)
        legs = pick // 7 % 3
        stop = price * (1 - side * 0.004) if legs else nan
        target = price * (1 + side * 0.006) if legs == 2 else nan
        return Intent(Action.ENTER, side, limit, stop, target)

    def held(self, price: float, pick: int, holding: Holding) -> Intent:
        side = 1.0 if holding.quantity > 0 else -1.0
        if pick % 5 == 0:
            return Intent(
                Action.EXIT, side, nan if pick % 2 else price * (1 + side * 0.001), nan, nan
            )
        if pick % 5 == 1:
            return Intent(Action.PROTECT, 0.0, nan, price * (1 - side * 0.002), nan)
        return HOLD


def restless(_symbol: str) -> dict[str, Strategy]:
    return {"a": Restless(), "b": Restless()}


def ema(_symbol: str) -> dict[str, Strategy]:
    return {"ema": EmaCross(3, 8, atr_span=4), "sma": SmaCross(3, 8)}


def agree(chunks: Sequence[list[MarketEvent]], setting: Setting) -> Played:
    one = research(iter(chunks), setting)
    other = orchestrated(iter(chunks), setting)
    assert one.fills == other.fills
    assert one.figures == other.figures
    return one


def walk(symbol: str, seed: int, steps: int, *, quotes: bool = False) -> list[MarketEvent]:
    """Second and minute bars of a random walk with gaps, holes and thin volume."""
    rng = np.random.default_rng(seed)
    made: list[MarketEvent] = []
    price = 100.0
    minute: list[Bar] = []
    for step in range(1, steps + 1):
        ts = step * SECOND
        open_ = price + (rng.normal(0, 0.5) if rng.random() < 0.1 else 0.0)
        ends = open_ + np.cumsum(rng.normal(0, 0.08, 4))
        price = float(ends[-1])
        if rng.random() < 0.8:
            path = [round(float(p), 2) for p in (open_, *ends)]
            bar = Bar(
                symbol,
                ts,
                path[0],
                max(path),
                min(path),
                path[-1],
                float(rng.integers(0, 2_000)),
                1,
                "t",
            )
            made.append(bar)
            minute.append(bar)
        if quotes and rng.random() < 0.7:
            bid = round(price - 0.02, 2)
            made.append(Quote(symbol, ts, bid, 300.0, round(bid + 0.03, 2), 200.0, "t"))
        if rng.random() < 0.004:
            made.append(Status(symbol, ts, trading=False, code="LUDP", feed="t"))
            made.append(Status(symbol, ts + 20 * SECOND, trading=True, code="T", feed="t"))
        if step % 60 == 0 and minute:
            made.append(folded(minute, ts))
            minute = []
    return made


def folded(bars: list[Bar], ts: int) -> Bar:
    high, low = max(b.high for b in bars), min(b.low for b in bars)
    volume = sum(b.volume for b in bars)
    return Bar(bars[0].symbol, ts, bars[0].open, high, low, bars[-1].close, volume, 60, "t")


RULES = {
    "free": VenueRules(),
    "costs": VenueRules(Costs(commission=0.005, least=1.0, slippage_ticks=2)),
    "partial fills": VenueRules(
        Costs(slippage_pct=0.0005), MatchOptions(volume_cap=0.05, quote_cap=0.2)
    ),
    "late and lucky": VenueRules(
        options=MatchOptions(latency=2 * SECOND, tie_break=TieBreak.RANDOM, through=True, seed=3)
    ),
}


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES.keys())
def test_drives_agree_on_one_ticker(rules: VenueRules) -> None:
    chunks = list(chunked(walk("A", 1, 900, quotes=True)))
    played = agree(chunks, Setting(restless, ("A",), rules))
    assert len(played.fills) > 50


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES.keys())
def test_drives_agree_on_many_tickers_that_come_and_go(rules: VenueRules) -> None:
    events = [e for n, s in enumerate("ABCDE") for e in walk(s, n, 400, quotes=n % 2 == 0)]
    minute = 60 * SECOND
    schedule = [
        (0, ["A", "B"]),
        (minute, ["B", "C", "D"]),
        (minute + 20 * SECOND, ["A", "C"]),
        (3 * minute, ["E", "A"]),
        (5 * minute, []),
    ]
    terms = Terms(period=5 * SECOND, debounce=2, deadline=30 * SECOND, max_desks=3)
    setting = Setting(restless, schedule, rules, terms, warmup=20)
    played = agree(list(chunked(events)), setting)
    assert len({fill.symbol for fill in played.fills}) >= 4
    assert not played.floor.desks


def test_drives_agree_when_one_trade_may_be_open_over_all_tickers() -> None:
    events = [e for n, s in enumerate("ABCD") for e in walk(s, n + 40, 300)]
    limits = Limits(max_open_trades=1, hours=Hours.ANY)
    played = agree(list(chunked(events)), Setting(restless, tuple("ABCD"), limits=limits))
    assert played.house.refused["MAX_OPEN_TRADES"] > 10


def test_drives_agree_whatever_the_chunks() -> None:
    events = walk("A", 5, 300, quotes=True) + walk("B", 6, 300)
    setting = Setting(restless, ("A", "B"))
    digests = {
        str(play(chunked(events, size), setting).figures)
        for size in (1, 7, 10_000)
        for play in (research, orchestrated)
    }
    assert len(digests) == 1


def stretches(chunks: Iterator[list[MarketEvent]]) -> Iterator[list[MarketEvent]]:
    """The same chunks, cut where the ticker changes."""
    for chunk in chunks:
        for _, part in groupby(chunk, attrgetter("symbol")):
            yield Stretch(part)


class Daily(Restless):
    """Restless, and told of sessions."""

    def on_session(self, session: Session) -> None:
        self.mixed += session.day


@MILD
@given(
    st.integers(0, 10_000),
    st.integers(1, 200),
    st.integers(10, 300),
    st.sampled_from(list(RULES.values())),
)
def test_bars_known_to_come_alone_are_played_like_any(
    seed: int, size: int, day: int, rules: VenueRules
) -> None:
    def bars(symbol: str, first: int) -> list[MarketEvent]:
        """Second bars, every other minute."""
        made = walk(symbol, seed + first, 600)
        return [
            e
            for e in made
            if isinstance(e, Bar) and e.span == 1 and e.ts // 60 // SECOND % 2 == first
        ]

    events = bars("A", 0) + bars("B", 1)
    ends = [n * day * SECOND for n in range(601 // day + 1)]
    calendar = Calendar([Session(n, t, t, t + day, t + day) for n, t in enumerate(ends)])
    schedule = [(0, ["A"]), (70 * SECOND, ["A", "B"]), (400 * SECOND, ["B"])]
    setting = Setting(lambda symbol: {"one": Daily()}, schedule, rules, calendar=calendar, warmup=5)
    plain = research(chunked(events, size), setting)
    known = agree(list(stretches(chunked(events, size))), setting)
    assert known.fills == plain.fills
    assert known.figures == plain.figures


prices = st.integers(9_800, 10_200).map(lambda n: n / 100)


@st.composite
def tapes(draw: st.DrawFn) -> list[MarketEvent]:
    made: dict[tuple[int, str, str], MarketEvent] = {}
    for _ in range(draw(st.integers(1, 40))):
        symbol = draw(st.sampled_from("AB"))
        ts = draw(st.integers(1, 25)) * SECOND
        if draw(st.integers(0, 3)) == 0:
            bid, ask = sorted((draw(prices), draw(prices)))
            made[ts, symbol, "q"] = Quote(symbol, ts, bid, 50.0, ask, 50.0, "t")
        else:
            low, high = sorted((draw(prices), draw(prices)))
            volume = float(draw(st.integers(0, 500)))
            span = draw(st.sampled_from((1, 5)))
            made[ts, symbol, str(span)] = Bar(symbol, ts, low, high, low, high, volume, span, "t")
    return list(made.values())


@MILD
@given(tapes(), st.sampled_from(list(RULES.values())), st.integers(0, 20), st.integers(0, 20))
def test_drives_agree_on_any_tape(
    events: list[MarketEvent], rules: VenueRules, came: int, went: int
) -> None:
    schedule = [(0, ["A"]), *sorted([(came * SECOND, ["A", "B"]), (went * SECOND, ["B"])])]
    terms = Terms(period=SECOND, debounce=1, deadline=3 * SECOND)
    agree(list(chunked(events, 5)), Setting(restless, schedule, rules, terms, warmup=3))


@MILD
@given(st.integers(0, 50), st.integers(20, 180), st.booleans())
def test_nothing_after_an_instant_changes_what_was_done_until_then(
    seed: int, cut: int, quotes: bool
) -> None:
    """Bars that are forming at the cut keep their open: that much is known by then."""
    t = cut * SECOND
    events = walk("A", seed, 200, quotes=quotes) + walk("B", seed + 1, 200)
    rng = np.random.default_rng(seed)
    other = [event if event.ts <= t else bent(event, t, rng) for event in events]
    setting = Setting(restless, ("A", "B"))
    before = [f for f in research(chunked(events), setting).fills if f.ts < t]
    after = [f for f in research(chunked(other), setting).fills if f.ts < t]
    assert before == after


def bent(event: MarketEvent, t: int, rng: np.random.Generator) -> MarketEvent:
    shift = float(rng.integers(-300, 300)) / 100
    if isinstance(event, Bar):
        if opened(event) < t:
            wide = abs(shift) + 1.0
            return replace(event, high=event.high + wide, low=event.low - wide, close=event.low)
        moved = {name: getattr(event, name) + shift for name in ("open", "high", "low", "close")}
        return replace(event, **moved)
    if isinstance(event, Quote):
        return replace(event, bid=event.bid + shift, ask=event.ask + shift)
    return event


def sliced(paths: Sequence[Path], count: int) -> list[list[MarketEvent]]:
    """The first chunks of real data, about `count` events."""

    def some() -> Iterator[list[MarketEvent]]:
        yield from DataSet.open(paths).merged()

    return list(islice(some(), max(1, count // 4_096)))


@pytest.mark.parametrize("folder", ["second", "minute", "both"])
def test_drives_agree_on_real_data(shared_data: Path, folder: str) -> None:
    names = ["second", "minute"] if folder == "both" else [folder]
    paths = [shared_data / name for name in names]
    chunks = sliced(paths, 12_000)
    symbols = DataSet.open(paths).symbols
    calendar = nyse_calendar()
    limits = Limits(max_position=Decimal(10**7), max_notional=Decimal(10**7))
    setting = Setting(
        ema,
        symbols,
        VenueRules(Costs(fee_per_trade=1.0), day_end=us_day_end(calendar)),
        limits=limits,
        calendar=calendar,
    )
    assert agree(chunks, setting).digest.decided > 20


@pytest.mark.parametrize(
    "name",
    [
        "second/BAC_20131007_1s.csv.gz",
        "second/IBM_20131008_quotes_1s.csv.gz",
        "minute/AAPL_20140605-20140609_1m.csv.gz",
    ],
)
def test_drives_agree_on_single_files(shared_data: Path, name: str) -> None:
    path = shared_data / name
    symbol = path.name.partition("_")[0]
    chunks = sliced([path], 8_000)
    played = agree(chunks, Setting(restless, (symbol,), RULES["partial fills"]))
    assert played.digest.decided > 20
