"""What a venue begins with."""

from pathlib import Path

import pytest

from markets import OPEN, SECOND, script
from tradeplat.core.errors import BadInput
from tradeplat.venue.beginning import from_books, kept_books, universe_of
from tradeplat.venue.books import Books


def test_without_a_file_there_are_no_books(tmp_path: Path) -> None:
    assert kept_books(None) is None
    made = kept_books(tmp_path / "books")
    assert made is not None
    made.close()


def test_a_venue_goes_on_where_its_books_end(tmp_path: Path) -> None:
    plain = script()
    assert from_books(plain, None, 0) is plain
    books = Books(tmp_path / "books")
    books.read()
    assert from_books(plain, books, 0) is plain
    books.ts = OPEN + SECOND
    assert from_books(plain, books, OPEN + 2 * SECOND).start == OPEN + SECOND
    with pytest.raises(BadInput, match="the books end at 2026-01-05T14:30:01Z, which is after all"):
        from_books(plain, books, OPEN + SECOND)
    books.close()


def test_assets_are_what_the_script_lists() -> None:
    found = universe_of(script(names={"AAA": "Alder"}, exchanges={"BBB": "NYSE"}))
    told = [(one.symbol, one.name, one.exchange) for one in found]
    assert told == [("AAA", "Alder", "NASDAQ"), ("BBB", "", "NYSE")]
