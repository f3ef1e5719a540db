"""Numbers read as people write them."""

import pytest

from tradeplat.analytics.summary import summarise
from tradeplat.analytics.tally import Tally
from tradeplat.analytics.words import count, money, percent, ratio, span, terminal


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (money(1234.5), "1,234.50"),
        (money(-0.001), "0.00"),
        (money(12, signed=True), "+12.00"),
        (money(-12.345, signed=True), "-12.35"),
        (money(0.0, signed=True), "0.00"),
        (money(None), "n/a"),
        (percent(0.12345), "12.35 %"),
        (percent(-0.00001, signed=True), "0.00 %"),
        (percent(0.5, signed=True), "+50.00 %"),
        (percent(None), "n/a"),
        (ratio(1.006), "1.01"),
        (ratio(None), "n/a"),
        (count(1234567), "1,234,567"),
        (count(None), "n/a"),
        (span(0.0851), "85ms"),
        (span(12.34), "12.3s"),
        (span(200), "3m 20s"),
        (span(3900), "1h 05m"),
        (span(93_600), "1d 02h"),
        (span(None), "n/a"),
    ],
)
def test_numbers(text, said):
    assert text == said


def test_the_terminal_is_told_what_matters(session, header):
    tally = Tally(header.start_cash)
    session(tally)
    text = terminal(summarise(header, tally, truncated=True))
    for part in (
        "2025-10-07_093000_paper_1 (paper, feed builtin)",
        "100,000.00 -> 100,043.05",
        "+43.05 (+0.04 %), costs 0.95",
        "1 (won/lost/even 1/0/0)",
        "n/a",
        "MAX_POS",
        "faults         1",
        "cut short",
        "ABC",
    ):
        assert part in text
    assert max(map(len, text.splitlines())) <= 100


def test_an_empty_run_can_be_told(header):
    text = terminal(summarise(header, Tally(header.start_cash)))
    assert "win rate       n/a" in text
    assert "refused by" not in text
