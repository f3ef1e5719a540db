import datetime as dt
import json
from pathlib import Path

import pytest

from tradeplat.app import run_folder
from tradeplat.app.settings import load
from tradeplat.core.errors import BadInput

NOW = dt.datetime(2026, 1, 5, 14, 30, tzinfo=dt.UTC)


def test_runs_of_one_second_get_folders_of_their_own(tmp_path: Path) -> None:
    names = [run_folder.create(tmp_path / "logs", "paper", NOW).path.name for _ in range(2)]
    assert names == ["2026-01-05_143000_paper_1", "2026-01-05_143000_paper_2"]


def test_the_settings_of_a_run_start_the_same_run(tmp_path: Path) -> None:
    settings = load(
        None,
        ["risk.sizing.quantity=5", "scanner.names=['A', 'B\"c']", "run.seed=9"],
        {"strategy": [{"use": "ema_cross", "slow_span": 48}, {"use": "coin_flip"}]},
    )
    folder = run_folder.create(tmp_path, "paper", NOW)
    folder.write_settings(settings)
    assert load(folder.path / "run.toml") == settings


def test_numbers_are_kept_as_json(tmp_path: Path) -> None:
    folder = run_folder.given(tmp_path / "out")
    folder.write_metrics({"net": 1.5, "path": tmp_path})
    assert json.loads((folder.path / "metrics.json").read_text())["net"] == 1.5


def test_a_recorded_run_is_never_written_over(tmp_path: Path) -> None:
    folder = run_folder.given(tmp_path / "out")
    folder.events.write_bytes(b"")
    with pytest.raises(BadInput, match="holds a recorded run already"):
        run_folder.given(tmp_path / "out")


def test_a_place_that_takes_no_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(BadInput, match=r"run\.logs"):
        run_folder.create(file / "logs", "paper", NOW)
    with pytest.raises(BadInput, match="--out"):
        run_folder.given(file)
