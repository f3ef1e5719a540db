import io
from pathlib import Path

import pytest

from faultsim.campaign import Result
from faultsim.kills import Killed
from faultsim.progress import (
    DEATHS,
    FUZZ,
    SCHEDULES,
    Fuzzed,
    Ledger,
    Line,
    Meter,
)
from faultsim.schedule import Kind
from tradeplat.core.errors import BadInput


def result(seed: int, *violations: str) -> Result:
    return Result(Kind.PLAIN, seed, violations, "", 1, 2, 3, 4.0, {}, ())


def written(path: Path) -> list[Line]:
    lines = [
        Line(1.5, result=result(0)),
        Line(3.0, result=result(2, "I4: broken")),
        Line(20.0, round=Killed(7, 10, 1, 1, (), 20.0)),
        Line(4.0, fuzzed=Fuzzed("test_x", "")),
    ]
    with Ledger(path, "nightly") as ledger:
        for line in lines:
            ledger.add(line)
    return lines


def test_a_campaign_finds_what_was_done_before(tmp_path: Path) -> None:
    path = tmp_path / "state"
    lines = written(path)
    with Ledger(path, "nightly") as ledger:
        assert ledger.lines == lines
        assert [ledger.spent(phase) for phase in (SCHEDULES, DEATHS, FUZZ)] == [3.0, 20.0, 4.0]
    assert [line.phase for line in lines] == [SCHEDULES, SCHEDULES, DEATHS, FUZZ]


@pytest.mark.parametrize("cut", [1, 7, 20])
def test_a_torn_last_line_is_forgotten_and_written_over(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "state"
    lines = written(path)
    path.write_bytes(path.read_bytes()[:-cut])
    with Ledger(path, "nightly") as ledger:
        assert ledger.lines == lines[:-1]
        ledger.add(lines[-1])
    with Ledger(path, "nightly") as ledger:
        assert ledger.lines == lines


def test_a_file_that_is_no_state_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "state"
    written(path)
    kept = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(kept[0] + b"[]\n")
    with pytest.raises(BadInput, match=r"state:2: .*state of a campaign"), Ledger(path, "nightly"):
        pass  # refused on the way in
    with pytest.raises(BadInput, match=r"expected a campaign.s state"), Ledger(tmp_path, "nightly"):
        pass  # refused on the way in


def test_what_other_code_or_another_campaign_has_done_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    written(path)
    with pytest.raises(BadInput, match="a campaign of nightly"), Ledger(path, "slice"):
        pass  # refused on the way in
    head, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(head.replace(b'"code":"', b'"code":"0') + b"".join(rest))
    with pytest.raises(BadInput, match="other code"), Ledger(path, "nightly"):
        pass  # refused on the way in


def test_without_a_file_nothing_is_kept() -> None:
    with Ledger(None) as ledger:
        ledger.add(Line(1.0, result=result(1)))
        assert ledger.lines == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_off_a_terminal_a_line_a_minute_tells_what_is_left() -> None:
    seconds, out = 0.0, io.StringIO()
    meter = Meter("things", 100, done=20, spent=40.0, out=out, now=lambda: seconds)
    for n in range(80):
        seconds = n + 1.0
        meter.step(broken=n == 3)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("80/100 things, broken 1, 0 min left")
    assert lines[-1].startswith("100/100 things, broken 1, 120 s")
    assert len(lines) == 2


def test_on_a_terminal_one_line_is_drawn_over() -> None:
    seconds, out = 0.0, Terminal()
    meter = Meter("things", 50, out=out, now=lambda: seconds)
    for _ in range(50):
        seconds += 30.0
        meter.step()
    assert out.getvalue().count("\r") == 50
    assert out.getvalue().endswith("\n")
    assert "24 min left" in out.getvalue()


def test_nobody_knows_what_is_left_before_the_first_is_done() -> None:
    assert Meter("things", 3, done=1, out=io.StringIO()).left is None
