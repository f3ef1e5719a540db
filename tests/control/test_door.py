import pytest
from multidict import CIMultiDict

from tradeplat.control.door import asked, bearer, misplaced, stranger

HOST = ("Host", "127.0.0.1:80")


def head(*headers: tuple[str, str], method: str = "GET", target: str = "/v1/status"):
    return asked(method, target, CIMultiDict(headers))


@pytest.mark.parametrize("host", ["localhost:80", "127.0.0.1:80", "[::1]:80"])
def test_this_machine_is_let_near(host: str) -> None:
    assert stranger(head(("Host", host)), 80) is None
    own = (("Host", host), ("Origin", f"http://{host}"), ("Sec-Fetch-Site", "same-origin"))
    assert stranger(head(*own), 80) is None


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("Host", ""),),
        (("Host", "127.0.0.1"),),
        (("Host", "127.0.0.1:81"),),
        (("Host", "evil.example:80"),),
        (("Host", "127.0.0.1:80.evil.example"),),
        (("Host", "LOCALHOST:80"),),
        (HOST, HOST),
        (HOST, ("Origin", "null")),
        (HOST, ("Origin", "")),
        (HOST, ("Origin", "http://localhost:80")),
        (HOST, ("Origin", "https://127.0.0.1:80")),
        (HOST, ("Origin", "http://127.0.0.1:80"), ("Origin", "http://evil.example")),
        (HOST, ("Sec-Fetch-Site", "cross-site")),
        (HOST, ("Sec-Fetch-Site", "same-site")),
    ],
)
def test_a_stranger_is_not(headers: tuple[tuple[str, str], ...]) -> None:
    assert stranger(head(*headers), 80) is not None


def test_a_token_stands_in_its_header_alone() -> None:
    assert bearer(head(("Authorization", "Bearer abc"))) == "abc"
    for value in ("abc", "Basic abc", "bearer abc", "Bearer", "Bearer " + "a" * 200):
        assert bearer(head(("Authorization", value))) == ""
    objection = stranger(head(HOST, target="/v1/status?token=abc"), 80)
    assert objection is not None
    assert objection.status == 400


@pytest.mark.parametrize(
    ("method", "target", "headers", "status"),
    [
        ("GET", "/v1/status", (), None),
        ("POST", "/v1/command", (("Content-Type", "application/json"),), None),
        ("GET", "/v1/link", (("Upgrade", "websocket"),), None),
        ("POST", "/v1/status", (), 405),
        ("GET", "/v1/command", (), 405),
        ("OPTIONS", "/v1/command", (), 405),
        ("GET", "/v1/../v1/status", (), 404),
        ("GET", "/V1/status", (), 404),
        ("GET", "/v1/status/", (), 404),
        ("GET", "//v1/status", (), 404),
        ("GET", "/v1/%73tatus", (), 404),
        ("GET", "http://127.0.0.1:80/v1/status", (), 404),
        ("POST", "/v1/command", (), 415),
        ("POST", "/v1/command", (("Content-Type", "application/json; charset=utf-8"),), 415),
        ("POST", "/v1/command", (("Content-Type", "application/x-www-form-urlencoded"),), 415),
        ("GET", "/v1/status", (("Content-Encoding", "gzip"),), 415),
        ("GET", "/v1/status", (("Content-Length", "5"),), 400),
        ("GET", "/v1/status", (("Upgrade", "websocket"),), 400),
        ("GET", "/v1/link", (), 426),
    ],
)
def test_a_request_is_for_exactly_one_thing(
    method: str, target: str, headers: tuple[tuple[str, str], ...], status: int | None
) -> None:
    found = misplaced(head(*headers, method=method, target=target))
    assert (found.status if found else None) == status
