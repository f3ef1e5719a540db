from pathlib import Path

import pytest

from tradeplat.core.market import SECOND
from tradeplat.scanners.quota import DAY, Quota

NOW = 1_767_623_400 * SECOND


def test_so_many_in_any_day_and_no_more(tmp_path: Path) -> None:
    quota = Quota(tmp_path / "fmp.count", 3)
    for n in range(3):
        assert quota.ready(NOW + n) <= NOW + n
        quota.spend(NOW + n)
    assert quota.ready(NOW + 3) == NOW + DAY
    assert quota.told(NOW + 3) == "3 of 3 requests in 24 hours"
    assert quota.ready(NOW + DAY) <= NOW + DAY
    quota.spend(NOW + DAY)
    assert quota.ready(NOW + DAY) == NOW + 1 + DAY


def test_what_other_runs_asked_counts(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "fmp.count"
    one, other = Quota(file, 2), Quota(file, 2)
    one.spend(NOW)
    assert other.ready(NOW + 1) <= NOW
    other.spend(NOW + 1)
    assert one.ready(NOW + 2) == NOW + DAY
    assert Quota(file, 2).ready(NOW + 2) == NOW + DAY


def test_lines_that_are_no_instant_are_passed_over_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "fmp.count"
    future = NOW + DAY
    file.write_bytes(b"rubbish\n%d\n-5\n%d\n99999999999999999999999\n%d" % (NOW, future, NOW + 1))
    quota = Quota(file, 5)
    assert quota.told(NOW + 2) == "2 of 5 requests in 24 hours"
    assert quota.unreadable == 3


def test_old_lines_are_swept_away(tmp_path: Path) -> None:
    file = tmp_path / "fmp.count"
    file.write_bytes(b"".join(b"%d\n" % (NOW + n) for n in range(2_000)))
    quota = Quota(file, 5)
    assert quota.ready(NOW + 2 * DAY) <= NOW + 2 * DAY
    assert file.stat().st_size == 0
    quota.spend(NOW + 2 * DAY)
    assert quota.told(NOW + 2 * DAY) == "1 of 5 requests in 24 hours"


def test_a_file_that_cannot_be_kept_is_said_and_the_run_still_counts(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    quota = Quota(tmp_path / "taken" / "fmp.count", 1)
    quota.spend(NOW)
    assert quota.ready(NOW + 1) == NOW + DAY
    assert "not kept" in quota.told(NOW + 1)


def test_a_limit_of_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected at least 1"):
        Quota(tmp_path / "x", 0)
