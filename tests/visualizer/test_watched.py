import pytest

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.watched import WatchedFile


@pytest.fixture
def heard(qapp, tmp_path):
    file = WatchedFile(tmp_path / "a.toml")
    told = []
    file.changed.connect(told.append)
    file.gone.connect(lambda: told.append("gone"))
    file.spoiled.connect(lambda why: told.append("spoiled"))
    return file, told


def looked(file, times: int = 2) -> None:
    for _ in range(times):
        file.look()


def test_a_change_is_told_once_and_only_when_the_file_rests(heard):
    file, told = heard
    assert file.begin() == ""
    file.path.write_text("half")
    file.look()
    file.path.write_text("half and half")
    file.look()
    assert told == []
    looked(file, 3)
    assert told == ["half and half"]
    file.path.unlink()
    looked(file)
    assert told[1:] == ["gone"]


def test_what_the_window_writes_itself_is_not_told(heard):
    file, told = heard
    file.begin()
    file.keep("mine")
    looked(file)
    assert (file.path.read_text(), told) == ("mine", [])


def test_a_file_replaced_as_editors_do_is_told(heard):
    file, told = heard
    file.path.write_text("one")
    assert file.begin() == "one"
    fresh = file.path.with_name("swap")
    fresh.write_text("two")
    fresh.replace(file.path)
    looked(file)
    assert told == ["two"]


def test_what_is_no_text_is_said(heard, tmp_path):
    file, told = heard
    file.begin()
    file.path.write_bytes(b"\xff\xfe\xff")
    looked(file, 3)
    assert told == ["spoiled"]
    with pytest.raises(BadInput, match="cannot be read"):
        file.begin()
    file.path.unlink()
    file.path.mkdir()
    with pytest.raises(BadInput, match="cannot be written"):
        file.keep("x")
