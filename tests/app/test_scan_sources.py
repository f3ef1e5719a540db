import asyncio
from pathlib import Path

import msgspec
import numpy as np
import pytest

from scanners.vendor import KEY, StandingClock, vendor
from tradeplat.app.place import Place
from tradeplat.app.rests import Rests
from tradeplat.app.scan_sources import halts, mood, opened
from tradeplat.app.settings import Settings, load
from tradeplat.app.vendors import Endpoint
from tradeplat.core.errors import BadInput
from tradeplat.scanners.sources import Headline
from tradeplat.streams.alpaca import AlpacaWebSocketClient
from tradeplat.streams.client import Services, TickerStreams
from tradeplat.streams.connection import Access
from tradeplat.streams.joined import JoinedStreams

TICKERS = "/v2/snapshot/locale/us/markets/stocks/tickers"


class Nobody:
    async def assets(self) -> dict[str, bool]:
        return {}


def settings(folder: Path) -> Settings:
    return load(None, [f"run.logs={folder}"], {})


def place(url: str, feed: str, key: str = KEY) -> Place:
    return Place("x", url, url, url, feed, "k", "s", vendors={"polygon": Endpoint(url, "", key)})


async def test_polygon_is_asked_with_its_own_key(tmp_path: Path) -> None:
    async with vendor() as served:
        served.say(TICKERS, {"tickers": [{"ticker": "A"}]})
        where = place(served.url, "sip")
        told, clock = settings(tmp_path), served.clock
        async with (
            Rests(where, told, clock) as rests,
            opened(told, where, clock, Nobody(), rests) as asked,
        ):
            assert [shot.symbol for shot in await asked.market.snapshots()] == ["A"]
            assert asked.cache.on_disk
            await asyncio.to_thread(asked.cache.load)
        assert served.headers[0]["Authorization"] == f"Bearer {KEY}"
    kept = await asyncio.to_thread(lambda: [path.name for path in tmp_path.iterdir()])
    assert kept == ["facts"]


async def test_what_a_builtin_venue_invents_is_not_kept(tmp_path: Path) -> None:
    clock = StandingClock(0)
    told, where = settings(tmp_path), place("http://x", "builtin")
    async with (
        Rests(where, told, clock) as rests,
        opened(told, where, clock, Nobody(), rests) as asked,
    ):
        assert not asked.cache.on_disk
        assert asked.market.feed == "builtin"


async def test_without_a_key_it_says_which(tmp_path: Path) -> None:
    bare = msgspec.structs.replace(place("http://x", "sip"), vendors={"polygon": Endpoint("u")})
    told, clock = settings(tmp_path), StandingClock(0)
    with pytest.raises(BadInput, match="POLYGON_API_KEY"):
        async with (
            Rests(bare, told, clock) as rests,
            opened(told, bare, clock, Nobody(), rests),
        ):
            pass  # never reached


async def test_facts_that_polygon_does_not_know_are_asked_of_fmp(tmp_path: Path) -> None:
    async with vendor() as served:
        both = {name: Endpoint(served.url, "", KEY) for name in ("polygon", "fmp")}
        where = msgspec.structs.replace(place(served.url, "sip"), vendors=both)
        told = settings(tmp_path)
        async with (
            Rests(where, told, served.clock) as rests,
            opened(told, where, served.clock, Nobody(), rests) as asked,
        ):
            assert [one.name for one in asked.references] == [asked.market.name, "fmp"]
            assert [line.split(":")[0] for line in asked.told()] == ["polygon", "fmp"]


def test_the_provider_is_believed_before_the_lexicon() -> None:
    line = Headline("1", 0, ("A",), "Acme soars on record profit", sentiment={"A": -0.5})
    judge = mood()
    assert judge is None or judge(line, "A") == -0.5


class Session:
    """A stream that holds no connection."""

    @staticmethod
    def made() -> TickerStreams:
        services = Services(StandingClock(0), np.random.default_rng(1))
        return AlpacaWebSocketClient(Access("ws://x", "k", "s"), "sip", services)


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        (["scanner.preset=halt_resumed"], True),
        (["scanner.limits.resumed_within=5"], True),
        (["scanner.preset=gappers"], False),
        (["scanner.preset=gap"], False),
        (["scanner.preset=halt_resumed", "scanner.limits.resumed_within=0"], False),
    ],
)
async def test_halts_of_the_market_are_asked_for_where_the_limits_go_by_them(
    words: list[str], heard: bool
) -> None:
    client = Session.made()
    told = load(None, ["scanner.use=polygon_top_gainer", *words], {})
    board = await halts(told, StandingClock(0), client)
    assert (board is not None) is heard
    asked = [topic for request in client._subscriptions.online() for topic in request.topics]
    assert asked == ([("statuses", "*")] if heard else [])
    joined = JoinedStreams(Session.made(), Session.made())
    assert ((await halts(told, StandingClock(0), joined)) is not None) is heard
    assert await halts(told, StandingClock(0), None) is None
