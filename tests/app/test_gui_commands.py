from pathlib import Path

import pytest

from tradeplat.app.control_commands import Where
from tradeplat.app.gui_commands import Followed, Look, gui, screenless, settings_folder
from tradeplat.app.replay_process import Asked
from tradeplat.core.errors import BadInput


def test_without_a_screen_it_says_how_to_go_on():
    assert "xvfb-run" in screenless({})
    for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        assert screenless({name: ":0"}) == ""
    assert screenless({"DISPLAY": "far.example:0"}) == ""  # Qt knows better
    assert ":64999.0 (DISPLAY) does not answer" in screenless({"DISPLAY": ":64999.0"})


def test_the_window_follows_the_run_that_is_named_or_the_newest(tmp_path):
    assert Followed(Where(tmp_path)).find() is None
    assert Followed(Where(tmp_path, Path("logs/one"))).find() == Path("logs/one")


def test_a_session_that_ended_in_order_is_told_from_one_that_is_lost(tmp_path):
    engine = Followed(Where(tmp_path, tmp_path))
    (tmp_path / "control.json").write_text("{}")
    engine.find()
    assert engine.ended() == ""  # killed: its card is still there
    (tmp_path / "control.json").unlink()
    assert engine.ended() == ""
    (tmp_path / "metrics.json").write_text("{}")
    assert engine.ended() == f"The session has ended; its folder is {tmp_path}"
    (tmp_path / "report.html").write_text("")
    assert engine.ended().endswith("report.html")


def test_settings_lie_where_the_desktop_keeps_them():
    assert settings_folder({"XDG_CONFIG_HOME": "/c"}) == Path("/c/tradeplat")
    assert settings_folder({}).name == "tradeplat"


@pytest.mark.parametrize("size", ["wide", "12", "12x", "-1x4"])
def test_a_size_is_two_numbers(size):
    with pytest.raises(BadInput, match="--size"):
        gui(Where(), Look(size=size))


@pytest.mark.parametrize(
    ("look", "asked", "said"),
    [
        (Look(play="60"), None, "--play: only a replay"),
        (Look(), Asked(()), "--replay: found no file"),
        (Look(play="fast"), Asked((Path("x"),)), "--play fast: expected a speed"),
    ],
)
def test_a_replay_needs_files_and_a_speed_needs_a_replay(look, asked, said):
    with pytest.raises(BadInput, match=said):
        gui(Where(), look, asked)
