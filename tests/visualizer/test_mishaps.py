"""An error in a window is said once and kept, and nothing ends for it."""

import sys

import pytest

from tradeplat.visualizer.mishaps import MOST, Mishaps


def fail(text: str, kind: type[BaseException] = ValueError) -> None:
    sys.excepthook(kind, kind(text), None)


def test_it_is_said_once_and_written_down(tmp_path):
    said, path, before = [], tmp_path / "new" / "errors.txt", sys.excepthook
    with Mishaps(path, said.append) as mishaps:
        for n in range(2 * MOST):
            fail(f"frame {n}")
    assert sys.excepthook is before
    assert mishaps.count == 2 * MOST
    assert len(said) == 1
    assert "ValueError: frame 0" in said[0]
    text = path.read_text()
    assert text.count("ValueError") == MOST
    assert f"frame {MOST - 1}" in text


def test_another_window_begins_the_file_anew(tmp_path):
    for text in ("old", "new"):
        with Mishaps(tmp_path / "errors.txt", lambda _: None):
            fail(text)
    assert "old" not in (tmp_path / "errors.txt").read_text()


def test_a_file_that_cannot_be_written_costs_nothing_more(tmp_path):
    said: list[str] = []
    (tmp_path / "taken").write_text("")
    with Mishaps(tmp_path / "taken" / "errors.txt", said.append):
        fail("frame")
    assert said == ["the window made an error: ValueError: frame. Trading goes on."]


def test_what_is_to_end_it_ends_it(tmp_path, monkeypatch):
    ended = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: ended.append(error[0]))
    with Mishaps(tmp_path / "errors.txt", pytest.fail):
        fail("", KeyboardInterrupt)
    assert ended == [KeyboardInterrupt]
