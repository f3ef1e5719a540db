import socket
from pathlib import Path

import pytest

from tradeplat.app import daemons
from tradeplat.core.errors import BadInput

CARD = '{"pid":7,"epoch":3,"mode":"live","place":"Alpaca live","started":5,"port":81}'


def folder(logs: Path, name: str, card: str = CARD) -> Path:
    made = logs / name
    made.mkdir(parents=True)
    (made / "control.json").write_text(card)
    return made


def test_what_runs_is_found_and_what_died_is_not(tmp_path: Path) -> None:
    alive = folder(tmp_path, "b")
    folder(tmp_path, "a")
    folder(tmp_path, "c", "{not a card")
    folder(tmp_path, "d", "[" * 50_000)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(alive / "control.sock"))
        server.listen()
        (found,) = daemons.running(tmp_path)
        assert (found.folder, found.card.epoch, found.card.port) == (alive, 3, 81)
        assert str(found) == f"{alive} (live on Alpaca live, pid 7)"
        assert daemons.one(tmp_path, None) == daemons.one(tmp_path / "x", alive) == found
    assert daemons.running(tmp_path) == []
    assert daemons.one(tmp_path, None) is None


def test_a_kill_file_is_one_line_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "logs" / daemons.KILL_FILE
    daemons.leave(path, "me:\n two  lines")
    assert path.read_text() == "me: two lines\n"
    assert [one.name for one in path.parent.iterdir()] == ["KILL"]


def test_a_named_folder_has_to_be_a_daemons(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"--run .*: no daemon runs there"):
        daemons.one(tmp_path, tmp_path)
