"""A small venue with facts, news and a split, for tests of what is not the broker's own."""

from contextlib import asynccontextmanager

import aiohttp

from markets import KEY, OPEN, SECOND, morning, venue
from tradeplat.core.market import MINUTE, Bar
from tradeplat.venue.reference import Facts, Headline, Reference, Split
from tradeplat.venue.server import Venue

DAY = 86_400 * SECOND
HOUR = 3_600 * SECOND

REFERENCE = Reference(
    facts=(
        Facts(symbol="AAA", name="Alder Bio Inc", sic_code="2834", sic_description="PHARMA",
              sector="Healthcare", industry="Biotechnology", country="US", cik="0000000001",
              shares=10_000_000, float_shares=4_000_000, float_day="2025-12-20",
              market_cap=50_000_000.0, list_day="2020-02-03"),
        Facts(symbol="BBB", name="Boreal Fund", type="ETF", exchange="NYSE"),
        Facts(symbol="GONE", name="Gone Inc", active=False, delisted_day="2025-11-03"),
    ),
    splits=(
        Split("AAA", "2024-03-01", 1, 3),
        Split("BBB", "2026-01-05", 10, 1),
        Split("AAA", "2026-02-02", 1, 2),
    ),
    headlines=(
        Headline(id=1, ts=OPEN - HOUR, title="Alder Bio Announces FDA Approval", symbols=("AAA",),
                 summary="Approved.", sentiment="positive", keywords=("fda",), url="https://n/1"),
        Headline(id=2, ts=OPEN - 2 * HOUR, title="A Day for Two", symbols=("AAA", "BBB")),
        Headline(id=3, ts=OPEN + 30 * SECOND, title="Later", symbols=("BBB",),
                 sentiment="negative"),
        Headline(id=4, ts=OPEN - 2 * HOUR, title="Nobody's", symbols=()),
    ),
)  # fmt: skip
"""Facts about AAA, a fund BBB that had a reverse split today, and one that is no longer listed."""

PAST = (
    Bar("AAA", OPEN - 3 * DAY + 390 * MINUTE, 4.8, 5.1, 4.7, 5.0, 1_000_000, 86_400, "csv"),
    Bar("BBB", OPEN - 3 * DAY + 390 * MINUTE, 6.0, 6.1, 5.9, 6.0, 2_000_000, 86_400, "csv"),
)
"""The Friday before 2026-01-05, which is a Monday."""


def known(events=(), **options) -> Venue:
    """A venue whose tickers are described by REFERENCE."""
    options = {"past": PAST, "reference": REFERENCE, "speed": 1.0, **options}
    return venue(events, exchanges={"AAA": "NASDAQ", "BBB": "NYSE"}, **options)


def played(minutes: int = 3) -> Venue:
    """The same after `minutes` of trading, standing still at their end."""
    return known(morning(minutes), speed=float("inf"))


@asynccontextmanager
async def finished(served: Venue):
    """`served` once all of its script has been played."""
    async with served:
        await served.player.finished.wait()
        yield served


async def get(served: Venue, path: str, key: str | None = KEY, **query) -> tuple[int, dict]:
    """Status and body of a page of Polygon's."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return await fetch(served.url + path, headers, query)


async def fetch(url: str, headers: dict[str, str], query: dict[str, str]):
    """Status and body of any page."""
    async with (
        aiohttp.ClientSession() as client,
        client.get(url, headers=headers, params=query) as answer,
    ):
        return answer.status, await answer.json()
