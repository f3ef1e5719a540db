"""Prints and quotes over REST, against what was played."""

import pytest

from facts import fetch, finished, get, known, played
from markets import KEY, OPEN, control, quote, trade
from tradeplat.core.market import MINUTE
from tradeplat.venue.plan import FREE
from waits import until

TRADES, QUOTES = "/v3/trades/AAA", "/v3/quotes/AAA"
FIRST = OPEN + 250_001_000


async def every(served, path: str, **query) -> list[dict]:
    """All rows of all pages."""
    status, body = await get(served, path, **query)
    found = body["results"]
    while "next_url" in body:
        status, body = await fetch(body["next_url"], {"Authorization": f"Bearer {KEY}"}, {})
        found += body["results"]
    assert status == 200
    return found


async def test_pages_of_prints_and_quotes_hold_each_once_in_order():
    async with finished(played(1)) as served:
        for path in (TRADES, QUOTES):
            down = await every(served, path, limit="7")
            up = await every(served, path, limit="7", order="asc")
            assert [row["sip_timestamp"] for row in up] == sorted(
                row["sip_timestamp"] for row in up
            )
            assert down == up[::-1]
            assert len(up) == 60
    assert up[0] == {
        "ask_exchange": 15, "ask_price": 5.01, "ask_size": 300, "bid_exchange": 15,
        "bid_price": 4.99, "bid_size": 200, "participant_timestamp": FIRST - 1000,
        "sequence_number": 1, "sip_timestamp": FIRST - 1000, "tape": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 60),
        ({"timestamp": str(FIRST)}, 1),
        ({"timestamp.gt": str(FIRST)}, 59),
        ({"timestamp.gte": str(FIRST)}, 60),
        ({"timestamp.lt": str(FIRST)}, 0),
        ({"timestamp.lte": str(FIRST)}, 1),
        ({"timestamp.gte": "2026-01-05T14:30:10Z", "timestamp.lt": "2026-01-05T14:30:20Z"}, 10),
        ({"timestamp": "2026-01-05"}, 60),
        ({"timestamp.gt": "2026-01-05"}, 0),
        ({"timestamp": "2026-01-04"}, 0),
    ],
)
async def test_prints_are_found_by_their_time(query, count):
    async with finished(played(1)) as served:
        assert len((await get(served, TRADES, **query))[1]["results"]) == count


async def test_nothing_is_told_before_it_happened_and_a_corrected_print_as_it_stands():
    events = [trade(OPEN + 1), trade(OPEN + 2), trade(OPEN + 50 * MINUTE, 9.0)]
    async with known(events, speed=1) as served:
        await until(lambda: len(served.market.books["AAA"].prints) == 2)
        await control(served, "correct", symbol="AAA", id=1, price=5.5, size=10)
        rows = (await get(served, TRADES, order="asc"))[1]["results"]
        last = (await get(served, "/v2/last/trade/AAA"))[1]["results"]
    assert [(row["price"], row["size"]) for row in rows] == [(5.5, 10), (5.0, 100)]
    assert last["p"] == 5.0


async def test_the_last_print_and_quote_are_those_of_the_snapshot():
    async with finished(played()) as served:
        told = (await get(served, "/v2/snapshot/locale/us/markets/stocks/tickers/AAA"))[1]["ticker"]
        last = (await get(served, "/v2/last/trade/AAA"))[1]["results"]
        nbbo = (await get(served, "/v2/last/nbbo/AAA"))[1]["results"]
    assert {key: last[key] for key in "pstix"} == {key: told["lastTrade"][key] for key in "pstix"}
    assert {key: nbbo[key] for key in "psPSt"} == told["lastQuote"]
    assert (last["T"], nbbo["T"], last["z"], nbbo["z"]) == ("AAA", "AAA", 3, 3)


async def test_who_has_neither_is_not_found_and_has_none():
    async with finished(known([quote(OPEN + 1)], past=(), speed=float("inf"))) as served:
        none = await get(served, "/v2/last/trade/AAA")
        unlisted = await get(served, "/v2/last/nbbo/ZZZ")
        rows = (await get(served, "/v3/trades/ZZZ"))[1]["results"]
        assert (await get(served, "/v2/last/nbbo/AAA"))[0] == 200
    assert (none[0], none[1]["status"], unlisted[0], rows) == (404, "NOT_FOUND", 404, [])


@pytest.mark.parametrize(
    "query",
    [{"timestamp": "noon"}, {"timestamp.gt": "2026-02-30"}, {"timestamp.no": "1"}, {"limit": "0"},
     {"limit": "50001"}, {"order": "up"}, {"sort": "price"}, {"timestamp": "²"},
     {"cursor": "YWZ0ZXI9ISEh"}],
)  # fmt: skip
async def test_what_cannot_be_read_is_400(query):
    async with finished(played(1)) as served:
        status, body = await get(served, TRADES, **query)
    assert (status, body["status"]) == (400, "ERROR")


async def test_a_plan_without_them_is_told_so():
    async with known(plan=FREE) as served:
        for path in (TRADES, QUOTES, "/v2/last/trade/AAA", "/v2/last/nbbo/AAA", "/v3/snapshot"):
            assert (await get(served, path))[0] == 403
