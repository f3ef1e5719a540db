import asyncio

import aiohttp
import pytest

from markets import KEY, SECRET, control, venue
from tradeplat.venue.faults import Faults, Harm, Rule


async def get(served, path="/v2/stocks/snapshots?symbols=AAA"):
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.get(served.url + path) as answer,
    ):
        return answer.status, await answer.text(), answer.headers


async def test_a_status_with_its_own_body_strikes_so_often_and_only_its_path():
    async with venue(speed=1) as served:
        await control(served, "fault", path="/v2/stocks", status=502, times=2, body="<html>",
                      content_type="text/html", headers={"Retry-After": "7"})  # fmt: skip
        assert (await get(served, "/v2/clock"))[0] == 200
        status, body, headers = await get(served)
        assert (status, body, headers["Retry-After"]) == (502, "<html>", "7")
        assert headers["Content-Type"].startswith("text/html")
        assert [(await get(served))[0] for _ in range(2)] == [502, 200]


async def test_a_dropped_request_has_no_answer():
    async with venue(speed=1) as served:
        await control(served, "fault", path="/v2/stocks", harm="drop", times=9)
        with pytest.raises(aiohttp.ClientConnectionError):
            await get(served)


async def test_a_hanging_request_is_answered_late_and_a_slow_body_comes_whole():
    async with venue(speed=1) as served:
        sound = (await get(served))[1]
        for harm in ("hang", "slow_body"):
            await control(served, "fault", path="/v2/stocks", harm=harm, seconds=0.05)
            assert (await get(served))[:2] == (200, sound)
        await control(served, "fault", path="/v2/stocks", harm="hang", seconds=30)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await get(served)


async def test_a_rule_may_strike_once_the_request_was_carried_out():
    body = {"symbol": "AAA", "qty": "1", "side": "buy", "type": "limit", "limit_price": "1",
            "time_in_force": "day"}  # fmt: skip
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    async with venue(speed=1) as served, aiohttp.ClientSession(headers=headers) as client:
        for after, count in ((False, 0), (True, 1)):
            await control(
                served, "fault", path="/v2/orders", method="post", status=504, after=after
            )
            async with client.post(f"{served.url}/v2/orders", json=body) as answer:
                assert answer.status == 504
            assert len(served.accounts[0].orders.open_orders()) == count


def test_rules_are_counted_down_in_their_order():
    class Request:
        path, method = "/v2/clock", "GET"

    faults = Faults()
    faults.rules += [
        Rule(path="/v2", method="POST"),
        Rule(path="/v2", times=0),
        Rule(path="/v2", harm=Harm.DROP),
        Rule(path="/v2/clock"),
    ]
    struck = [faults.strike(Request()) for _ in range(3)]
    assert [rule and rule.harm for rule in struck] == [Harm.DROP, Harm.STATUS, None]
    faults.login_errors.extend([402, 406])
    assert [faults.next_login_error() for _ in range(3)] == [402, 406, 0]
    faults.clear()
    assert not faults.rules
