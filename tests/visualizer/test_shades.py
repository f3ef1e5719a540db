import pytest

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.shades import Shades


def test_what_is_off_is_kept_by_ticker_and_strategy(tmp_path):
    path = tmp_path / "deep" / "visualizers.json"
    Shades(path).set_off("AAPL", "orb", frozenset({"vwap", "range"}))
    again = Shades(path)
    assert again.off("AAPL", "orb") == {"vwap", "range"}
    assert again.off("AAPL", "") == again.off("F", "orb") == frozenset()
    again.set_off("AAPL", "orb", frozenset())
    assert path.read_text() == "{}"


def test_a_spoiled_file_shows_everything(tmp_path):
    path = tmp_path / "visualizers.json"
    path.write_text('{"AAPL": 3}')
    assert Shades(path).off("AAPL", "orb") == frozenset()


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be kept"):
        Shades(tmp_path / "file" / "x.json").set_off("A", "", frozenset({"v"}))
