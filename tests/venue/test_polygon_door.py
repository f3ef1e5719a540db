"""Keys, budgets, refusals and pages of Polygon's REST."""

import msgspec
import pytest

from facts import fetch, get, known, played
from markets import KEY
from tradeplat.venue.data_door import Query
from tradeplat.venue.plan import FREE
from tradeplat.venue.polygon_door import Asked, Row, paged
from tradeplat.venue.profile import PAPER
from tradeplat.venue.refusals import Refusal

TICKERS = "/v3/reference/tickers"


@pytest.mark.parametrize(("key", "words"), [(None, "not provided"), ("no", "Unknown API Key")])
async def test_a_wrong_key_is_told_so(key, words):
    async with known() as served:
        status, body = await get(served, TICKERS, key)
    assert status == 401
    assert (body["status"], words in body["error"], bool(body["request_id"])) == (
        "ERROR", True, True,
    )  # fmt: skip


async def test_the_key_may_stand_in_the_query():
    async with known() as served:
        status, body = await fetch(served.url + TICKERS, {}, {"apiKey": KEY})
    assert (status, body["status"]) == (200, "OK")


async def test_what_the_plan_does_not_include_is_403_and_too_many_requests_are_429():
    limited = msgspec.structs.replace(PAPER, rate_limited=True)
    async with known(plan=FREE, profile=limited) as served:
        status, body = await get(served, "/v2/snapshot/locale/us/markets/stocks/tickers")
        assert (status, body["status"]) == (403, "NOT_AUTHORIZED")
        for _ in range(4):
            assert (await get(served, TICKERS))[0] == 200
        status, body = await get(served, TICKERS)
    assert (status, body["status"]) == (429, "ERROR")
    assert "maximum requests per minute" in body["error"]


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "x"}, {"order": "up"}, {"active": "maybe"}, {"sort": "price"},
     {"cursor": "!!!"}],
)  # fmt: skip
async def test_a_bad_parameter_is_400_and_names_itself(query):
    async with known() as served:
        status, body = await get(served, TICKERS, **query)
    assert (status, body["status"]) == (400, "ERROR")
    assert next(iter(query)) in body["error"]


async def test_pages_are_followed_to_the_end_without_a_row_lost_or_twice():
    async with played() as served:
        await served.player.finished.wait()
        path = "/v2/aggs/ticker/AAA/range/1/second/2026-01-05/2026-01-05"
        for order in ("asc", "desc"):
            whole = (await get(served, path, sort=order))[1]["results"]
            status, body = await get(served, path, sort=order, limit="50")
            found = list(body["results"])
            while "next_url" in body:
                assert body["next_url"].startswith(served.url + path)
                headers = {"Authorization": f"Bearer {KEY}"}
                status, body = await fetch(body["next_url"], headers, {})
                assert status == 200
                found += body["results"]
            assert found == whole
            assert len(found) == 180


def asked(**values: str) -> Asked:
    return Asked({}, Query(values), "http://h/p")


def test_a_cursor_goes_on_behind_a_row_that_is_gone():
    rows = [Row(name, name) for name in "abcd"]
    first = paged(asked(), rows, 2, ascending=True)
    assert first["results"] == ["a", "b"]
    assert "next_url" in first
    left = [rows[0], rows[2], rows[3]]
    assert paged(asked(after="b"), left, 2, ascending=True)["results"] == ["c", "d"]
    down = list(reversed(left))
    assert paged(asked(after="d"), down, 1, ascending=False)["results"] == ["c"]
    assert "next_url" not in paged(asked(after="d"), rows, 2, ascending=True)


@pytest.mark.parametrize(
    ("values", "holds"),
    [({}, True), ({"t": "b"}, True), ({"t": "c"}, False), ({"t.gt": "b"}, False),
     ({"t.gte": "b"}, True), ({"t.lt": "c", "t.gt": "a"}, True), ({"t.any_of": "a,b"}, True),
     ({"t.any_of": "a"}, False), ({"t.lte": "a"}, False)],
)  # fmt: skip
def test_conditions_on_a_field(values, holds):
    assert asked(**values).passes("t", "b") is holds


def test_readers_say_what_they_want():
    assert asked(x="TRUE").flag("x", default=False)
    assert asked().flag("x", default=True)
    assert asked(x="a, b,,A").names("x") == ["A", "B"]
    with pytest.raises(Refusal, match="'x' must be true or false"):
        asked(x="2").flag("x", default=True)
    with pytest.raises(Refusal, match="'o' must be asc or desc"):
        asked(o="x").ascending("o", default=True)
