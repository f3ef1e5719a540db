import csv
import gzip
import io
from pathlib import Path

import pytest

from commands import Said, typed

PANEL = """session_date,symbol,close,volume,market_cap
2026-01-02,FLAT,10,500000,5e7
2026-01-02,SPLIT,0.5,900000,5e6
2026-01-02,REAL,4,100000,4e7
2026-01-02,GONE,3,10,0
2026-01-05,FLAT,10.1,600000,5.1e7
2026-01-05,SPLIT,11,50000,1.1e8
2026-01-05,REAL,9,40000000,9e7
2026-01-05,UNITW,2,900000,0
2026-01-06,FLAT,10.1,300000,5.1e7
2026-01-06,SPLIT,11,100000,1.1e8
2026-01-06,REAL,9.5,30000000,9.5e7
"""
LIMITS = ("--set", "scanner.limits.min_volume=1000")


def scan(folder: Path, path: Path, *words: object) -> Said:
    return typed("scan", "--replay", path, "--set", f"run.logs={folder}", *LIMITS, *words)


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    path = tmp_path / "panel.csv"
    path.write_text(PANEL)
    return path


def test_each_recorded_session_is_scanned_as_of_its_instant(panel: Path, tmp_path: Path) -> None:
    said = scan(tmp_path / "logs", panel, "--json")
    assert said.code == 0, said.err
    found = said.numbers
    assert [one["day"] for one in found["scans"]] == [20260102, 20260105, 20260106]
    assert [one["market"] for one in found["scans"]] == [4, 4, 3]
    assert [one["active"] for one in found["scans"]] == [[], ["REAL"], []]
    assert (found["vanished"], found["appeared"]) == (["GONE"], [])
    rows = {row["symbol"]: row for row in found["scans"][1]["candidates"]}
    assert rows["SPLIT"]["rule"] == "split"
    assert rows["SPLIT"]["reason"].startswith("price x22 on 0.06x the usual volume")
    assert rows["REAL"]["active"]
    assert [row["symbol"] for row in found["surprises"]] == ["SPLIT", "REAL", "FLAT"]
    assert found["scans"][0]["dropped"] == {"change": 3, "price": 1}


def test_the_same_record_gives_the_same_list(panel: Path, tmp_path: Path) -> None:
    first, second = (scan(tmp_path / "logs", panel, "--json") for _ in range(2))
    assert first.out == second.out
    files = sorted((tmp_path / "logs").glob("*/verdicts.csv.gz"))
    assert len(files) == 2
    assert files[0].read_bytes() == files[1].read_bytes()
    table = list(csv.DictReader(io.StringIO(gzip.decompress(files[0].read_bytes()).decode())))
    assert len(table) == 11
    assert all(row["rule"] and row["reason"] for row in table)


def test_only_some_rows_are_told_and_all_are_kept(panel: Path, tmp_path: Path) -> None:
    said = scan(tmp_path / "logs", panel, "--json", "--set", "scanner.show=1")
    assert [len(one["candidates"]) for one in said.numbers["scans"]] == [1, 1, 1]
    text = scan(tmp_path / "logs", panel)
    assert text.code == 0
    assert "20260105  4 tickers, in: REAL" in text.out
    assert "every verdict:" in text.out
    assert "  20260105 SPLIT +2,100.0 %, out: price x22" in text.out


def test_a_folder_of_bars_is_scanned_each_minute(tmp_path: Path) -> None:
    folder = tmp_path / "morning"
    words = ("data", "synth", folder, "--tickers", 3, "--from", "09:28", "--to", "09:33")
    assert typed(*words).code == 0
    said = scan(tmp_path / "logs", folder, "--json", "--set", "scanner.limits.min_rvol=0")
    assert said.code == 0, said.err
    assert 2 <= len(said.numbers["scans"]) <= 6
    assert said.numbers["scans"][-1]["market"] == 3


def test_bars_are_bars_in_a_folder_or_alone(tmp_path: Path) -> None:
    folder = tmp_path / "bars"
    folder.mkdir()
    path = folder / "AAA_1m.csv"
    text = "timestamp,symbol,open,high,low,close,volume\n"
    text += "".join(f"2026-01-05T15:{n:02d}:00Z,AAA,5,5,5,5,100\n" for n in range(10))
    path.write_text(text)
    alone, inside = (scan(tmp_path / "logs", one, "--json") for one in (path, folder))
    assert alone.code == 0, alone.err
    assert alone.out == inside.out
    assert alone.numbers["scans"][-1]["candidates"][0]["volume"] == 1000.0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--set", "scanner.preset=gap"), "preset: found 'gap', expected one of gappers"),
        (("--scanner", "top_gainer"), "unknown key 'limits'"),
        (("--scanner", "polygon_top_ganer"), "did you mean polygon_top_gainer?"),
    ],
)
def test_wrong_words_are_one_line(
    panel: Path, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    said = scan(tmp_path / "logs", panel, *words)
    assert said.code == 2
    assert told in said.err
    assert said.err.count("\n") == 1


def test_a_scanner_of_another_kind_of_run_is_refused(panel: Path, tmp_path: Path) -> None:
    words = ("scan", "--replay", panel, "--scanner", "top_gainer")
    said = typed(*words, "--set", f"run.logs={tmp_path}")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "needs a screener" in said.err


def test_a_record_that_is_none_is_one_line(tmp_path: Path) -> None:
    assert "nothing there" in scan(tmp_path / "logs", tmp_path / "absent.csv").err
    path = tmp_path / "sic.csv"
    path.write_text("symbol,sic_division\nA,x\n")
    said = scan(tmp_path / "logs", path)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "expected a table of market snapshots" in said.err


def test_the_real_session_names_its_surprises(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "universe" / "universe_20260313.csv.gz"
    said = typed("scan", "--replay", path, "--set", f"run.logs={tmp_path}", "--json")
    assert said.code == 0, said.err
    ped = said.numbers["surprises"][0]
    assert (ped["symbol"], ped["active"], ped["rule"]) == ("PED", False, "split")
    assert said.numbers["active"][:3] == ["BIAF", "AIFF", "SVCO"]


def test_a_folder_of_tables_is_one_record_and_a_broken_one_no_part_of_it(
    panel: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "universe"
    folder.mkdir()
    lines = PANEL.splitlines(keepends=True)
    (folder / "a.csv").write_text("".join(lines[:9]))
    (folder / "b.csv").write_text(lines[0] + "".join(lines[9:]))
    (folder / "c.csv").write_text(
        "symbol,date,close,volume,name\nREAL,2026-01-06,9.5,3e7,Real Inc\n"
    )
    (folder / "broken.csv.gz").write_bytes(b"no gzip")
    (folder / "float.csv").write_text("symbol,float\nA,1\n")
    whole, parts = (scan(tmp_path / "logs", path, "--json") for path in (panel, folder))
    assert parts.code == 0, parts.err
    assert [one["market"] for one in parts.numbers["scans"]] == [4, 4, 3]
    assert parts.numbers["verdicts_sha256"] == whole.numbers["verdicts_sha256"]


def test_a_change_is_never_over_a_session_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "gap.csv"
    path.write_text("".join(x for x in PANEL.splitlines(keepends=True) if "2026-01-05" not in x))
    said = scan(tmp_path / "logs", path, "--json")
    last = said.numbers["scans"][-1]
    assert {row["change"] for row in last["candidates"]} == {None}
    assert last["incomplete"] == "incomplete: nothing is recorded of 20260105, the session before"
    assert "(incomplete: nothing is recorded" in scan(tmp_path / "logs", path).out


def test_minutes_that_change_nothing_are_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    rows = [f"2026-01-05T15:{n:02d}:00Z,AAA,{7 if n > 3 else 5},900000,5" for n in range(10)]
    path.write_text("\n".join(["ts,symbol,price,volume,prev_close", *rows, ""]))
    said = scan(tmp_path / "logs", path, "--set", "scanner.limits.min_rvol=0")
    lines = [line for line in said.out.splitlines() if " tickers, in: " in line]
    assert [line[:14] for line in lines] == ["20260105 10:00", "20260105 10:04"]
    assert "in: AAA" in lines[1]
