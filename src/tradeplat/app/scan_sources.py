"""Whom the scanner asks in a session: Polygon for the market and for facts, FMP for facts that
Polygon does not know, the cache beside them.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tradeplat.app.place import Place
from tradeplat.app.rests import Rests
from tradeplat.app.settings import Settings
from tradeplat.core.ports import Clock
from tradeplat.history.sessions import nyse_calendar
from tradeplat.scanners import sentiment
from tradeplat.scanners.enrichment import Enrichment
from tradeplat.scanners.facts import Assets, Mood, Sources
from tradeplat.scanners.fmp import Fmp
from tradeplat.scanners.halts import HaltBoard
from tradeplat.scanners.polygon_data import PolygonData
from tradeplat.scanners.polygon_news import PolygonNews
from tradeplat.scanners.presets import limits_of
from tradeplat.scanners.sources import Reference
from tradeplat.streams.client import TickerStreams

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


async def halts(settings: Settings, clock: Clock, client: Any) -> HaltBoard | None:
    """The halts of the market as the stream `client` hears them from now on, or that of the bars
    where there are two; None where the scanner does not go by them, or no stream is open.
    """
    heard = getattr(client, "bars", client)
    if not isinstance(heard, TickerStreams) or not _resumed(settings.scanner.options):
        return None
    board = HaltBoard(nyse_calendar(), clock.now)
    await heard.overheard.begin(board, heard.connection.send)
    return board


def _resumed(options: Mapping[str, Any]) -> bool:
    """True for limits that ask for a halt that is over."""
    try:
        limits = limits_of(options.get("preset", "gappers"), options.get("limits", {}))
    except ValueError:
        return False  # told as the scanner is built
    return limits.resumed_within > 0.0


def mood() -> Mood | None:
    """How headlines sound, by the lexicon where it is installed; else as the provider says."""
    return sentiment.Sentiment.load().mood if sentiment.analyzer() is not None else None
