from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import Transient
from tradeplat.core.market import SECOND
from tradeplat.scanners.enrichment import Enrichment, Known

NOW = 1_767_623_400 * SECOND


def facts(folder: Path | None, clock: ReplayClock | None = None, **ages: float) -> Enrichment:
    made = Enrichment(folder, "polygon", clock or ReplayClock(NOW), ages)
    if folder is not None:
        made.load()
    return made


def test_a_fact_outlives_the_run_and_is_shared_with_others(tmp_path: Path) -> None:
    first, second = facts(tmp_path), facts(tmp_path)
    first.put("A", "float", 5e6, "fmp", as_of=7)
    first.put("B", "float", None, "nobody")
    assert second.get("A", "float") is None
    first.save()
    second.put("C", "details", {"sic": "3826"}, "polygon")
    second.save()
    assert second.get("A", "float") == Known(5e6, "fmp", 7, NOW)
    first.save()
    assert first.get("C", "details") == Known({"sic": "3826"}, "polygon", 0, NOW)
    third = facts(tmp_path)
    assert third.get("B", "float") == Known(None, "nobody", 0, NOW)
    assert third.count == 3


def test_each_field_has_its_own_age(tmp_path: Path) -> None:
    clock = ReplayClock(NOW)
    held = facts(tmp_path, clock, float=100.0, curve=10.0)
    held.put("A", "float", 1.0, "x")
    held.put("A", "curve 1 2", [1], "x")
    clock.advance(NOW + 10 * SECOND)
    assert held.get("A", "curve 1 2") is not None
    clock.advance(NOW + 11 * SECOND)
    assert held.get("A", "curve 1 2") is None
    assert held.get("A", "float") is not None
    clock.advance(NOW + 101 * SECOND)
    assert held.get("A", "float") is None


def test_what_was_asked_later_is_not_known_yet(tmp_path: Path) -> None:
    held = facts(tmp_path)
    held.put("A", "float", 1.0, "x")
    held.save()
    assert facts(tmp_path, ReplayClock(NOW - 1)).get("A", "float") is None


def test_the_last_word_holds(tmp_path: Path) -> None:
    clock = ReplayClock(NOW)
    held = facts(tmp_path, clock)
    held.put("A", "float", 1.0, "x")
    held.put("A", "float", 2.0, "x")
    held.save()
    known = facts(tmp_path, clock).get("A", "float")
    assert known is not None
    assert known.value == 2.0


def test_broken_lines_are_counted_and_cost_no_neighbour(tmp_path: Path) -> None:
    held = facts(tmp_path)
    held.put("A", "float", 1.0, "x")
    held.save()
    path = tmp_path / "polygon.jsonl"
    path.write_bytes(b'not json\n["A"]\n\xff\xfe\n' + path.read_bytes() + b'["B","float",1.0,"x"')
    again = facts(tmp_path)
    assert again.skipped == 4
    assert again.get("A", "float") is not None
    again.put("C", "float", 3.0, "x")
    again.save()
    last = facts(tmp_path)
    assert last.get("C", "float") is not None
    assert last.get("A", "float") is not None


def test_a_file_full_of_what_is_outdated_is_written_anew(tmp_path: Path) -> None:
    clock = ReplayClock(NOW)
    held, other = facts(tmp_path, clock, float=60.0), facts(tmp_path, clock, float=60.0)
    for n in range(200):
        held.put("A", "float", float(n), "x")
    held.put("B", "details", 1, "x")
    held.save()
    clock.advance(NOW + 61 * SECOND)
    assert facts(tmp_path, clock, float=60.0).count == 1
    assert len((tmp_path / "polygon.jsonl").read_bytes().splitlines()) == 1
    held.put("C", "details", 2, "x")
    held.save()
    other.save()
    assert other.get("C", "details") is not None
    assert other.get("B", "details") is not None
    assert [path.suffix for path in tmp_path.iterdir()].count(".tmp") == 0


def test_without_a_folder_facts_are_kept_in_memory() -> None:
    held = facts(None)
    held.put("A", "float", 1.0, "x")
    assert held.get("A", "float") is not None
    assert not held.on_disk


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Transient, match="cannot keep facts in"):
        Enrichment(tmp_path / "file" / "under", "polygon", ReplayClock(NOW)).load()


@settings(max_examples=25, deadline=None)
@given(raw=st.binary(max_size=200))
def test_no_file_is_too_broken_to_open(
    raw: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("facts")
    (folder / "polygon.jsonl").write_bytes(raw)
    held = facts(folder)
    held.put("A", "float", 1.0, "x")
    held.save()
    assert facts(folder).get("A", "float") is not None
