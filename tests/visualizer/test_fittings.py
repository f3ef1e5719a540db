import pytest

from desks import Desk
from tradeplat.core.errors import BadInput
from tradeplat.visualizer import preferences
from tradeplat.visualizer.fittings import Fittings
from tradeplat.visualizer.hotkeys import WAKE_NS
from tradeplat.visualizer.layouts import Layouts
from tradeplat.visualizer.preferences import Preferences
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.window import MainWindow


@pytest.fixture
def made(qtbot, tmp_path):
    desk = Desk()
    shades = Shades(tmp_path / "shades.json")
    window = MainWindow(
        desk, Layouts(tmp_path / "l.json"), lambda: 77, shades=shades, steady=desk.steady
    )
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    desk.now += WAKE_NS
    window.refresh()
    return desk, window


def armed(desk):
    desk.told.trading(armed=True)
    desk.take()


def test_an_edited_file_disarms_and_is_tried_dry_once(made, tmp_path):
    desk, window = made
    fittings = Fittings(window, tmp_path)
    armed(desk)
    path = tmp_path / "keys.toml"
    path.write_text('buy = "Ctrl+8"\n')
    fittings.keys.look()
    fittings.keys.look()
    assert window.hotkeys.keys["buy"] == "Ctrl+8"
    assert "1 hot key has changed" in window.statusBar().currentMessage()
    window.hotkeys.press("buy")
    window.hotkeys.press("buy")
    assert [do for do, _ in desk.asked] == ["disarm", "pressed", "enter"]
    path.write_text('buy = "Ctrl+2"\n')
    fittings.keys.look()
    fittings.keys.look()
    assert window.hotkeys.keys["buy"] == "Ctrl+8"
    assert "the keys stay as they were" in window.statusBar().currentMessage()


def test_a_key_that_was_tried_once_is_not_tried_again_at_the_next_start(made, tmp_path):
    desk, window = made
    (tmp_path / "keys.toml").write_text('buy = "Ctrl+8"\n')
    (tmp_path / "keys_tried.json").write_text('{"buy": "Ctrl+8"}')
    Fittings(window, tmp_path)
    armed(desk)
    window.hotkeys.press("buy")
    assert [do for do, _ in desk.asked] == ["enter"]


def test_the_dialog_is_in_the_menu_and_its_keys_are_used_and_written(made, tmp_path):
    _, window = made
    fittings = Fittings(window, tmp_path)
    entries = {entry.text(): entry for entry in window.status.view.menu().actions()}
    entries["Change hot keys …"].trigger()
    assert fittings.key_dialog.isVisible()
    fittings.key_dialog.show_draft({**window.hotkeys.keys, "buy": "Ctrl+8"})
    fittings.key_dialog.keep.click()
    assert window.hotkeys.keys["buy"] == "Ctrl+8"
    assert 'buy = "Ctrl+8"' in (tmp_path / "keys.toml").read_text()


def test_settings_follow_their_file_and_their_dialog(made, tmp_path):
    _, window = made
    path = tmp_path / "windows.toml"
    path.write_text('density = "roomy"\nload_only = ["buy"]\n')
    fittings = Fittings(window, tmp_path)
    assert window.entry.load_only == {"buy"}
    assert "padding: 6px 9px" in window.styleSheet()
    path.write_text('load_only = ["sell"]\n[sounds]\nfill = true\n')
    fittings.look()
    fittings.look()
    assert (window.entry.load_only, fittings.sounds.wanted.fill) == ({"sell"}, True)
    assert "at the next start" in window.statusBar().currentMessage()
    path.write_text("fill = 3\n")
    fittings.look()
    fittings.look()
    assert "the settings stay as they were" in window.statusBar().currentMessage()
    assert window.entry.load_only == {"sell"}
    fittings.prefer(Preferences(load_only=frozenset({"buy_half"})))
    assert preferences.read(path.read_text()).load_only == {"buy_half"} == window.entry.load_only
    fittings.settings.show()
    assert fittings.settings.preferences() == fittings.preferences


def test_a_locked_screen_disarms(made, tmp_path):
    desk, window = made
    fittings = Fittings(window, tmp_path)
    fittings.lock.locked.emit("the screen is locked")
    assert desk.asked == []
    armed(desk)
    fittings.lock.locked.emit("the screen is locked")
    assert desk.asked == [("disarm", {})]
    desk.reply("disarmed")
    assert window.statusBar().currentMessage() == "Disarmed: the screen is locked"


def test_a_bad_file_is_refused_at_the_start(made, tmp_path):
    (tmp_path / "keys.toml").write_text('buy = "Ctrl+2"\n')
    with pytest.raises(BadInput, match=r"keys\.toml: Ctrl\+2: both"):
        Fittings(made[1], tmp_path)
