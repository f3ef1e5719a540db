import pytest

from tradeplat.core.errors import BadInput
from tradeplat.visualizer import layouts
from tradeplat.visualizer.layouts import Layout, Layouts


def test_each_mode_has_its_own(tmp_path):
    kept = Layouts(tmp_path / "deep" / "layouts.json")
    kept.write("PAPER", Layout("g", "s", "0"))
    kept.write("LIVE", Layout("h", "t", "9"))
    assert kept.read("PAPER") == Layout("g", "s", "0")
    assert Layouts(tmp_path / "deep" / "layouts.json").read("LIVE").view == "9"
    assert kept.read("REPLAY") == Layout()


@pytest.mark.parametrize("text", ["", "{", '{"modes": 3}', "\xff", '{"modes": {"PAPER": 1}}'])
def test_a_spoiled_file_is_as_none(tmp_path, text):
    path = tmp_path / "layouts.json"
    path.write_text(text, encoding="latin-1")
    kept = Layouts(path)
    assert kept.read("PAPER") == Layout()
    kept.write("PAPER", Layout("g"))
    assert kept.read("PAPER") == Layout("g")


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be kept"):
        Layouts(tmp_path / "file" / "layouts.json").write("PAPER", Layout("g"))


def test_bytes_come_back():
    assert layouts.data(layouts.text(b"\x00\xff")) == b"\x00\xff"
    assert layouts.data("no base64!") == b""
