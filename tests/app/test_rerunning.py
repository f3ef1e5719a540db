from io import BytesIO
from pathlib import Path

import pytest
import zstandard

from commands import refusal, typed
from tradeplat.app import rerunning
from tradeplat.core.market import Backfill
from tradeplat.core.record import Shown
from tradeplat.core.schema import market_schema, schema_of
from tradeplat.history.dataset import DataSet
from tradeplat.journal.reader import Record

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


def test_a_record_has_the_facts_of_the_files_it_was_made_of_and_no_others_are_run_again(
    recorded: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    folder, _ = recorded
    record = Record(folder)
    shown = {type(entry.event) for entry in record if isinstance(entry, Shown)}
    told = {type(event) for chunk in DataSet.open([SAMPLE]).merged() for event in chunk}
    assert schema_of(shown - {Backfill}) == schema_of(told)
    assert record.header().schema == market_schema()
    packed = BytesIO((folder / "events.jsonl.zst").read_bytes())
    text = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True).read()
    other = text.replace(market_schema().encode(), b"2:0123456789abcdef", 1)
    (tmp_path / "events.jsonl.zst").write_bytes(zstandard.compress(other))
    said = refusal(typed("replay", tmp_path))
    assert "found market facts of schema 2:0123456789ab, expected 1:" in said


def test_a_record_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl.zst").write_bytes(b"not zstd at all")
    assert "events.jsonl.zst" in refusal(typed("replay", tmp_path))
