"""The feed-difference report says who was at fault, and who was not."""

import pytest

from tradeplat.analytics.feed_words import verdict, words


def side(name: str, **faults: int) -> dict[str, object]:
    lags = {f"lag_ms_{which}": 1500.0 for which in ("p50", "p99", "worst")}
    return {"side": name, "events": 7, **lags, "late": 0, "missing": 0, "wrong": 0, **faults}


def found(*sides: dict[str, object], guilty: str = "", **counts: int) -> dict[str, object]:
    tickers = [{"symbol": "AAA", "guilty": guilty, "sides": list(sides)}]
    told = {"guilty": guilty, "sides": list(sides), "tickers": tickers}
    return {"undecided": 0, "together": 0, **told, **counts}


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (found(side("a bars")), "no side was late, missing or wrong"),
        (
            found(side("a bars"), together=1200),
            "no side was late, missing or wrong; 1,200 late on two feeds at once, so by ourselves",
        ),
        (
            found(side("a bars", late=2, wrong=1), side("b quotes"), guilty="a bars", undecided=3),
            "at fault: a bars (a bars: 2 late, 1 wrong; 3 differences undecided)",
        ),
        (
            found(side("a bars", late=1), side("b quotes", missing=1)),
            "at fault: no side more than the other (a bars: 1 late; b quotes: 1 missing)",
        ),
    ],
)
def test_a_sentence_says_who_was_at_fault(report: dict[str, object], said: str) -> None:
    assert verdict(report) == said


def test_a_table_has_the_sides_and_each_ticker_that_had_a_fault() -> None:
    clean, spoilt = side("b quotes"), side("a bars", late=2)
    lines = words(found(spoilt, clean, guilty="a bars")).splitlines()
    assert lines[3].split() == ["a", "bars", "7", "1.50", "s", "1.50", "s", "1.50", "s", *"200"]
    assert lines[6] == "AAA: a bars"
    assert len(words(found(clean)).splitlines()) == 4
