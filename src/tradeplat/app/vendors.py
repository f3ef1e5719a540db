"""Where the services beside the broker are, and the key of each."""

from collections.abc import Mapping

import msgspec

from tradeplat.app import credentials
from tradeplat.app.settings import Settings

POLYGON = "https://api.massive.com"
POLYGON_STREAM = "wss://socket.massive.com/stocks"
FMP = "https://financialmodelingprep.com"
ALPACA_NEWS = "/v1beta1/news"
"""Where Alpaca's news are, on its data host and on its socket's."""

ALIASES: Mapping[str, str] = {"massive": "polygon"}
"""Other names of a vendor."""


class Endpoint(msgspec.Struct, frozen=True):
    """One service: REST base and whole socket address, without a slash at the end (empty where
    there is none), and what it asks of whoever calls. Without a key it answers nobody.
    """

    url: str
    stream_url: str = ""
    key: str = ""
    secret: str = ""
    """The second half, where the vendor has one."""

    def __repr__(self) -> str:
        return f"Endpoint({self.url})"


def real(settings: Settings, news: Endpoint) -> dict[str, Endpoint]:
    """The vendors' own hosts, or those that `settings` name; `news` is Alpaca's."""
    polygon, fmp = settings.polygon, settings.fmp
    return {
        "polygon": Endpoint(
            polygon.url.rstrip("/") or POLYGON,
            polygon.stream_url.rstrip("/") or POLYGON_STREAM,
            credentials.api_key("polygon"),
        ),
        "fmp": Endpoint(fmp.url.rstrip("/") or FMP, "", credentials.api_key("fmp")),
        "alpaca_news": news,
    }


def at_venue(url: str, key: str, secret: str) -> dict[str, Endpoint]:
    """All of them behind the one port of a built-in venue, under the vendors' own paths."""
    sockets = url.replace("http", "ws", 1)
    return {
        "polygon": Endpoint(url, f"{sockets}/stocks", key),
        "fmp": Endpoint(url, "", key),
        "alpaca_news": Endpoint(url, sockets + ALPACA_NEWS, key, secret),
    }
