import pytest
from aiohttp import web

from execution.loopback import QUICK, loopback, refused, then
from tradeplat.core.errors import Corrupt, Denied, Throttled, Transient
from tradeplat.execution.brokers.alpaca_rest import Answer, Rest, deny


async def test_a_body_is_read_once_and_missing_things_are_none() -> None:
    async with loopback() as venue, Rest(venue.url + "/", "K", "S", QUICK) as rest:
        assert await rest.read("/v2/account") is not None
        assert await rest.read("/v2/orders/nobody") is None
        assert venue.requests == {"GET /account": 1, "GET /orders/nobody": 1}


async def test_proxies_of_the_environment_are_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with loopback() as venue, Rest(venue.url, "K", "S", QUICK) as rest:
        assert await rest.read("/v2/account") is not None


async def test_redirects_are_not_followed() -> None:
    async with loopback() as venue, Rest(venue.url, "K", "S", QUICK) as rest:
        venue.script["GET"].append(then(302, accept=False))
        with pytest.raises(Transient, match="HTTP 302"):
            await rest.read("/v2/account")


async def test_a_socket_is_not_followed_to_another_host_with_our_keys() -> None:
    heard: list[web.BaseRequest] = []

    async def elsewhere(request: web.BaseRequest) -> web.Response:
        heard.append(request)
        host = f"localhost:{port}"
        return web.Response(status=302, headers={"Location": f"http://{host}/stream"})

    server = web.Server(elsewhere)
    runner = web.ServerRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    try:
        async with Rest(f"http://127.0.0.1:{port}", "K", "S", QUICK) as rest:
            with pytest.raises(Transient, match="redirected"):
                await rest.socket(f"ws://127.0.0.1:{port}/stream")
        assert len(heard) == 1
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_are_denied(status: int) -> None:
    async with loopback() as venue, Rest(venue.url, "K", "S", QUICK) as rest:
        venue.script["GET"].append(refused(status, 0, "unauthorized."))
        with pytest.raises(Denied, match="unauthorized"):
            await rest.read("/v2/account")
    with pytest.raises(Denied, match="HTTP 403"):
        deny(Answer(403, b"<html>"))
    deny(Answer(404, b""))


async def test_a_closed_session_says_so() -> None:
    with pytest.raises(Corrupt, match="before it was entered"):
        await Rest("http://127.0.0.1:1", "K", "S", QUICK).read("/v2/account")


GONE = then(503, "", accept=False)


async def test_a_page_that_fails_at_once_is_asked_for_twice_more_and_an_order_never_again() -> None:
    async with loopback() as venue, Rest(venue.url, "K", "S", QUICK) as rest:
        venue.script["GET"] += [GONE] * 2
        assert await rest.must_read("/v2/account")
        assert venue.requests == {"GET /account": 3}
        venue.script["GET"] += [GONE] * 3
        with pytest.raises(Transient, match="HTTP 503"):
            await rest.must_read("/v2/account")
        assert venue.requests == {"GET /account": 6}
        # Of one order it matters that it is asked about at its times (T10, T11).
        venue.script["GET"] += [GONE]
        with pytest.raises(Transient, match="HTTP 503"):
            await rest.read("/v2/orders/nobody")
        assert venue.requests["GET /orders/nobody"] == 1


async def test_a_page_is_not_asked_for_again_where_that_would_take_long_or_is_forbidden() -> None:
    slow = QUICK._replace(at_once=0.0)
    async with loopback() as venue, Rest(venue.url, "K", "S", slow) as rest:
        venue.script["GET"].append(GONE)
        with pytest.raises(Transient, match="HTTP 503"):
            await rest.must_read("/v2/account")
        venue.script["GET"].append(refused(429, 0, "too many requests."))
        with pytest.raises(Throttled):
            await rest.must_read("/v2/account")
        assert venue.requests == {"GET /account": 2}


async def test_what_fails_is_told_until_an_answer_comes() -> None:
    async with loopback() as venue, Rest(venue.url, "K", "S", QUICK) as rest:
        await rest.read("/v2/account")
        assert rest.told == []
        venue.script["GET"].append(GONE)
        with pytest.raises(Transient):
            await rest.read("/v2/account")
        (line,) = rest.told
        assert line.startswith("alpaca: GET /v2/account: HTTP 503, for 0 s; pages are read again")
        await rest.read("/v2/account")
        assert rest.told == []
        venue.script["GET"].append(refused(403, 0, "no"))
        with pytest.raises(Denied):
            await rest.read("/v2/account")
        assert "HTTP 403" in rest.told[0]
