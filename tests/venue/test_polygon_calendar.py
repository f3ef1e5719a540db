"""The market's status and holidays."""

import json
from pathlib import Path

import pytest

from facts import fetch, get, known
from markets import KEY, OPEN, SECOND
from tradeplat.core.market import MINUTE
from tradeplat.venue.reference import Reference

UPCOMING = "/v1/marketstatus/upcoming"


async def upcoming(served) -> list[dict]:
    status, body = await fetch(served.url + UPCOMING, {"Authorization": f"Bearer {KEY}"}, {})
    assert status == 200
    return body


async def test_the_holidays_of_a_year_are_told_for_each_exchange(shared_data: Path):
    recorded = json.loads(
        (shared_data / "wire/polygon/rest/v1_marketstatus_upcoming.json").read_text()
    )
    async with known() as served:
        rows = await upcoming(served)
    closed = [row for row in rows if row["exchange"] == "NYSE" and row["status"] == "closed"]
    assert [(row["date"], row["name"]) for row in closed] == [
        ("2026-01-19", "Martin Luther King, Jr. Day"), ("2026-02-16", "Washington's Birthday"),
        ("2026-04-03", "Good Friday"), ("2026-05-25", "Memorial Day"),
        ("2026-06-19", "Juneteenth"), ("2026-07-03", "Independence Day"),
        ("2026-09-07", "Labor Day"), ("2026-11-26", "Thanksgiving"), ("2026-12-25", "Christmas"),
        ("2027-01-01", "New Years Day"),
    ]  # fmt: skip
    short = [row for row in rows if row["status"] == "early-close"]
    assert (short[0]["date"], short[0]["close"]) == ("2026-11-27", "2026-11-27T18:00:00Z")
    assert {row["exchange"] for row in rows} == {"NYSE", "NASDAQ"}
    assert set(closed[0]) | set(short[0]) == set().union(*(set(row) for row in recorded))


async def test_a_key_is_needed_for_the_holidays():
    async with known() as served:
        assert (await get(served, UPCOMING, "no"))[0] == 401


@pytest.mark.parametrize(
    ("start", "market", "early", "late"),
    [(OPEN - MINUTE, "extended-hours", True, False), (OPEN + SECOND, "open", False, False),
     (OPEN + 400 * MINUTE, "extended-hours", False, True),
     (OPEN - 600 * MINUTE, "closed", False, False)],
)  # fmt: skip
async def test_the_markets_status_follows_the_calendar(start, market, early, late):
    async with known(start=start, past=(), speed=0.0001, reference=Reference()) as served:
        status, body = await get(served, "/v1/marketstatus/now")
    assert status == 200
    assert (body["market"], body["earlyHours"], body["afterHours"]) == (market, early, late)
    assert body["serverTime"].endswith("-05:00")
