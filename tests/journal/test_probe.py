from itertools import count
from pathlib import Path

import pytest

from tradeplat.core.errors import BadInput
from tradeplat.journal.probe import commit_cost


def test_the_cost_is_that_of_whole_commits_and_nothing_is_left(tmp_path: Path) -> None:
    clock = count(0, 2_000_000)
    cost = commit_cost(tmp_path, lambda: next(clock), commits=10)
    assert (cost.p50_ms, cost.p99_ms, cost.worst_ms) == (2.0, 2.0, 2.0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises((OSError, BadInput)):
        commit_cost(tmp_path / "gone", lambda: 0)
