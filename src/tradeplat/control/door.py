"""Who may ask over HTTP at all: judged from the head of a request, before its body is read."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

NAMES = ("localhost", "127.0.0.1", "[::1]")
"""The only hosts under which the daemon answers, each with its port."""

PATHS = {"/v1/status": "GET", "/v1/command": "POST", "/v1/link": "GET"}
"""Every path and its method; the last one is upgraded to a WebSocket."""

LINK = "/v1/link"
JSON = "application/json"
MOST_SECRET = 128


class Headers(Protocol):
    """The headers of a request; a name may come more than once."""

    def getall(self, key: str, default: Sequence[str]) -> Sequence[str]:
        """Every value of `key`."""
        ...


class Objection(msgspec.Struct, frozen=True):
    """Why a request is turned away, with its HTTP status."""

    status: int
    reason: str


class Asked(msgspec.Struct, frozen=True):
    """The head of a request: method, target as it stood on the wire, headers by lower-case name."""

    method: str
    target: str
    headers: dict[str, tuple[str, ...]]

    def one(self, name: str) -> str | None:
        """The only value of a header, None when it is missing."""
        values = self.headers.get(name, ())
        return values[0] if values else None


ONCE = (
    "host",
    "origin",
    "sec-fetch-site",
    "authorization",
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "upgrade",
)
"""Headers that decide something: one that comes twice means two things."""


def asked(method: str, target: str, headers: Headers) -> Asked:
    """The head of a request, with the headers that decide something."""
    found = {name: tuple(headers.getall(name, ())) for name in ONCE}
    return Asked(method, target, {name: values for name, values in found.items() if values})


def stranger(head: Asked, port: int) -> Objection | None:
    """Why whoever asks is not let near a token: another host's page, or a head that is ambiguous.

    A page in a browser, whatever name it was rebound under, ends here.
    """
    doubled = [name for name, values in head.headers.items() if len(values) > 1]
    if doubled:
        return Objection(400, f"{doubled[0]}: found twice, expected once")
    host = head.one("host")
    if host not in {f"{name}:{port}" for name in NAMES}:
        return Objection(403, "host: expected this machine's own name and port")
    origin = head.one("origin")
    if origin is not None and origin != f"http://{host}":
        return Objection(403, "origin: expected none, or this address")
    if head.one("sec-fetch-site") not in {None, "same-origin", "none"}:
        return Objection(403, "sec-fetch-site: expected same-origin or none")
    if "?" in head.target or "#" in head.target:
        return Objection(400, "target: expected no query; a token never belongs into an address")
    return None


def bearer(head: Asked) -> str:
    """The token shown, empty for none."""
    scheme, _, token = (head.one("authorization") or "").partition(" ")
    return token if scheme == "Bearer" and len(token) <= MOST_SECRET else ""


def misplaced(head: Asked) -> Objection | None:
    """What is wrong with what somebody with a token asks for."""
    method = PATHS.get(head.target)
    if method is None:
        return Objection(404, "there is nothing here")
    if head.method != method:
        return Objection(405, f"method: found {head.method[:16]}, expected {method}")
    if head.one("content-encoding") is not None:
        return Objection(415, "content-encoding: expected none")
    if method == "POST" and head.one("content-type") != JSON:
        return Objection(415, f"content-type: expected exactly {JSON}")
    if method == "GET" and (
        head.one("transfer-encoding") is not None or head.one("content-length") not in {None, "0"}
    ):
        return Objection(400, "body: expected none")
    upgrade = (head.one("upgrade") or "").lower()
    if (head.target == LINK) != (upgrade == "websocket"):
        return Objection(426 if head.target == LINK else 400, f"upgrade: {LINK} is a WebSocket")
    return None
