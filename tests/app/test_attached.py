"""Taking a venue that runs already, and everything else that may answer on a port."""

import socket
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from markets import OPEN, quote, venue
from tradeplat.app import attached
from tradeplat.app.venue_process import KEY, SECRET
from tradeplat.core.errors import BadInput, Denied, Transient
from tradeplat.venue.accounts import AccountTerms
from tradeplat.venue.clock import MAX

OURS = (AccountTerms(key=KEY, secret=SECRET),)


@asynccontextmanager
async def answering(status=200, body='{"timestamp": "2026-01-05T09:30:00-05:00"}', **headers):
    """A server that answers /v2/clock so, and knows no other page."""

    async def clock(_):
        return web.Response(status=status, text=body, headers=headers)

    app = web.Application()
    app.router.add_get("/v2/clock", clock)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_venue_tells_its_speed_and_the_end_of_its_day():
    async with venue([quote(OPEN)], accounts=OURS, speed=30.0, end=OPEN + 5) as served:
        ready = await attached.found(served.url + "/")
    assert (ready.url, ready.speed, ready.end) == (served.url, 30.0, OPEN + 5)
    assert ready.start >= OPEN


async def test_a_venue_in_lockstep_says_so():
    async with venue([quote(OPEN)], accounts=OURS, speed=MAX) as served:
        assert (await attached.found(served.url)).speed == "max"


async def test_without_a_control_api_the_clock_is_real_and_the_day_never_over():
    async with answering() as url:
        ready = await attached.found(url)
    assert (ready.speed, ready.end) == (1.0, 0)


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        ({"status": 404, "body": "nothing"}, BadInput, "found no clock there (HTTP 404)"),
        ({"body": "<html>"}, BadInput, "found no clock there (HTTP 200)"),
        ({"status": 401}, Denied, "refuses key"),
        ({"status": 503}, Transient, "answers HTTP 503"),
        ({"X-Clock-Speed": "fast"}, BadInput, "at speed 'fast'"),
        ({"X-Clock-Speed": "-2"}, BadInput, "at speed '-2'"),
    ],
)
async def test_what_is_no_venue_is_told_in_one_line(answer, error, told):
    async with answering(**answer) as url:
        with pytest.raises(error) as raised:
            await attached.found(url)
    text = str(raised.value)
    assert text.startswith(f"venue.url={url}: ")
    assert told in text
    assert "\n" not in text


async def test_nobody_there_is_transient():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Transient, match="no venue answers there"):
            await attached.found(url)


@pytest.mark.parametrize("url", ["127.0.0.1:8700", "ws://127.0.0.1:8700", "http://"])
async def test_a_url_that_is_none_is_refused(url):
    with pytest.raises(BadInput, match="expected http://host:port"):
        await attached.found(url)
