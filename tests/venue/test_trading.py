"""The whole venue, market and trading side together, on its own clock."""

import asyncio
import json

import aiohttp
import pytest
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import QueryOrderStatus
from alpaca.trading.requests import GetOrdersRequest, LimitOrderRequest, MarketOrderRequest

from markets import KEY, OPEN, SECOND, SECRET, morning, quote, venue
from tradeplat.sim.options import Costs
from tradeplat.venue.faults import Fault
from tradeplat.venue.profile import LOCKSTEP, PAPER

HEADERS = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
ALL = GetOrdersRequest(status=QueryOrderStatus.ALL)
AUTH = {"action": "auth", "key": KEY, "secret": SECRET}
LISTEN = {"action": "listen", "data": {"streams": ["trade_updates"]}}


def client_of(served):
    return TradingClient(KEY, SECRET, paper=True, url_override=served.url)


def market(**given):
    given = {"symbol": "AAA", "qty": 10, "side": "buy", "time_in_force": "day"} | given
    return MarketOrderRequest(**given)


async def filled(client, order_id):
    async with asyncio.timeout(30):
        while (
            order := await asyncio.to_thread(client.get_order_by_id, order_id)
        ).filled_at is None:
            await asyncio.sleep(0.005)
    return order


@pytest.mark.parametrize("profile", [PAPER, LOCKSTEP])
async def test_orders_fill_on_the_market_that_the_venue_plays(profile):
    async with venue(morning(30), speed=60, profile=profile) as served:
        client = client_of(served)
        order = await filled(client, (await asyncio.to_thread(client.submit_order, market())).id)
        assert order.filled_qty == "10"
        assert 4.9 < float(order.filled_avg_price) < 5.5
        clock = await asyncio.to_thread(client.get_clock)
        assert clock.is_open
        (position,) = await asyncio.to_thread(client.get_all_positions)
        assert position.qty == "10"


async def test_updates_come_while_time_runs():
    async with (
        venue(morning(30), speed=60) as served,
        aiohttp.ClientSession(headers=HEADERS) as session,
        session.ws_connect(served.ws_url + "/stream") as ws,
    ):
        for message in (AUTH, LISTEN):
            await ws.send_json(message)
            json.loads(await ws.receive_bytes())
        body = {"symbol": "BBB", "qty": "10", "side": "buy"}
        await session.post(served.url + "/v2/orders", json=body)
        events = []
        async with asyncio.timeout(30):
            while "fill" not in events:
                events.append(json.loads(await ws.receive_bytes())["data"]["event"])
        assert events[:2] == ["pending_new", "new"]
        counts = served.accounts[0].feed.sent, served.accounts[0].order_requests
        assert counts == (len(events), 1)
        paths = [one.path for one in served.floor.sockets.matching(key=KEY)]
        assert paths == ["/stream"]


async def test_assets_and_closes_are_those_of_the_script():
    async with venue([quote(OPEN)], closes={"AAA": 4.5}, exchanges={"BBB": "NYSE"}) as served:
        client = client_of(served)
        assets = await asyncio.to_thread(client.get_all_assets)
        assert [(a.symbol, a.exchange.value) for a in assets] == [
            ("AAA", "NASDAQ"),
            ("BBB", "NYSE"),
        ]
        await filled(client, (await asyncio.to_thread(client.submit_order, market())).id)
        (position,) = await asyncio.to_thread(client.get_all_positions)
        assert position.lastday_price == "4.5"


async def test_day_orders_end_when_the_day_is_played_out():
    async with venue([quote(OPEN)], speed=1) as served:
        client = client_of(served)
        request = LimitOrderRequest(
            symbol="AAA", qty=1, side="buy", time_in_force="day", limit_price=1.0
        )
        order = await asyncio.to_thread(client.submit_order, request)
        served.clock.change_speed(100_000)
        served.player.wake()
        async with asyncio.timeout(30):
            while order.status.value != "expired":
                await asyncio.sleep(0.005)
                order = await asyncio.to_thread(client.get_order_by_id, order.id)
        assert order.expired_at == order.expires_at


async def test_costs_and_the_log_come_from_the_options(tmp_path):
    log = tmp_path / "orders.jsonl"
    costs = Costs(fee_per_trade=1.0)
    async with venue([quote(OPEN)], costs=costs, order_log=log, profile=LOCKSTEP) as served:
        client = client_of(served)
        await filled(client, (await asyncio.to_thread(client.submit_order, market())).id)
        account = await asyncio.to_thread(client.get_account)
        assert float(account.cash) == pytest.approx(100_000 - 50.1 - 1.0)
    kinds = [json.loads(line)["kind"] for line in log.read_text().splitlines()]
    assert kinds == ["pending_new", "new", "fill", "POST /v2/orders"]


async def test_an_order_taken_behind_a_504_is_there():
    async with (
        venue([quote(OPEN)], profile=LOCKSTEP) as served,
        aiohttp.ClientSession(headers=HEADERS) as session,
    ):
        served.faults.arm(Fault(name="http_504", path="/v2/orders", method="POST", body="late"))
        body = {"symbol": "AAA", "qty": "10", "side": "buy", "client_order_id": "once"}
        answer = await session.post(served.url + "/v2/orders", json=body)
        assert answer.status == 504
        again = await session.post(served.url + "/v2/orders", json=body)
        assert (await again.json())["message"] == "client_order_id must be unique"
        client = client_of(served)
        found = await asyncio.to_thread(client.get_order_by_client_id, "once")
        assert found.filled_qty == "10"
        with pytest.raises(APIError):
            await asyncio.to_thread(client.get_order_by_client_id, "twice")
        lines = await (await session.get(served.url + "/control/orders")).json()
        taken = [
            line for line in lines if line["kind"].startswith("POST") and line["status"] == 200
        ]
        assert len(taken) == 1
        assert served.clock.now() >= OPEN - SECOND


async def behind_a_504(client, request):
    """Submit `request`; the venue takes it, and a gateway answers 504 in its place."""
    client._retry_wait = 0
    return await asyncio.to_thread(client.submit_order, request)


async def test_trap_16_the_sdk_sends_an_order_again_after_a_504():
    async with venue([quote(OPEN)], profile=LOCKSTEP) as served:
        served.faults.arm(Fault(name="http_504", path="/v2/orders", method="POST", body="late"))
        client = client_of(served)
        await behind_a_504(client, market())
        assert len(await asyncio.to_thread(client.get_orders, ALL)) == 2


async def test_trap_17_with_a_client_order_id_it_reports_a_refusal_of_an_order_that_exists():
    async with venue([quote(OPEN)], profile=LOCKSTEP) as served:
        served.faults.arm(Fault(name="http_504", path="/v2/orders", method="POST", body="late"))
        client = client_of(served)
        with pytest.raises(APIError) as caught:
            await behind_a_504(client, market(client_order_id="once"))
        assert (caught.value.status_code, caught.value.code) == (422, 40010001)
        (order,) = await asyncio.to_thread(client.get_orders, ALL)
        assert order.client_order_id == "once"
