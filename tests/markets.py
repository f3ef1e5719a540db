"""Small markets for the venue's tests."""

import json
from collections.abc import Iterable, Sequence
from contextlib import asynccontextmanager

import aiohttp
import msgpack

from tradeplat.core.market import SECOND, Bar, Quote, Trade
from tradeplat.venue.accounts import AccountTerms
from tradeplat.venue.script import Event, Script, event_key
from tradeplat.venue.server import Venue, VenueOptions

OPEN = 1_767_623_400 * SECOND
"""2026-01-05 09:30 in New York."""

BYE = aiohttp.ClientWSTimeout(ws_close=0.2)
"""Seconds to wait for the goodbye of a venue that was not listened to."""

KEY, SECRET = AccountTerms().key, AccountTerms().secret


def trade(ts: int, price: float = 5.0, size: float = 100.0, symbol: str = "AAA") -> Trade:
    return Trade(symbol, ts, price, size, "builtin")


def quote(ts: int, bid: float = 4.99, ask: float = 5.01, symbol: str = "AAA") -> Quote:
    return Quote(symbol, ts, bid, 200.0, ask, 300.0, "builtin")


def bar(ts: int, prices: Sequence[float] = (5.0, 5.2, 4.9, 5.1), volume: float = 1000.0,
        span: int = 1, symbol: str = "AAA") -> Bar:  # fmt: skip
    return Bar(symbol, ts, *prices, volume, span, "csv")


def script(events: Iterable[Event] = (), start: int = OPEN, **more) -> Script:
    ordered = sorted(events, key=event_key)
    names = tuple(sorted({event.symbol for event in ordered} | {"AAA", "BBB"}))
    return Script(symbols=more.pop("symbols", names), start=start,
                  events=lambda: [ordered] if ordered else [], **more)  # fmt: skip


def morning(minutes: int = 3, symbols: Sequence[str] = ("AAA", "BBB")) -> list[Event]:
    """A print and a quote each second."""
    events: list[Event] = []
    for number, symbol in enumerate(symbols):
        for second in range(minutes * 60):
            ts = OPEN + second * SECOND + 250_000_000 + number
            price = round(5.0 + number + (second % 30) / 100, 2)
            events.append(quote(ts, price - 0.01, price + 0.01, symbol))
            events.append(trade(ts + 1000, price, 100.0 + second, symbol))
    return events


def venue(events: Iterable[Event] = (), **options) -> Venue:
    more = {key: options.pop(key) for key in ("closes", "past", "start", "exchanges", "symbols")
            if key in options}  # fmt: skip
    return Venue(script(events, **more), VenueOptions(**options))


@asynccontextmanager
async def market_socket(
    served: Venue, feed: str = "iex", *, packed: bool = False, login: bool = True
):
    """A raw client, past the handshake with `login`."""
    headers = {"Content-Type": "application/msgpack"} if packed else {}
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{served.ws_url}/v2/{feed}", headers=headers, timeout=BYE) as ws,
    ):
        assert (await said(ws))[0]["msg"] == "connected"
        if login:
            assert await ask(ws, action="auth", key=KEY, secret=SECRET) == [
                {"T": "success", "msg": "authenticated"}
            ]
        yield ws


async def said(ws) -> list[dict]:
    """The next array the venue sends."""
    frame = await ws.receive(timeout=30)
    if frame.type is aiohttp.WSMsgType.BINARY:
        return msgpack.unpackb(frame.data)
    assert frame.type is aiohttp.WSMsgType.TEXT, frame
    return json.loads(frame.data)


async def ask(ws, **request) -> list[dict]:
    """Send a request in JSON and return what comes next."""
    await ws.send_str(json.dumps(request))
    return await said(ws)


async def control(served: Venue, deed: str, **body) -> dict:
    """Ask the control API for `deed`."""
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{served.url}/control/{deed}", json=body) as answer,
    ):
        return {"status": answer.status, **await answer.json()}
