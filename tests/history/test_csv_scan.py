"""The slow reading names every row the fast one refuses, and no other."""

from pathlib import Path

from tradeplat.history.csv_scan import first_problem, problems
from tradeplat.history.csv_source import sniff

HEAD = "timestamp,symbol,open,high,low,close,volume\n"


def put(path: Path, *rows: str) -> Path:
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_good_rows_have_no_problems(tmp_path: Path, shared_data: Path):
    source = sniff(put(tmp_path / "X_1m.csv", "2013-10-07T08:00:00Z,X,1,1,1,1,0", "", "  "))
    assert list(problems(source)) == []
    for name in ("second/BTCUSD_20161007_1s.csv.gz", "futures/ES_1d.csv"):
        assert first_problem(sniff(shared_data / name)) is None


def test_every_problem_of_a_row_is_told(tmp_path: Path):
    path = put(
        tmp_path / "X_1m.csv",
        "2013-10-07T08:00:00Z,X,1,1,1,1,0",
        "x,Y,-1,1_0,nan,\t 1 ,1e999",
        '2013-10-07T08:00:00Z,X,1,1,1,1,"0',
    )
    found = [(finding.row, finding.problem) for finding in problems(sniff(path))]
    assert found == [
        (3, "timestamp"),
        (3, "open"),
        (3, "high"),
        (3, "low"),
        (3, "volume"),
        (4, "row"),
    ]


def test_time_is_judged_symbol_by_symbol(tmp_path: Path):
    path = put(
        tmp_path / "all_1m.csv",
        "2013-10-07T08:01:00Z,A,1,1,1,1,0",
        "2013-10-07T08:00:00Z,B,1,1,1,1,0",
        "2013-10-07T08:01:00Z,B,1,1,1,1,0",
        "2013-10-07T08:00:00Z,A,1,1,1,1,0",
    )
    assert [finding.row for finding in problems(sniff(path))] == [5]
