import asyncio
import contextlib

import pytest

from scanners.vendor import KEY, NOW, StandingClock, rest
from tradeplat.core.errors import Corrupt, Denied, Throttled, TradeplatError, Transient
from tradeplat.core.market import SECOND
from tradeplat.scanners import rest as module
from tradeplat.scanners.budget import Budget
from tradeplat.scanners.rest import Missing, Rest, reason_in


async def test_a_page_is_read_with_the_key_in_a_header() -> None:
    async with rest() as (vendor, client):
        vendor.say("/v1/things", {"a": 1})
        assert await client.get("things", "/v1/things", {"x": "1 2"}) == b'{"a":1}'
        assert vendor.requests == [("/v1/things", {"x": "1 2"})]
        assert vendor.headers[0]["apikey"] == KEY
        assert client.told() == "vendor: answers; 1 of 100 requests in the last minute"


@pytest.mark.parametrize(
    ("status", "body", "error", "told"),
    [
        (401, {"message": "bad key"}, Denied, "HTTP 401 for floats: bad key"),
        (402, b"Premium Query Parameter", Denied, "HTTP 402 for floats: Premium Query Parameter"),
        (403, {"Error Message": "Exclusive Endpoint"}, Denied, "HTTP 403 for floats: Exclusive"),
        (400, {"error": "bad query"}, Transient, "HTTP 400 for floats: bad query"),
        (413, b"", Transient, "HTTP 413 for floats"),
        (429, {"Error Message": "Limit Reach ."}, Throttled, "HTTP 429 for floats: Limit Reach"),
        (403, {"Error Message": "Limit Reach . Upgrade"}, Throttled, "HTTP 403 for floats: Limit"),
        (500, b"<html>gateway</html>", Transient, "HTTP 500 for floats"),
        (502, b"\xff\xfe\x00", Transient, "HTTP 502 for floats"),
        (503, b"", Transient, "HTTP 503 for floats"),
        (504, b'"late"', Transient, "HTTP 504 for floats: late"),
        (302, b"", Transient, "HTTP 302 for floats"),
    ],
)
async def test_every_refusal_says_what_must_follow_and_stands_in_a_line(
    status: int, body: object, error: type[TradeplatError], told: str
) -> None:
    async with rest() as (vendor, client):
        vendor.say("/floats", body, status)
        with pytest.raises(TradeplatError, match=told) as caught:
            await client.get("floats", "/floats")
        assert type(caught.value) is error
        assert client.told().startswith(f"vendor: {told}")
        vendor.say("/floats", {})
        vendor.clock.after(1_000)
        await client.get("floats", "/floats")
        assert client.told().startswith("vendor: answers")


async def test_after_a_refusal_nothing_is_sent_before_the_named_time() -> None:
    async with rest() as (vendor, client):
        vendor.say("/a", {}, 429, {"Retry-After": "30"})
        for _ in range(20):
            with pytest.raises(Throttled) as caught:
                await client.get("a", "/a")
            assert caught.value.wait == 30.0
        assert len(vendor.requests) == 1
        vendor.clock.after(30)
        vendor.say("/a", {})
        await client.get("a", "/a")


async def test_what_the_plan_does_not_hold_is_not_asked_for_again_at_once() -> None:
    async with rest() as (vendor, client):
        vendor.say("/a", {}, 402)
        vendor.say("/b", {})
        for _ in range(5):
            with pytest.raises(Denied):
                await client.get("a", "/a")
        await client.get("b", "/b")
        assert vendor.paths == ["/a", "/b"]
        vendor.clock.after(module.BARRED)
        vendor.say("/a", {})
        await client.get("a", "/a")


async def test_a_refused_key_is_not_tried_on_other_pages() -> None:
    async with rest() as (vendor, client):
        vendor.say("/a", {}, 401)
        for page in "abc":
            with pytest.raises(Denied, match="HTTP 401 for a"):
                await client.get(page, f"/{page}")
        assert vendor.paths == ["/a"]


async def test_a_vendor_that_is_down_is_left_alone_longer_and_longer() -> None:
    async with rest() as (vendor, client):
        vendor.say("/a", {}, 500)
        for second in range(300):
            with pytest.raises(Transient, match="HTTP 500"):
                await client.get("a", "/a")
            assert vendor.clock.ts == NOW + second * SECOND
            vendor.clock.after(1)
        assert len(vendor.requests) == 9
        vendor.say("/a", {})
        vendor.clock.after(60)
        await client.get("a", "/a")
        vendor.say("/a", {}, 500)
        for _ in range(2):
            with pytest.raises(Transient):
                await client.get("a", "/a")
        assert len(vendor.requests) == 12


async def test_a_spent_budget_sends_nothing() -> None:
    async with rest(budget=lambda clock: Budget(2, clock)) as (vendor, client):
        vendor.say("/a", {})
        await client.get("a", "/a")
        await client.get("a", "/a")
        with pytest.raises(Throttled, match="vendor: a not asked: 2 requests a minute") as caught:
            await client.get("a", "/a")
        assert caught.value.wait == 60.0
        assert len(vendor.requests) == 2
        await client.get("a", "/a", patience=61.0)


async def test_the_next_page_is_asked_of_the_host_that_we_know() -> None:
    async with rest() as (vendor, client):
        vendor.say("/v2/news", {})
        await client.follow("news", "https://elsewhere.example:443/v2/news?cursor=a%3D%3D&b=1")
        await client.follow("news", "//elsewhere.example/v2/news?cursor=x")
        await client.follow("news", "v2/news")
        assert vendor.requests[0] == ("/v2/news", {"cursor": "a==", "b": "1"})
        assert vendor.paths == ["/v2/news"] * 3


async def test_no_message_holds_the_key() -> None:
    async with rest() as (vendor, client):
        vendor.say("/a", {"message": f"key {KEY} is unknown"}, 401)
        with pytest.raises(Denied) as caught:
            await client.get("a", "/a")
        assert KEY not in str(caught.value)
        assert KEY not in client.told()


async def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 1 << 20)
    async with rest() as (vendor, client):
        vendor.say("/a", b"x" * (1 << 21))
        with pytest.raises(Transient, match="above 1,048,576 B"):
            await client.get("a", "/a")


async def test_a_page_that_is_not_there_is_missing_and_no_fault_of_the_vendor() -> None:
    async with rest() as (vendor, client):
        for _ in range(5):
            with pytest.raises(Missing, match="HTTP 404 for ZZZZ"):
                await client.get("ZZZZ", "/tickers/ZZZZ")
        assert client.told().startswith("vendor: answers")
        assert len(vendor.requests) == 5


async def test_many_that_fail_at_once_are_one_failure() -> None:
    async with rest() as (vendor, client):
        vendor.say("/a", {}, 500)
        asked = [client.get("a", "/a") for _ in range(20)]
        # Who is refused is what is looked at.
        results = await asyncio.gather(*asked, return_exceptions=True)  # looked at below
        assert {type(one) for one in results} == {Transient}
        vendor.clock.after(module.FIRST_REST)
        vendor.say("/a", {})
        await client.get("a", "/a")


async def test_nobody_listening_is_transient_and_use_before_entry_a_fault_of_ours() -> None:
    clock = StandingClock(NOW)
    client = Rest("vendor", "http://127.0.0.1:1", {}, Budget(9, clock), clock)
    with pytest.raises(Corrupt, match="before it was entered"):
        await client.get("a", "/a")
    async with client:
        with pytest.raises(Transient, match="vendor: no answer for a"):
            await client.get("a", "/a")


async def test_a_body_may_say_what_its_status_did_not() -> None:
    async with rest() as (vendor, client):
        vendor.say("/a", {})
        assert client.exhausted("floats").wait == module.SPENT
        assert client.told().startswith("vendor: too many requests, at floats")
        with pytest.raises(Throttled):
            await client.get("a", "/a")
        assert "unreadable floats: no list" in str(client.unreadable("floats", "no list"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", ""),
        (b"{", "{"),
        (b"[1]", ""),
        (b'{"message":7,"error":"two\\nlines"}', "two lines"),
        (b"<!DOCTYPE html><p>", ""),
        (b"a" * 500, "a" * 157 + "..."),
        (b"[" * 100_000, "[" * 157 + "..."),
    ],
)
def test_the_reason_in_a_body_is_one_short_line(body: bytes, words: str) -> None:
    assert reason_in(body) == words


async def test_a_fault_is_told_with_how_long_it_lasts_and_when_the_vendor_is_asked_again() -> None:
    async with rest() as (venue, client):
        venue.say("/x", b"", 503)
        for _ in range(2):
            with pytest.raises(Transient):
                await client.get("float", "/x")
        venue.clock.after(3)
        assert client.told().startswith(
            "vendor: HTTP 503 for float, for 3.0 s, asked again in 2.0 s; 2 of "
        )
        venue.clock.after(3)
        venue.say("/y", b"{}")
        await client.get("details", "/y")
        assert client.told().startswith("vendor: answers; ")
        venue.say("/x", b"", 403)
        with pytest.raises(Denied):
            await client.get("float", "/x")
        await client.get("details", "/y")
        assert client.told().startswith("vendor: HTTP 403 for float, asked again in 15 min; ")
        venue.say("/y", b"", 429, {"Retry-After": "40"})
        with pytest.raises(Throttled):
            await client.get("details", "/y")
        assert "vendor: HTTP 429 for details, for 0 ms, asked again in 40.0 s; " in client.told()


async def test_a_next_page_is_asked_of_our_own_host_whatever_is_written_there() -> None:
    async with rest() as (venue, client):
        venue.say("/v3/x", b"{}")
        for there in ("https://evil.example/v3/x?a=1", "//evil.example/v3/x", "v3/x", "@h/v3/x"):
            with contextlib.suppress(Missing):  # all that counts is whom it asked
                await client.follow("x", there)
        assert len(venue.requests) == 4
        with pytest.raises(Transient, match="next page"):
            await client.follow("x", "http://[half")
