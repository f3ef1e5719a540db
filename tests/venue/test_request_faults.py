import asyncio
import json

import aiohttp
import pytest

from markets import KEY, SECRET, market_socket, venue
from tradeplat.core.market import SECOND
from tradeplat.venue.faults import Fault
from tradeplat.venue.server import Venue
from waits import until

HEADERS = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
BUY = {"symbol": "AAA", "qty": "1", "side": "buy", "type": "limit", "limit_price": "1",
       "time_in_force": "day", "client_order_id": "one"}  # fmt: skip


async def get(served, path="/v2/stocks/snapshots?symbols=AAA"):
    async with (
        aiohttp.ClientSession(headers=HEADERS) as client,
        client.get(served.url + path) as answer,
    ):
        return answer.status, await answer.read(), answer.headers


async def post(served: Venue) -> tuple[int, bytes]:
    async with (
        aiohttp.ClientSession(headers=HEADERS) as client,
        client.post(f"{served.url}/v2/orders", json=BUY) as answer,
    ):
        return answer.status, await answer.read()


def orders(served: Venue) -> int:
    return len(served.accounts[0].orders)


@pytest.mark.parametrize(
    ("name", "count"), [("request_lost", 0), ("response_lost", 1), ("accepted_late", 0)]
)
async def test_a_lost_answer_says_nothing_of_the_order(name, count):
    async with venue(speed=1) as served:
        served.faults.arm(Fault(name=name))
        with pytest.raises(aiohttp.ClientConnectionError):
            await post(served)
        assert orders(served) == count
        assert served.faults.struck[name] == 1


async def test_an_order_given_up_for_lost_is_accepted_late():
    async with venue(speed=100) as served:
        served.faults.arm(Fault(name="accepted_late", seconds=(3, 90)))
        before = served.clock.now()
        with pytest.raises(aiohttp.ClientConnectionError):
            await post(served)
        await until(lambda: orders(served))
        [order] = served.accounts[0].orders
        assert 3 * SECOND <= order.created - before < 100 * SECOND
        assert order.client_id == "one"


@pytest.mark.parametrize(
    ("name", "statuses", "own", "count"),
    [
        ("http_4xx", {400, 403, 422}, True, 0),
        ("http_429", {429}, True, 0),
        ("http_504", {504}, False, 1),
    ],
)
async def test_an_answer_with_another_status(name, statuses, own, count):
    async with venue(speed=1) as served:
        served.faults.arm(Fault(name=name))
        status, body = await post(served)
        assert status in statuses
        assert (b'"code"' in body) is own
        assert orders(served) == count
        assert (await post(served))[0] == (422 if count else 200)


async def test_a_gateway_fails_before_or_after_the_venue_did_it():
    async with venue(speed=1, seed=3) as served:
        seen = set()
        for number in range(20):
            served.faults.arm(Fault(name="http_5xx"))
            BUY["client_order_id"] = f"n{number}"
            before = orders(served)
            status, body = await post(served)
            assert status in {500, 502, 503}
            assert body.startswith(b"<html>")
            seen.add(orders(served) - before)
        BUY["client_order_id"] = "one"
        assert seen == {0, 1}


@pytest.mark.parametrize("name", ["garbage_body", "truncated_body"])
async def test_a_spoilt_body_hides_an_order_that_was_placed(name):
    async with venue(speed=1) as served:
        served.faults.arm(Fault(name=name))
        status, body = await post(served)
        assert (status, orders(served)) == (200, 1)
        with pytest.raises(ValueError):
            json.loads(body)


async def test_a_spoilt_answer_to_a_cancel_has_a_body_of_its_own():
    async with venue(speed=1) as served, aiohttp.ClientSession(headers=HEADERS) as client:
        order = json.loads((await post(served))[1])
        served.faults.arm(Fault(name="truncated_body"))
        async with client.delete(f"{served.url}/v2/orders/{order['id']}") as answer:
            assert (answer.status, await answer.read()) == (200, b'{"')
        await until(lambda: not served.accounts[0].orders.open_orders())


async def test_a_status_with_its_own_body_strikes_so_often_and_only_its_path():
    async with venue(speed=1) as served:
        served.faults.arm(
            Fault(name="http_status", path="/v2/stocks", status=502, times=2, body="<html>",
                  content_type="text/html", headers={"Retry-After": "7"})
        )  # fmt: skip
        assert (await get(served, "/v2/clock"))[0] == 200
        status, body, headers = await get(served)
        assert (status, body, headers["Retry-After"]) == (502, b"<html>", "7")
        assert headers["Content-Type"].startswith("text/html")
        assert [(await get(served))[0] for _ in range(2)] == [502, 200]


async def test_too_many_requests_say_when_to_come_back():
    async with venue(speed=1) as served:
        served.faults.arm(Fault(name="429", burst=2))
        _, body, headers = await get(served, "/v2/clock")
        assert headers["Retry-After"] == "1"
        assert json.loads(body) == {"code": 42910000, "message": "too many requests."}
        assert [(await get(served, "/v2/clock"))[0] for _ in range(2)] == [429, 200]


async def test_slow_answers_come_whole_after_their_venue_time():
    async with venue(speed=50) as served:
        sound = (await get(served))[1]
        for name in ("slow", "slow_body"):
            for after in (None, False):
                served.faults.arm(Fault(name=name, seconds=(2, 3), after=after))
                before = served.clock.now()
                assert (await get(served))[:2] == (200, sound)
                assert served.clock.now() - before >= 2 * SECOND
        served.faults.arm(Fault(name="slow", seconds=3600))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await get(served)


async def test_a_rule_may_strike_once_the_request_was_carried_out():
    async with venue(speed=1) as served:
        for after, count in ((False, 0), (True, 1)):
            served.faults.arm(Fault(name="http_status", path="/v2/orders", status=504, after=after))
            assert (await post(served))[0] == 504
            assert orders(served) == count


async def test_the_upgrade_of_a_market_socket_fails_too():
    async with venue(speed=1) as served:
        served.faults.arm(Fault(name="http_5xx", path="/v2/iex"))
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with market_socket(served):
                pass  # refused on the way in
        async with market_socket(served):
            pass  # the second one works


async def test_control_paths_are_never_harmed():
    async with venue(speed=1) as served:
        served.faults.arm(Fault(name="request_lost"))
        assert (await get(served, "/control/status"))[0] == 200
