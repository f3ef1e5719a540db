from pathlib import Path

import pytest

from tradeplat.app import data_commands
from tradeplat.core.errors import BadInput

HEADER = "timestamp,open,high,low,close,volume\n"


def test_a_morning_is_made_and_found_sound(tmp_path: Path) -> None:
    made = data_commands.synth(tmp_path / "m", 3, 4, "2024-01-10", ("09:25", "09:35"))
    assert made.numbers["tickers"] == 4
    assert made.numbers["day"] == 20240110
    assert "4 tickers" in made.text
    outcome = data_commands.check([tmp_path / "m"])
    assert (outcome.code, outcome.numbers["problems"]) == (0, 0)
    assert outcome.numbers["files"] == sum(1 for _ in (tmp_path / "m").rglob("*.csv*")) - 1


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        data_commands.synth(tmp_path / name, 5, 2, "", ("09:30", "09:32"))
    files = [sorted((tmp_path / name).rglob("*.*")) for name in ("a", "b")]
    assert [f.read_bytes() for f in files[0]] == [f.read_bytes() for f in files[1]]


def test_problems_are_shown_by_file_and_row_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    file = tmp_path / "AAA" / "2024-01-10_1m.csv"
    file.parent.mkdir()
    rows = "2024-01-10T14:30:00Z,10,9,11,10,5\n2024-01-10T14:29:00Z,10,11,9,nan,5\n"
    file.write_text(HEADER + rows)
    outcome = data_commands.check([tmp_path])
    assert outcome.code == 2
    findings = outcome.numbers["findings"]
    assert isinstance(findings, list)
    assert {found["row"] for found in findings} == {2, 3}
    assert "2024-01-10_1m.csv" in outcome.text


@pytest.mark.parametrize("day", ["tomorrow", "2024-1-1", "2024-01-13"])
def test_an_impossible_day_is_named(tmp_path: Path, day: str) -> None:
    with pytest.raises(BadInput):
        data_commands.synth(tmp_path, 1, 1, day, ("09:30", "09:31"))


def test_a_place_that_takes_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        data_commands.synth(tmp_path / "file", 1, 1, "", ("09:30", "09:31"))
