"""Whom the scanner asks in a session: Polygon for the market and for facts, FMP for facts that
Polygon does not know, the cache beside them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tradeplat.app.place import Place
from tradeplat.app.rests import Rests
from tradeplat.app.settings import Settings
from tradeplat.core.ports import Clock
from tradeplat.scanners import sentiment
from tradeplat.scanners.enrichment import Enrichment
from tradeplat.scanners.facts import Assets, Mood, Sources
from tradeplat.scanners.fmp import Fmp
from tradeplat.scanners.polygon_data import PolygonData
from tradeplat.scanners.polygon_news import PolygonNews
from tradeplat.scanners.sources import Reference

FACTS = "facts"
"""Folder under the logs in which facts of tickers are kept between runs."""


@asynccontextmanager
async def opened(
    settings: Settings, place: Place, clock: Clock, assets: Assets, rests: Rests
) -> AsyncIterator[Sources]:
    """Everybody a scan asks, for as long as the context is open; BadInput without a key."""
    place.vendor("polygon")
    builtin = place.feed == "builtin"
    rest, second = await rests.of("polygon"), await rests.of("fmp")
    assert rest is not None, "a vendor with a key has a session"
    market = PolygonData(rest, "builtin" if builtin else "sip")
    references: tuple[Reference, ...] = (market,)
    if second is not None:
        references = (market, Fmp(second))
    # What a built-in venue invents holds for that venue alone.
    folder = None if builtin else settings.run.logs / FACTS
    yield Sources(
        market,
        Enrichment(folder, market.name, clock),
        references,
        market,
        PolygonNews(rest),
        mood(),
        None,
        assets,
        rests.told,
    )


def mood() -> Mood | None:
    """How headlines sound, by the lexicon where it is installed; else as the provider says."""
    return sentiment.Sentiment.load().mood if sentiment.analyzer() is not None else None
