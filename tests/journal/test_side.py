from pathlib import Path

import pytest

from tradeplat.journal.side import Mark, SideFile, sync_folder

MARK = Mark(7, "ab" * 16)


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    side = SideFile(tmp_path / "x.db")
    assert side.read() is None
    side.keep(MARK)
    assert SideFile(tmp_path / "x.db").read() == MARK
    assert [path.name for path in tmp_path.iterdir()] == ["x.db.mark"]
    side.release()


def test_a_touch_overwrites_in_place_once_something_was_kept(tmp_path: Path) -> None:
    side = SideFile(tmp_path / "x.db")
    side.touch(MARK)
    assert side.read() is None
    side.keep(Mark(1_000_000, "00" * 16, closed=True, digest="d" * 64))
    side.touch(MARK)
    assert side.read() == MARK
    side.release()
    side.touch(Mark(8, "cd" * 16))
    assert side.read() == MARK


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b'{"seq":1,"hash":"zz"}', b'{"seq":1,"hash":"ab"}']
)
def test_what_is_no_mark_says_so(tmp_path: Path, data: bytes) -> None:
    side = SideFile(tmp_path / "x.db")
    side.path.write_bytes(data)
    with pytest.raises(ValueError):
        side.read()


def test_a_folder_that_is_gone_cannot_be_synced(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        sync_folder(tmp_path / "gone")
