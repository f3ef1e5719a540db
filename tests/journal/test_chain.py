import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.journal.chain import SIZE, START, Broken, Row, link, verified


def chained(bodies: list[bytes]) -> list[Row]:
    rows: list[Row] = []
    before = START
    for seq, body in enumerate(bodies, 1):
        head = (seq, 1, seq * 10, seq, b"NOTE", b"tp1-x", body)
        before = link(before, head)
        rows.append((*head, before))
    return rows


@given(st.lists(st.binary(max_size=20), max_size=8))
def test_an_unbroken_chain_is_read_to_its_end(bodies: list[bytes]) -> None:
    rows = chained(bodies)
    assert list(verified(rows)) == rows


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=8), st.data())
def test_any_changed_field_breaks_it_at_that_record(
    bodies: list[bytes], data: st.DataObject
) -> None:
    rows = chained(bodies)
    at = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, 7))
    old = rows[at][column]
    other = st.integers(-9, 99) if isinstance(old, int) else st.binary(max_size=SIZE)
    new = data.draw(other.filter(lambda value: value != old))
    rows[at] = (*rows[at][:column], new, *rows[at][column + 1 :])
    read = []
    with pytest.raises(Broken, match=f"record {at + 1} "):
        read.extend(verified(rows))


@given(st.integers(0, 6))
def test_a_missing_record_is_seen_at_the_next(gone: int) -> None:
    rows = chained([b"a"] * 8)
    del rows[gone]
    with pytest.raises(Broken, match=f"record {gone + 1} is missing"):
        list(verified(rows))


def test_a_value_of_another_type_is_a_broken_record() -> None:
    row = chained([b"a"])[0]
    with pytest.raises(Broken, match="not of this format"):
        list(verified([(*row[:6], None, row[7])]))
