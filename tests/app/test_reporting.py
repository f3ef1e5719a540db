from pathlib import Path

import pytest

from commands import refusal, typed
from tradeplat.app import reporting
from tradeplat.core.errors import BadInput

SAMPLE = Path(__file__).resolve().parents[2] / "backtest_data"


def test_a_report_is_built_from_the_folder_alone(tmp_path: Path) -> None:
    run = tmp_path / "run"
    numbers = typed("replay", SAMPLE, "-s", "ema_cross", "--out", run, "--json").numbers
    page = tmp_path / "page.html"
    said = typed("report", run, "--html", page, "--json")
    assert said.code == 0
    assert said.numbers["net"] == pytest.approx(numbers["net"])
    assert said.numbers["fills"] == numbers["fills"]
    text = page.read_text()
    assert "ema_cross" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "report:" in typed("report", run).out


def test_a_place_that_takes_no_page_is_named(tmp_path: Path) -> None:
    run = tmp_path / "run"
    typed("replay", SAMPLE, "-s", "ema_cross", "--out", run)
    with pytest.raises(BadInput, match="cannot be written"):
        reporting.build(run, tmp_path)
    assert "no recorded run" in refusal(typed("report", tmp_path))
