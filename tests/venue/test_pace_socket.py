"""Lockstep over the real wire: what a client folds is what was recorded, whatever the speed."""

import asyncio

import aiohttp
import msgspec

from markets import KEY, OPEN, SECOND, SECRET, ask, bar, market_socket, quote, trade, venue
from tradeplat.core.market import MINUTE, Bar, Quote, Trade
from tradeplat.history.recording import Morning, recorded
from tradeplat.streams.alpaca_codec import AlpacaCodec
from tradeplat.streams.seconds import SecondFold
from tradeplat.venue.clock import MAX
from tradeplat.venue.pace import PacePhase, Prompt
from tradeplat.venue.playing import script_of
from tradeplat.venue.server import Venue, VenueOptions


class Follower:
    """A paced client: it folds prints and keeps what it has seen, in the order it saw it."""

    def __init__(self) -> None:
        self.codec = AlpacaCodec("x")
        self.handled = 0
        self.orders = 0
        self.updates = 0
        self.seen: list[Bar | Quote] = []
        self.minutes: list[Bar] = []
        self.folds: dict[str, SecondFold] = {}
        self.instants: list[tuple[int, str]] = []
        self.moved = asyncio.Event()
        self.on_instant = None

    async def run(self, served: Venue) -> None:
        url = f"{served.ws_url}/control/pace?key={KEY}"
        async with market_socket(served, packed=True) as market:
            topics = {"trades": ["*"], "quotes": ["*"], "bars": ["*"]}
            await ask(market, action="subscribe", **topics)
            async with aiohttp.ClientSession() as client, client.ws_connect(url) as pace:
                listening = asyncio.gather(self.read(market), leave_at_the_end(served, pace))
                async for frame in pace:
                    prompt = msgspec.json.decode(frame.data, type=Prompt)
                    await self.answer(served, prompt, pace)
                listening.cancel()

    async def read(self, market) -> None:
        async for frame in market:
            facts, controls = self.codec.decode(frame.data, 0)
            self.handled += len(facts)
            for fact in facts:
                self.take(fact)
            self.moved.set()
            assert not controls

    def take(self, fact) -> None:
        if isinstance(fact, Trade):
            fold = self.folds.setdefault(fact.symbol, SecondFold(fact.symbol, "x"))
            self.seen += fold.add(fact)
        elif isinstance(fact, Quote):
            self.seen.append(fact)
        else:
            self.minutes.append(fact)

    async def answer(self, served: Venue, prompt: Prompt, pace) -> None:
        while self.handled < prompt.data:
            self.moved.clear()
            await self.moved.wait()
        self.instants.append((prompt.ts, prompt.phase))
        if prompt.phase is PacePhase.DATA:
            for fold in self.folds.values():
                self.seen += fold.close(prompt.ts)
        if self.on_instant is not None:
            await self.on_instant(prompt)
        # The exchange's updates go to nobody here: only what we sent is ours to count.
        mine = Prompt(prompt.ts, prompt.phase, self.handled, prompt.account, self.orders)
        await pace.send_str(msgspec.json.encode(mine).decode())


async def leave_at_the_end(served: Venue, pace) -> None:
    await served.player.finished.wait()
    await pace.close()


async def followed(script, follower: Follower | None = None) -> Follower:
    follower = follower or Follower()
    async with Venue(script, VenueOptions(speed=MAX, pace_wait=30)) as served:
        await follower.run(served)
    return follower


async def test_a_recorded_folder_comes_back_bar_by_bar_and_quote_by_quote(shared_data, tmp_path):
    for name in ("BAC_20131007_1s", "BAC_20131007_quotes_1s", "IBM_20131007_1s"):
        file = f"{name}.csv.gz"
        (tmp_path / file).symlink_to(shared_data / "second" / file)
    whole = recorded(tmp_path)
    start = whole.start + 5 * 3600 * SECOND + 1800 * SECOND
    morning = Morning(whole.day, start, start + 20 * MINUTE, whole.tickers)
    script = script_of(morning)
    events = [
        event
        for chunk in script.events()
        for event in chunk
        if morning.start < event.ts <= morning.end
    ]
    follower = await followed(msgspec.structs.replace(script, events=lambda: [events]))
    assert len(events) > 1000
    for symbol in ("BAC", "IBM"):
        bars = [plain(one) for one in events if one.symbol == symbol and isinstance(one, Bar)]
        folded = [one for one in follower.seen if one.symbol == symbol and isinstance(one, Bar)]
        assert [plain(one) for one in folded] == bars
    quotes = [(q.ts, q.bid, q.ask, q.bid_size) for q in events if isinstance(q, Quote)]
    assert [
        (q.ts, q.bid, q.ask, q.bid_size) for q in follower.seen if isinstance(q, Quote)
    ] == quotes
    assert {one.ts % MINUTE for one in follower.minutes} == {0}


def plain(one: Bar) -> tuple:
    return (one.symbol, one.ts, one.open, one.high, one.low, one.close, one.volume, one.span)


async def test_every_instant_is_asked_about_twice_and_every_second_with_prints_ends():
    from markets import script

    events = [
        quote(OPEN + SECOND),
        trade(OPEN + 1_300_000_000),
        trade(OPEN + 3 * SECOND),
        bar(OPEN + 10 * SECOND, symbol="BBB"),
    ]
    follower = await followed(script(events))
    data = [ts - OPEN for ts, phase in follower.instants if phase == "data"]
    reports = [ts - OPEN for ts, phase in follower.instants if phase == "reports"]
    expected = [SECOND, 1_300_000_000, 2 * SECOND, 3 * SECOND, 4 * SECOND, 10 * SECOND, MINUTE]
    assert data[: len(expected)] == expected
    assert reports[: len(expected)] == expected
    ends = [(one.symbol, one.ts - OPEN) for one in follower.seen if isinstance(one, Bar)]
    assert ends == [("AAA", 2 * SECOND), ("AAA", 4 * SECOND), ("BBB", 10 * SECOND)]


async def test_an_order_sent_at_an_instant_is_settled_before_the_next_one_is_played():
    from markets import script

    follower = Follower()
    events = [quote(OPEN + n * SECOND, 5.0 + n, 5.02 + n) for n in range(1, 6)]
    fills = []

    async with Venue(script(events), VenueOptions(speed=MAX, pace_wait=30)) as served:

        async def buy(prompt: Prompt) -> None:
            if prompt.phase == "data" and follower.orders < 5 and prompt.ts % SECOND == 0:
                if any(ts == prompt.ts and phase == "done" for ts, phase in follower.instants):
                    return
                follower.instants.append((prompt.ts, "done"))
                follower.orders += 1
                body = {"symbol": "AAA", "qty": "1", "side": "buy", "type": "market",
                        "time_in_force": "day"}  # fmt: skip
                headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
                async with (
                    aiohttp.ClientSession(headers=headers) as client,
                    client.post(f"{served.url}/v2/orders", json=body) as answer,
                ):
                    assert answer.status == 200

        follower.on_instant = buy
        await follower.run(served)
        fills = [(fill.ts - OPEN, float(fill.price)) for fill in served.accounts[0].fills]
    assert fills == [(n * SECOND, 5.02 + n) for n in range(1, 6)]


async def test_only_a_known_account_may_pace_and_only_at_max():
    async with venue(speed=1) as served, aiohttp.ClientSession() as client:
        for key, status in (("nobody", 401), (KEY, 409)):
            async with client.get(f"{served.url}/control/pace?key={key}") as answer:
                assert answer.status == status


async def test_a_client_that_talks_nonsense_is_let_go_and_the_venue_plays_on():
    async with venue([trade(OPEN + SECOND)], speed=MAX, pace_wait=0.2) as served:
        url = f"{served.ws_url}/control/pace?key={KEY}"
        async with aiohttp.ClientSession() as client, client.ws_connect(url) as pace:
            await pace.receive()
            await pace.send_str("what?")
            assert (await pace.receive()).type is aiohttp.WSMsgType.CLOSE
        async with asyncio.timeout(30):
            await served.player.finished.wait()


async def test_what_another_client_sent_before_is_none_of_a_named_clients_counts():
    body = {"symbol": "AAA", "qty": "1", "side": "buy", "type": "market", "time_in_force": "day"}
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    events = [quote(OPEN + n * SECOND) for n in range(1, 60)]
    async with (
        venue(events, speed=MAX, pace_wait=30) as served,
        aiohttp.ClientSession(headers=headers) as client,
    ):
        url = f"{served.ws_url}/control/pace"

        async def orders(params: dict[str, str]) -> int:
            async with client.ws_connect(url, params=params) as pace:
                return (await pace.receive_json())["orders"]

        async with client.post(f"{served.url}/v2/orders", json=body) as answer:
            assert answer.status == 200
        assert await orders({}) == 1
        assert await orders({"client": "second"}) == 0
        async with client.post(f"{served.url}/v2/orders", json=body) as answer:
            assert answer.status == 200
        assert await orders({"client": "second"}) == 1
        assert await orders({"client": "third"}) == 0
