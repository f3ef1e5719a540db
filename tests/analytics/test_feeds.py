"""The feed-difference report names the side that was late, missing or wrong."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from tradeplat.analytics.feed_sides import Finding
from tradeplat.analytics.feed_words import verdict, words
from tradeplat.analytics.feeds import FeedDifferences
from tradeplat.core.market import DAY, MINUTE, SECOND, Backfill, Bar, MarketEvent, Quote, Status
from tradeplat.core.record import Shown
from tradeplat.history.dataset import DataSet

T = 1_767_623_400 * SECOND
HOUR = 60 * MINUTE


def bar(k: int, close: float, *, lag: float = 0.1, span: int = 60, revision: int = 0) -> Bar:
    """A bar that closes after `k` minutes."""
    ts = T + k * MINUTE
    seen = ts + int(lag * SECOND)
    ends = (close * 1.001, close * 0.999)
    return Bar("AAA", ts, close, *ends, close, 500.0, span, "polygon", seen, revision)


def quote(second: float, price: float, *, lag: float = 0.05, symbol: str = "AAA") -> Quote:
    ts = T + int(second * SECOND)
    return Quote(symbol, ts, price - 0.01, 1.0, price + 0.01, 1.0, "iex", ts + int(lag * SECOND))


def calm(minutes: int = 10, price: float = 20.0) -> list[MarketEvent]:
    """Both sides agree: a quote every five seconds, a bar every minute."""
    quotes = [quote(5 * k, price) for k in range(minutes * 12)]
    return [*quotes, *(bar(k, price) for k in range(1, minutes + 1))]


def judged(events: Iterable[MarketEvent]) -> tuple[dict, list[Finding]]:
    """The report over `events` in the order they came."""
    came = sorted(events, key=lambda e: e.seen)
    found = FeedDifferences()
    found.fold(Shown(seq, e.seen, e) for seq, e in enumerate(came))
    return found.report(), found.findings


def test_two_sides_that_agree_are_blamed_for_nothing() -> None:
    found, findings = judged(calm())
    assert findings == []
    assert found["guilty"] == ""
    assert verdict(found) == "no side was late, missing or wrong"
    assert [side["side"] for side in found["sides"]] == ["iex quotes", "polygon bars"]
    assert [side["events"] for side in found["sides"]] == [120, 10]


@pytest.mark.parametrize(("lag", "late"), [(1.9, 0), (3.9, 0), (4.1, 1), (30.0, 1)], ids=str)
def test_bars_are_late_beyond_the_vendors_hold_and_two_seconds(lag: float, late: int) -> None:
    found, findings = judged([*calm(11)[:-1], bar(11, 20.0, lag=lag)])
    assert [(f.side, f.what) for f in findings] == [("polygon bars", "late")] * late
    assert found["guilty"] == ("polygon bars" if late else "")


def test_quotes_that_come_late_are_named_with_the_worst_lag() -> None:
    found, _ = judged([*calm(), *(quote(600 + k, 20.0, lag=8.0) for k in range(5))])
    quotes = found["sides"][0]
    assert (quotes["late"], quotes["lag_ms_worst"]) == (5, 8000.0)
    assert found["guilty"] == "iex quotes"
    assert "at fault: iex quotes (iex quotes: 5 late)" in words(found)


def test_two_feeds_that_are_late_at_once_are_not_to_blame() -> None:
    slow = [quote(300 + 5 * k, 20.0, lag=30.0 - 5 * k) for k in range(4)]
    events = [e for e in calm() if not 300 <= (e.ts - T) / SECOND < 320]
    both = [*events, *slow, bar(5, 20.0, lag=30.0)]
    found, findings = judged(both)
    assert (findings, found["guilty"], found["together"]) == ([], "", 5)
    assert verdict(found) == (
        "no side was late, missing or wrong; 5 late on two feeds at once, so by ourselves"
    )
    found, findings = judged([*both, quote(601, 20.0, lag=9.0)])
    assert [(f.side, f.what) for f in findings] == [("iex quotes", "late")]
    assert "1 late" in verdict(found)


def test_a_bar_that_leaves_the_price_both_knew_and_comes_back_was_wrong() -> None:
    events = [e for e in calm() if not (isinstance(e, Bar) and e.ts == T + 5 * MINUTE)]
    found, findings = judged([*events, bar(5, 26.0)])
    (finding,) = findings
    assert (finding.side, finding.what) == ("polygon bars", "wrong")
    assert finding.ts == T + 5 * MINUTE
    assert "traded 25.974 to 26.026, quoted 19.99 to 20.01" in finding.words
    assert found["guilty"] == "polygon bars"


def test_quotes_that_leave_the_price_both_knew_and_come_back_were_wrong() -> None:
    events = [
        quote((e.ts - T) / SECOND, 15.0)
        if isinstance(e, Quote) and T + 3 * MINUTE <= e.ts <= T + 5 * MINUTE
        else e
        for e in calm()
    ]
    found, findings = judged(events)
    assert {(f.side, f.what) for f in findings} == {("iex quotes", "wrong")}
    assert found["guilty"] == "iex quotes"


def test_a_jump_that_both_sides_make_is_nobodys_fault() -> None:
    before = calm(5)
    after = [quote(300.5 + 5 * k, 25.0) for k in range(60)] + [bar(k, 25.0) for k in range(6, 11)]
    assert judged([*before, *after])[1] == []


def test_an_amendment_settles_who_was_wrong() -> None:
    wrong = bar(10, 26.0)
    right = Bar(
        "AAA", wrong.ts, 20.0, 20.01, 19.99, 20.0, 500.0, 60, "polygon", wrong.seen + MINUTE, 1
    )
    events = [e for e in calm() if not (isinstance(e, Bar) and e.ts == wrong.ts)]
    _, findings = judged([*events, wrong, right])
    assert [(f.side, f.what, f.words) for f in findings] == [
        ("polygon bars", "wrong", "amended to what the quotes had said")
    ]


def test_a_bar_that_comes_after_its_successor_was_late_and_a_small_correction_is_no_fault() -> None:
    events = [e for e in calm() if not (isinstance(e, Bar) and e.ts == T + 5 * MINUTE)]
    late, small = bar(5, 20.0, lag=90.0, revision=1), bar(7, 20.001, lag=30.0, revision=1)
    moved = bar(8, 21.0, lag=30.0, revision=1)
    _, findings = judged([*events, late, small, moved])
    assert sorted((f.what, (f.ts - T) // MINUTE) for f in findings) == [("late", 5), ("wrong", 8)]


def test_a_side_that_is_dark_while_the_other_goes_on_is_missing() -> None:
    events = [e for e in calm() if not (isinstance(e, Quote) and e.ts > T + 3 * MINUTE)]
    found, findings = judged(events)
    assert [(f.side, f.what) for f in findings] == [("iex quotes", "missing")]
    assert found["guilty"] == "iex quotes"


def test_bars_that_cease_while_quotes_move_are_missing_and_a_still_market_is_not() -> None:
    def ceased(price: float) -> list[Finding]:
        quotes = [quote(300 + 5 * k, 20.0 + (price - 20.0) * k / 60) for k in range(1, 60)]
        return judged([*calm(5), *quotes, quote(650, price), bar(11, price)])[1]

    assert [(f.side, f.what) for f in ceased(21.0)] == [("polygon bars", "missing")]
    assert ceased(20.0) == []


@pytest.mark.parametrize("comes_back", [True, False])
def test_bars_that_cease_while_quotes_go_on_as_ever_are_missing_to_the_very_end(
    *, comes_back: bool
) -> None:
    events: list[MarketEvent] = []
    for k in range(1500):
        ts = T + k * SECOND
        told = quote(k, 20.0)
        events.append(replace(told, bid_size=float(k)))
        if k < 600 or (comes_back and k > 900):
            events.append(Bar("AAA", ts, 20.0, 20.0, 20.0, 20.0, 5.0, 1, "polygon", ts + SECOND))
    _, findings = judged(events)
    assert [(f.side, f.what, f.ts) for f in findings] == [
        ("polygon bars", "missing", T + 599 * SECOND)
    ]


def test_quotes_that_pause_as_they_do_are_not_missing() -> None:
    events = [e for e in calm(40) if isinstance(e, Bar)]
    events += [quote(45 * k, 20.0) for k in range(53)]
    assert judged(events)[1] == []


def test_what_nobody_stamped_on_receipt_counts_and_has_no_lag() -> None:
    ts = T + MINUTE
    found, _ = judged([Bar("AAA", ts, 20.0, 20.0, 20.0, 20.0, 5.0, 60, "csv")])
    (side,) = found["sides"]
    assert (side["events"], side["lag_ms_p50"], side["lag_ms_worst"]) == (1, None, None)
    assert [ticker["symbol"] for ticker in found["tickers"]] == ["AAA"]


def test_a_thin_ticker_that_pauses_as_it_does_misses_no_bar() -> None:
    events: list[MarketEvent] = []
    for k in range(12):
        ts = T + 100 * k * SECOND
        events.append(Bar("AAA", ts, 20.0, 20.0, 20.0, 20.0, 5.0, 1, "polygon", ts))
        events += [quote(100 * k + 9 * i, 20.0) for i in range(1, 11)]
    last = [quote(1100 + 9 * i, 20.0 + i / 20) for i in range(1, 29)]
    end = T + 1360 * SECOND
    events += [*last, Bar("AAA", end, 21.4, 21.4, 21.4, 21.4, 5.0, 1, "polygon", end)]
    assert judged(events)[1] == []


def test_what_only_history_brought_was_missing_and_a_gap_that_stays_is_too() -> None:
    at = T + 10 * MINUTE
    open_gap = Backfill("AAA", at + MINUTE, (), at + MINUTE, at, healed=False)
    healed = Backfill("AAA", at + 3 * MINUTE, (bar(12, 20.0), bar(13, 20.0)), at + 3 * MINUTE, at)
    _, findings = judged([*calm(), open_gap, healed])
    assert [(f.side, f.what, (f.ts - T) // MINUTE) for f in findings] == [
        ("polygon bars", "missing", 10),
        ("polygon bars", "missing", 12),
        ("polygon bars", "missing", 13),
    ]
    warm = Backfill("AAA", T, (bar(-1, 20.0), bar(0, 20.0)), T)
    assert judged([warm, *calm()])[1] == []


def test_in_a_halt_nobody_is_missing() -> None:
    halt = Status("AAA", T + 5 * MINUTE, False, "LUDP", "iex", T + 5 * MINUTE)
    quotes = [quote(300 + 5 * k, 20.0 + k / 40) for k in range(1, 70)]
    for at in (T + 10 * MINUTE, T + 11 * MINUTE):
        back = Status("AAA", at, True, "", "iex", at + SECOND)
        assert judged([*calm(5), halt, *quotes, bar(11, 21.4), back])[1] == []


def test_crossed_quotes_are_wrong_by_themselves() -> None:
    ts = T + 30 * SECOND
    crossed = Quote("AAA", ts, 20.5, 1.0, 20.1, 1.0, "iex", ts)
    _, findings = judged([*calm(), crossed])
    assert [(f.side, f.what, f.words) for f in findings] == [
        ("iex quotes", "wrong", "bid 20.5 above ask 20.1")
    ]


def test_two_sides_that_never_agree_leave_it_open() -> None:
    events = [e for e in calm() if isinstance(e, Quote)] + [bar(k, 40.0) for k in range(1, 11)]
    found, findings = judged(events)
    assert found["undecided"] == 10
    assert {(f.side, f.what) for f in findings} == {("", "undecided")}
    assert found["guilty"] == ""


def test_seconds_are_judged_before_minutes_and_each_ticker_for_itself() -> None:
    ones: list[MarketEvent] = []
    for k in range(1, 120):
        ts = T + k * SECOND
        ones.append(Bar("AAA", ts, 20.0, 20.0, 20.0, 20.0, 5.0, 1, "polygon", ts + SECOND))
    at = 59
    wrong = Bar("AAA", ones[at].ts, 30.0, 30.0, 30.0, 30.0, 5.0, 1, "polygon", ones[at].seen)
    ones[at] = wrong
    other = [quote(k, 5.0, symbol="BBB", lag=3.0 if k == 7 else 0.1) for k in range(20)]
    found, _ = judged([*(quote(k, 20.0) for k in range(120)), *ones, bar(1, 20.0), *other])
    by = {ticker["symbol"]: ticker["guilty"] for ticker in found["tickers"]}
    assert by == {"AAA": "polygon bars", "BBB": "iex quotes"}
    assert found["guilty"] == ""


def regular_hours(folder: Path, symbol: str, day: str) -> list[Bar | Quote]:
    """Real seconds and quotes of a morning's regular hours, received as these vendors send them."""
    begin = (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY + 13 * HOUR + HOUR // 2
    paths = [folder / "second" / f"{symbol}_{day}_{what}.csv.gz" for what in ("1s", "quotes_1s")]
    found: list[Bar | Quote] = []
    for chunk in DataSet.open(paths, start=begin, end=begin + 2 * HOUR).merged():
        for e in chunk:
            if isinstance(e, Bar):
                found.append(replace(e, feed="polygon", seen=e.ts + 2_100_000_000))
            elif isinstance(e, Quote):
                found.append(replace(e, feed="iex", seen=e.ts + 50_000_000))
    return found


def spoiled(event: Bar | Quote, how: str) -> Bar | Quote | None:
    if how == "missing":
        return None
    if how == "late":
        return replace(event, seen=event.seen + 10 * SECOND)
    prices = ("open", "high", "low", "close") if isinstance(event, Bar) else ("bid", "ask")
    return replace(event, **{name: getattr(event, name) * 1.01 for name in prices})


@pytest.mark.parametrize(("symbol", "day"), [("BAC", "20131007"), ("IBM", "20131008")])
def test_on_a_real_day_the_guilty_side_is_named_and_nobody_else(
    shared_data: Path, symbol: str, day: str
) -> None:
    events = regular_hours(shared_data, symbol, day)
    assert judged(events)[1] == []
    start = events[0].ts + HOUR
    for kind, side in ((Bar, "polygon bars"), (Quote, "iex quotes")):
        for how in ("late", "missing", "wrong"):
            inside = (isinstance(e, kind) and start <= e.ts < start + 5 * MINUTE for e in events)
            came = [spoiled(e, how) if hit else e for e, hit in zip(events, inside, strict=True)]
            found, findings = judged(e for e in came if e is not None)
            assert {(f.side, f.what) for f in findings} == {(side, how)}
            assert (found["guilty"], found["undecided"]) == (side, 0)
