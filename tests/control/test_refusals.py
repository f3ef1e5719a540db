"""Goal G18: sixty hostile requests, each refused without effect, and a kill that still works."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import NamedTuple

import pytest

from planes import EPOCH, Plane, status_of
from tradeplat.control import web
from tradeplat.control.protocol import Role


class Case(NamedTuple):
    """One hostile request: what differs from an honest one, and the status it gets."""

    name: str
    status: int | set[int]
    headers: Callable[[Plane], dict[str, str]] = lambda _: {}
    method: str = "POST"
    path: str = "/v1/command"
    command: Callable[[Plane], object] = lambda plane: plane.command("order")


def always(**headers: str) -> Callable[[Plane], dict[str, str]]:
    return lambda _: {name.replace("_", "-"): value for name, value in headers.items()}


def token(role: Role, prefix: str = "Bearer ", cut: int = 0) -> Callable[[Plane], dict[str, str]]:
    return lambda plane: {
        "Authorization": prefix + plane.token(role)[: len(plane.token(role)) - cut]
    }


def asks(**changes: object) -> Callable[[Plane], object]:
    return lambda plane: plane.command(**{"do": "order", **changes})


OLD = "b2xkLXRva2VuLW9mLWFuLWVhcmxpZXItc3RhcnQtMTI"
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
LINK = {"method": "GET", "path": "/v1/link", "command": lambda _: None}
READ = {"method": "GET", "path": "/v1/status", "command": lambda _: None}


def upgrade(**more: str) -> Callable[[Plane], dict[str, str]]:
    return lambda _: {**UPGRADE, **{name.replace("_", "-"): value for name, value in more.items()}}


def spoken(plane: Plane) -> dict[str, str]:
    return {**UPGRADE, "Authorization": "", "Sec-WebSocket-Protocol": plane.token(Role.TRADER)}


FORM = "application/x-www-form-urlencoded"
EVIL = "http://evil.example"

CASES = [
    # tokens
    Case("no token", 401, always(Authorization="")),
    Case("an empty token", 401, always(Authorization="Bearer ")),
    Case("a token of an earlier start", 401, always(Authorization=f"Bearer {OLD}")),
    Case("a wrong token", 401, always(Authorization="Bearer " + "x" * 43)),
    Case("a token cut short", 401, token(Role.TRADER, cut=1)),
    Case("a token of another scheme", 401, token(Role.TRADER, "Basic ")),
    Case("a scheme in lower case", 401, token(Role.TRADER, "bearer ")),
    Case("a token with a space before it", 401, token(Role.TRADER, "Bearer  ")),
    Case("an endless token", 401, always(Authorization="Bearer " + "x" * 3_000)),
    Case(
        "a token in a cookie",
        401,
        lambda p: {"Authorization": "", "Cookie": f"token={p.token(Role.TRADER)}"},
    ),
    Case(
        "a token in a header of another name",
        401,
        lambda p: {"Authorization": "", "X-Token": p.token(Role.TRADER)},
    ),
    Case("reading without a token", 401, always(Authorization=""), **READ),
    Case("a viewer that acts", 403, token(Role.VIEWER)),
    Case("a viewer that kills", 403, token(Role.VIEWER), command=asks(do="kill")),
    Case("a kill token that orders", 403, token(Role.KILL)),
    Case("a kill token that flattens", 403, token(Role.KILL), command=asks(do="flatten")),
    Case("a kill token that resumes", 403, token(Role.KILL), command=asks(do="resume")),
    Case("a kill token that reads", 403, token(Role.KILL), **READ),
    # host, origin, fetch metadata
    Case("no host", {400, 403}, always(Host="")),
    Case("a page rebound to this machine", 403, always(Host="evil.example", Origin=EVIL)),
    Case(
        "the rebound page with the port", 403, lambda p: {"Host": f"evil.example:{p.server.port}"}
    ),
    Case("a host without its port", 403, always(Host="127.0.0.1")),
    Case("a host of another port", 403, always(Host="127.0.0.1:1")),
    Case("a host that begins like ours", 403, lambda p: {"Host": f"{p.host}.evil.example"}),
    Case("all interfaces as host", 403, lambda p: {"Host": f"0.0.0.0:{p.server.port}"}),
    Case("a decimal host", 403, lambda p: {"Host": f"2130706433:{p.server.port}"}),
    Case("another page's origin", 403, always(Origin=EVIL)),
    Case("a null origin", 403, always(Origin="null")),
    Case("our origin over another scheme", 403, lambda p: {"Origin": f"https://{p.host}"}),
    Case("our origin on another port", 403, always(Origin="http://127.0.0.1:1")),
    Case(
        "an origin that begins like ours",
        403,
        lambda p: {"Origin": f"http://{p.host}.evil.example"},
    ),
    Case("a cross-site fetch", 403, always(Sec_Fetch_Site="cross-site")),
    Case("a same-site fetch", 403, always(Sec_Fetch_Site="same-site")),
    Case("a form of another site", 403, always(Origin=EVIL, Content_Type=FORM)),
    Case("a stranger that reads", 403, always(Origin=EVIL), **READ),
    # methods and content
    Case("a command by GET", 405, method="GET", command=lambda _: None),
    Case("a command by PUT", 405, method="PUT"),
    Case("a preflight", 405, always(Access_Control_Request_Method="POST"), method="OPTIONS"),
    Case("a trace", 405, method="TRACE"),
    Case("a delete of the status", 405, method="DELETE", path="/v1/status"),
    Case("a form", 415, always(Content_Type=FORM)),
    Case("plain text", 415, always(Content_Type="text/plain")),
    Case("JSON with a charset", 415, always(Content_Type="application/json; charset=utf-8")),
    Case("no content type", 415, always(Content_Type="")),
    Case("a packed body", 415, always(Content_Encoding="gzip")),
    Case("a body too large", 413, command=asks(body={"x": "y" * 70_000})),
    Case("no JSON", 422, command=lambda _: b"kill"),
    Case("JSON of another shape", 422, command=lambda _: b'{"do":"kill"}'),
    Case("a key too many", 422, command=asks(extra=1)),
    Case("a hundred thousand brackets", {413, 422}, command=lambda _: b"[" * 60_000),
    Case("an unknown command", 404, command=asks(do="eval")),
    # replays
    Case("another epoch", 409, command=asks(epoch=EPOCH - 1)),
    Case("a kill of another epoch", 409, command=asks(do="kill", epoch=EPOCH - 1)),
    Case(
        "an order of two seconds ago",
        409,
        command=lambda p: p.command("order", ts=time.time_ns() - 2 * 10**9),
    ),
    Case(
        "an action of the future",
        409,
        command=lambda p: p.command("resume", ts=time.time_ns() + 60 * 10**9),
    ),
    # paths
    Case("a token in the address", 400, path="/v1/command?token=abc"),
    Case("a path that climbs", 404, path="/v1/../v1/command"),
    Case("a path in disguise", 404, path="/v1/%63ommand"),
    Case("a path of another host", 404, path="http://127.0.0.1/v1/command"),
    Case("a file", 404, **{**READ, "path": "/control.gui.token"}),
    # upgrades
    Case("an upgrade without a token", 401, upgrade(Authorization=""), **LINK),
    Case("an upgrade by another page", 403, upgrade(Origin=EVIL), **LINK),
    Case("an upgrade of another path", 400, upgrade(), **READ),
    Case("an upgrade with the token in its protocol", 401, spoken, **LINK),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_it_is_refused_and_does_nothing(plane: Plane, case: Case) -> None:
    status, body = await plane.http(
        case.method, case.path, case.headers(plane), case.command(plane)
    )
    assert status in (case.status if isinstance(case.status, set) else {case.status}), body
    for role in Role:
        assert plane.token(role) not in json.dumps(body)
    assert not plane.daemon.done


RAW = {
    "two hosts": "Host: {host}\r\nHost: evil.example\r\nAuthorization: Bearer {token}\r\n",
    "two tokens": "Host: {host}\r\nAuthorization: Bearer {token}\r\nAuthorization: Bearer x\r\n",
    "two lengths": "Host: {host}\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 300\r\n",
    "length and chunks": "Host: {host}\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",
    "an endless header": "Host: {host}\r\nX: " + "y" * 20_000 + "\r\n",
    "a folded header": "Host: {host}\r\nAuthorization: Bearer\r\n {token}\r\n",
    "a null byte": "Host: {host}\r\nAuthorization: Bearer {token}\x00\r\n",
}


@pytest.mark.parametrize("name", RAW)
async def test_a_head_that_means_two_things_is_refused(plane: Plane, name: str) -> None:
    headers = RAW[name].format(host=plane.host, token=plane.token(Role.TRADER))
    body = json.dumps(plane.command("order"))
    answer = await plane.raw(f"POST /v1/command HTTP/1.1\r\n{headers}\r\n{body}".encode())
    assert status_of(answer) in {0, 400, 401, 403, 415}
    assert not plane.daemon.done


async def test_a_replayed_id_has_one_effect_even_from_another_connection(plane: Plane) -> None:
    command = plane.command("order", 5)
    answers = [await plane.http("POST", "/v1/command", body=command) for _ in range(4)]
    assert [status for status, _ in answers] == [200] * 4
    assert [body["answer"]["repeated"] for _, body in answers] == [False, True, True, True]
    status, body = await plane.http("POST", "/v1/command", body=plane.command("order", 4))
    assert (status, body["code"]) == (409, "OLD_NUMBER")
    assert plane.daemon.count("order") == 1


async def test_a_kill_works_while_hostile_requests_pour_in(plane: Plane) -> None:
    stop = asyncio.Event()
    poured = 0

    async def pour(headers: dict[str, str]) -> None:
        nonlocal poured
        while not stop.is_set():
            await plane.http("POST", "/v1/command", headers, plane.command("order", poured + 1))
            poured += 1

    async def kill() -> None:
        while poured < 200:
            await asyncio.sleep(0.01)
        killer = {"Authorization": f"Bearer {plane.token(Role.KILL)}"}
        began = time.monotonic()
        status, body = await plane.http("POST", "/v1/command", killer, plane.command("kill"))
        assert (status, body["outcome"]["text"]) == (200, "killed")
        assert time.monotonic() - began < 5.0
        stop.set()

    hostile = [{"Authorization": "Bearer wrong"}, {"Origin": EVIL}, {"Host": "x"}]
    await asyncio.gather(kill(), *(pour(headers) for headers in hostile * 5))
    assert plane.daemon.count("order") == 0
    assert plane.daemon.count("kill") == 1


def test_there_are_sixty_cases_and_more() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
    assert web.BODY_SECONDS <= 5.0
