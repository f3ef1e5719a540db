"""The vendor's own TradingStream, and bare sockets, against the venue's account socket."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import aiohttp
import msgspec
import pytest
import websockets
from alpaca.trading.enums import OrderClass
from alpaca.trading.models import TradeUpdate
from alpaca.trading.requests import (
    LimitOrderRequest,
    MarketOrderRequest,
    ReplaceOrderRequest,
    StopLossRequest,
    TakeProfitRequest,
)
from alpaca.trading.stream import TradingStream
from pydantic import ValidationError

from exchanges import EXACT
from loopback_venue import KEY, SECRET, loopback
from tradeplat.venue.faults import Fault
from waits import until

AUTH = {"action": "authenticate", "data": {"key_id": KEY, "secret_key": SECRET}}
LISTEN = {"action": "listen", "data": {"streams": ["trade_updates"]}}


@asynccontextmanager
async def listening(venue):
    """The vendor's stream, listening; yields the queue of its parsed updates."""
    updates = asyncio.Queue()
    stream = TradingStream(KEY, SECRET, paper=True, url_override=venue.socket_url)
    stream.subscribe_trade_updates(updates.put)
    running = asyncio.ensure_future(stream._run_forever())
    try:
        await until(lambda: venue.account.feed.heard)
        yield updates
    finally:
        await stream.stop_ws()
        await stream.close()
        running.cancel()
        with suppress(asyncio.CancelledError):  # as asked
            await running


async def take(updates, count):
    async with asyncio.timeout(30):
        return [await updates.get() for _ in range(count)]


async def socket(session, venue, **given):
    return await session.ws_connect(venue.socket_url, **given)


def limit(price, **given):
    return LimitOrderRequest(
        symbol="AAA", qty=10, side="buy", time_in_force="day", limit_price=price, **given
    )


async def told(updates, count):
    return [update.event for update in await take(updates, count)]


@pytest.mark.parametrize("binary", [True, False])
async def test_every_kind_of_event_arrives_in_order(binary):
    profile = msgspec.structs.replace(EXACT, binary_updates=binary)
    async with loopback(profile=profile) as venue, listening(venue) as updates:
        order = await venue.call(venue.client.submit_order, limit(4.5))
        moved = await venue.call(
            venue.client.replace_order_by_id, order.id, ReplaceOrderRequest(limit_price=4.6)
        )
        await venue.call(venue.client.cancel_order_by_id, moved.id)
        assert await told(updates, 7) == [
            "pending_new",
            "new",
            "pending_replace",
            "replaced",
            "new",
            "pending_cancel",
            "canceled",
        ]
        market = MarketOrderRequest(symbol="AAA", qty=10, side="buy", time_in_force="day")
        await venue.call(venue.client.submit_order, market)
        *_, fill = await take(updates, 3)
        assert isinstance(fill, TradeUpdate)
        assert (fill.event, fill.price, fill.qty, fill.position_qty) == ("fill", 5.0, 10.0, 10.0)
        assert fill.order.filled_avg_price == "5"
        await venue.call(venue.client.submit_order, limit(4.0))
        venue.until("15:55")
        late = MarketOrderRequest(symbol="AAA", qty=1, side="buy", time_in_force="cls")
        await venue.call(venue.client.submit_order, late)
        venue.until("16:00:01")
        assert await told(updates, 5) == ["pending_new", "new", "accepted", "rejected", "expired"]


async def test_partial_fills_and_brackets_are_told():
    profile = msgspec.structs.replace(EXACT, partial_rate=1.0)
    async with loopback(profile=profile) as venue, listening(venue) as updates:
        request = limit(
            5.1,
            order_class=OrderClass.BRACKET,
            take_profit=TakeProfitRequest(limit_price=6.0),
            stop_loss=StopLossRequest(stop_price=4.0),
        )
        order = await venue.call(venue.client.submit_order, request)
        seen = [await updates.get() for _ in range(3)]
        assert [update.event for update in seen] == ["pending_new", "new", "partial_fill"]
        while seen[-1].event == "partial_fill":
            seen.append(await updates.get())
        assert seen[-1].event == "fill"
        assert seen[-1].order.id == order.id
        assert sum(update.qty for update in seen if update.qty) == 10
        legs = await take(updates, 2)
        assert [(update.event, update.order.status.value) for update in legs] == [
            ("new", "new")
        ] * 2


@pytest.mark.parametrize(("early", "expected"), [(False, 0), (True, 3)])
async def test_updates_leave_after_the_answer_or_before_it(early, expected):
    profile = msgspec.structs.replace(EXACT, update_before_response=early)
    async with loopback(profile=profile) as venue, aiohttp.ClientSession() as session:
        ws = await socket(session, venue)
        await ws.send_json(AUTH)
        await ws.send_json(LISTEN)
        for _ in range(2):
            await ws.receive_bytes()
        written = []
        feed = venue.account.feed
        listener = feed._listener

        def note(update):
            written.append(update)
            listener(update)

        feed.listen(note)
        headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
        counted = []
        prepare = aiohttp.web.Response.prepare

        async def counting(self, request):
            counted.append(len(written))
            return await prepare(self, request)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(aiohttp.web.Response, "prepare", counting)
            body = {"symbol": "AAA", "qty": "1", "side": "buy"}
            await session.post(f"{venue.url}/v2/orders", json=body, headers=headers)
        assert counted[0] == expected
        assert len(written) == 3
        await ws.close()


@pytest.mark.parametrize(
    "auth", [AUTH, {"action": "auth", "key": KEY, "secret": SECRET}], ids=["old", "new"]
)
async def test_both_forms_of_authentication_are_taken(auth):
    async with loopback() as venue, aiohttp.ClientSession() as session:
        ws = await socket(session, venue)
        await ws.send_json(auth)
        answer = json.loads(await ws.receive_bytes())
        assert answer == {
            "stream": "authorization",
            "data": {"status": "authorized", "action": auth["action"]},
        }
        await ws.close()


async def test_who_is_not_known_hears_nothing():
    async with loopback() as venue, aiohttp.ClientSession() as session:
        ws = await socket(session, venue)
        await ws.send_json(LISTEN)
        assert json.loads(await ws.receive_bytes())["data"] == {
            "status": "unauthorized",
            "action": "listen",
        }
        await ws.send_json(AUTH | {"data": {"key_id": KEY, "secret_key": "no"}})
        assert json.loads(await ws.receive_bytes())["data"]["status"] == "unauthorized"
        await ws.send_str("{{{")
        assert json.loads(await ws.receive_bytes())["stream"] == "error"
        await ws.close()


async def test_listen_replaces_the_list_and_an_empty_one_stops_it():
    async with loopback() as venue, aiohttp.ClientSession() as session:
        ws = await socket(session, venue)
        await ws.send_json(AUTH)
        await ws.receive_bytes()
        for streams, heard in ((["trade_updates", "x"], ["trade_updates"]), ([], []), ("all", [])):
            await ws.send_json({"action": "listen", "data": {"streams": streams}})
            assert json.loads(await ws.receive_bytes())["data"] == {"streams": heard}
        assert not venue.account.feed.heard
        await ws.close()


async def test_a_client_that_asks_for_message_pack_gets_it():
    async with loopback() as venue, aiohttp.ClientSession() as session:
        ws = await socket(session, venue, headers={"Content-Type": "application/msgpack"})
        for message in (AUTH, LISTEN):
            await ws.send_bytes(msgspec.msgpack.encode(message))
        streams = [msgspec.msgpack.decode(await ws.receive_bytes())["stream"] for _ in range(2)]
        assert streams == ["authorization", "listening"]
        await ws.close()


async def test_an_account_has_one_connection():
    async with loopback() as venue, aiohttp.ClientSession() as session:
        first = await socket(session, venue)
        await first.send_json(AUTH)
        await first.receive_bytes()
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await socket(session, venue)
        assert caught.value.status == 429
        await first.close()
        second = await socket(session, venue)
        await second.send_json(AUTH)
        assert json.loads(await second.receive_bytes())["data"]["status"] == "authorized"
        await second.close()


async def test_two_that_connect_at_once_do_not_share_an_account():
    async with loopback() as venue, aiohttp.ClientSession() as session:
        first, second = await socket(session, venue), await socket(session, venue)
        answers = []
        for ws in (first, second):
            await ws.send_json(AUTH)
            answers.append(json.loads(await ws.receive_bytes())["data"]["status"])
        assert answers == ["authorized", "unauthorized"]
        for ws in (first, second):
            await ws.close()


async def test_a_client_that_vanishes_frees_its_place():
    async with loopback() as venue:
        client = await websockets.connect(venue.socket_url)
        await client.send(json.dumps(AUTH))
        await client.recv()
        client.transport.abort()
        await until(lambda: not venue.side.stream._open)
        await venue.call(
            venue.client.submit_order,
            MarketOrderRequest(symbol="AAA", qty=1, side="buy", time_in_force="day"),
        )
        assert venue.account.feed.happened == 3
        assert venue.account.feed.sent == 0


@pytest.mark.parametrize(
    ("key", "needed"),
    [("event", True), ("timestamp", True), ("order", True), ("price", False), ("qty", False)],
)
async def test_the_sdk_needs_exactly_these_keys_of_an_update(key, needed):
    async with loopback() as venue:
        seen = []
        venue.account.feed.listen(seen.append)
        await venue.call(
            venue.client.submit_order,
            MarketOrderRequest(symbol="AAA", qty=1, side="buy", time_in_force="day"),
        )
        body = seen[-1]
        assert all(isinstance(body[name], str) for name in ("price", "qty", "position_qty"))
        rest = {name: value for name, value in body.items() if name != key}
        if needed:
            with pytest.raises(ValidationError):
                TradeUpdate(**rest)
        else:
            TradeUpdate(**rest)


async def test_a_broken_connection_may_keep_its_place_for_a_while():
    async with loopback() as venue, aiohttp.ClientSession() as session:
        limit = Fault(name="connection_limit")
        venue.side.exchange.faults.arm(limit)
        client = await websockets.connect(venue.socket_url)
        await client.send(json.dumps(AUTH))
        await client.recv()
        client.transport.abort()
        await until(lambda: not venue.side.stream._open)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await socket(session, venue)
        venue.wait(89.0)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await socket(session, venue)
        venue.wait(1.0)
        ws = await socket(session, venue)
        await ws.send_json(AUTH)
        assert json.loads(await ws.receive_bytes())["data"]["status"] == "authorized"
        venue.side.exchange.faults.arm(limit)
        await ws.close()
        await until(lambda: not venue.side.stream._open)
        again = await socket(session, venue)
        await again.close()


@pytest.mark.parametrize("field", ["status", "order_class", "type", "side", "time_in_force"])
async def test_trap_15_the_sdk_drops_an_update_with_a_word_it_does_not_know(field):
    async with loopback() as venue, listening(venue) as updates:
        seen = []
        deliver = venue.account.feed._listener
        venue.account.feed.listen(seen.append)
        request = MarketOrderRequest(symbol="AAA", qty=1, side="buy", time_in_force="day")
        await venue.call(venue.client.submit_order, request)
        pending, new, fill = seen
        for update in (pending, new | {"order": new["order"] | {field: "novel"}}, fill):
            deliver(update)
        assert await told(updates, 2) == ["pending_new", "fill"]
        assert updates.empty()
