"""The windows' process, whole: loop, connection attempts, picture, end."""

import asyncio
import time

import pytest

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.client import Clocks
from tradeplat.visualizer.program import Wish, run
from tradeplat.visualizer.qt import QtGui


def wish(tmp_path, shot) -> Wish:
    clocks = Clocks(time.time_ns, time.monotonic_ns)
    return Wish(lambda: None, "gui-1", clocks, tmp_path, shot, 50, (1280, 720))


def test_it_opens_takes_a_picture_and_ends(qapp, tmp_path):
    run(wish(tmp_path, tmp_path / "window.png"))
    picture = QtGui.QImage(str(tmp_path / "window.png"))
    assert (picture.width(), picture.height()) == (1280, 720)
    assert (tmp_path / "layouts.json").exists()
    assert not (tmp_path / "errors.txt").exists()


def test_a_picture_that_cannot_be_written_is_said(qapp, tmp_path):
    with pytest.raises(BadInput, match="cannot be written"):
        run(wish(tmp_path, tmp_path / "nowhere" / "window.png"))


def test_settings_that_cannot_be_read_keep_no_window_closed(qapp, tmp_path):
    (tmp_path / "windows.toml").write_text("font_size = 99\n")
    run(wish(tmp_path, tmp_path / "window.png"))
    (tmp_path / "windows.toml").write_text('palette = "teal-red"\nfont_size = 13\n')
    run(wish(tmp_path, tmp_path / "window.png"))
    assert qapp.font().pixelSize() == 13
    font = qapp.font()
    font.setPixelSize(12)  # as every other test has it
    qapp.setFont(font)


def test_keys_of_the_file_are_used_and_a_bad_file_is_refused(qapp, tmp_path):
    (tmp_path / "keys.toml").write_text('buy = "Ctrl+2"\n')
    with pytest.raises(BadInput, match=r"keys\.toml: Ctrl\+2: both buy and buy_half"):
        run(wish(tmp_path, tmp_path / "window.png"))
    (tmp_path / "keys.toml").write_text('buy = "Ctrl+8"\n')
    run(wish(tmp_path, tmp_path / "window.png"))


def test_a_story_is_played_with_the_window_which_then_closes(qapp, tmp_path):
    seen = []

    async def story(window):
        await asyncio.sleep(0)
        seen.append((window.isVisible(), window.ends))

    run(wish(tmp_path, None)._replace(story=story, ends=True))
    assert seen == [(True, True)]


def test_the_first_commands_wait_for_an_answer(qapp, tmp_path):
    run(wish(tmp_path, tmp_path / "window.png")._replace(first=(("play", {}),)))
    assert (tmp_path / "window.png").exists()  # nobody answered, and it ends all the same
