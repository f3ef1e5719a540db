import asyncio
from contextlib import asynccontextmanager

from markets import OPEN, SECOND, quote, script, trade
from tradeplat.core.market import MINUTE
from tradeplat.history.sessions import nyse_calendar
from tradeplat.venue.agenda import Agenda
from tradeplat.venue.clock import MAX, VenueClock
from tradeplat.venue.market import Market, Timing
from tradeplat.venue.pace import Pace
from tradeplat.venue.player import Player, Stage
from tradeplat.venue.script import Reel


class Engine:
    """Sees events and has deeds of its own."""

    def __init__(self, log: list) -> None:
        self.log = log
        self.dues: list[int] = []

    @property
    def next_due(self) -> int | None:
        return min(self.dues, default=None)

    def on_event(self, event) -> None:
        self.log.append(("engine", event.ts))

    def settle(self, now: int) -> None:
        for due in [due for due in self.dues if due <= now]:
            self.dues.remove(due)
            self.log.append(("deed", due))


@asynccontextmanager
async def playing(events, speed=MAX, *, start=OPEN, dues=()):
    log: list = []
    engine, agenda, calendar = Engine(log), Agenda(), nyse_calendar()
    engine.dues += dues
    played = script(events, start=start)
    clock = VenueClock(start, speed)
    clock.limit = start

    def tell(messages) -> None:
        log.extend((message.channel, clock.now()) for message in messages)

    market = Market(played, calendar, agenda, Timing(bar_delay=0), tell)
    reel = Reel(played.events())
    player = Player(
        Stage(clock=clock, reel=reel, market=market, agenda=agenda, engines=[engine], pace=Pace(0))
    )
    task = asyncio.create_task(player.run())
    try:
        yield player, clock, log, engine
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_at_each_instant_the_engine_is_shown_before_anybody_is_told():
    events = [trade(OPEN + SECOND), trade(OPEN + SECOND, symbol="BBB"), quote(OPEN + 2 * SECOND)]
    async with playing(events, dues=[OPEN + SECOND, OPEN + 3 * SECOND]) as (player, _, log, _e):
        await player.finished.wait()
    one, two = OPEN + SECOND, OPEN + 2 * SECOND
    assert log[:8] == [
        ("engine", one), ("engine", one), ("deed", one), ("trades", one), ("trades", one),
        ("engine", two), ("quotes", two), ("deed", OPEN + 3 * SECOND),
    ]  # fmt: skip
    assert [entry[0] for entry in log[8:]] == ["bars", "dailyBars", "bars", "dailyBars"]


async def test_time_never_runs_past_what_has_not_been_played():
    events = [trade(OPEN + n * SECOND // 4, 5 + n / 100) for n in range(1, 400)]
    async with playing(events, 600.0) as (player, _, log, _e):
        await player.finished.wait()
    told = [ts for channel, ts in log if channel == "trades"]
    assert told == [event.ts for event in events]


async def test_what_lies_before_the_start_has_happened_and_nobody_is_asked():
    events = [trade(OPEN - 5 * MINUTE), trade(OPEN - MINUTE), trade(OPEN + SECOND)]
    async with playing(events) as (player, clock, log, _e):
        await player.finished.wait()
        assert clock.now() >= OPEN + SECOND
    assert [ts for channel, ts in log if channel == "engine"] == [event.ts for event in events]
    assert min(ts for channel, ts in log if channel == "bars") == OPEN


async def test_a_night_is_cut_short_and_the_end_of_the_script_is_not():
    events = [trade(OPEN), trade(OPEN + 20 * 60 * MINUTE)]
    async with playing(events, 6000.0, dues=[OPEN + 99 * 60 * MINUTE]) as (
        player,
        clock,
        _,
        engine,
    ):
        await player.finished.wait()
        assert clock.now() < OPEN + 22 * 60 * MINUTE
        assert engine.dues


async def test_a_jumping_clock_does_not_jump_to_what_only_an_order_waits_for():
    async with playing([trade(OPEN)], dues=[OPEN + 60 * MINUTE]) as (player, clock, _, engine):
        await player.finished.wait()
        await asyncio.sleep(0)
        assert clock.now() == OPEN + MINUTE
        engine.dues.append(clock.now())
        player.wake()
        await asyncio.sleep(0.01)
        assert engine.dues == [OPEN + 60 * MINUTE]


async def test_injected_events_happen_now():
    async with playing([], 1.0) as (player, clock, log, _e):
        await player.finished.wait()
        player.inject([trade(clock.now())])
        assert [entry[0] for entry in log] == ["engine", "trades"]
        await asyncio.sleep(0)
        _ = player.next_due
        assert not player.finished.is_set()
