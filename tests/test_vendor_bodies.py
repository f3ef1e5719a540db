"""Every vendor's frames and REST bodies, broken twenty thousand times: only our errors come out,
and what is read is a number that can be traded on.
"""

import contextlib
import json
import math
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fuzz import fuzz
from scanners.vendor import NOW, StandingClock
from tradeplat.core.errors import TradeplatError
from tradeplat.core.market import SECOND, Bar, Quote, Trade
from tradeplat.history.sessions import nyse_calendar
from tradeplat.scanners.alpaca_data import AlpacaScreener
from tradeplat.scanners.alpaca_news import AlpacaNews
from tradeplat.scanners.budget import Budget
from tradeplat.scanners.fmp import Fmp
from tradeplat.scanners.market_rows import Basis, rows
from tradeplat.scanners.polygon_data import PolygonData
from tradeplat.scanners.polygon_news import PolygonNews
from tradeplat.scanners.rest import Rest
from tradeplat.streams.alpaca_history import AlpacaHistory
from tradeplat.streams.connection import Access
from tradeplat.streams.polygon_codec import PolygonCodec
from tradeplat.streams.polygon_history import PolygonHistory

START_MS = NOW // 1_000_000
END = NOW + 86_400 * SECOND

FRAME = (
    b'[{"ev":"A","sym":"AAA","v":200,"av":8642007,"op":25.66,"vw":25.39,"o":25.3,"c":25.4,"h":25.5,'
    b'"l":25.2,"a":25.37,"z":50,"s":1767623460000,"e":1767623461000,"dv":"200.5"},'
    b'{"ev":"AM","sym":"AAA","v":200,"o":25.3,"c":25.4,"h":25.5,"l":25.2,"s":1767623460000,'
    b'"e":1767623520000},{"ev":"T","sym":"AAA","x":4,"i":"12345","z":3,"p":5.25,"s":100,'
    b'"c":[0,14],"t":1767623460007,"q":3681328,"ds":"0.5"},{"ev":"Q","sym":"AAA","bx":4,"bp":5.1,'
    b'"bs":100,"ax":7,"ap":5.2,"as":160,"c":0,"i":[604],"t":1767623460008,"q":5,"z":3},'
    b'{"ev":"LULD","T":"AAA","h":5.61,"l":4.59,"i":[17],"z":3,"t":1767623460000000,"q":290317}]'
)
STATUS = b'[{"ev":"status","status":"success","message":"subscribed to: AM.AAA,A.*"}]'
AGGREGATES = (
    b'{"ticker":"AAA","status":"OK","queryCount":2,"resultsCount":2,"adjusted":false,"results":['
    b'{"v":100,"vw":5.1,"o":5.0,"c":5.1,"h":5.2,"l":4.9,"t":1767623400000,"n":7},'
    b'{"v":90,"o":5.1,"c":5.0,"h":5.2,"l":5.0,"t":1767623460000}]}'
)
SNAPSHOTS = (
    b'{"status":"OK","count":2,"tickers":[{"ticker":"AAA","todaysChange":1.0,"updated":'
    b'1767623400000000000,"day":{"o":1,"h":2,"l":1,"c":1.5,"v":100,"vw":1.2},"prevDay":{"c":1.1,'
    b'"v":10},"min":{"av":120,"t":1767623400000,"c":1.6,"v":3},"lastTrade":{"p":1.61,"s":5,"t":'
    b'1767623400000000000},"lastQuote":{"p":1.6,"s":1,"P":1.62,"S":2,"t":1767623400000000000}},'
    b'{"ticker":"SPLT","updated":0,"day":null,"prevDay":{"c":2}}]}'
)
GROUPED = (
    b'{"status":"OK","resultsCount":2,"results":[{"T":"AAA","c":5.1,"v":100,"t":1767560400000},'
    b'{"T":"BBB","c":0,"v":null}]}'
)
DETAILS = (
    b'{"status":"OK","results":{"ticker":"AAA","name":"A Co","type":"CS","sic_code":"3571",'
    b'"share_class_shares_outstanding":1e7,"weighted_shares_outstanding":9e6,"market_cap":5e7,'
    b'"list_date":"2004-08-19"}}'
)
FLOATS = (
    b'{"status":"OK","results":[{"ticker":"AAA","free_float":1e6,"effective_date":"2025-12-01"}]}'
)
SPLITS = (
    b'{"status":"OK","results":[{"ticker":"AAA","execution_date":"2026-01-05","split_from":10,'
    b'"split_to":1}]}'
)
POLYGON_NEWS = (
    b'{"status":"OK","results":[{"id":"x","publisher":{"name":"P"},"title":"A &amp; B rise",'
    b'"published_utc":"2026-01-05T14:31:00Z","tickers":["AAA"],"description":"<b>up</b>",'
    b'"insights":[{"ticker":"AAA","sentiment":"positive","sentiment_reasoning":"x"}]}]}'
)
ALPACA_NEWS = (
    b'{"news":[{"id":7,"headline":"A rises","author":"x","created_at":"2026-01-05T14:31:00Z",'
    b'"updated_at":"2026-01-05T14:32:00.5Z","summary":"s","content":"","symbols":["AAA"],'
    b'"source":"b","url":"u"}],"next_page_token":null}'
)
PROFILE = (
    b'[{"symbol":"AAA","companyName":"A Co","marketCap":5e7,"ipoDate":"2004-08-19","isEtf":false,'
    b'"isFund":false,"isAdr":true}]'
)
FLOAT = b'[{"symbol":"AAA","date":"2026-01-05 09:10:11","freeFloat":71.2,"floatShares":7120000}]'
GAINERS = (
    b'[{"symbol":"AAA","price":5.5,"name":"A","change":0.5,"changesPercentage":10.0,'
    b'"exchange":"NASDAQ"},{"symbol":"BRK-B","price":5.5,"changesPercentage":"10%"}]'
)
SPENT = b'{"Error Message":"Limit Reach . Please upgrade your plan"}'
MOVERS = (
    b'{"gainers":[{"symbol":"AAA","percent_change":10.5,"change":1,"price":5.5}],"losers":[],'
    b'"market_type":"stocks","last_updated":"2026-01-05T14:30:00Z"}'
)
ACTIVES = b'{"most_actives":[{"symbol":"AAA","volume":100,"trade_count":5}],"last_updated":"x"}'
SHOTS = (
    b'{"AAA":{"latestTrade":{"t":"2026-01-05T14:30:00.1Z","p":5.5},"latestQuote":{"bp":5.4,"ap":5.6},'
    b'"minuteBar":null,"dailyBar":{"t":"2026-01-05T05:00:00Z","c":5.5,"v":7},"prevDailyBar":'
    b'{"t":"2026-01-02T05:00:00Z","c":5.0,"v":1}},"BBB":null}'
)
ASSETS = b'[{"symbol":"A","status":"active","tradable":true,"class":"us_equity","exchange":"X"}]'
ALPACA_BARS = (
    b'{"bars":{"AAA":[{"t":"2026-01-05T14:30:00Z","o":5.0,"h":5.2,"l":4.9,"c":5.1,"v":18250,'
    b'"n":141,"vw":5.06},{"t":"2026-01-05T14:31:00Z","o":5.0,"h":5.2,"l":4.9,"c":5.1,"v":1}]},'
    b'"next_page_token":null}'
)
ALPACA_TRADES = (
    b'{"trades":{"AAA":[{"t":"2026-01-05T14:30:01.5Z","x":"V","p":5.1,"s":100,"c":["@"],"i":7,'
    b'"z":"C"},{"t":"2026-01-05T14:30:02Z","p":5.2,"s":1,"u":"canceled"}]},"next_page_token":null}'
)


def done(asked: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns that waits for nothing."""
    try:
        asked.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waited")


class Page(Rest):
    """A vendor whose every page is `raw`."""

    raw = b""

    def __init__(self) -> None:
        clock = StandingClock(NOW)
        super().__init__("vendor", "http://127.0.0.1:1", {}, Budget(1, clock), clock)

    async def get(self, *_: object, **__: object) -> bytes:
        return self.raw


class Past:
    """The same as history asks it."""

    raw = b""
    requests = 0

    async def get(self, *_: object) -> bytes:
        return self.raw


class Screen(AlpacaScreener):
    """A screener whose every page is `raw`."""

    raw = b""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", "http://127.0.0.1:1", "K", "S")

    async def _get(self, *_: object) -> bytes:
        return self.raw


def sound(bars: Sequence[Bar]) -> None:
    for bar in bars:
        assert 0.0 < bar.low <= min(bar.open, bar.close)
        assert max(bar.open, bar.close) <= bar.high < math.inf
        assert 0.0 <= bar.volume < math.inf


def polygon_frame(raw: bytes) -> None:
    codec = PolygonCodec("sip")
    for frame in (raw, raw.decode(errors="replace")):
        facts, _ = codec.decode(frame, NOW)
        sound([fact for fact in facts if isinstance(fact, Bar)])
        for fact in facts:
            assert 0 <= fact.ts < 1 << 63
            if isinstance(fact, Quote):
                assert 0.0 <= min(fact.bid, fact.ask) <= max(fact.bid, fact.ask) < math.inf
            if isinstance(fact, Trade):
                assert 0.0 < fact.price < math.inf
                assert 0.0 <= fact.size < math.inf
    assert codec.last_error.isprintable()
    if codec.errors:
        raise TradeplatError


def polygon(ask: Callable[[PolygonData], Coroutine[Any, Any, Any]]) -> Callable[[bytes], Any]:
    def read(raw: bytes) -> Any:
        page = Page()
        page.raw = raw
        return done(ask(PolygonData(page)))

    return read


SESSION = nyse_calendar().upcoming(NOW)
BASIS = Basis({"AAA": 5.0}, {"AAA": 0.1, "SPLT": 0.1})


def snapshots(raw: bytes) -> None:
    """To the rows that rules judge."""
    assert SESSION is not None
    for row in rows(polygon(lambda data: data.snapshots())(raw), BASIS, SESSION, NOW):
        assert row.price is None or 0.0 < row.price < math.inf


def minutes(raw: bytes) -> None:
    for minute in polygon(lambda data: data.minutes("AAA", 20260105, 20260105))(raw):
        assert minute.volume >= 0.0


def news(of: Any) -> Callable[[bytes], None]:
    def read(raw: bytes) -> None:
        page = Page()
        page.raw = raw
        reader = of(page)
        for line in done(reader.since(["AAA"], NOW - 86_400 * SECOND)):
            assert line.title.isprintable()
        if reader.unreadable:
            raise TradeplatError

    return read


def fmp(ask: Callable[[Fmp], Coroutine[Any, Any, Any]]) -> Callable[[bytes], None]:
    def read(raw: bytes) -> None:
        page = Page()
        page.raw = raw
        reader = Fmp(page)
        done(ask(reader))
        if reader.unreadable:
            raise TradeplatError

    return read


def past(of: Any, span: int) -> Callable[[bytes], None]:
    def read(raw: bytes) -> None:
        history = of(Access("http://127.0.0.1:1", "K", "S"), "sip")
        history._rest = Past()
        history._rest.raw = raw
        sound(done(history.bars("AAA", span, NOW - SECOND, END)))
        assert history.last_refused.isprintable()
        if history.refused:
            raise TradeplatError

    return read


def screen(ask: Callable[[Screen], Coroutine[Any, Any, Any]]) -> Callable[[bytes], Any]:
    def read(raw: bytes) -> Any:
        made = Screen()
        made.raw = raw
        return done(ask(made))

    return read


class Body(NamedTuple):
    """Who reads it, and bodies that can be read."""

    reads: Callable[[bytes], Any]
    seeds: Sequence[bytes]


BODIES = {
    "polygon frames": Body(polygon_frame, [FRAME, STATUS]),
    "polygon history": Body(past(PolygonHistory, 60), [AGGREGATES]),
    "polygon snapshots": Body(snapshots, [SNAPSHOTS]),
    "polygon gainers": Body(polygon(lambda data: data.gainers()), [SNAPSHOTS]),
    "polygon grouped days": Body(polygon(lambda data: data.grouped(20260105)), [GROUPED]),
    "polygon minutes": Body(minutes, [AGGREGATES]),
    "polygon details": Body(polygon(lambda data: data.details("AAA")), [DETAILS]),
    "polygon floats": Body(polygon(lambda data: data.shares_float("AAA")), [FLOATS]),
    "polygon splits": Body(polygon(lambda data: data.splits(20260101, 20260131)), [SPLITS]),
    "polygon news": Body(news(PolygonNews), [POLYGON_NEWS]),
    "alpaca bars": Body(past(AlpacaHistory, 60), [ALPACA_BARS]),
    "alpaca trades": Body(past(AlpacaHistory, 1), [ALPACA_TRADES]),
    "alpaca news": Body(news(AlpacaNews), [ALPACA_NEWS]),
    "alpaca movers": Body(screen(lambda made: made.gainers(5)), [MOVERS]),
    "alpaca actives": Body(screen(lambda made: made.actives(5)), [ACTIVES]),
    "alpaca snapshots": Body(screen(lambda made: made.snapshots(["AAA"])), [SHOTS]),
    "alpaca assets": Body(screen(lambda made: made.assets()), [ASSETS]),
    "fmp profiles": Body(fmp(lambda made: made.details("AAA")), [PROFILE, SPENT]),
    "fmp floats": Body(fmp(lambda made: made.shares_float("AAA")), [FLOAT, SPENT]),
    "fmp gainers": Body(fmp(lambda made: made.gainers()), [GAINERS, SPENT]),
}


@pytest.mark.parametrize("name", BODIES)
def test_broken_bodies_are_refused_as(name: str) -> None:
    fuzz(*BODIES[name])


def recorded(folder: Path) -> dict[str, bytes]:
    """Every recorded frame and body of a vendor, by file and place."""
    found = {}
    for path in sorted(folder.rglob("*.json")):
        held = json.loads(path.read_bytes())
        found[path.name] = path.read_bytes()
        for n, row in enumerate(held if isinstance(held, list) else []):
            inside = row.get("body", row.get("message", row)) if isinstance(row, dict) else row
            found[f"{path.name} {n}"] = json.dumps(inside).encode()
            found[f"{path.name} [{n}]"] = json.dumps([inside]).encode()
    return found


@pytest.mark.parametrize("vendor", ["alpaca", "polygon"])
def test_every_recorded_frame_and_body_is_read_or_refused_with_a_reason(
    vendor: str, shared_data: Path
) -> None:
    bodies = recorded(shared_data / "wire" / vendor)
    assert len(bodies) > 100
    for body in BODIES.values():
        reasons = []
        for raw in bodies.values():
            try:
                body.reads(raw)
            except TradeplatError as error:
                reasons.append(str(error))
        assert reasons
        assert all(reason.isprintable() for reason in reasons)


AT_POLYGON = {
    "v2_snapshot_locale_us_markets_stocks_gainers.json": lambda data: data.gainers(),
    "v2_aggs_grouped_locale_us_market_stocks_2005-04-04_adjusted_true.json": lambda data: (
        data.grouped(20050404)
    ),
    "v3_reference_tickers_AAPL.json": lambda data: data.details("AAPL"),
    "v3_reference_splits.json": lambda data: data.splits(19000101, 20991231),
}


def test_what_the_vendors_recorded_is_read_by_whoever_is_meant(shared_data: Path) -> None:
    rest_ = shared_data / "wire" / "polygon" / "rest"
    for name, ask in AT_POLYGON.items():
        assert polygon(ask)((rest_ / name).read_bytes()), name
    bodies = recorded(shared_data / "wire" / "alpaca")
    stories = [raw for place, raw in bodies.items() if place.startswith("rest_historical_news")]
    assert any(found(AlpacaNews, raw) for raw in stories)
    shots = [raw for raw in bodies.values() if b'"latestTrade"' in raw and raw[:1] == b"{"]
    read = 0
    for raw in shots:
        with contextlib.suppress(TradeplatError):  # some of them are refused
            read += bool(screen(lambda made: made.snapshots(["AAPL"]))(raw))
    assert read


def found(of: Any, raw: bytes) -> list[Any]:
    page = Page()
    page.raw = raw
    with contextlib.suppress(TradeplatError):  # then there is none
        return list(done(of(page).since(["AAPL", "AAP", "TSLA", "BTCUSD", "NVDA", "MSFT"], 0)))
    return []
