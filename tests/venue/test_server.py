import aiohttp
import pytest

from markets import KEY, OPEN, SECOND, SECRET, morning, trade, venue
from tradeplat.core.errors import BadInput
from tradeplat.venue.clock import MAX


async def test_a_venue_plays_its_script_to_the_end_and_every_answer_tells_the_speed():
    async with venue(morning(1), speed=MAX) as served:
        await served.player.finished.wait()
        assert served.clock.now() >= OPEN + 60 * SECOND
        assert served.market.books["AAA"].minutes.all()[0].count == 60
        async with aiohttp.ClientSession() as client, client.get(served.url + "/none") as answer:
            assert (answer.status, answer.headers["X-Clock-Speed"]) == (404, "max")


async def test_a_port_in_use_is_one_clear_line():
    async with venue() as first:
        with pytest.raises(BadInput, match=f"venue port {first.port}: .*expected a free port"):
            async with venue(port=first.port):
                pass  # refused on the way in


async def test_a_subscriber_is_told_in_order_and_in_json_without_the_msgpack_header():
    events = [trade(OPEN + n * SECOND, 5 + n / 100) for n in range(1, 50)]
    async with (
        venue(events, speed=100) as served,
        aiohttp.ClientSession() as client,
        client.ws_connect(served.ws_url + "/v2/iex") as ws,
    ):
        assert await ws.receive_json() == [{"T": "success", "msg": "connected"}]
        await ws.send_json({"action": "auth", "key": KEY, "secret": SECRET})
        assert await ws.receive_json() == [{"T": "success", "msg": "authenticated"}]
        await ws.send_json({"action": "subscribe", "trades": ["AAA"]})
        assert (await ws.receive_json())[0]["trades"] == ["AAA"]
        seen: list[int] = []
        while not seen or seen[-1] < 49:
            seen += [message["i"] for message in await ws.receive_json()]
        assert seen == list(range(seen[0], 50))
