import msgspec
import pytest

from desks import Desk
from tradeplat.visualizer.client import Fresh
from tradeplat.visualizer.foot import Foot, filled_text, hint
from tradeplat.visualizer.keys import ACTIONS
from tradeplat.visualizer.palette import DEFAULT

KEYS = {one.name: one.key for one in ACTIONS}


@pytest.fixture
def desk():
    return Desk()


def test_it_says_how_to_arm_and_what_to_press_then(desk):
    flat = next(name for name in desk.mirror.symbols if not desk.mirror.position(name))
    said = hint(desk.mirror, Fresh.LIVE, flat, KEYS)
    assert said.startswith("Disarmed: Ctrl+Shift+A arms, then Ctrl+1 buys")
    assert flat in said
    assert said.endswith("F11 all keys")
    assert "F7 arms" in hint(desk.mirror, Fresh.LIVE, flat, {**KEYS, "arm": "F7"})
    desk.told.trading(armed=True)
    desk.take()
    assert "F8 disarms" in hint(desk.mirror, Fresh.LIVE, flat, KEYS)
    desk.told.trading(blocked="KILLED: by hand")
    desk.take()
    assert hint(desk.mirror, Fresh.LIVE, flat, KEYS).startswith("Blocked, exits work (KILLED)")


def test_with_a_position_it_says_how_to_close_it(desk):
    held = next(name for name in desk.mirror.symbols if desk.mirror.position(name))
    assert "Ctrl+7 closes it" in hint(desk.mirror, Fresh.LIVE, held, KEYS)
    assert "closes" not in hint(desk.mirror, Fresh.LIVE, held, {**KEYS, "close_all": ""})


def test_it_is_silent_while_nothing_can_be_pressed(desk):
    assert hint(desk.mirror, Fresh.QUIET, "F", KEYS) == ""
    assert hint(desk.mirror, Fresh.LIVE, "", {}) == "Waiting for the first ticker"


def test_fills_by_hand_are_said_once_and_old_ones_never(qtbot, desk):
    foot = Foot(DEFAULT)
    qtbot.addWidget(foot)
    old = next(iter(desk.mirror.fills.values()))
    foot.refresh(desk.mirror, Fresh.LIVE, "F", KEYS)
    assert foot.currentMessage() == ""
    desk.told.filled("F", -50.0, 11.25, strategy="manual")
    desk.take()
    foot.refresh(desk.mirror, Fresh.LIVE, "F", KEYS)
    assert foot.currentMessage() == "Filled: sold 50 F at 11.25"
    foot.clearMessage()
    foot.refresh(desk.mirror, Fresh.LIVE, "F", KEYS)
    assert foot.currentMessage() == ""
    more = msgspec.structs.replace(old, quantity=old.quantity, price=old.price + 0.1)
    assert filled_text([old, more], 2) == "Filled: bought 400 AAPL at 98.03"


def test_refusals_have_a_colour_of_their_own(qtbot):
    foot = Foot(DEFAULT)
    qtbot.addWidget(foot)
    foot.say("done")
    plain = foot.styleSheet()
    foot.say("refused", wrong=True)
    assert (foot.currentMessage(), foot.styleSheet() != plain) == ("refused", True)
