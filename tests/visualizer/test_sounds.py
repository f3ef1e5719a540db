import pytest

from desks import Desk
from tradeplat.control.messages import FillRow, Fills, Hello, OrderRow, Orders
from tradeplat.control.protocol import FrameType
from tradeplat.visualizer.client import Fresh, refused
from tradeplat.visualizer.preferences import Sounding
from tradeplat.visualizer.sounds import BEEPS, Sounds, beep


@pytest.fixture
def heard(qapp):
    desk, played = Desk(), []
    sounds = Sounds(desk, played.append)
    sounds.wanted = Sounding(fill=True, reject=True, disconnect=True)
    sounds.look()
    assert played == []  # what was there before
    yield desk, sounds, played
    sounds.stop()


def told(desk, *, fill: int = 0, rejected: str = "") -> None:
    at = desk.told.now
    if fill:
        row = FillRow(fill, at, "m-9", "AAPL", "manual", 100.0, 98.0, 0.0, "entry")
        desk.told.json(FrameType.FILLS, Fills(at, False, (row,)))
    if rejected:
        row = OrderRow(rejected, "F", "orb", 9.0, 0.0, "limit", "entry", "REJECTED", at)
        desk.told.json(FrameType.ORDERS, Orders(at, False, (row,)))
    desk.take()


def test_each_thing_has_its_own_number_of_beeps(heard):
    desk, sounds, played = heard
    told(desk, fill=2)
    sounds.look()
    sounds.look()
    told(desk, rejected="o-9")
    sounds.look()
    sounds.replied(refused("enter", "DISARMED", "not armed"))
    sounds.replied(refused("enter", "", "done"))
    desk.fresh = Fresh.LOST
    sounds.look()
    sounds.look()
    assert played == [BEEPS["fill"], BEEPS["reject"], BEEPS["reject"], BEEPS["disconnect"]]


def test_nothing_is_heard_by_itself_and_of_another_run(heard):
    desk, sounds, played = heard
    sounds.wanted = Sounding()
    told(desk, fill=2, rejected="o-9")
    desk.fresh = Fresh.LOST
    sounds.look()
    assert played == []
    sounds.wanted = Sounding(fill=True)
    desk.told.json(FrameType.HELLO, Hello(1, 8, "run-2", "PAPER"))
    told(desk, fill=9)
    sounds.look()
    assert played == []
    told(desk, fill=10)
    sounds.look()
    assert played == [1]


def test_beeps_are_the_desktops(qtbot):
    beep(2)  # offscreen nothing is heard
