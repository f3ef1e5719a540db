from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.journal.rotation import RotatingText


def parts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_the_newest_lines_are_in_the_file_and_the_older_beside_it(tmp_path: Path) -> None:
    log = RotatingText(tmp_path / "log", size=10, count=3)
    for n in range(9):
        log.write(f"line{n}\n")
    log.close()
    assert parts(tmp_path) == {"log": "line8\n", "log.1": "line7\n", "log.2": "line6\n"}


@given(
    lines=st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=40),
    count=st.integers(1, 4),
)
def test_it_never_outgrows_its_budget_and_keeps_the_last_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], count: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = RotatingText(folder / "log", size=50, count=count)
    for line in lines:
        log.write(line)
    log.close()
    found = [path.read_bytes() for path in folder.iterdir()]
    assert len(found) <= count
    assert all(len(part) <= 120 for part in found)
    assert not lines or (folder / "log").read_bytes().decode().endswith(lines[-1])


def test_a_part_that_cannot_be_renamed_away_starts_over_within_the_budget(tmp_path: Path) -> None:
    (tmp_path / "log.1" / "in the way").mkdir(parents=True)
    log = RotatingText(tmp_path / "log", size=10, count=2)
    for n in range(9):
        log.write(f"line{n}\n")
        log.flush()
        assert (tmp_path / "log").read_text() == f"line{n}\n"
    log.close()


def test_what_no_encoding_spells_is_written_all_the_same(tmp_path: Path) -> None:
    log = RotatingText(tmp_path / "log")
    log.write("half a character: \ud800\n")
    log.close()
    assert (tmp_path / "log").read_text() == "half a character: ?\n"


def test_a_file_that_is_there_is_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("before\n")
    log = RotatingText(tmp_path / "log", size=10, count=2)
    log.write("after\n")
    log.flush()
    assert parts(tmp_path) == {"log": "after\n", "log.1": "before\n"}
    log.close()
