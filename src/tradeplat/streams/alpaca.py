"""Alpaca's live market data: its wire, its channels, and seconds folded from its prints."""

from tradeplat.core.errors import BadInput
from tradeplat.streams.alpaca_codec import CHANNELS, AlpacaCodec
from tradeplat.streams.client import DEFAULTS, Services, TickerStreams, Tuning, Vendor, terms_of
from tradeplat.streams.connection import Access

__all__ = ["AlpacaWebSocketClient"]


class AlpacaWebSocketClient(TickerStreams):
    """One account's market data at Alpaca (client.TickerStreams).

    `spans` are the bars wanted, in seconds: 60 are the vendor's, 1 are folded from prints. Without
    any it brings quotes and halts to the tickers of another client (`beside`).
    """

    def __init__(
        self,
        access: Access,
        feed: str,
        services: Services,
        spans: tuple[int, ...] = (60,),
        tuning: Tuning = DEFAULTS,
        *,
        quotes: bool = True,
    ) -> None:
        if not (spans or quotes) or set(spans) - {1, 60}:
            raise BadInput(f"stream alpaca: spans: found {list(spans)}, expected 1, 60 or both")
        terms = terms_of(spans, feed, services, tuning)
        codec = AlpacaCodec(feed, packed=tuning.packed)
        channels = _channels(terms.spans, quotes=quotes)
        super().__init__(
            access, Vendor("alpaca", codec, CHANNELS, channels, terms), services, tuning
        )


def _channels(spans: tuple[int, ...], *, quotes: bool) -> tuple[str, ...]:
    found = ["statuses", "lulds"] if quotes else ["statuses"]
    if 60 in spans:
        found += ["bars", "updatedBars"]
    if quotes:
        found.append("quotes")
    if 1 in spans:
        found.append("trades")
    return tuple(found)
