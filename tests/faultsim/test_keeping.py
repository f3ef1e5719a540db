from pathlib import Path

import pytest

from faultsim.keeping import files, keep, read
from faultsim.schedule import Kind, schedule
from tradeplat.core.errors import BadInput


def test_a_kept_schedule_is_read_back_the_same(tmp_path: Path) -> None:
    made = schedule(5, Kind.CRASH)
    path = keep(made, "I4", tmp_path)
    assert path.name == "i4-crash-5.json"
    assert read(path) == made
    assert files(tmp_path) == [path]


def test_a_file_that_is_no_schedule_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    with pytest.raises(BadInput, match=r"x\.json: No such file"):
        read(path)
    path.write_text('{"seed": "one"}')
    with pytest.raises(BadInput, match=r"x\.json: .*expected a schedule"):
        read(path)
