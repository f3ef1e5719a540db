from pathlib import Path

from commands import ran, typed
from tradeplat.app.scanning import table
from tradeplat.core.ports import Candidate

ROWS = [
    Candidate("LOW", active=False, reason="price 0.50 below 1.00", ts=1, feed="t", change=90.0),
    Candidate("TOP", active=True, reason="rank 1", ts=1, feed="t", price=9.5, change=12.0),
]


def test_tickers_that_are_in_come_first_with_their_reasons() -> None:
    text = table(1_381_239_000_000_000_000, ROWS)
    assert text.index("TOP") < text.index("LOW")
    assert "price 0.50 below 1.00" in text
    assert "Tue 09:30:00" in text
    assert max(len(line) for line in text.splitlines()) <= 120


def test_a_scan_of_the_built_in_venue_names_everything_it_looked_at(tmp_path: Path) -> None:
    sets = ("--set", "venue.speed=900", "--set", "venue.tickers=8", "--set", "scanner.min_volume=1")
    said = ran("scan", "--once", "--json", *sets, cwd=tmp_path)
    assert said.code == 0, said.err
    rows = said.numbers["candidates"]
    assert rows
    assert all(row["reason"] for row in rows)
    assert set(said.numbers["active"]) <= {row["symbol"] for row in rows}


def test_an_unknown_scanner_gets_the_nearest_name() -> None:
    said = typed("scan", "--scanner", "top_gainr", "--once")
    assert said.code == 2
    assert "top_gainer" in said.err


def test_a_scan_says_what_is_wrong_with_its_list(tmp_path: Path) -> None:
    words = ("--scanner", "polygon_top_gainer", "--set", "scanner.preset=halt_resumed")
    sets = ("--set", "venue.speed=900", "--set", "venue.tickers=4")
    said = ran("scan", "--once", "--json", *words, *sets, cwd=tmp_path)
    assert said.code == 0, said.err
    (told,) = said.numbers["told"]
    assert told == "incomplete: nobody tells of halts here (a session hears them on its stream)"
