"""Facts of tickers: from a file, as of a day."""

import json
from pathlib import Path

import pytest

from facts import HOUR, REFERENCE
from markets import OPEN
from tradeplat.core.errors import BadInput
from tradeplat.venue.reference import FILE, Almanac, Facts, Reference, Split, read, write


def almanac() -> Almanac:
    return Almanac(REFERENCE, {"BBB": "Other", "CCC": "Cobalt"}, {"CCC": "NYSE"}, ("AAA", "CCC"))


def test_every_symbol_is_known_and_a_facts_own_words_come_first() -> None:
    found = almanac()
    assert [one.symbol for one in found.tickers] == ["AAA", "BBB", "CCC", "GONE"]
    assert found.facts("CCC") == Facts(symbol="CCC", name="Cobalt", exchange="NYSE")
    named = found.facts("AAA")
    assert named is not None
    assert (named.name, named.exchange) == ("Alder Bio Inc", "NASDAQ")
    assert found.facts("ZZZ") is None


@pytest.mark.parametrize(
    ("symbol", "after", "until", "ratio"),
    [
        ("AAA", "2024-02-29", "2024-03-01", 3.0),
        ("AAA", "2024-03-01", "2026-01-05", 1.0),
        ("AAA", "2024-01-01", "2026-02-02", 6.0),
        ("BBB", "2026-01-02", "2026-01-05", 0.1),
        ("CCC", "2020-01-01", "2026-01-05", 1.0),
    ],
)
def test_a_ratio_is_the_product_of_the_splits_between(
    symbol: str, after: str, until: str, ratio: float
) -> None:
    assert almanac().ratio(symbol, after, until) == ratio


def test_headlines_are_told_in_the_order_they_came_out() -> None:
    found = almanac()
    assert [one.id for one in found.headlines(OPEN - HOUR)] == [2, 4, 1]
    assert [one.id for one in found.coming(OPEN - HOUR)] == [3]


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    write(REFERENCE, tmp_path)
    assert read(tmp_path / FILE) == REFERENCE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "truncated"),
        ('{"facts": [{"name": "x"}]}', r"missing required field `symbol`.*facts\[0\]"),
        ('{"facts": [{"symbol": "A", "shares": "many"}]}', r"facts\[0\]\.shares"),
        ('{"fact": []}', "unknown field `fact`"),
        (json.dumps({"splits": [["A", "2026-01-01", 0, 1]]}), "splits"),
        (json.dumps({"splits": [{"symbol": "A", "day": "2026-01-01", "split_from": 0,
                                 "split_to": 1}]}), r"splits\[0\]: found 0 to 1, expected"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_with_the_place_in_it(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "reference.json"
    file.write_text(text)
    with pytest.raises(BadInput, match=rf"reference\.json: .*{words}"):
        read(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.json: cannot be read"):
        read(tmp_path / "none.json")


def test_nothing_known_is_a_reference_too() -> None:
    assert Almanac(Reference(), {}, {}, ()).tickers == []
    assert Split("A", "2026-01-01", 10, 1).ratio == 0.1
