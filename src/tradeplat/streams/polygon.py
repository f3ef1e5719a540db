"""Polygon's (Massive's) live market data: seconds and minutes as the vendor makes them."""

from msgspec.structs import replace

from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.streams.client import DEFAULTS, Services, TickerStreams, Tuning, Vendor, terms_of
from tradeplat.streams.connection import Access
from tradeplat.streams.polygon_codec import CHANNELS, PolygonCodec

__all__ = ["AsyncPolygonAggClient"]


class AsyncPolygonAggClient(TickerStreams):
    """One account's market data at Polygon, which is Massive by now (client.TickerStreams).

    `spans` are the bars wanted, in seconds: 1 are the vendor's `A`, 60 its `AM`. Of each ticker
    both go up in time, and a minute comes after its last second, whatever the order on the wire
    within `tuning.lateness`. A bar that comes later, or again with other figures, is an amendment.
    Without spans it brings quotes and halts to the tickers of another client (`beside`).
    `access.secret` is not used, and `access.url` may be of either of the vendor's names.
    """

    def __init__(
        self,
        access: Access,
        feed: str,
        services: Services,
        spans: tuple[int, ...] = (1, 60),
        tuning: Tuning = DEFAULTS,
        *,
        quotes: bool = True,
    ) -> None:
        if not (spans or quotes) or set(spans) - {1, 60}:
            raise BadInput(f"stream polygon: spans: found {list(spans)}, expected 1, 60 or both")
        # What waits for us at each instant is neither late nor shuffled.
        lateness = 0 if tuning.paced else int(tuning.lateness * SECOND)
        usual = terms_of(spans, feed, services, tuning)
        terms = replace(usual, folded=False, lateness=lateness, grace=lateness)
        wanted = {"LULD": True, "AM": 60 in spans, "A": 1 in spans, "Q": quotes, "T": tuning.prints}
        channels = tuple(channel for channel in CHANNELS if wanted[channel])
        vendor = Vendor("polygon", PolygonCodec(feed), CHANNELS, channels, terms)
        super().__init__(access, vendor, services, tuning)
