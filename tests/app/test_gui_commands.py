from pathlib import Path

import pytest

from tradeplat.app.control_commands import Where
from tradeplat.app.gui_commands import Look, found, gui, screenless, settings_folder
from tradeplat.core.errors import BadInput


def test_without_a_screen_it_says_how_to_go_on():
    assert "xvfb-run" in screenless({})
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        assert screenless({name: ":0"}) == ""


def test_the_window_follows_the_run_that_is_named_or_the_newest(tmp_path):
    assert found(Where(tmp_path)) is None
    assert found(Where(tmp_path, Path("logs/one"))) == Path("logs/one")


def test_settings_lie_where_the_desktop_keeps_them():
    assert settings_folder({"XDG_CONFIG_HOME": "/c"}) == Path("/c/tradeplat")
    assert settings_folder({}).name == "tradeplat"


@pytest.mark.parametrize("size", ["wide", "12", "12x", "-1x4"])
def test_a_size_is_two_numbers(size):
    with pytest.raises(BadInput, match="--size"):
        gui(Where(), Look(size=size))
