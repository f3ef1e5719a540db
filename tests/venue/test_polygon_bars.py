"""Aggregates over REST."""

import pytest

from facts import DAY, finished, get, known, played
from markets import OPEN, SECOND, trade
from tradeplat.core.market import MINUTE, Bar
from tradeplat.venue.candles import Candle, as_was
from tradeplat.venue.plan import FREE
from tradeplat.venue.polygon_bars import bar_row, day_text
from tradeplat.venue.reference import Reference

MS = 1_000_000
RANGE = "/v2/aggs/ticker/AAA/range/{}/{}/{}/{}"


LENGTHS = ((1, "second"), (30, "second"), (1, "minute"), (2, "minute"), (1, "hour"), (1, "day"))


def span(length: int, unit: str, first: object = "2026-01-05", last: object = "2026-01-05") -> str:
    return RANGE.format(length, unit, first, last)


async def test_minutes_have_the_vendors_keys_and_their_starts_in_milliseconds():
    async with finished(played()) as served:
        status, body = await get(served, span(1, "minute"))
    assert status == 200
    assert {key: body[key] for key in ("ticker", "adjusted", "resultsCount", "queryCount")} == {
        "ticker": "AAA", "adjusted": True, "resultsCount": 3, "queryCount": 3,
    }  # fmt: skip
    first = body["results"][0]
    assert set(first) == {"v", "vw", "o", "c", "h", "l", "t", "n"}
    assert [one["t"] for one in body["results"]] == [(OPEN + at * MINUTE) // MS for at in range(3)]
    assert first["n"] == 60


async def test_longer_bars_add_up_to_shorter_ones():
    async with finished(played(4)) as served:
        pages = {}
        for length, unit in LENGTHS:
            pages[length, unit] = (await get(served, span(length, unit)))[1]["results"]
    volumes = {key: sum(row["v"] for row in rows) for key, rows in pages.items()}
    assert len(set(volumes.values())) == 1, volumes
    assert [len(rows) for rows in pages.values()] == [240, 8, 4, 2, 1, 1]
    assert {max(row["h"] for row in rows) for rows in pages.values()} == {5.29}
    assert pages[1, "day"][0]["t"] == (OPEN - 9 * 3600 * SECOND - 1800 * SECOND) // MS


async def test_the_window_is_in_milliseconds_or_days_and_takes_in_both_ends():
    async with finished(played()) as served:
        first, last = OPEN // MS, (OPEN + MINUTE) // MS
        both = (await get(served, span(1, "minute", first, last)))[1]["results"]
        one = (await get(served, span(1, "minute", first, last - 1)))[1]["results"]
        none = (await get(served, span(1, "minute", "2026-01-06", "2026-01-07")))[1]["results"]
    assert [row["t"] for row in both] == [first, last]
    assert [row["t"] for row in one] == [first]
    assert none == []


async def test_a_second_that_begins_with_the_windows_last_instant_is_whole():
    async with finished(played()) as served:
        first, last = OPEN // MS, (OPEN + 9 * SECOND) // MS
        rows = (await get(served, span(1, "second", first, last)))[1]["results"]
        more = (await get(served, span(1, "second", first, last + 5_000)))[1]["results"]
        pairs = (await get(served, span(2, "second", first, last)))[1]["results"]
    assert [row["t"] for row in rows] == list(range(first, last + 1, 1_000))
    assert rows == more[:10]
    assert pairs[-1]["v"] == rows[-2]["v"] + rows[-1]["v"]


async def test_a_window_is_widened_to_the_bars_its_ends_lie_in():
    async with finished(played(7)) as served:
        first, last = (OPEN + 90 * SECOND) // MS, (OPEN + 200 * SECOND) // MS
        minutes = (await get(served, span(1, "minute", first, last)))[1]["results"]
        pairs = (await get(served, span(2, "minute", first, last)))[1]["results"]
        day = (await get(served, span(1, "day", first, last)))[1]["results"]
        every = (await get(served, span(1, "minute")))[1]["results"]
    starts = [(row["t"] * MS - OPEN) // MINUTE for row in minutes]
    assert starts == [1, 2, 3]
    assert [(row["t"] * MS - OPEN) // MINUTE for row in pairs] == [0, 2]
    assert [row["v"] for row in pairs] == [every[at]["v"] + every[at + 1]["v"] for at in (0, 2)]
    assert [row["v"] for row in day] == [sum(row["v"] for row in every)]


async def test_a_limit_counts_the_bars_that_others_are_made_of():
    async with finished(played(7)) as served:
        status, body = await get(served, span(2, "minute"), limit="5")
        seconds = (await get(served, span(30, "second"), limit="100"))[1]
        least = (await get(served, span(2, "minute"), limit="1"))[1]
        days = (await get(served, span(1, "week", "2026-01-01"), limit="1"))[1]
    counts = [(one["queryCount"], one["resultsCount"]) for one in (body, seconds, least, days)]
    assert (status, counts) == (200, [(4, 2), (90, 3), (2, 1), (1, 1)])
    assert all("next_url" in one for one in (body, seconds, least, days))


async def test_bars_longer_than_a_day_are_made_of_whole_ones():
    async with finished(played()) as served:
        found = {}
        for unit in ("week", "month", "quarter", "year"):
            found[unit] = (await get(served, span(1, unit, "2026-01-01")))[1]["results"]
        pairs = (await get(served, span(2, "day", "2026-01-01")))[1]["results"]
    starts = {unit: [day_text(row["t"] * MS) for row in rows] for unit, rows in found.items()}
    assert starts == {
        "week": ["2025-12-28", "2026-01-04"], "month": ["2026-01-01"],
        "quarter": ["2026-01-01"], "year": ["2026-01-01"],
    }  # fmt: skip
    assert [day_text(row["t"] * MS) for row in pairs] == ["2026-01-01", "2026-01-05"]


async def test_a_long_bar_is_whole_whatever_lies_behind_the_windows_end():
    past = tuple(
        Bar("AAA", OPEN + day * DAY + 390 * MINUTE, 5.0, 5.1, 4.9, 5.0, 100, 86_400, "csv")
        for day in (-7, -6, -5, -4, -3)
    )
    async with finished(known([trade(OPEN + 1)], past=past, speed=float("inf"))) as served:
        rows = [
            (await get(served, span(1, unit, "2025-12-29", "2025-12-30")))[1]["results"]
            for unit in ("day", "week", "year")
        ]
    assert [[row["v"] for row in found] for found in rows] == [[100, 100], [500], [300]]


async def test_a_bar_over_a_split_is_made_of_prices_as_they_were():
    events = [trade(OPEN + 1, 6.3, 1000, "BBB")]
    async with finished(known(events, speed=float("inf"))) as served:
        path = span(1, "month", "2026-01-01").replace("AAA", "BBB")
        raw = (await get(served, path, adjusted="false"))[1]["results"]
        told = (await get(served, path))[1]["results"]
    assert [(row["o"], row["c"], row["v"]) for row in told] == [(6.0, 6.3, 2_001_000)]
    assert [(row["o"], row["c"], row["v"]) for row in raw] == [(0.6, 6.3, 20_001_000)]


async def test_a_day_has_its_regular_open_and_close_and_what_came_beside():
    events = [trade(OPEN - MINUTE, 5.5), trade(OPEN + MINUTE, 6.0), trade(OPEN + 395 * MINUTE, 6.6)]
    async with finished(known(events, start=OPEN - 5 * MINUTE, speed=float("inf"))) as served:
        status, body = await get(served, "/v1/open-close/AAA/2026-01-05")
        split = (await get(served, "/v1/open-close/BBB/2026-01-02", adjusted="false"))[1]
        sunday = await get(served, "/v1/open-close/AAA/2026-01-04")
        unlisted = await get(served, "/v1/open-close/ZZZ/2026-01-05")
    body.pop("request_id")
    assert (status, body) == (200, {
        "status": "OK", "from": "2026-01-05", "symbol": "AAA", "open": 6.0, "close": 6.0,
        "high": 6.6, "low": 5.5, "volume": 300, "preMarket": 5.5, "afterHours": 6.6,
    })  # fmt: skip
    assert (split["close"], split["volume"]) == (0.6, 20_000_000)
    assert [(one[0], one[1]["status"]) for one in (sunday, unlisted)] == [(404, "NOT_FOUND")] * 2


async def test_nothing_is_told_before_it_happened():
    events = [trade(OPEN + 10), trade(OPEN + 5 * MINUTE)]
    async with known(events, speed=0.001) as served:
        rows = (await get(served, span(1, "minute")))[1]["results"]
        assert len(rows) <= 1


async def test_a_split_is_in_adjusted_prices_alone():
    async with finished(played()) as served:
        day = day_text(OPEN - 3 * DAY)
        path = f"/v2/aggs/grouped/locale/us/market/stocks/{day}"
        adjusted = {row["T"]: row for row in (await get(served, path))[1]["results"]}
        raw = {row["T"]: row for row in (await get(served, path, adjusted="false"))[1]["results"]}
        before = (await get(served, "/v2/aggs/ticker/BBB/prev", adjusted="false"))[1]["results"]
    assert set(adjusted) == {"AAA", "BBB"}
    assert (adjusted["BBB"]["c"], adjusted["BBB"]["v"]) == (6.0, 2_000_000)
    assert (raw["BBB"]["c"], raw["BBB"]["v"]) == (0.6, 20_000_000)
    assert raw["AAA"] == adjusted["AAA"]
    assert before == [raw["BBB"]]
    assert raw["AAA"]["t"] == (OPEN - 3 * DAY + 390 * MINUTE) // MS


@pytest.mark.parametrize(
    "path",
    [
        span(0, "minute"),
        span(1, "decade"),
        span(1, "hour", "%C2%B2", "5"),
        span(1, "hour", "--5", "5"),
        span(1, "hour", "2026-01-05T00:00:00", "2026-01-06"),
        "/v1/open-close/AAA/today",
        span(1, "minute", "yesterday", "today"),
        span(1, "minute", "2026-02-30", "2026-03-01"),
        span(1, "minute", "2026-01-06", "2026-01-05"),
        "/v2/aggs/grouped/locale/us/market/stocks/someday",
    ],
)
async def test_what_cannot_be_read_is_400(path):
    async with known() as served:
        status, body = await get(served, path)
    assert (status, body["status"]) == (400, "ERROR")


async def test_an_unknown_ticker_has_no_bars():
    async with known() as served:
        unknown = span(1, "day", "2026-01-01").replace("AAA", "ZZZ")
        status, body = await get(served, unknown)
        previous = (await get(served, "/v2/aggs/ticker/ZZZ/prev"))[1]
    assert (status, body["results"], previous["results"]) == (200, [], [])


async def test_a_plan_without_the_market_hears_of_today_tomorrow():
    async with finished(known([trade(OPEN + 1)], speed=float("inf"), plan=FREE)) as served:
        rows = (await get(served, span(1, "day", "2026-01-01")))[1]["results"]
        today = (await get(served, "/v2/aggs/grouped/locale/us/market/stocks/2026-01-05"))[0]
    assert [row["c"] for row in rows] == [5.0]
    assert today == 403


async def test_an_invented_past_goes_on_from_what_is_known():
    async with finished(
        known([trade(OPEN + 1)], speed=float("inf"), reference=Reference(seed=3))
    ) as served:
        days = (await get(served, span(1, "day", "2025-11-01")))[1]["results"]
        minutes = (await get(served, span(1, "minute", "2025-12-31", "2025-12-31")))[1]["results"]
    assert len(days) > 20
    assert days[-2]["c"] == 5.0
    assert len(minutes) > 300
    assert minutes[0]["t"] >= days[-4]["t"]


def test_a_row_before_a_split_has_more_shares_at_lower_prices():
    bar = Candle(OPEN)
    bar.add(OPEN, 8.0, 100)
    row = bar_row(as_was(bar, 0.25))
    assert (row.o, row.v, row.vw) == (2.0, 400, 2.0)
