import pytest

from tradeplat.venue.data_door import Query
from tradeplat.venue.refusals import Refusal


def test_parameters_are_read_as_clients_write_them():
    query = Query({"symbols": "aaa, BBB,,AAA", "limit": "5", "sort": "DESC",
                   "start": "2026-01-05T09:30:00-05:00", "end": ""})  # fmt: skip
    assert query.symbols() == ["AAA", "BBB"]
    assert (query.count("limit", 1, 10), query.count("top", 7, 10)) == (5, 7)
    assert query.ascending() is False
    assert query.instant("start") == 1_767_623_400 * 10**9
    assert query.instant("end") is None
    assert query.text("feed", "iex") == "iex"


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ({}, lambda query: query.symbols()),
        ({"symbols": " , "}, lambda query: query.symbols()),
        ({"limit": "x"}, lambda query: query.count("limit", 1, 10)),
        ({"limit": "11"}, lambda query: query.count("limit", 1, 10)),
        ({"limit": "٣"}, lambda query: query.count("limit", 1, 10)),
        ({"start": "2026-13-01"}, lambda query: query.instant("start")),
        ({"sort": "down"}, lambda query: query.ascending()),
    ],
)
def test_what_cannot_be_read_is_a_refusal_without_a_code(values, read):
    with pytest.raises(Refusal) as refused:
        read(Query(values))
    assert (refused.value.status, set(refused.value.body())) == (400, {"message"})
