"""The whole pipeline against the built-in venue's Polygon."""

from pathlib import Path

import pytest

from facts import finished, played
from markets import KEY
from tradeplat.history.sessions import nyse_calendar
from tradeplat.scanners.budget import Budget
from tradeplat.scanners.enrichment import Enrichment
from tradeplat.scanners.facts import Sources
from tradeplat.scanners.polygon_data import PolygonData
from tradeplat.scanners.polygon_news import PolygonNews
from tradeplat.scanners.polygon_top_gainer import PolygonTopGainerStockListManager
from tradeplat.scanners.rest import Rest

LIMITS = {
    "min_change": 5,
    "min_rvol": 0,
    "min_volume": 1000,
    "max_float": 5_000_000,
    "catalyst": True,
    "max_spread": 0.05,
}


async def test_the_venues_market_is_scanned_with_its_facts_and_news(tmp_path: Path) -> None:
    async with finished(played()) as served:
        clock = served.clock
        headers = {"Authorization": f"Bearer {KEY}"}
        async with Rest("polygon", served.url, headers, Budget(1000, clock), clock) as rest:
            market = PolygonData(rest, "builtin")
            cache = Enrichment(tmp_path, "polygon", clock)
            sources = Sources(market, cache, (market,), market, PolygonNews(rest))
            scan = PolygonTopGainerStockListManager(
                sources, clock, nyse_calendar(), preset="low_float", limits=LIMITS
            )
            await scan.update()
            assert scan.last_error == ""
            assert scan.get_active_stock_list() == ["AAA"]
            told = {row.symbol: row for row in scan.explain()}
            assert told["AAA"].feed == "builtin"
            assert "float 4,000,000 (polygon, 17 days old)" in told["AAA"].reason
            assert "news: drug: Alder Bio Announces FDA Approval" in told["AAA"].reason
            assert "SIC 2834" in told["AAA"].reason
            # One for ten this morning: 0.60 then is 6.00 now, and 6.29 is no leap.
            assert told["BBB"].rule == "change"
            assert told["BBB"].change == pytest.approx(4.83, abs=0.01)
            asked = scan.asked
            await scan.update()
            assert scan.asked == asked
