import msgspec
import pytest

from desks import Desk
from engines import OPEN
from tradeplat.control.messages import Replay
from tradeplat.control.protocol import FrameType
from tradeplat.core.market import MINUTE
from tradeplat.visualizer.client import Reply
from tradeplat.visualizer.inspector import NOTHING, Inspector
from tradeplat.visualizer.palette import DEFAULT

AT = Replay("paused", OPEN, OPEN, OPEN, OPEN, 1.0)


@pytest.fixture
def desk() -> Desk:
    desk = Desk("REPLAY")
    desk.told.json(FrameType.REPLAY, AT)
    desk.take()
    return desk


@pytest.fixture
def inspector(qtbot, desk) -> Inspector:
    made = Inspector(desk, DEFAULT)
    qtbot.addWidget(made)
    made.resize(360, 400)
    made.show()
    made.show_symbol("AAPL")
    return made


def answer(desk: Desk, low: float) -> None:
    detail = {"holding": {"quantity": 0.0}, "state": {"low": low}}
    desk._then[-1](Reply("inspect", True, "", "orb AAPL", detail))


def remembered(inspector: Inspector) -> dict[str, str]:
    item = inspector.tree.topLevelItem(0)
    groups = [item.child(n) for n in range(item.childCount())]
    below = next(one for one in groups if one.text(0) == "Remembers")
    return {below.child(n).text(0): below.child(n).text(1) for n in range(below.childCount())}


def test_it_asks_once_an_instant_and_shows_what_is_remembered(desk, inspector):
    assert desk.asked == [("inspect", {"symbol": "AAPL", "strategy": "orb"})]
    inspector.refresh()
    assert len(desk.asked) == 1
    answer(desk, 97.5)
    inspector.refresh()
    assert remembered(inspector) == {"low": "97.5"}
    assert "orb: no entry" in inspector.words.text()
    assert inspector.head.text() == "AAPL  Fri 2 Jan 09:30:00"
    desk.told.json(FrameType.REPLAY, msgspec.structs.replace(AT, cursor=OPEN + MINUTE))
    desk.take()
    inspector.refresh()
    assert len(desk.asked) == 2
    answer(desk, 97.25)
    inspector.refresh()
    assert remembered(inspector) == {"low": "97.25"}


def test_what_was_closed_stays_closed(desk, inspector):
    answer(desk, 97.5)
    inspector.refresh()
    inspector.tree.topLevelItem(0).setExpanded(False)
    desk.told.json(FrameType.REPLAY, msgspec.structs.replace(AT, cursor=OPEN + MINUTE))
    desk.take()
    inspector.refresh()
    assert not inspector.tree.topLevelItem(0).isExpanded()


def test_a_ticker_without_strategies_says_so(desk, inspector):
    inspector.show_symbol("NONE")
    assert (inspector.words.text(), inspector.tree.topLevelItemCount()) == (NOTHING, 0)


def test_nothing_is_asked_while_nobody_looks(desk, inspector):
    inspector.hide()
    inspector.show_symbol("TSLA")
    assert len(desk.asked) == 1


def test_an_answer_about_another_ticker_is_not_shown(desk, inspector):
    inspector.show_symbol("TSLA")
    answer(desk, 1.0)
    inspector.refresh()
    item = inspector.tree.topLevelItem(0)
    assert "Remembers" not in [item.child(n).text(0) for n in range(item.childCount())]
