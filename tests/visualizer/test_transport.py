import msgspec
import pytest

from desks import Desk
from engines import OPEN
from tradeplat.control.messages import Replay
from tradeplat.control.protocol import FrameType
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.qt import Qt, QtCore, QtGui
from tradeplat.visualizer.transport import (
    SPEEDS,
    Transport,
    behind_text,
    speed_place,
    speed_text,
)

STANDS = Replay("paused", OPEN + 250 * MINUTE, OPEN + 250 * MINUTE, OPEN, OPEN + 390 * MINUTE,
                8.0, 0, 250, 390)  # fmt: skip


class Room:
    """A transport on a desk whose replay is told by hand."""

    def __init__(self, qtbot, **changes) -> None:
        self.desk = Desk("REPLAY")
        self.transport = Transport(self.desk, DEFAULT, self.desk.steady)
        qtbot.addWidget(self.transport)
        self.transport.resize(1100, 34)
        self.stands(**changes)

    def stands(self, **changes) -> None:
        self.desk.told.json(FrameType.REPLAY, msgspec.structs.replace(STANDS, **changes))
        self.desk.take()
        self.transport.refresh()

    @property
    def asked(self) -> list:
        asked, self.desk.asked = self.desk.asked, []
        return asked

    def press(self, key, how=Qt.KeyboardModifier.NoModifier, *, repeated=False) -> bool:
        kind = QtCore.QEvent.Type.KeyPress
        return self.transport.press(QtGui.QKeyEvent(kind, key, how, "", repeated))


SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NONE, PAD = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier


def test_it_is_hidden_where_nothing_is_replayed(qtbot):
    desk = Desk()
    transport = Transport(desk, DEFAULT, desk.steady)
    qtbot.addWidget(transport)
    transport.refresh()
    assert transport.isHidden()
    assert not transport.press(QtGui.QKeyEvent(QtCore.QEvent.Type.KeyPress, Qt.Key.Key_Space, NONE))
    assert desk.asked == []


@pytest.mark.parametrize(
    ("state", "key", "how", "expected"),
    [
        ("paused", Qt.Key.Key_Space, NONE, [("play", {})]),
        ("running", Qt.Key.Key_Space, NONE, [("pause", {})]),
        ("busy", Qt.Key.Key_Space, NONE, [("pause", {})]),
        ("paused", Qt.Key.Key_Right, NONE, [("step", {"bars": 1})]),
        ("paused", Qt.Key.Key_Right, SHIFT, [("step", {"bars": 10})]),
        ("running", Qt.Key.Key_Right, NONE, []),
        ("paused", Qt.Key.Key_Left, NONE, [("step", {"bars": -1})]),
        ("paused", Qt.Key.Key_Left, SHIFT, [("step", {"bars": -10})]),
        ("running", Qt.Key.Key_Left, NONE, [("pause", {}), ("step", {"bars": -1})]),
        ("paused", Qt.Key.Key_Home, NONE, [("restart", {})]),
        ("paused", Qt.Key.Key_End, NONE, [("end", {})]),
        ("running", Qt.Key.Key_Plus, SHIFT, [("speed", {"speed": 16.0})]),
        ("running", Qt.Key.Key_Plus, PAD, [("speed", {"speed": 16.0})]),
        ("running", Qt.Key.Key_Minus, NONE, [("speed", {"speed": 4.0})]),
        ("paused", Qt.Key.Key_Return, CTRL, [("here", {})]),
    ],
)
def test_every_key_has_its_command(qtbot, state, key, how, expected):
    room = Room(qtbot, state=state)
    assert room.press(key, how)
    assert room.asked == expected


@pytest.mark.parametrize(
    ("key", "how"), [(Qt.Key.Key_A, NONE), (Qt.Key.Key_Right, CTRL), (Qt.Key.Key_Up, NONE)]
)
def test_other_keys_go_on(qtbot, key, how):
    room = Room(qtbot)
    assert not room.press(key, how)
    assert room.asked == []


def test_a_held_key_steps_once_an_answer_and_starts_nothing_twice(qtbot):
    room = Room(qtbot)
    for _ in range(5):
        room.press(Qt.Key.Key_Right, repeated=True)
    assert room.desk.asked == [("step", {"bars": 1})]
    room.desk.reply("paused")
    room.press(Qt.Key.Key_Right, repeated=True)
    assert len(room.asked) == 2
    room.press(Qt.Key.Key_Space, repeated=True)
    assert room.asked == []


def test_the_buttons_do_what_their_keys_do(qtbot):
    room = Room(qtbot)
    for name in ("restart", "back", "play", "end"):
        room.transport.buttons[name].click()
    room.desk.reply("at the end")
    assert [do for do, _ in room.asked] == ["restart", "step", "play", "end"]
    for button in room.transport.buttons.values():
        assert button.accessibleName()
        assert button.accessibleName() in button.toolTip()
        assert not button.icon().isNull()


def test_what_makes_no_sense_now_is_off(qtbot):
    def on(state: str) -> dict[str, bool]:
        room.stands(state=state)
        return {name: one.isEnabled() for name, one in room.transport.buttons.items()}

    room = Room(qtbot)
    ever = {"restart": True, "back": True}
    assert on("paused") == {**ever, "play": True, "forward": True, "end": True}
    assert on("running") == {**ever, "play": True, "forward": False, "end": True}
    assert on("done") == {**ever, "play": False, "forward": False, "end": False}
    assert on("busy") == {**ever, "play": True, "forward": False, "end": False}


def test_time_bar_and_badge_tell_where_the_view_is(qtbot):
    room = Room(qtbot)
    transport = room.transport
    assert transport.time.text() == "Fri 2 Jan 13:40:00  bar 250 / 390"
    assert transport.badge.isHidden()
    room.stands(bar=250, behind=12)
    assert (transport.scrub.bar, transport.scrub.head, transport.scrub.bars) == (250, 262, 390)
    assert transport.badge.text() == "behind by 12 bars"
    assert behind_text(msgspec.structs.replace(STANDS, behind=1)) == "behind by 1 bar"
    assert behind_text(msgspec.structs.replace(STANDS, state="done")) == "at the end"
    assert behind_text(msgspec.structs.replace(STANDS, state="busy", behind=3)) == "simulating …"


def test_the_slider_has_every_speed_and_follows_the_engine(qtbot):
    room = Room(qtbot)
    slider = room.transport.speed
    assert (SPEEDS[slider.value()], room.transport.speed_label.text()) == (8.0, "8x")
    for at, speed in enumerate(SPEEDS):
        slider.setValue(at)
        if speed != 8.0:
            assert ("speed", {"speed": speed}) in room.asked
    room.stands(speed=0.0)
    assert (slider.value(), room.transport.speed_label.text()) == (len(SPEEDS) - 1, "max")
    assert [speed_place(one) for one in (0.0, 1.0, 100.0, 128.0, 5_000.0)] == [8, 0, 6, 7, 7]
    assert [speed_text(one) for one in (0.5, 128.0, 0.0)] == ["0.5x", "128x", "max"]
    assert room.asked == []


def test_restarting_behind_asks_first_and_stops_nothing(qtbot):
    room = Room(qtbot, behind=40)
    room.transport.show()
    room.press(Qt.Key.Key_Return, CTRL)
    question = room.transport.question
    assert (room.asked, question.isVisible()) == ([], True)
    assert "40 later bars" in question.text.text()
    question.no.click()
    assert (room.asked, question.isVisible()) == ([], False)
    room.transport.here.click()
    question.yes.click()
    assert room.asked == [("here", {})]


def test_a_drag_goes_to_the_newest_bar_and_one_at_a_time(qtbot):
    room = Room(qtbot)
    scrub, asked = room.transport.scrub, room.desk.asked
    for bar in (100, 120, 140):
        scrub.wanted.emit(bar)
    scrub.let_go.emit(150)
    assert asked == [("seek", {"bar": 100})]
    room.desk.reply("paused")
    assert asked[1:] == [("seek", {"bar": 150})]
    room.desk.now += SECOND  # that one is slow
    room.desk.reply("paused")
    scrub.wanted.emit(20)
    assert len(asked) == 2
    scrub.let_go.emit(20)
    assert asked[2:] == [("seek", {"bar": 20})]


def test_a_refusal_is_said(qtbot):
    room = Room(qtbot)
    room.press(Qt.Key.Key_End)
    with qtbot.waitSignal(room.transport.said) as said:
        room.desk.reply("not now", "FAILED")
    assert said.args == ["end refused (FAILED): not now"]


def test_statistics_and_inspector_are_asked_for(qtbot):
    room = Room(qtbot)
    with qtbot.waitSignal(room.transport.statistics):
        room.press(Qt.Key.Key_I, CTRL)
    with qtbot.waitSignal(room.transport.statistics):
        room.transport.figures.click()
    with qtbot.waitSignal(room.transport.inspector):
        room.transport.why.click()
