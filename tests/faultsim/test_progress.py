from pathlib import Path

import pytest

from faultsim.campaign import Result, Tally, jobs
from faultsim.progress import load, resumed, save
from faultsim.schedule import Kind
from tradeplat.core.errors import BadInput


def result(seed: int, *violations: str) -> Result:
    return Result(Kind.PLAIN, seed, violations, "", 1, 2, 3, 4.0, {}, ())


def test_a_campaign_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state = load(path)
    state.results += [result(0), result(2, "I4: broken")]
    state.seconds = 12.0
    save(path, state)
    tally = Tally()
    left = resumed(load(path), jobs(Kind.PLAIN, 0, 4), tally)
    assert [seed for _, seed in left] == [1, 3]
    assert tally.schedules["plain"] == 2
    assert not tally.passed
    assert tally.seconds >= 12.0


def test_a_file_that_is_no_state_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("[]")
    with pytest.raises(BadInput, match=r"state\.json: .*state of a campaign"):
        load(path)
    assert load(None).results == []
