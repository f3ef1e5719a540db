from pathlib import Path

import pytest

from commands import refusal, typed
from tradeplat.app import rerunning

SAMPLE = Path(__file__).resolve().parents[2] / "backtest_data"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    out = tmp_path_factory.mktemp("runs") / "run"
    strategies = ("-s", "ema_cross", "-s", "vwap_reversion", "-s", "gap_momentum")
    said = typed("replay", SAMPLE, *strategies, "--out", out, "--json")
    assert said.code == 0, said.err
    return out, said.numbers


def test_a_record_runs_again_to_the_same_decisions_and_fills(
    recorded: tuple[Path, dict[str, object]],
) -> None:
    folder, first = recorded
    said = typed("replay", folder, "--json")
    assert said.code == 0
    for name in ("decisions_sha256", "fills_sha256", "net", "fills"):
        assert said.numbers[name] == first[name], name
    assert said.numbers["same"] is True
    assert "same decisions, same fills" in typed("replay", folder).out


def test_only_the_folder_of_a_run_is_a_run(recorded: tuple[Path, dict[str, object]]) -> None:
    folder, _ = recorded
    assert rerunning.is_run([folder])
    assert not rerunning.is_run([SAMPLE])
    assert not rerunning.is_run([folder, folder])


def test_a_record_cut_short_runs_as_far_as_it_goes(
    recorded: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    folder, _ = recorded
    whole = (folder / "events.jsonl.zst").read_bytes()
    (tmp_path / "events.jsonl.zst").write_bytes(whole[: len(whole) * 2 // 3])
    said = typed("replay", tmp_path, "--json")
    assert said.code == 0, said.err
    assert said.numbers["truncated"] is True


def test_a_record_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl.zst").write_bytes(b"not zstd at all")
    assert "events.jsonl.zst" in refusal(typed("replay", tmp_path))
