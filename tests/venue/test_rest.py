import base64

import aiohttp
import msgspec
import pytest

from exchanges import EXACT
from loopback_venue import KEY, SECRET, loopback
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.rest import Call, credentials, read_body, read_uuid

HEADERS = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}


def call(**query):
    return Call(None, {}, query)


def test_credentials_come_in_two_forms():
    basic = base64.b64encode(b"k:s:t").decode()
    assert credentials(HEADERS) == (KEY, SECRET)
    assert credentials({"Authorization": f"Basic {basic}"}) == ("k", "s:t")
    for value in ("", "Bearer x", "Basic ???", "Basic /w=="):
        assert credentials({"Authorization": value}) == ("", "")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"1", b"{", b"\xff", b'{"a":NaN}', b"[" * 10_000, b'{"a":' * 9_999, b'{"a":\x00}'],
)
def test_what_is_no_json_object_is_a_bad_body(body):
    with pytest.raises(Refusal) as caught:
        read_body(body)
    assert (caught.value.status, caught.value.code) == (400, 40010000)


def test_queries_are_read_by_their_kind():
    assert call(nested="True").flag("nested")
    assert not call().flag("nested")
    assert call(after="2026-01-05T00:00:00Z").instant("after") > 0
    assert call(limit="7").count("limit", 50, 500) == 7
    assert call().count("limit", 50, 500) == 50
    assert call(direction="ASC").ascending()
    assert call(symbols="A,,B").names("symbols") == {"A", "B"}
    assert Call(None, {}, {}, b"  ").fields() == {}


def test_ids_are_spelled_in_one_way():
    plain = "5f3b2c1e-0000-4000-8000-000000000001"
    assert read_uuid(plain.upper(), "order_id") == plain
    with pytest.raises(Refusal, match="order_id"):
        read_uuid("x", "order_id")


async def test_every_answer_carries_budget_and_request_id():
    strict = msgspec.structs.replace(EXACT, rate_limited=True)
    async with (
        loopback(profile=strict) as venue,
        aiohttp.ClientSession(headers=HEADERS) as session,
    ):
        first = await session.get(f"{venue.url}/v2/account")
        second = await session.post(f"{venue.url}/v2/orders", json={})
        assert second.status == 422
        assert int(first.headers["X-RateLimit-Limit"]) == 200
        left = [int(a.headers["X-RateLimit-Remaining"]) for a in (first, second)]
        assert left == [199, 198]
        assert int(first.headers["X-RateLimit-Reset"]) % 60 == 0
        assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


async def test_too_many_requests_are_turned_away():
    profile = msgspec.structs.replace(EXACT, rate_limit=2, rate_limited=True)
    async with loopback(profile=profile) as venue:
        async with aiohttp.ClientSession(headers=HEADERS) as session:
            answers = [await session.get(f"{venue.url}/v2/account") for _ in range(5)]
            assert answers[-1].status == 429
            body = await answers[-1].json()
            assert body == {"code": 42910000, "message": "too many requests."}
        async with aiohttp.ClientSession() as session:
            assert (await session.get(f"{venue.url}/v2/account")).status == 401


async def test_order_requests_are_counted_and_logged():
    async with loopback() as venue, aiohttp.ClientSession(headers=HEADERS) as session:
        body = {"symbol": "AAA", "qty": "1", "side": "buy", "client_order_id": "c1"}
        for _ in range(2):
            await session.post(f"{venue.url}/v2/orders", json=body)
        await session.get(f"{venue.url}/v2/orders")
        await session.delete(f"{venue.url}/v2/orders")
        assert venue.account.order_requests == 3
        lines = await (await session.get(f"{venue.url}/control/orders")).json()
        asked = [line for line in lines if line["kind"].startswith(("POST", "DELETE"))]
        assert [line["status"] for line in asked] == [200, 422, 207]
        assert asked[1]["detail"]["refused"] == "client_order_id must be unique"
        later = await session.get(f"{venue.url}/control/orders?since={lines[1]['seq']}")
        assert await later.json() == lines[2:]


async def test_a_stranger_changes_nothing():
    async with loopback() as venue, aiohttp.ClientSession() as session:
        answer = await session.post(f"{venue.url}/v2/orders", json={})
        assert answer.status == 401
        assert venue.account.order_requests == 0
