"""The catalogue is whole: each failure that cost somebody money has tests by its number."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROMISES = HERE.parents[1] / "docs" / "promises.md"
MUTANTS = HERE.parents[1] / "faultsim" / "mutants"
CLASSES = (1, 2, 3, 7, 8, 9, 12, 13, 14, 15, 16, 18, 19, 23)
"""Of the goal table: those that hold with every commit."""
TEST = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)


def bearing(path: Path) -> list[str]:
    return TEST.findall(path.read_text())


@pytest.mark.parametrize("number", range(1, 37))
def test_each_of_the_thirty_six_failures_has_tests_by_its_number(number: int) -> None:
    files = sorted(HERE.glob(f"test_f{number:02}_*.py"))
    named = [name for path in files for name in bearing(path)]
    assert named
    assert [name for name in named if not name.startswith(f"test_f{number:02}_")] == []


def test_every_file_here_is_of_a_failure_or_of_a_class_of_the_goal_table() -> None:
    others = [path for path in HERE.glob("test_*.py") if path != Path(__file__)]
    for path in others:
        number = re.match(r"test_([fg]\d\d)_", path.name)
        assert number is not None, path.name
        assert [n for n in bearing(path) if not n.startswith(f"test_{number[1]}_")] == []


@pytest.mark.parametrize("number", CLASSES)
def test_each_class_of_every_commit_says_what_shows_it(number: int) -> None:
    (row,) = re.findall(rf"^\| G{number} .*$", PROMISES.read_text(), re.MULTILINE)
    named = re.findall(r"`(tests/[\w/]+\.py|faultsim/\w*|make \w+)`", row)
    assert named, row


def test_there_are_bugs_enough_on_purpose() -> None:
    assert len(list(MUTANTS.glob("*.patch"))) >= 25
