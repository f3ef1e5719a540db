"""A vendor's REST is asked within its context only, and its refusals become our errors."""

import gzip

import pytest
from aiohttp import web

from tradeplat.core.errors import Corrupt, Denied, Throttled, Transient
from tradeplat.streams.connection import Access
from tradeplat.streams.rest import Rest

PATH = "/v2/aggs/ticker/A/range/1/minute/0/1"


async def test_nobody_is_asked_outside_the_context(polygon):
    rest = Rest(Access(polygon.data_url, "KEY", ""), {}, 600)
    with pytest.raises(Corrupt, match="context"):
        await rest.get(PATH, {})
    await rest.close()


@pytest.mark.parametrize(
    ("status", "error"), [(403, Denied), (404, Corrupt), (429, Transient), (503, Transient)]
)
async def test_refusals_are_our_errors_and_keep_our_secret(polygon, status, error):
    rest = Rest(Access(polygon.data_url, "SECRETKEY", ""), {}, 60_000)
    await rest.open()
    answers = [
        web.Response(
            status=status, headers={"Retry-After": "0"}, text='{"message":"no, SECRETKEY"}'
        )
        for _ in range(4)
    ]
    polygon.rest_faults += answers
    with pytest.raises(error, match=str(status)) as caught:
        await rest.get(PATH, {})
    assert "SECRETKEY" not in str(caught.value)
    assert rest.requests == (4 if status == 429 else 1)
    await rest.close()


@pytest.fixture
async def rest(polygon):
    made = Rest(Access(polygon.data_url, "KEY", ""), {"Authorization": "Bearer KEY"}, 60_000)
    await made.open()
    yield made
    await made.close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_redirection_is_followed_for_the_key_is_for_one_host_alone(polygon, rest, status):
    there = f"{polygon.data_url.replace('127.0.0.1', 'localhost')}{PATH}"
    polygon.rest_faults.append(web.Response(status=status, headers={"Location": there}))
    with pytest.raises(Transient, match=str(status)):
        await rest.get(PATH, {})
    assert len(polygon.auth) == 1


async def test_a_venue_that_wants_a_minute_is_not_asked_meanwhile(polygon, rest):
    polygon.rest_faults.append(web.Response(status=429, headers={"Retry-After": "60"}))
    for _ in range(3):
        with pytest.raises(Throttled, match="429") as caught:
            await rest.get(PATH, {})
        assert 55.0 < caught.value.wait <= 60.0
    assert rest.requests == 1


async def test_a_time_to_come_back_is_read_as_a_date_as_well(polygon, rest):
    dates = {
        "Date": "Mon, 05 Jan 2026 14:30:00 GMT",
        "Retry-After": "Mon, 05 Jan 2026 14:30:30 GMT",
    }
    polygon.rest_faults.append(web.Response(status=429, headers=dates))
    with pytest.raises(Throttled) as caught:
        await rest.get(PATH, {})
    assert 25.0 < caught.value.wait <= 30.0


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (web.Response(status=502, text="<html>\n<h1>bad</h1>", content_type="text/html"), "502$"),
        (web.Response(status=500, text="no\nway"), "500 no.nway$"),
        (web.Response(status=500, body=b'{"message":' * 100_000), "500"),
        (web.Response(status=503, text='{"error":"later"}'), "503 later$"),
    ],
)
async def test_a_refusal_is_told_in_one_line(polygon, rest, answer, told):
    polygon.rest_faults.append(answer)
    with pytest.raises(Transient, match=told) as caught:
        await rest.get(PATH, {})
    assert str(caught.value).isprintable()


async def test_an_answer_that_was_packed_is_unpacked_and_one_that_was_not_is_told(polygon, rest):
    headers = {"Content-Encoding": "gzip"}
    packed = gzip.compress(b"x" * 100_000)
    polygon.rest_faults.append(web.Response(body=packed, headers=headers))
    assert len(await rest.get(PATH, {})) == 100_000
    polygon.rest_faults.append(web.Response(body=b"no gzip at all", headers=headers))
    with pytest.raises(Transient):
        await rest.get(PATH, {})


async def test_an_answer_without_end_is_left(polygon, rest):
    bomb = gzip.compress(bytes(80 * 1024 * 1024), 1)
    polygon.rest_faults.append(web.Response(body=bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(Transient, match="above"):
        await rest.get(PATH, {})
