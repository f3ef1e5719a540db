import pytest

from tradeplat.core.errors import BadInput
from tradeplat.visualizer import keys
from tradeplat.visualizer.keyfile import KeyFile
from tradeplat.visualizer.keys import ACTIONS

DEFAULTS = {one.name: one.key for one in ACTIONS}


@pytest.fixture
def heard(qapp, tmp_path):
    file, told = KeyFile(tmp_path / "keys.toml"), []
    file.changed.connect(told.append)
    file.said.connect(told.append)
    return file, told, tmp_path / "keys.toml"


def written(file: KeyFile, path, text: str) -> None:
    path.write_text(text)
    file.look()
    file.look()


def test_an_edited_file_is_followed_and_a_bad_one_changes_nothing(heard):
    file, told, path = heard
    assert file.begin() == DEFAULTS
    written(file, path, 'buy = "Ctrl+8"\n')
    assert told == [{**DEFAULTS, "buy": "Ctrl+8"}]
    written(file, path, 'buy = "Ctrl+2"\n')
    assert "the keys stay as they were" in told[1]
    assert "both buy and buy_half" in told[1]
    path.unlink()
    file.look()
    file.look()
    assert "is gone" in told[2]


def test_keys_are_kept_and_told_at_once(heard):
    file, told, path = heard
    file.begin()
    file.keep({**DEFAULTS, "buy": "Ctrl+8"})
    file.look()
    file.look()
    assert told == [{**DEFAULTS, "buy": "Ctrl+8"}]
    assert keys.read(path.read_text())["buy"] == "Ctrl+8"
    with pytest.raises(BadInput, match="both"):
        file.keep({**DEFAULTS, "buy": "Ctrl+2"})
    assert len(told) == 1


def test_what_was_tried_is_remembered(heard):
    file, _, path = heard
    assert file.tried == {}
    file.prove("buy", "Ctrl+8")
    assert KeyFile(path).tried == {"buy": "Ctrl+8"}
    (path.parent / "keys_tried.json").write_text("[")
    assert file.tried == {}
