"""Whole files become tables, and what a name leaves open is told by the rows."""

from pathlib import Path

from tradeplat.core.market import SECOND
from tradeplat.history.csv_source import sniff
from tradeplat.history.csv_tables import complete, tables

HEAD = "timestamp,symbol,open,high,low,close,volume\n"
T0 = 1_381_132_800


def put(path: Path, rows: list[tuple[int, str]]) -> Path:
    text = "".join(f"{T0 + second},{symbol},1,1,1,1,1\n" for second, symbol in rows)
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_the_span_is_the_smallest_step_of_any_symbol(tmp_path: Path):
    path = put(tmp_path / "all.csv", [(0, "A"), (5, "B"), (60, "A"), (65, "B"), (95, "B")])
    source, symbols = complete(sniff(path))
    assert (source.span, source.symbol, symbols) == (30, "", ("A", "B"))
    found = tables(sniff(path))
    assert found["A"]["ts"].tolist() == [(T0 + 30) * SECOND, (T0 + 90) * SECOND]
    assert set(found["B"]["span"].tolist()) == {30}


def test_one_symbol_under_another_name_can_be_streamed(tmp_path: Path):
    source, symbols = complete(sniff(put(tmp_path / "bench.csv", [(0, "A"), (60, "A")])))
    assert (source.span, source.symbol, symbols) == (60, "A", ("A",))


def test_a_complete_source_is_left_alone(tmp_path: Path):
    source = sniff(put(tmp_path / "A_1m.csv", [(0, "A")]))
    assert complete(source) == (source, ("A",))


def test_symbols_keep_the_order_of_the_file(tmp_path: Path):
    path = put(tmp_path / "all_1s.csv", [(0, "Z"), (0, "A"), (1, "Z"), (1, "M")])
    assert list(tables(sniff(path))) == ["Z", "A", "M"]
