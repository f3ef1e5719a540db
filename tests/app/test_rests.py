from pathlib import Path

import pytest

from scanners.vendor import KEY, NOW, StandingClock, Vendor, vendor
from tradeplat.app.place import Place
from tradeplat.app.rests import BUILTIN_REQUESTS, Rests, newsroom
from tradeplat.app.settings import load
from tradeplat.app.vendors import Endpoint
from tradeplat.core.errors import Throttled
from tradeplat.scanners import alpaca_news, fmp, polygon_news
from tradeplat.scanners.filters import Enriched
from tradeplat.scanners.news import SentimentGate

BAD = {
    "id": 1,
    "headline": "Acme files for bankruptcy",
    "created_at": "2026-01-05T14:00:00Z",
    "symbols": ["AAA"],
}


def place(served: Vendor, feed: str = "iex", **keys: str) -> Place:
    services = {
        service: Endpoint(served.url, key=keys.get(service, KEY), secret="S3CRET-OF-OURS")
        for service in ("polygon", "fmp", "alpaca_news")
    }
    return Place("a place", served.url, served.url, "", feed, "K", "S", vendors=services)


async def test_each_vendor_is_asked_with_the_headers_it_wants() -> None:
    async with vendor() as served, Rests(place(served), load(None), served.clock) as rests:
        for name in ("polygon", "massive", "fmp", "alpaca_news"):
            served.say("/x", {})
            rest = await rests.of(name)
            assert rest is not None
            await rest.get("x", "/x")
        assert await rests.of("massive") is await rests.of("polygon")
        told = [dict(headers) for headers in served.headers]
        assert told[0]["Authorization"] == told[1]["Authorization"] == f"Bearer {KEY}"
        assert told[2]["apikey"] == KEY
        assert told[3]["APCA-API-KEY-ID"] == KEY
        assert [line.split(":")[0] for line in rests.told()] == ["polygon", "fmp", "alpaca news"]


async def test_a_vendor_without_a_key_is_none() -> None:
    async with vendor() as served:
        where = place(served, fmp="")
        async with Rests(where, load(None), served.clock) as rests:
            assert await rests.of("fmp") is None
            assert await rests.of("unknown") is None
            assert rests.told() == []


async def test_a_vendor_has_one_budget_and_a_days_quota_beside_the_runs(tmp_path: Path) -> None:
    settings = load(
        None, [f"run.logs={tmp_path}", "fmp.requests_day=2", "polygon.requests_minute=5"]
    )
    async with vendor() as served, Rests(place(served), settings, served.clock) as rests:
        assert rests.budget("polygon").per_minute == 5
        assert rests.budget("fmp").per_minute == 300
        assert rests.budget("alpaca_news") is rests.budget("alpaca")
        assert rests.budget("alpaca").per_minute == 200
        served.say(fmp.FLOAT, [])
        rest = await rests.of("fmp")
        assert rest is not None
        for _ in range(2):
            await fmp.Fmp(rest).shares_float("AAA")
        with pytest.raises(Throttled, match="2 of 2 requests in 24 hours"):
            await fmp.Fmp(rest).shares_float("AAA")
        assert (tmp_path / "vendors" / "fmp.count").read_text().count("\n") == 2


async def test_the_built_in_venue_has_minutes_of_its_own() -> None:
    async with vendor() as served:
        where = place(served, "builtin")
        async with Rests(where, load(None), served.clock) as rests:
            assert rests.budget("polygon").per_minute == BUILTIN_REQUESTS


async def test_a_newsroom_asks_every_vendor_of_news() -> None:
    async with vendor() as served, Rests(place(served), load(None), served.clock) as rests:
        served.say(alpaca_news.PATH, {"news": [BAD]})
        served.say(polygon_news.PATH, {}, 403)
        room = await newsroom(rests, StandingClock(NOW))
        gate = SentimentGate(room, StandingClock(NOW))
        await gate.refresh(["AAA"])
        verdict = gate.judge(Enriched("AAA"))
        assert verdict.reason.endswith("below +0.00: Acme files for bankruptcy")
        assert gate.faults() == ["polygon: HTTP 403 for news"]
        assert room.told()[1].startswith("polygon: HTTP 403 for news, asked again in 15 min; ")
