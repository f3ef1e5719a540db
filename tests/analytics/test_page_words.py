"""The words around the charts say what the summary says."""

from tradeplat.analytics.page_words import details, tiles
from tradeplat.analytics.summary import summarise
from tradeplat.analytics.tally import Tally


def test_tiles_carry_the_headline_figures(session, header):
    tally = Tally(header.start_cash)
    session(tally)
    found = {tile["name"]: tile for tile in tiles(summarise(header, tally))}
    assert found["Net result"]["value"] == "+43.05"
    assert found["Net result"]["tone"] == "up"
    assert found["Equity at the end"]["value"] == "100,043.05"
    assert found["Win rate"]["value"] == "100.00 %"
    assert found["Profit factor"]["value"] == "n/a"
    assert found["Campaigns"]["more"] == "2 fills, 1 open"


def test_every_detail_has_a_text(session, header):
    for tally in (Tally(header.start_cash), Tally(header.start_cash)):
        session(tally)
        for title, rows in details(summarise(header, tally)):
            assert title
            assert rows
            assert all(name and text for name, text in rows)


def test_an_empty_run_reads_as_undefined(header):
    found = {
        tile["name"]: tile["value"] for tile in tiles(summarise(header, Tally(header.start_cash)))
    }
    assert found["Win rate"] == found["Sharpe"] == "n/a"
    assert found["Net result"] == "0.00"
