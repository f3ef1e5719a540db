import pytest

from tradeplat.scanners.catalysts import kind, of
from tradeplat.scanners.sources import Headline


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Acme Announces Pricing of $12 Million Registered Direct Offering", "offering"),
        ("Acme Receives FDA Fast Track Designation", "drug"),
        ("Acme Phase 3 trial meets primary endpoint", "drug"),
        ("Globex to be Acquired by Initech for $2.1B", "merger"),
        ("Acme Q3 EPS $0.41 Beats $0.33 Estimate", "earnings"),
        ("Acme Awarded $40M Army Deal", "contract"),
        ("Acme Announces 1-for-20 Reverse Stock Split", "split"),
        ("Nasdaq Notice: Acme below Minimum Bid", "delisting"),
        ("Morgan Stanley Upgrades Acme to Overweight", "rating"),
        ("Acme Unveils New Robot", "product"),
        ("Acme Names New Chief Executive", "news"),
    ],
)
def test_headlines_are_told_apart_by_their_words(title: str, expected: str) -> None:
    assert kind(title) == expected


def line(n: int, title: str = "Acme wins", *symbols: str) -> Headline:
    return Headline(str(n), n, symbols or ("A",), title)


def test_the_newest_headline_of_the_ticker_counts() -> None:
    lines = [line(5), line(9), line(7, "Other", "B")]
    assert of("A", lines, 0, 100) == lines[1]
    assert of("C", lines, 0, 100) is None


def test_nothing_counts_before_it_was_published_nor_after_it_is_old() -> None:
    lines = [line(5), line(9)]
    assert of("A", lines, 0, 8) == lines[0]
    assert of("A", lines, 6, 8) is None


@pytest.mark.parametrize(
    "listed",
    [
        line(9, "12 Health Care Stocks Moving In Friday's Pre-Market Session"),
        line(9, "Why Acme Shares Are Trading Higher"),
        line(9, "Today's Top Gainers"),
        line(9, "Acme and friends", "A", "B", "C", "D", "E"),
    ],
)
def test_a_list_of_movers_explains_no_move(listed: Headline) -> None:
    assert of("A", [listed], 0, 100) is None
