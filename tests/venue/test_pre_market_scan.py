"""A made-up morning as the whole pre-market pipeline sees it, over the vendor's own paths."""

from markets import KEY
from scanners.vendor import StandingClock
from tradeplat.history.sessions import nyse_calendar
from tradeplat.history.synthetic import morning
from tradeplat.scanners.budget import Budget
from tradeplat.scanners.enrichment import Enrichment
from tradeplat.scanners.facts import Sources
from tradeplat.scanners.polygon_data import PolygonData
from tradeplat.scanners.polygon_news import PolygonNews
from tradeplat.scanners.polygon_top_gainer import PolygonTopGainerStockListManager
from tradeplat.scanners.rest import Rest
from tradeplat.venue.invented_facts import BLANK_CHECK, IN_PLAY, invented
from tradeplat.venue.playing import script_of
from tradeplat.venue.server import Venue, VenueOptions

SEED, TICKERS = 7, 20


async def settled(scanner: PolygonTopGainerStockListManager, clock: StandingClock) -> None:
    """Scan until nothing is missing: a busy machine may answer late."""
    for _ in range(10):
        await scanner.update()
        if not scanner.last_error:
            return
        clock.after(61)
    raise AssertionError(scanner.last_error)


async def test_the_pipeline_finds_what_is_in_play_and_leaves_out_what_only_seems_so():
    played = morning(SEED, tickers=TICKERS, end="09:20")
    known = invented(played, SEED)
    options = VenueOptions(speed=float("inf"), seed=SEED, reference=known)
    async with Venue(script_of(played), options) as served:
        await served.player.finished.wait()
        clock = StandingClock(served.clock.now())
        headers = {"Authorization": f"Bearer {KEY}"}
        async with Rest("polygon", served.url, headers, Budget(20_000, clock), clock) as rest:
            market = PolygonData(rest, "builtin")
            cache = Enrichment(None, market.name, clock)
            sources = Sources(market, cache, (market,), market, PolygonNews(rest))
            calendar = nyse_calendar()
            scanner = PolygonTopGainerStockListManager(sources, clock, calendar, sessions=2)
            await settled(scanner, clock)
            found, asked = scanner.get_active_stock_list(), scanner.asked
            await scanner.update()
            assert (scanner.get_active_stock_list(), scanner.last_error) == (found, "")
            assert scanner.asked == asked
    profiles = {ticker.symbol: ticker.profile for ticker in played.tickers}
    assert found
    assert {profiles[symbol] for symbol in found} <= IN_PLAY | {"fader", "runner"}
    assert any(profiles[symbol] in IN_PLAY for symbol in found)
    facts = {one.symbol: one for one in known.facts}
    assert not [symbol for symbol in found if facts[symbol].sic_code == BLANK_CHECK[0]]
    assert known.splits[0].symbol not in found
    told = {row.symbol: row for row in scanner.explain()}
    assert told[known.splits[0].symbol].change < 5.0
