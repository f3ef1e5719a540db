"""The market socket, judged by the vendor's own client and by its recorded messages."""

import asyncio
import json
import logging
from collections import Counter
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
import msgspec
import pytest
from alpaca.data.enums import DataFeed
from alpaca.data.live import StockDataStream
from alpaca.data.models import Bar, Quote, Trade, TradeCancel, TradeCorrection, TradingStatus

from markets import (
    KEY,
    OPEN,
    SECOND,
    SECRET,
    ask,
    control,
    market_socket,
    morning,
    quote,
    said,
    trade,
    venue,
)
from tradeplat.core.market import MINUTE
from tradeplat.venue.accounts import AccountTerms
from tradeplat.venue.market import Timing
from tradeplat.venue.market_floor import StreamTerms
from tradeplat.venue.plan import FREE, PLUS
from waits import PATIENCE, until

STATUS = {"T": "s", "S": "AAA", "t": "2026-01-05T14:31:00.5Z", "sc": "H", "sm": "Halt", "rc": "T1",
          "rm": "News", "z": "C"}  # fmt: skip
SAMPLES = {
    "trades": {"T": "t", "S": "AAA", "t": "2026-01-05T14:31:00.123456789Z", "p": 5.1, "s": 10,
               "i": 7, "x": "V", "c": ["@"], "z": "C"},
    "quotes": {"T": "q", "S": "AAA", "t": "2026-01-05T14:31:00Z", "bp": 5.0, "bs": 3, "ap": 5.1,
               "as": 2, "bx": "V", "ax": "V", "c": ["R"], "z": "C"},
    "bars": {"T": "b", "S": "AAA", "t": "2026-01-05T14:31:00Z", "o": 5.0, "h": 5.2, "l": 4.9,
             "c": 5.1, "v": 100, "n": 4, "vw": 5.0},
    "statuses": STATUS,
    "corrections": {"T": "c", "S": "AAA", "t": "2026-01-05T14:31:00Z", "x": "V", "oi": 7,
                    "op": 5.1, "os": 10, "oc": ["@"], "ci": 8, "cp": 5.2, "cs": 10, "cc": ["@"],
                    "z": "C"},
    "cancelErrors": {"T": "x", "S": "AAA", "t": "2026-01-05T14:31:00Z", "x": "V", "i": 8,
                     "p": 5.2, "s": 10, "a": "C", "z": "C"},
}  # fmt: skip
REQUIRED = {
    "trades": {"S", "t", "p", "s"},
    "quotes": {"S", "t", "bp", "bs", "ap", "as"},
    "bars": {"S", "t", "o", "h", "l", "c", "v", "n", "vw"},
    "statuses": {"S", "t", "sc", "sm", "rc", "rm", "z"},
    "corrections": {"S", "t", "x", "op", "os", "oc", "cp", "cs", "cc", "z"},
    "cancelErrors": {"S", "t", "x", "p", "s", "z"},
}


class Heard(list):
    """Everything a stream's handlers were given."""

    async def take(self, message) -> None:
        self.append(message)


@asynccontextmanager
async def sdk(served, feed="iex", *, channels=("trades",), symbols=("*",), **options):
    """The vendor's stream, running, with one handler for `channels`."""
    stream = StockDataStream(
        KEY, SECRET, feed=DataFeed.IEX, url_override=f"{served.ws_url}/v2/{feed}", **options
    )
    stream._reconnect_min_backoff = 0.01
    heard = Heard()
    for channel in channels:
        for symbol in symbols:
            stream._handlers[channel][symbol] = heard.take
    async with asyncio.TaskGroup() as group:
        task = group.create_task(stream._run_forever())
        try:
            yield stream, heard, task
        finally:
            await stream.stop_ws()
            await stream.close()
            task.cancel()


async def failed(stream) -> None:
    """Return once the vendor's `stream` has given up a connection; it begins another as ever."""
    over, pause = asyncio.Event(), stream._wait_before_reconnect

    async def wait(retries: int) -> None:
        over.set()
        await pause(retries)

    stream._wait_before_reconnect = wait
    await asyncio.wait_for(over.wait(), PATIENCE)


ALL = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds", "corrections",
       "cancelErrors")  # fmt: skip


async def test_the_official_client_gets_a_model_of_every_message_type():
    minute = OPEN + MINUTE
    events = [quote(OPEN + SECOND), trade(OPEN + 2 * SECOND), trade(minute + SECOND, 5.5)]
    timing = Timing(bar_delay=0, amend_delay=2 * SECOND)
    async with venue(events, speed=1, timing=timing) as served, sdk(served, channels=ALL) as client:
        heard = client[1]
        await until(lambda: served.floor.hub.receivers and _subscribed(served))
        await control(served, "speed", speed=60)
        await until(lambda: Counter(map(type, heard))[Bar] >= 2)
        late = "2026-01-05T14:30:05.000000001Z"
        for deed, body in {
            "trade": {"price": 5.7, "size": 30, "ts": late, "conditions": ["@"]},
            "halt": {"code": "LUDP"},
            "band": {"low": 4.5, "high": 5.5},
        }.items():
            await control(served, deed, symbol="AAA", **body)
        done = served.market.books["AAA"].prints
        await control(served, "correct", symbol="AAA", id=done[0].id, price=5.05, size=90)
        await control(served, "cancel", symbol="AAA", id=done.last_id)
        await until(lambda: any(isinstance(one, Bar) and one.high == 5.7 for one in heard))
        await until(lambda: any(isinstance(one, TradeCancel) for one in heard))
        kinds = Counter(map(type, heard))
    assert set(kinds) == {Trade, Quote, Bar, TradingStatus, TradeCancel, TradeCorrection, dict}
    status = next(one for one in heard if isinstance(one, TradingStatus))
    assert (status.status_code, status.reason_code, status.tape) == ("P", "LUDP", "C")
    luld = next(one for one in heard if isinstance(one, dict))
    assert (luld["T"], luld["d"], luld["u"]) == ("l", 4.5, 5.5)
    assert kinds[Bar] >= 3


def _ended(heard, before) -> bool:
    return len(heard) > before and heard[-1].symbol == "END"


def _subscribed(served) -> bool:
    return all(any(one.topics.values()) for one in served.floor.hub.receivers)


@pytest.mark.parametrize("channel", SAMPLES)
async def test_the_client_needs_exactly_the_required_keys(channel, caplog):
    caplog.set_level(logging.CRITICAL)
    asked = "trades" if channel in {"corrections", "cancelErrors"} else channel
    sample = SAMPLES[channel]
    async with (
        venue(speed=1) as served,
        sdk(served, channels={channel, asked}, symbols=("AAA", "END")) as (_, heard, _task),
    ):
        await until(lambda: served.floor.hub.receivers and _subscribed(served))
        needed = set()
        for key in sample.keys() - {"T", "S"}:
            before = len(heard)
            lacking = {name: value for name, value in sample.items() if name != key}
            await control(served, "publish", messages=[lacking])
            await control(served, "publish", messages=[{**SAMPLES[channel], "S": "END"}])
            await until(partial(_ended, heard, before))
            if len(heard) == before + 1:
                needed.add(key)
    assert needed | {"S"} == REQUIRED[channel]


async def test_nanoseconds_travel_and_a_model_keeps_microseconds():
    ts = OPEN + SECOND + 123_456_789
    async with venue([trade(ts)], speed=1) as served, market_socket(served, packed=True) as ws:
        await ask(ws, action="subscribe", trades=["AAA"])
        await control(served, "speed", speed=100)
        (message,) = await said(ws)
        assert message["t"].to_unix_nano() == ts
    async with venue([trade(ts)], speed=1) as served, market_socket(served) as ws:
        await ask(ws, action="subscribe", trades=["AAA"])
        await control(served, "speed", speed=100)
        assert (await said(ws))[0]["t"] == "2026-01-05T14:30:01.123456789Z"


async def test_a_subscription_of_thousands_comes_in_fragments_and_is_acknowledged_whole():
    names = [f"S{number:04d}" for number in range(9000)]
    async with (
        venue(speed=1, symbols=("AAA",)) as served,
        sdk(served, channels=("trades",), symbols=names),
    ):
        await until(lambda: served.floor.hub.receivers and _subscribed(served))
        assert list(served.floor.hub.receivers[0].topics["trades"]) == names


async def test_acknowledgements_carry_the_whole_subscription_and_corrections_follow_trades():
    async with venue(speed=1) as served, market_socket(served) as ws:
        first = await ask(ws, action="subscribe", trades=["AAA"], bars=["*"])
        assert first == [
            {"T": "subscription", "trades": ["AAA"], "quotes": [], "bars": ["*"],
             "updatedBars": [], "dailyBars": [], "statuses": [], "lulds": [],
             "corrections": ["AAA"], "cancelErrors": ["AAA"]}
        ]  # fmt: skip
        (second,) = await ask(ws, action="subscribe", quotes=["BBB"], trades=["BBB"])
        assert (second["trades"], second["quotes"], second["bars"]) == (
            ["AAA", "BBB"],
            ["BBB"],
            ["*"],
        )
        (third,) = await ask(ws, action="unsubscribe", trades=["AAA", "ZZZ"], bars=["*"])
        assert (third["trades"], third["bars"], third["cancelErrors"]) == (["BBB"], [], ["BBB"])


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("no json", 400),
        ("[1]", 400),
        ('{"action":"dance"}', 400),
        ('{"action":["auth"]}', 400),
        ('{"action":{}}', 400),
        ('{"action":"subscribe"}', 400),
        ('{"action":"subscribe","trades":"AAA"}', 400),
        ('{"action":"subscribe","trades":[1]}', 400),
        ('{"action":"subscribe","futures":["ES"]}', 400),
        ('{"action":"subscribe","news":["*"]}', 410),
        (json.dumps({"action": "auth", "key": KEY, "secret": SECRET}), 403),
    ],
)
async def test_a_request_that_makes_no_sense_is_answered_with_its_code(request_, code):
    async with venue(speed=1) as served, market_socket(served) as ws:
        await ws.send_str(request_)
        (error,) = await said(ws)
        assert (error["T"], error["code"]) == ("error", code)
        assert (await ask(ws, action="subscribe", bars=["AAA"]))[0]["T"] == "subscription"


async def test_who_has_not_authenticated_may_not_subscribe():
    async with venue(speed=1) as served, market_socket(served, login=False) as ws:
        assert (await ask(ws, action="subscribe", bars=["AAA"]))[0]["code"] == 401
        assert (await ask(ws, action="auth", key=KEY, secret="wrong"))[0]["code"] == 402
        assert (await ws.receive(timeout=30)).type is aiohttp.WSMsgType.CLOSE


async def test_credentials_may_come_with_the_upgrade():
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    async with (
        venue(speed=1) as served,
        aiohttp.ClientSession(headers=headers) as client,
        client.ws_connect(served.ws_url + "/v2/sip") as ws,
    ):
        assert [(await said(ws))[0]["msg"] for _ in range(2)] == ["connected", "authenticated"]


async def test_who_says_nothing_is_told_404_and_let_go():
    terms = StreamTerms(auth_timeout=0.05)
    async with venue(speed=1, stream=terms) as served, market_socket(served, login=False) as ws:
        assert (await said(ws))[0] == {"T": "error", "code": 404, "msg": "auth timeout"}
        assert (await ws.receive(timeout=30)).type is aiohttp.WSMsgType.CLOSE


async def test_one_connection_an_account_and_endpoint():
    other = AccountTerms(key="OTHER", secret="s")
    async with venue(speed=1, accounts=(AccountTerms(), other)) as served, market_socket(served):
        async with market_socket(served, login=False) as second:
            assert (await ask(second, action="auth", key=KEY, secret=SECRET))[0]["code"] == 406
        async with market_socket(served, "sip"), market_socket(served, login=False) as third:
            assert (await ask(third, action="auth", key="OTHER", secret="s"))[0]["T"] == "success"


async def test_a_slot_is_free_after_a_goodbye_and_held_after_a_break():
    async with venue(speed=1) as served:
        for _ in range(2):
            async with market_socket(served):
                pass  # coming and going is all
            await until(lambda: not served.floor.hub.receivers)
        await control(served, "hold", seconds=90)
        async with market_socket(served):
            await control(served, "disconnect", how="abort")
            await until(lambda: not served.floor.hub.receivers)
        async with market_socket(served, login=False) as ws:
            assert (await ask(ws, action="auth", key=KEY, secret=SECRET))[0]["code"] == 406
        await control(served, "clear")
        async with market_socket(served):
            pass  # the place is free


async def test_plans_decide_feeds_and_how_many_symbols():
    many = [f"S{number}" for number in range(31)]
    async with venue(speed=1, plan=FREE) as served:
        async with market_socket(served, "sip", login=False) as ws:
            assert (await ask(ws, action="auth", key=KEY, secret=SECRET))[0]["code"] == 409
        async with market_socket(served) as ws:
            assert (await ask(ws, action="subscribe", trades=many[:30], bars=["*"]))[0]["bars"]
            (error,) = await ask(ws, action="subscribe", quotes=[many[30]])
            assert error == {"T": "error", "code": 405, "msg": "symbol limit exceeded"}
            (kept,) = await ask(ws, action="subscribe", quotes=[many[0]])
            assert (len(kept["trades"]), kept["quotes"]) == (30, [many[0]])
            assert (await ask(ws, action="subscribe", quotes=["*"]))[0]["code"] == 405
    closed = msgspec.structs.replace(PLUS, data_v2=False)
    async with venue(speed=1, plan=closed) as served, market_socket(served, login=False) as ws:
        assert (await ask(ws, action="auth", key=KEY, secret=SECRET))[0]["code"] == 408


async def test_a_client_that_does_not_read_is_cut():
    terms = StreamTerms(buffer=500)
    async with venue(speed=1, stream=terms) as served:
        async with market_socket(served) as ws:
            await ask(ws, action="subscribe", trades=["*"])
            ws._conn.protocol.pause_reading()
            big = [{"T": "t", "S": "AAA", "pad": "x" * 20_000}] * 100
            while served.floor.hub.receivers:
                served.floor.hub.publish(_messages(big), ("iex",))
                await asyncio.sleep(0.001)
        async with market_socket(served):
            pass  # the place is free


def _messages(bodies):
    from tradeplat.venue.alpaca_wire import Message

    return [Message("trades", body["S"], body) for body in bodies]


async def test_a_burst_beyond_the_buffer_is_answered_with_407():
    terms = StreamTerms(buffer=50)
    async with venue(speed=1, stream=terms) as served, market_socket(served) as ws:
        await ask(ws, action="subscribe", trades=["*"])
        served.floor.hub.publish(_messages([{"T": "t", "S": "AAA"}] * 60), ("iex",))
        assert (await said(ws)) == [{"T": "error", "code": 407, "msg": "slow client"}]
        assert (await ws.receive(timeout=30)).type is aiohttp.WSMsgType.CLOSE


async def test_a_busy_tick_is_one_frame_in_order():
    events = [trade(OPEN + SECOND, 5 + n / 100, symbol=name) for name in ("AAA", "BBB")
              for n in range(100)]  # fmt: skip
    async with venue(events, speed=1) as served, market_socket(served) as ws:
        await ask(ws, action="subscribe", trades=["*"])
        await control(served, "speed", speed=100)
        messages = await said(ws)
        assert len(messages) == 200
        for name in ("AAA", "BBB"):
            prices = [one["p"] for one in messages if one["S"] == name]
            assert prices == sorted(prices)


async def test_a_star_and_a_name_give_each_message_once():
    async with venue([trade(OPEN + SECOND)], speed=1) as served, market_socket(served) as ws:
        await ask(ws, action="subscribe", trades=["*", "AAA"])
        await control(served, "speed", speed=100)
        assert len(await said(ws)) == 1


async def test_the_delayed_feed_tells_it_a_quarter_of_an_hour_later():
    late = OPEN + 5 * SECOND
    async with (
        venue([trade(late)], speed=1) as served,
        market_socket(served, "delayed_sip") as ws,
    ):
        await ask(ws, action="subscribe", trades=["AAA"])
        await control(served, "speed", speed=3600)
        assert (await said(ws))[0]["p"] == 5.0
        assert served.clock.now() >= late + 15 * MINUTE


async def test_halts_use_the_codes_of_their_tape():
    found = []
    async with (
        venue(speed=1, exchanges={"AAA": "NASDAQ", "BBB": "NYSE"}) as served,
        market_socket(served) as ws,
    ):
        await ask(ws, action="subscribe", statuses=["*"])
        for symbol in ("AAA", "BBB"):
            for trading, code in ((False, "T1"), (False, "LUDP"), (True, "T3")):
                await control(served, "halt", symbol=symbol, trading=trading, code=code)
                (status,) = await said(ws)
                found.append((status["sc"], status["rc"], status["z"]))
    assert found == [("H", "T1", "C"), ("P", "LUDP", "C"), ("T", "T3", "C"),
                     ("2", "T1", "A"), ("2", "LUDP", "A"), ("3", "T3", "A")]  # fmt: skip


async def test_trap_5_a_cancelled_sdk_task_keeps_its_slot_until_it_is_closed():
    async with venue(speed=1) as served:
        stream = StockDataStream(KEY, SECRET, url_override=f"{served.ws_url}/v2/iex")
        stream._handlers["trades"]["AAA"] = Heard().take
        task = asyncio.create_task(stream._run_forever())
        await until(lambda: served.floor.hub.receivers)
        while not task.done():
            # The SDK swallows a cancellation that meets it inside one of its own time-outs.
            task.cancel()
            await asyncio.wait([task], timeout=0.5)
        assert served.floor.hub.receivers
        await stream.close()
        await until(lambda: not served.floor.hub.receivers)


async def test_trap_10_a_symbol_limit_is_only_logged_and_the_old_subscription_stays(caplog):
    async with (
        venue(speed=1, plan=FREE) as served,
        sdk(served, symbols=("AAA",)) as (stream, heard, task),
    ):
        await until(lambda: served.floor.hub.receivers and _subscribed(served))
        for number in range(40):
            stream._handlers["trades"][f"S{number}"] = heard.take
        await stream._send_subscribe_msg()
        await until(lambda: "symbol limit exceeded" in caplog.text)
        assert list(served.floor.hub.receivers[0].topics["trades"]) == ["AAA"]
        assert not task.done()


@pytest.mark.parametrize("code", [402, 404, 406, 408])
async def test_trap_11_the_sdk_retries_a_fatal_error_for_ever(code, caplog):
    caplog.set_level(logging.CRITICAL)
    async with venue(speed=1) as served:
        await control(served, "login_error", code=code, times=2)
        async with sdk(served):
            await until(lambda: served.floor.hub.receivers)
            assert served.faults.left("login_error") == 0


async def test_trap_11_an_insufficient_plan_ends_the_sdk_task_in_silence(caplog):
    caplog.set_level(logging.CRITICAL)
    async with venue(speed=1, plan=FREE) as served, sdk(served, "sip") as (_, _heard, task):
        await until(task.done)
        assert task.exception() is None


async def test_trap_13_a_frame_above_a_mebibyte_never_reaches_the_sdk(caplog):
    caplog.set_level(logging.CRITICAL)
    big = {**SAMPLES["trades"], "c": ["x" * 1_100_000]}
    impatient = {"close_timeout": 0.05}
    async with (
        venue(speed=1) as served,
        sdk(served, websocket_params=impatient) as (_, heard, _task),
    ):
        await until(lambda: served.floor.hub.receivers and _subscribed(served))
        first = served.floor.hub.receivers[0]
        served.floor.hub.publish(_messages([big]), ("iex",))
        await until(lambda: served.floor.hub.receivers not in ([], [first]))
        assert not heard


async def test_trap_6_a_failing_handler_drops_the_rest_of_its_array(caplog):
    caplog.set_level(logging.CRITICAL)
    sample = SAMPLES["trades"]
    async with venue(speed=1) as served, sdk(served) as (stream, heard, _task):
        await until(lambda: served.floor.hub.receivers and _subscribed(served))

        async def fail_on_two(message) -> None:
            heard.append(message.id)
            if message.id == 2:
                raise RuntimeError("a bug of the consumer")

        stream._handlers["trades"]["*"] = fail_on_two
        await control(served, "publish", messages=[{**sample, "i": n} for n in (1, 2, 3)])
        await control(served, "publish", messages=[{**sample, "i": 4}])
        await until(lambda: heard and heard[-1] == 4)
        assert heard == [1, 2, 4]


async def test_trap_8_what_happens_while_the_sdk_is_away_is_lost_without_a_word(caplog):
    caplog.set_level(logging.CRITICAL)
    async with venue(speed=1) as served, sdk(served) as (_, heard, _task):
        await until(lambda: served.floor.hub.receivers and _subscribed(served))
        await control(served, "trade", symbol="AAA", price=1.0)
        await until(lambda: heard)
        await control(served, "login_error", code=406)
        await control(served, "disconnect", path="/v2/iex", how="abort")
        await until(lambda: not served.floor.hub.receivers)
        await control(served, "trade", symbol="AAA", price=2.0)
        await until(lambda: served.floor.hub.receivers and _subscribed(served))
        await control(served, "trade", symbol="AAA", price=3.0)
        await until(lambda: len(heard) == 2)
        assert [one.price for one in heard] == [1.0, 3.0]


async def test_a_text_frame_is_what_the_sdk_cannot_read(caplog):
    caplog.set_level(logging.CRITICAL)
    async with venue(speed=1) as served:
        await control(served, "text_frames", on=True)
        async with sdk(served) as (stream, heard, _task):
            await failed(stream)
            await control(served, "text_frames", on=False)
            await until(lambda: served.floor.hub.receivers and _subscribed(served))
            await control(served, "publish", messages=[SAMPLES["trades"]])
            await until(lambda: heard)


async def test_an_upgrade_refused_with_429_is_tried_again(caplog):
    caplog.set_level(logging.CRITICAL)
    async with venue(speed=1) as served:
        await control(served, "fault", path="/v2/iex", status=429, times=2)
        async with sdk(served):
            await until(lambda: served.floor.hub.receivers)


async def test_mute_swallows_data_and_still_answers_pings():
    async with venue(speed=1) as served, market_socket(served) as ws:
        await ask(ws, action="subscribe", trades=["*"])
        assert (await control(served, "mute", path="/v2/iex"))["done"] == 1
        await control(served, "trade", symbol="AAA", price=5.0)
        await ws.ping(b"alive")
        await control(served, "mute", on=False)
        await control(served, "trade", symbol="AAA", price=6.0)
        assert [one["p"] for one in await said(ws)] == [6.0]


def test_messages_have_the_vendors_keys(shared_data):
    from tradeplat.core.market import Status
    from tradeplat.venue.alpaca_wire import JSON
    from tradeplat.venue.book import Book
    from tradeplat.venue.candles import Candle, wire_bar
    from tradeplat.venue.halts import status_wire
    from tradeplat.venue.market import _quote_wire, _trade_wire

    book = Book("AAA")
    done, minute = book.print(trade(OPEN), ("@",))
    ours = {
        "t": _trade_wire(book, done),
        "q": _quote_wire(quote(OPEN), "C"),
        "b": wire_bar("AAA", minute),
        "s": status_wire(Status("AAA", OPEN, False, "T1", "x"), "C"),
    }
    assert isinstance(minute, Candle)
    keys = {kind: set(json.loads(JSON.encode(body))) for kind, body in ours.items()}
    folder = shared_data / "wire" / "alpaca"
    vendor = [
        *json.loads((folder / "ws_market_data_alpaca_py.json").read_bytes()),
        *(row["message"] for row in json.loads((folder / "ws_market_data_js.json").read_bytes())),
    ]
    seen = set()
    for message in vendor:
        kind = message.get("T")
        if kind in keys:
            seen.add(kind)
            assert set(message) <= keys[kind]
            assert keys[kind] - set(message) <= {"t"}
    assert seen == set(keys)


async def test_a_morning_reaches_the_client_whole():
    events = morning(1)
    async with venue(events, speed=1) as served, sdk(served, channels=("trades", "quotes")) as it:
        await until(lambda: served.floor.hub.receivers and _subscribed(served))
        before = served.floor.hub.published
        await control(served, "speed", speed=600)
        await until(served.player.finished.is_set)
        await until(lambda: len(it[1]) >= len(events) - before)
        stamps = [one.timestamp for one in it[1] if one.symbol == "AAA"]
        assert stamps == sorted(stamps)
