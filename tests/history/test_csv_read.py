"""Blocks of a file add up to the file, however they are cut."""

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.core.errors import BadInput
from tradeplat.history.csv_read import Reading, rows_of
from tradeplat.history.csv_source import sniff
from tradeplat.history.csv_store import load_bars

HEAD = "timestamp,symbol,open,high,low,close,volume\n"


def write(path: Path, count: int, symbols: str = "X", end: str = "\n") -> Path:
    rows = [
        f"{1_381_132_800 + n // len(symbols)},{symbols[n % len(symbols)]},2,3,1,2,{n}"
        for n in range(count)
    ]
    path.write_text(HEAD + end.join(rows), encoding="utf-8", newline="")
    return path


@settings(max_examples=30, deadline=None)
@given(
    count=st.integers(1, 60),
    size=st.integers(60, 700),
    end=st.sampled_from(["\n", "\r\n", "\n\n"]),
)
def test_blocks_of_any_size_add_up(tmp_path_factory, count: int, size: int, end: str):
    source = sniff(write(tmp_path_factory.mktemp("b") / "X_1s.csv", count, end=end))
    blocks = list(Reading(source).blocks(size))
    volumes = np.concatenate([block.values[4] for block in blocks])
    assert volumes.tolist() == list(range(count))
    assert all(block.codes is None and block.symbols == ("X",) for block in blocks)
    with Reading(source).whole() as blocks_ahead:
        whole = list(blocks_ahead)
    for name in ("ts", "values"):
        parts = [
            np.hstack([np.atleast_2d(getattr(b, name)) for b in made]) for made in (blocks, whole)
        ]
        assert parts[0].tolist() == parts[1].tolist()


def test_rows_of_many_symbols_are_told_apart(tmp_path: Path):
    source = sniff(write(tmp_path / "all_1s.csv", 90, "ABC"))
    found: dict[str, list[float]] = {}
    for block in Reading(source).blocks(400):
        for symbol, rows in rows_of(block):
            found.setdefault(symbol, []).extend(block.values[4][rows].tolist())
    assert found == {s: [float(n) for n in range(90) if n % 3 == i] for i, s in enumerate("ABC")}


def test_time_is_checked_across_blocks(tmp_path: Path):
    path = write(tmp_path / "X_1s.csv", 40)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n1381132839,X,2,3,1,2,1\n")
    with pytest.raises(BadInput, match=r"X_1s.csv:42: timestamp: found 1381132839 twice"):
        list(Reading(sniff(path)).blocks(30 * 30))


def test_a_bad_row_leaves_no_thread_behind_for_the_collector_to_join(tmp_path: Path):
    path = tmp_path / "X_1s.csv"
    path.write_text(HEAD + "1381132839,X,2,3,1,nan,1\n", encoding="utf-8")
    before = set(threading.enumerate())
    with pytest.raises(BadInput) as caught:
        load_bars(path)
    # The error and the frames it holds are still here, as in a cycle nobody has collected yet.
    assert caught.value.__traceback__ is not None
    assert set(threading.enumerate()) == before


def test_a_row_longer_than_a_block_is_refused_or_read(tmp_path: Path):
    path = tmp_path / "X_1s.csv"
    path.write_text(HEAD.replace("volume", "volume,note"), encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"1381132839,X,2,3,1,2,1,{'n' * 5000}\n")
    assert sum(len(block.ts) for block in Reading(sniff(path)).blocks(4096)) == 1
