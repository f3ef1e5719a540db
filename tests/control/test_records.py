import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.control.protocol import Frame, FrameReader, FrameType
from tradeplat.control.records import (
    FORMING,
    HEARTBEAT,
    LAYOUTS,
    MARKER,
    PRICE_LINE,
    SLICE,
    STUDY,
    bar_row,
    packed_rows,
    quote_row,
    rows_of,
    sliced,
)
from tradeplat.core.errors import BadInput
from tradeplat.core.market import BAR, QUOTE, Bar, Quote

ROOT = Path(__file__).parents[2]


def golden():
    spec = importlib.util.spec_from_file_location("golden", ROOT / "scripts/golden_frames.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_golden_files_are_as_the_code_writes_them() -> None:
    made = golden().files()
    there = {path.name: path.read_bytes() for path in (ROOT / "tests/golden").iterdir()}
    assert {name for name in made | there if made.get(name) != there.get(name)} == set()


def test_every_kind_of_frame_has_a_golden_file() -> None:
    names = {path.stem for path in (ROOT / "tests/golden").glob("*.bin")} - {"stream"}
    assert names == {kind.name.lower() for kind in FrameType}


@pytest.mark.parametrize(
    ("layout", "size"), [(BAR, 56), (MARKER, 32), (PRICE_LINE, 40), (HEARTBEAT, 32), (STUDY, 24)]
)
def test_records_are_as_long_as_told(layout: np.dtype, size: int) -> None:
    assert layout.itemsize == size
    assert not layout.isalignedstruct


@pytest.mark.parametrize("kind", LAYOUTS)
def test_records_come_back_as_sent(kind: FrameType) -> None:
    rows = np.zeros(1, LAYOUTS[kind])
    rows.view("u1")[:] = np.arange(rows.itemsize, dtype="u1")
    (frame,) = FrameReader().feed(packed_rows(kind, rows, 9, 77))
    assert (frame.type, frame.symbol, frame.sequence) == (kind, 9, 77)
    found = rows_of(frame)
    assert found.tobytes() == rows.tobytes()
    assert not found.flags.writeable


@given(st.sampled_from([int(kind) for kind in FrameType] + [0, 200]), st.binary(max_size=130))
def test_a_payload_is_whole_records_or_refused(kind: int, payload: bytes) -> None:
    layout = LAYOUTS.get(kind)
    n = -1 if layout is None or len(payload) % layout.itemsize else len(payload) // layout.itemsize
    alone = kind in {FrameType.REPLACE, FrameType.HEARTBEAT, FrameType.QUOTE}
    if n < 0 or (alone and n != 1) or (not n and kind != FrameType.SNAPSHOT):
        with pytest.raises(BadInput, match="found"):
            rows_of(Frame(kind, payload))
    else:
        assert rows_of(Frame(kind, payload)).tobytes() == payload


def test_two_quotes_in_a_frame_are_refused() -> None:
    two = Frame(FrameType.QUOTE, bytes(2 * QUOTE.itemsize))
    with pytest.raises(BadInput, match="found 2 rows, expected one"):
        rows_of(two)


@pytest.mark.parametrize("n", [0, 1, SLICE, SLICE + 1, 3 * SLICE])
def test_a_snapshot_in_slices_is_the_whole(n: int) -> None:
    rows = np.zeros(n, BAR)
    rows["ts"] = np.arange(n)
    pieces = list(sliced(rows))
    assert next(kind for kind, _ in pieces) == FrameType.SNAPSHOT
    assert {kind for kind, _ in pieces[1:]} <= {FrameType.APPEND}
    assert all(len(piece) <= SLICE for _, piece in pieces)
    assert np.concatenate([piece for _, piece in pieces]).tobytes() == rows.tobytes()


def test_facts_become_rows() -> None:
    bar = Bar("A", 5, 1.0, 3.0, 0.5, 2.0, 10.0, 60, "x", revision=2)
    assert np.array(bar_row(bar), BAR).item() == (5, 1.0, 3.0, 0.5, 2.0, 10.0, 60, 2)
    assert np.array(bar_row(bar, forming=True), BAR)["revision"] == FORMING
    quote = Quote("A", 5, 1.0, 2.0, 1.5, math.inf, "x")
    assert np.array(quote_row(quote), QUOTE).item() == (5, 1.0, 2.0, 1.5, math.inf)
