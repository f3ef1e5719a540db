"""Over a real link that breaks in every way, each desk is shown what the venue's history holds."""

from typing import NamedTuple

import pytest

from bench.flap import judged
from bench.link import Link, linked
from markets import OPEN, venue
from streams import test_on_the_venue as on_alpaca
from streams import test_polygon_on_the_venue as on_polygon
from tradeplat.core.market import SECOND
from waits import until

WAYS = ("fin", "rst", "mid", "login", "backfill")
EVERY = 15
LENGTH = 100
"""Seconds the market plays."""
SPEED = 20.0
VENDORS = {"alpaca": (on_alpaca.client_of, {"grace": 2.0}), "polygon": (on_polygon.client_of, {})}


class Behind(NamedTuple):
    """A venue as it is reached through links."""

    ws_url: str
    url: str


async def broken(link: Link, rest: Link, way: str) -> None:
    """Break the link once: closed, reset, within a frame, in the middle of the handshake of the
    next connection, or while the history for the next one is on its way.
    """
    before = link.made
    if way == "login":
        link.budget = 300
    elif way == "backfill":
        rest.cut("fin")
        rest.budget, before = 150, rest.made
    link.cut(way if way in ("fin", "mid") else "rst")
    if way in ("login", "backfill"):
        await until(lambda: (link if way == "login" else rest).made > before + 1)
        link.budget = rest.budget = None
        if way == "backfill":
            link.cut("rst")
            rest.cut("rst")


@pytest.mark.parametrize("vendor", VENDORS)
async def test_whichever_way_it_breaks_bars_are_the_venues_once_and_in_order(vendor: str) -> None:
    client_of, tuning = VENDORS[vendor]
    events = on_alpaca.seconds(OPEN, LENGTH)
    symbols = on_alpaca.SYMBOLS
    async with (
        venue(events, start=OPEN, symbols=symbols, speed=SPEED) as served,
        linked("127.0.0.1", served.port) as link,
        linked("127.0.0.1", served.port) as rest,
        client_of(
            Behind(f"ws://127.0.0.1:{link.port}", f"http://127.0.0.1:{rest.port}"),
            served.clock.now,
            **tuning,
        ) as client,
        on_alpaca.desks(client, *symbols) as shown,
    ):
        market = on_alpaca.Clock(served.clock.now)
        for count, way in enumerate(WAYS, 1):
            await market.sleep_until(OPEN + EVERY * count * SECOND)
            await broken(link, rest, way)
        await market.sleep_until(OPEN + (LENGTH + 35) * SECOND)
        await until(lambda: set(client.stages.values()) == {"live"})
        assert client.counters["reconnects"] >= len(WAYS)
        history = client._services.history
        for symbol in symbols:
            end = OPEN + LENGTH * SECOND
            wanted = [b for span in (1, 60) for b in await history.bars(symbol, span, OPEN, end)]
            told = judged(shown[symbol], wanted, (OPEN, end))
            assert told.bars > 50
            assert told.whole, told
