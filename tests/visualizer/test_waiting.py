"""Orders without an answer are drawn as sent, on every chart of their ticker, and then no more."""

from desks import Desk
from tradeplat.visualizer.grounds import Grounds
from tradeplat.visualizer.link import LineState
from tradeplat.visualizer.waiting import FIRST_KEY, Waiting


def test_what_was_sent_is_drawn_until_the_answer():
    mirror, changes = Desk().mirror, []
    waiting = Waiting(mirror, lambda: changes.append(1))
    grounds = Grounds(mirror)
    before = dict(mirror.model("AAPL").levels)
    one = waiting.begin(grounds.draft("enter", {"symbol": "AAPL", "side": "buy"}, 1))
    two = waiting.begin(grounds.draft("leave", {"symbol": "AAPL", "part": 1.0}, 2))
    assert [row.quantity for row in waiting.rows()] == [-200.0, 200.0]
    level = mirror.model("AAPL").levels[FIRST_KEY + one]
    assert (level.state, level.price, level.quantity) == (LineState.SENT, 98.14, 200.0)
    waiting.end(one)
    waiting.end(one)
    waiting.end(two)
    assert (waiting.rows(), mirror.model("AAPL").levels, len(changes)) == ([], before, 4)


def test_without_a_price_there_is_a_row_and_no_line():
    mirror = Desk().mirror
    waiting = Waiting(mirror, lambda: None)
    waiting.begin(Grounds(mirror).draft("enter", {"symbol": "NONE", "side": "buy"}, 1))
    assert len(waiting.rows()) == 1
