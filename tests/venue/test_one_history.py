"""Both vendors' pages tell one history, so that warm starts agree whoever is asked."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from facts import DAY, known
from markets import KEY, OPEN, SECRET, morning
from tradeplat.app.venue_server import script_of
from tradeplat.core.market import MINUTE, SECOND, Bar
from tradeplat.history import synthetic
from tradeplat.streams.alpaca_history import AlpacaHistory
from tradeplat.streams.connection import Access
from tradeplat.streams.polygon_history import PolygonHistory
from tradeplat.streams.warmup import fetch, windows
from tradeplat.venue.invented_facts import invented
from tradeplat.venue.server import Venue, VenueOptions

Both = tuple[AlpacaHistory, PolygonHistory]


@asynccontextmanager
async def both(served: Venue) -> AsyncIterator[Both]:
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        await enter(served)
        alpaca = AlpacaHistory(Access(served.url, KEY, SECRET), "builtin", 60_000)
        polygon = PolygonHistory(Access(served.url, KEY, ""), "builtin", 60_000)
        yield await enter(alpaca), await enter(polygon)


def figures(bars: list[Bar]) -> list[tuple[float, ...]]:
    return [(b.span, b.ts, b.open, b.high, b.low, b.close, b.volume) for b in bars]


def made_up() -> Venue:
    played = synthetic.morning(7, tickers=3, end="09:40")
    return Venue(script_of(played), VenueOptions(reference=invented(played, 7), speed=1.0))


async def test_a_warm_start_is_of_the_same_bars_on_either_vendor() -> None:
    served = made_up()
    async with both(served) as (alpaca, polygon):
        now = served.clock.now()
        for symbol in served.market.symbols:
            one = await alpaca.recent(symbol, 60, now, 1_200)
            two = await polygon.recent(symbol, 60, now, 1_200)
            assert figures(one) == figures(two)
            assert len(one) == 1_200
            assert figures(await alpaca.days(symbol, now, 60)) == figures(
                await polygon.days(symbol, now, 60)
            )
            for back in (5, 10, 60):
                window = (now - 2 * DAY, now - DAY)
                found = [await h.bars(symbol, 60 * back, *window) for h in (alpaca, polygon)]
                assert figures(found[0]) == figures(found[1])


async def test_whatever_a_desk_is_warmed_with_is_the_same_in_mid_minute_and_seconds_too() -> None:
    events = morning(5)
    served = known(events, speed=1.0, start=OPEN)
    async with both(served) as (alpaca, polygon):
        await served.clock.sleep_until(OPEN + 2 * SECOND)
        now = served.clock.now()
        wanted = windows((1, 60), {}, 1_200, now)
        found = [await fetch(h, "AAA", wanted, 1_200) for h in (alpaca, polygon)]
    assert figures(found[0]) == figures(found[1])
    assert [b.ts for b in found[0] if b.span == 1][:2] == [OPEN + SECOND, OPEN + 2 * SECOND]


@pytest.mark.parametrize("symbol", ["AAA", "BBB"])
async def test_bars_before_a_split_of_today_are_told_as_the_prices_of_today(symbol: str) -> None:
    async with both(known(morning(1), start=OPEN + MINUTE)) as (alpaca, polygon):
        one, two = [await h.days(symbol, OPEN - DAY, 5) for h in (alpaca, polygon)]
    assert figures(one) == figures(two)
    # BBB's day before was traded at a tenth of it.
    assert one[-1].close == {"AAA": 5.0, "BBB": 6.0}[symbol]
