from desks import Desk
from engines import session
from tradeplat.visualizer.client import Fresh
from tradeplat.visualizer.numerals import MINUS, NONE
from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.status import StatusLine, broker_text, day_text, feed_text

SECOND = 1_000_000_000


def line(qtbot, desk: Desk, fresh: Fresh = Fresh.LIVE, wall: int = 0) -> StatusLine:
    made = StatusLine(DEFAULT)
    qtbot.addWidget(made)
    made.refresh(desk.mirror, fresh, wall)
    return made


def test_mode_streams_engine_and_day_are_told_in_words(qtbot):
    status = line(qtbot, Desk())
    assert status.badge.text() == "PAPER"
    said = {name: label.text() for name, label in status.figures.items()}
    assert said == {
        "feed": "● 3 ms",
        "broker": "● live",
        "engine p99": "0.2 ms",
        "day P&L": f"+$321.40 / {MINUS}$500",
    }
    assert status.arm.text() == "Disarmed"
    assert "not armed yet" in status.arm.toolTip()


def test_each_mode_has_its_word_and_colour(qtbot):
    lines = [line(qtbot, Desk(mode)) for mode in ("LIVE", "PAPER", "REPLAY")]
    badges = [status.badge for status in lines]
    assert [badge.text() for badge in badges] == ["LIVE", "PAPER", "REPLAY"]
    assert len({badge.styleSheet() for badge in badges}) == 3


def test_armed_is_amber_and_counts_down(qtbot):
    desk = Desk()
    desk.told.trading(armed=True, until=100 * SECOND)
    desk.take()
    status = line(qtbot, desk, wall=35 * SECOND)
    assert status.arm.text() == "ARMED 1:05"
    assert "#ffb300" in status.arm.styleSheet()
    status.refresh(desk.mirror, Fresh.LOST, 36 * SECOND)
    assert status.arm.text() == "Disarmed"  # nobody knows
    desk.told.trading(blocked="KILLED")
    desk.take()
    status.refresh(desk.mirror, Fresh.LIVE, 36 * SECOND)
    assert status.arm.text() == "Blocked"


def test_what_is_not_well_is_said():
    desk = Desk()
    desk.told.beat(lag=2_400.0)
    desk.take()
    assert feed_text(desk.mirror) == ("● late 2,400 ms", False)
    desk.told.trading(market_streams={"A": "LIVE", "B": "STALE"}, account_stream="DOWN")
    desk.take()
    assert feed_text(desk.mirror) == ("● 1 of 2 not live", False)
    assert broker_text(desk.mirror) == ("● down", False)


def test_without_an_engine_nothing_is_pretended(qtbot):
    status = line(qtbot, Desk(), Fresh.LOST)
    assert [status.figures[name].text() for name in ("feed", "broker", "engine p99")] == [NONE] * 3
    empty = Desk(told=session())
    empty.mirror.begin()
    assert day_text(empty.mirror) == (NONE, 0.0)
    assert line(qtbot, empty, Fresh.LOST).badge.text() == "NO ENGINE"
