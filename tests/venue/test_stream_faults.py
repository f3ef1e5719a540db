import json

import aiohttp
import numpy as np
import pytest

from exchanges import TradingDay
from markets import KEY, OPEN, SECOND, SECRET, ask, market_socket, quote, said, trade, venue
from tradeplat.venue.faults import Fault, Faults
from tradeplat.venue.stream_faults import Leak
from waits import until


class Line:
    """Keeps what is emitted, and what time is to bring."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.cuts: list[bool] = []
        self.due: list[tuple[int, object]] = []

    def emit(self, message: int) -> None:
        self.sent.append(message)

    def cut(self, *, clean: bool) -> None:
        self.cuts.append(clean)

    def later(self, delay: int, deed) -> None:
        self.due.append((delay, deed))

    def pass_time(self) -> None:
        due, self.due = self.due, []
        for delay, deed in sorted(due, key=lambda one: one[0]):
            deed(delay)


def leaking(*faults: Fault) -> tuple[Leak, Line]:
    register = Faults(np.random.default_rng(0))
    register.arm(*faults)
    line = Line()
    return Leak(register, "account", line, line.later), line


def sent(leak: Leak, line: Line, count: int = 4) -> list[int]:
    for number in range(count):
        leak.take(number, "fill", "AAA")
    return line.sent


def test_without_faults_everything_passes():
    assert sent(*leaking()) == [0, 1, 2, 3]


def test_one_message_is_lost():
    assert sent(*leaking(Fault(name="frame_loss"))) == [1, 2, 3]
    assert sent(*leaking(Fault(name="frame_loss", socket="data"))) == [0, 1, 2, 3]


def test_three_in_ten_are_lost():
    leak, line = leaking(Fault(name="frame_loss", probability=0.3))
    assert 600 <= len(sent(leak, line, 1000)) <= 800


def test_a_message_comes_twice():
    assert sent(*leaking(Fault(name="stream_duplicate"))) == [0, 0, 1, 2, 3]


def test_the_last_messages_are_replayed():
    leak, line = leaking(Fault(name="stream_replay", symbol="BBB"))
    sent(leak, line, 7)
    leak.take(7, "new", "BBB")
    assert line.sent[7:] == [7, 3, 4, 5, 6, 7]


def test_a_message_comes_late():
    leak, line = leaking(Fault(name="stream_delay", seconds=2.0))
    assert sent(leak, line) == [1, 2, 3]
    line.pass_time()
    assert line.sent == [1, 2, 3, 0]


def test_a_late_message_of_a_lost_connection_is_lost():
    leak, line = leaking(Fault(name="stream_delay"), Fault(name="stream_reorder"))
    sent(leak, line, 2)
    leak.begin()
    line.pass_time()
    assert line.sent == []


def test_two_messages_change_places():
    leak, line = leaking(Fault(name="stream_reorder"))
    assert sent(leak, line) == [1, 0, 2, 3]
    line.pass_time()
    assert line.sent == [1, 0, 2, 3]


def test_a_message_waits_for_the_next_no_longer_than_its_time():
    leak, line = leaking(Fault(name="stream_reorder"))
    assert sent(leak, line, 1) == []
    line.pass_time()
    assert line.sent == [0]


def test_a_socket_is_closed_behind_a_message_or_cut_in_front_of_one():
    leak, line = leaking(Fault(name="stream_drop"))
    sent(leak, line, 1)
    assert (line.sent, line.cuts) == ([0], [True])
    leak, line = leaking(Fault(name="disconnect_mid_batch"))
    sent(leak, line)
    assert (line.sent, line.cuts) == ([], [False])
    leak.begin()
    assert sent(leak, line) == [0, 1, 2, 3]


def test_a_half_open_socket_is_mute_until_it_is_cut():
    leak, line = leaking(Fault(name="half_open"))
    assert sent(leak, line) == []
    assert (leak.frozen, line.cuts) == (True, [])
    line.pass_time()
    assert line.cuts == [False]


def test_updates_of_an_account_are_lost_by_event_and_counted():
    day = TradingDay().quote(4.99, 5.00)
    day.exchange.faults.arm(Fault(name="frame_loss", event="fill"))
    day.post()
    day.post()
    assert day.events() == ["pending_new", "new", "pending_new", "new", "fill"]
    assert (day.account.feed.sent, day.account.feed.happened, day.held) == (5, 6, 20)


def test_a_repeated_update_has_the_same_execution_id():
    day = TradingDay().quote(4.99, 5.00)
    day.exchange.faults.arm(Fault(name="stream_duplicate", times=3))
    day.post()
    assert day.events() == ["pending_new"] * 2 + ["new"] * 2 + ["fill"] * 2
    assert len({update["execution_id"] for update in day.told}) == 3


def test_a_delayed_update_comes_behind_later_ones_in_venue_time():
    day = TradingDay().quote(4.99, 5.00)
    day.exchange.faults.arm(Fault(name="stream_delay", event="new", seconds=5.0))
    day.post()
    assert day.events() == ["pending_new", "fill"]
    day.wait(4.9)
    assert day.events() == ["pending_new", "fill"]
    day.wait(0.2)
    assert day.events() == ["pending_new", "fill", "new"]


# On real sockets --------------------------------------------------------------------------------


async def account_socket(session: aiohttp.ClientSession, served):
    ws = await session.ws_connect(f"{served.ws_url}/stream", autoping=False)
    login = {"action": "authenticate", "data": {"key_id": KEY, "secret_key": SECRET}}
    await ws.send_json(login)
    told = json.loads((await ws.receive(timeout=30)).data)["data"]
    if told["status"] == "authorized":
        await ws.send_json({"action": "listen", "data": {"streams": ["trade_updates"]}})
        assert json.loads((await ws.receive(timeout=30)).data)["stream"] == "listening"
    return ws, told


async def order(session: aiohttp.ClientSession, served) -> None:
    body = {"symbol": "AAA", "qty": "1", "side": "buy", "type": "limit", "limit_price": "1",
            "time_in_force": "day"}  # fmt: skip
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    async with session.post(f"{served.url}/v2/orders", json=body, headers=headers) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("stream_drop", [aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.CLOSE]),
        ("disconnect_mid_batch", [aiohttp.WSMsgType.CLOSED]),
    ],
)
async def test_the_account_socket_breaks(name, kinds):
    async with venue([quote(OPEN)], speed=1) as served, aiohttp.ClientSession() as session:
        ws, _ = await account_socket(session, served)
        served.faults.arm(Fault(name=name))
        await order(session, served)
        assert [(await ws.receive(timeout=30)).type for _ in kinds] == kinds


async def test_a_half_open_account_socket_answers_no_ping_and_is_cut_in_the_end():
    async with venue([quote(OPEN)], speed=20) as served, aiohttp.ClientSession() as session:
        ws, _ = await account_socket(session, served)
        await ws.ping(b"x")
        assert (await ws.receive(timeout=30)).type is aiohttp.WSMsgType.PONG
        served.faults.arm(Fault(name="half_open", seconds=5.0))
        await order(session, served)
        await until(lambda: served.faults.struck["half_open"])
        await ws.ping(b"x")
        assert (await ws.receive(timeout=30)).type is aiohttp.WSMsgType.CLOSED
        assert served.clock.now() >= OPEN + 5 * SECOND


async def test_a_confirmed_subscription_is_not_served():
    async with venue([quote(OPEN)], speed=1) as served, aiohttp.ClientSession() as session:
        served.faults.arm(Fault(name="subscribe_not_served", socket="account"))
        ws, _ = await account_socket(session, served)
        await order(session, served)
        await ws.ping(b"x")
        assert (await ws.receive(timeout=30)).type is aiohttp.WSMsgType.PONG
        assert served.faults.struck["subscribe_not_served"] == 1


async def test_a_broken_connection_keeps_the_place_for_ninety_seconds():
    async with venue([quote(OPEN)], speed=1) as served, aiohttp.ClientSession() as session:
        await account_socket(session, served)
        served.faults.arm(Fault(name="connection_limit"), Fault(name="disconnect_mid_batch"))
        await order(session, served)
        await until(lambda: served.faults.struck["connection_limit"])
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await account_socket(session, served)
        assert refused.value.status == 429
        assert 0 < float(refused.value.headers["Retry-After"]) <= 90
        served.clock.change_speed(2000.0)
        served.player.wake()
        await until(lambda: served.clock.now() > OPEN + 91 * SECOND)
        assert (await account_socket(session, served))[1]["status"] == "authorized"


async def test_market_data_is_lost_repeated_and_cut():
    events = [trade(OPEN + n * SECOND // 10, 5 + n / 100) for n in range(1, 30)]
    async with venue(events, speed=1) as served, market_socket(served) as ws:
        served.faults.arm(
            Fault(name="frame_loss", socket="data"),
            Fault(name="stream_duplicate", socket="data"),
        )
        await ask(ws, action="subscribe", trades=["AAA"])
        prices = [one["p"] for one in await said(ws)]
        assert prices[:2] == [5.02, 5.02]
        served.faults.arm(Fault(name="disconnect_mid_batch", socket="data"))
        while (frame := await ws.receive(timeout=30)).type is aiohttp.WSMsgType.TEXT:
            pass  # what was on its way before the cut
        assert frame.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
        await until(lambda: served.floor.hub.receivers == [])


async def test_a_market_socket_is_dropped_with_a_goodbye_or_goes_mute():
    events = [trade(OPEN + n * SECOND // 10) for n in range(1, 50)]
    async with venue(events, speed=1) as served:
        async with market_socket(served) as ws:
            served.faults.arm(Fault(name="stream_drop", socket="data"))
            await ask(ws, action="subscribe", trades=["AAA"])
            await said(ws)
            frame = await ws.receive(timeout=30)
            assert (frame.type, frame.data) == (aiohttp.WSMsgType.CLOSE, 1001)
        served.faults.arm(Fault(name="subscribe_not_served", socket="data"))
        async with market_socket(served) as ws:
            assert (await ask(ws, action="subscribe", trades=["AAA"]))[0]["trades"] == ["AAA"]
            assert await ask(ws, action="subscribe", trades=["BBB"]) == [
                served.floor.hub.receivers[0].acknowledgement()
            ]
            served.player.inject([trade(served.clock.now()), trade(OPEN, symbol="BBB")])
            assert {one["S"] for one in await said(ws)} == {"BBB"}
