"""Polygon's socket, judged by the vendor's own client under both its names."""

import asyncio
import json
from collections import Counter

import aiohttp
import pytest

from markets import KEY, OPEN, SECOND, control, morning, quote, said, trade, venue
from polygons import NAMES, package, sdk, status, stocks, tell
from tradeplat.core.market import MINUTE
from tradeplat.venue.market import Timing
from tradeplat.venue.market_floor import StreamTerms
from tradeplat.venue.plan import FREE
from tradeplat.venue.polygon_stream import FEED
from waits import PATIENCE, until

ALL = ("A.*", "AM.*", "T.AAA", "Q.AAA", "LULD.*")
NOW = Timing(bar_delay=0, amend_delay=2 * SECOND)


def listened(served) -> bool:
    return any(one.feed == FEED and any(one.topics.values()) for one in served.floor.hub.receivers)


@pytest.mark.parametrize("name", NAMES)
async def test_the_official_client_gets_a_model_of_every_event(name):
    events = [quote(OPEN + SECOND), trade(OPEN + 2 * SECOND), trade(OPEN + MINUTE + SECOND, 5.5)]
    async with (
        venue(events, speed=1, timing=NOW) as served,
        sdk(served, name, *ALL) as (_, heard, task),
    ):
        await until(lambda: listened(served))
        await control(served, "speed", speed=60)
        await until(lambda: Counter(one.event_type for one in heard)["AM"] >= 1)
        await until(lambda: Counter(one.event_type for one in heard)["A"] >= 2)
        await control(served, "band", symbol="AAA", low=4.5, high=5.5)
        await control(served, "halt", symbol="AAA", code="LUDP")
        await control(served, "halt", symbol="AAA", trading=True)
        await until(lambda: Counter(one.event_type for one in heard)["LULD"] >= 3)
        assert not task.done()
    kinds = Counter(one.event_type for one in heard)
    assert set(kinds) == {"A", "AM", "T", "Q", "LULD"}
    models = {type(one).__name__ for one in heard}
    assert models == {"EquityAgg", "EquityTrade", "EquityQuote", "LimitUpLimitDown"}
    second = next(one for one in heard if one.event_type == "A")
    start = (OPEN + 2 * SECOND) // 1_000_000
    assert (second.symbol, second.start_timestamp, second.end_timestamp) == (
        "AAA", start, start + 1000,
    )  # fmt: skip
    assert (second.open, second.close, second.volume, second.vwap) == (5.0, 5.0, 100, 5.0)
    assert second.official_open_price == 5.0
    minute = next(one for one in heard if one.event_type == "AM")
    assert (minute.start_timestamp, minute.volume) == (OPEN // 1_000_000, 100)
    halted = next(one for one in heard if one.event_type == "LULD" and one.indicators == [17])
    assert (halted.symbol, halted.high_price, halted.low_price) == ("AAA", 5.5, 4.5)
    resumed = next(one for one in heard if one.event_type == "LULD" and one.indicators == [18])
    assert (resumed.high_price, resumed.low_price) == (0.0, 0.0)


@pytest.mark.parametrize("name", NAMES)
async def test_a_wrong_key_is_the_clients_auth_error(name):
    async with venue() as served:
        client = package(name).WebSocketClient(
            "wrong", feed=served.ws_url[5:], market="stocks", secure=False
        )
        with pytest.raises(package(name).exceptions.AuthError):
            await client.connect(lambda _: None)


async def test_each_topic_is_acknowledged_and_a_bad_one_loses_no_other():
    async with venue() as served, stocks(served) as ws:
        assert await tell(ws, "subscribe", "AM.AAA, A.*,T.AAA") == [
            status("success", "subscribed to: AM.AAA"),
            status("success", "subscribed to: A.*"),
            status("success", "subscribed to: T.AAA"),
        ]
        answers = await tell(ws, "subscribe", "FMV.AAA,nonsense,Q.AAA")
        assert [one["status"] for one in answers] == ["not_authorized", "error", "success"]
        assert await tell(ws, "unsubscribe", "T.AAA") == [
            status("success", "unsubscribed to: T.AAA")
        ]
        receiver = served.floor.hub.receivers[0]
        assert {key: list(found) for key, found in receiver.topics.items()} == {
            "A": ["*"], "AM": ["AAA"], "T": [], "Q": ["AAA"], "LULD": [],
        }  # fmt: skip


async def test_thousands_of_topics_are_acknowledged_in_frames_a_client_can_read():
    topics = [f"{channel}.T{number:05d}" for number in range(9_000) for channel in ("A", "AM")]
    async with venue() as served, stocks(served) as ws:
        await ws.send_str(json.dumps({"action": "subscribe", "params": ",".join(topics)}))
        told: list[str] = []
        while len(told) < len(topics):
            frame = await ws.receive(timeout=PATIENCE)
            assert len(frame.data) < 1 << 20
            told += [one["message"].removeprefix("subscribed to: ") for one in frame.json()]
        assert told == topics
        assert len(served.floor.hub.receivers[0].topics["AM"]) == 9_000


@pytest.mark.parametrize(
    "frame",
    ["", "no json", "[]", '{"action": "dance"}', '{"action": "subscribe", "params": 3}', "\xff",
     '{"action": "subscribe", "params": " , "}', '{"action": [], "params": "T.AAA"}',
     '{"action": {"a": 1}, "params": "T.AAA"}', '{"action": "auth", "params": null}'],
)  # fmt: skip
async def test_nonsense_is_answered_and_the_connection_stays(frame):
    async with venue() as served, stocks(served) as ws:
        await ws.send_str(frame)
        assert (await said(ws))[0]["status"] == "error"
        assert (await tell(ws, "subscribe", "T.AAA"))[0]["status"] == "success"


async def test_nothing_is_subscribed_before_the_key_was_shown_nor_the_key_shown_twice():
    async with venue() as served, stocks(served, login=False) as ws:
        assert (await tell(ws, "subscribe", "T.AAA"))[0]["status"] == "not_authorized"
        assert (await tell(ws, "auth", KEY))[0]["status"] == "auth_success"
        assert (await tell(ws, "auth", KEY))[0]["status"] == "error"


async def test_who_does_not_authenticate_in_time_is_sent_away():
    terms = StreamTerms(auth_timeout=0.05)
    async with venue(stream=terms) as served, stocks(served, login=False) as ws:
        assert (await said(ws))[0]["status"] == "auth_timeout"
        assert (await ws.receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize("kept", ["older", "newer"])
async def test_an_account_has_one_connection(kept):
    async with (
        venue(stream=StreamTerms(kept=kept)) as served,
        stocks(served) as first,
        stocks(served, login=False) as second,
    ):
        answer = await tell(second, "auth", KEY)
        if kept == "newer":
            assert answer[0]["status"] == "auth_success"
            assert (await said(first))[0]["status"] == "max_connections"
        else:
            assert answer[0]["status"] == "max_connections"
            assert (await tell(first, "subscribe", "T.AAA"))[0]["status"] == "success"


async def test_a_broken_connection_holds_its_place():
    async with venue(speed=1) as served:
        await control(served, "fault", name="connection_limit", seconds=90)
        async with stocks(served):
            await control(served, "disconnect", how="abort")
            await until(lambda: not served.floor.hub.receivers)
        async with stocks(served, login=False) as ws:
            assert (await tell(ws, "auth", KEY))[0]["status"] == "max_connections"


async def test_a_plan_without_sockets_is_authorized_for_no_topic():
    async with venue(plan=FREE) as served, stocks(served) as ws:
        answers = await tell(ws, "subscribe", "AM.AAA,T.AAA")
        assert [one["status"] for one in answers] == ["not_authorized"] * 2


async def test_a_slow_consumer_is_told_so_and_cut():
    terms = StreamTerms(buffer=50)
    async with venue(morning(5), speed=60, stream=terms) as served, stocks(served) as ws:
        await tell(ws, "subscribe", "T.*,Q.*")
        served.floor.hub.receivers[0].offer(b"{}")
        for _ in range(60):
            served.floor.hub.receivers[0].offer(b"{}")
        seen = []
        while (frame := await ws.receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.TEXT:
            seen += json.loads(frame.data)
    assert seen[-1]["status"] == "slow_consumer"


async def test_login_errors_can_be_injected():
    async with venue() as served, stocks(served, login=False) as ws:
        await control(served, "login_error", code=409)
        assert (await tell(ws, "auth", KEY))[0]["status"] == "not_authorized"
        assert (await tell(ws, "auth", KEY))[0]["status"] == "auth_success"


async def test_both_vendors_tell_one_session_at_once():
    from markets import ask, market_socket

    async with (
        venue(morning(1), speed=1, timing=NOW) as served,
        market_socket(served, "sip") as alpaca,
        stocks(served) as polygon,
    ):
        await ask(alpaca, action="subscribe", trades=["AAA"])
        await tell(polygon, "subscribe", "T.AAA,A.AAA")
        await control(served, "speed", speed=60)
        ours, theirs = await asyncio.gather(
            _prints(alpaca, "T", "t", 20), _prints(polygon, "ev", "T", 20)
        )
    assert [one["i"] for one in theirs] == [str(one["i"]) for one in ours]
    assert [(one["p"], one["s"]) for one in theirs] == [(one["p"], one["s"]) for one in ours]


async def _prints(ws, tag: str, kind: str, count: int) -> list[dict]:
    found: list[dict] = []
    while len(found) < count:
        found += [one for one in await said(ws) if one[tag] == kind]
    return found[:count]
