import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.venue.paging import Rows, page
from tradeplat.venue.refusals import Refusal

TABLES = st.dictionaries(
    st.sampled_from(["A", "B", "BRK.B", "C"]), st.lists(st.integers(0, 5), max_size=9).map(sorted)
)


@given(TABLES, st.integers(1, 12), st.booleans())
def test_pages_hold_every_row_once_in_order(tables, limit, ascending):
    tables = {s: times if ascending else times[::-1] for s, times in tables.items()}
    sources = {s: Rows(times, lambda at, s=s: (s, at)) for s, times in tables.items()}
    found, token = [], ""
    while True:
        rows, following = page(sources, limit, token, ascending=ascending)
        got = [row for each in rows.values() for row in each]
        assert len(got) <= limit
        assert all(rows.values())
        found += got
        if following is None:
            break
        assert len(got) == limit
        token = following
    assert found == [(s, at) for s in sorted(tables) for at in range(len(tables[s]))]


def test_rows_that_come_later_do_not_move_a_page():
    first = page({"A": Rows([1, 2, 2], lambda at: at)}, 2, "", ascending=True)
    second = page({"A": Rows([1, 2, 2, 2, 3], lambda at: at)}, 9, first.token, ascending=True)
    assert (first.rows, second.rows) == ({"A": [0, 1]}, {"A": [2, 3, 4]})


@pytest.mark.parametrize("token", ["?", "QUFB", "QXx4fDE=", "é"])
def test_a_token_of_somebody_elses_making_is_refused(token):
    with pytest.raises(Refusal, match="invalid page_token"):
        page({}, 1, token, ascending=True)
