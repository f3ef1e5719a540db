"""Whom the scanner asks in a session: Polygon for the market and for facts, the cache beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tradeplat.app.place import Place
from tradeplat.app.settings import Settings
from tradeplat.core.ports import Clock
from tradeplat.scanners import sentiment
from tradeplat.scanners.budget import Budget
from tradeplat.scanners.enrichment import Enrichment
from tradeplat.scanners.facts import Assets, Mood, Sources
from tradeplat.scanners.polygon_data import PolygonData
from tradeplat.scanners.polygon_news import PolygonNews
from tradeplat.scanners.rest import Rest

FACTS = "facts"
"""Folder under the logs in which facts of tickers are kept between runs."""
VENDOR_REQUESTS, BUILTIN_REQUESTS = 200, 20_000
"""Requests a minute of the vendor's clock, and of a built-in venue, whose minutes are short."""


@asynccontextmanager
async def opened(
    settings: Settings, place: Place, clock: Clock, assets: Assets
) -> AsyncIterator[Sources]:
    """Everybody a scan asks, for as long as the context is open; BadInput without a key."""
    end = place.vendor("polygon")
    builtin = place.feed == "builtin"
    budget = Budget(BUILTIN_REQUESTS if builtin else VENDOR_REQUESTS, clock)
    headers = {"Authorization": f"Bearer {end.key}"}
    async with Rest("polygon", end.url, headers, budget, clock) as rest:
        market = PolygonData(rest, "builtin" if builtin else "sip")
        # What a built-in venue invents holds for that venue alone.
        folder = None if builtin else settings.run.logs / FACTS
        yield Sources(
            market,
            Enrichment(folder, market.name, clock),
            (market,),
            market,
            PolygonNews(rest),
            mood(),
            None,
            assets,
        )


def mood() -> Mood | None:
    """How headlines sound, by the lexicon where it is installed; else as the provider says."""
    return sentiment.Sentiment.load().mood if sentiment.analyzer() is not None else None
