"""The scanner against the built-in venue's screener, snapshots and assets."""

from markets import KEY, OPEN, SECRET, morning, quote, trade, venue
from tradeplat.core.market import SECOND
from tradeplat.scanners.alpaca_data import AlpacaScreener
from tradeplat.scanners.top_gainer import TopGainerStockListManager
from tradeplat.venue.clock import MAX


async def test_the_venues_risers_are_found_and_explained() -> None:
    later = OPEN + 90 * SECOND
    events = [
        *morning(1, ("AAA", "BBB")),
        quote(later, 7.99, 8.01, "CCC"),
        trade(later + 1, 8.0, 500_000.0, "CCC"),
    ]
    closes = {"AAA": 4.0, "BBB": 6.2, "CCC": 10.0}
    async with (
        venue(events, speed=MAX, closes=closes) as served,
        AlpacaScreener(served.url, served.url, KEY, SECRET, "builtin") as client,
    ):
        await served.player.finished.wait()
        scan = TopGainerStockListManager(client, served.clock, min_volume=1_000.0)
        await scan.update()
        assert scan.last_error == ""
        assert scan.get_active_stock_list() == ["AAA"]
        told = {row.symbol: row for row in scan.explain()}
        assert told["AAA"].price == 5.29
        assert told["AAA"].feed == "builtin"
        assert told["AAA"].reason.startswith("rank 1; price 5.29; change +32.25 %; volume ")
        assert told["BBB"].reason == "change +1.45 % below +5 %"
        assert told["CCC"].reason == "change -20.00 % below +5 %"
