"""From history to live and over every loss: each bar once, in order, never a half one."""

import asyncio
import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.errors import Corrupt, Denied, StreamLagged, Transient
from tradeplat.core.market import (
    LIMIT_STATE,
    MINUTE,
    SECOND,
    SUSPECTED,
    Backfill,
    Bar,
    Quote,
    Status,
    Trade,
)
from tradeplat.streams.halts import Band
from tradeplat.streams.prints import Cancel, ConditionalTrade, Correction
from tradeplat.streams.ticker import Stage, Terms, Ticker
from waits import until


def bar(k, volume=1.0, span=60, revision=0):
    return Bar("AAA", k * span * SECOND, 1.0, 1.0, 1.0, 1.0, volume, span, "iex", 0, revision)


def quote(ts):
    return Quote("AAA", ts, 1.0, 1.0, 1.0, 1.0, "iex")


def trade(ts, price=1.0, size=1.0, number=0):
    return Trade("AAA", ts, price, size, "iex", number)


GRACE = Terms((1,), "iex").grace


class World:
    """Time, a history that answers when told to, and the desk's task that keeps all it gets."""

    def __init__(self, *spans, history=True, **terms):
        self.time = 0
        self.complete = False
        self.bars_kept = []
        self.asked = []
        self.answers = None
        self.failures = []
        self.unreadable = []
        self.venue_time = 0
        terms = Terms(spans or (60,), "iex", retry=0.0, **terms)
        self.synced = 0
        self.ticker = Ticker(
            "AAA", terms, self if history else None, lambda: self.time, sync=self.sync
        )
        self.got = []
        self.error = None

    async def bars(self, symbol, span, start, end):
        self.asked.append((span, start, end))
        kept = [b for b in self.bars_kept if b.span == span and start < b.ts <= end]
        if self.answers is not None:
            await self.answers.wait()
        if self.failures:
            raise self.failures.pop(0)
        return kept

    async def sync(self):
        self.synced += 1
        if self.unreadable:
            raise self.unreadable.pop(0)
        self.time = max(self.time, self.venue_time)

    async def desk(self):
        try:
            while True:
                self.got += await self.ticker.batch(lambda _: self.complete)
        except (StreamLagged, Denied) as error:
            self.error = error

    @contextlib.asynccontextmanager
    async def running(self):
        task = asyncio.get_running_loop().create_task(self.desk())
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):  # as asked
                await task

    async def grant(self):
        self.complete = True
        self.ticker.granted()
        await settle()

    def lose(self):
        self.complete = False
        self.ticker.lost()

    def say(self, *facts):
        for fact in facts:
            self.ticker.on_fact(fact)

    @property
    def bars_got(self):
        """Every bar the desk was shown, history and live, in the order shown."""
        shown = []
        for event in self.got:
            shown += event.bars if isinstance(event, Backfill) else [event]
        return [event for event in shown if isinstance(event, Bar)]


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_new_desk_gets_one_backfill_then_what_came_meanwhile():
    world = World()
    world.bars_kept = [bar(k) for k in range(1, 11)]
    world.answers = asyncio.Event()
    world.time = 10 * MINUTE + SECOND
    async with world.running():
        await world.grant()
        assert world.ticker.stage is Stage.BACKFILLING
        world.say(bar(10), quote(10 * MINUTE + 5), bar(11), quote(11 * MINUTE))
        world.answers.set()
        await settle()
        world.say(bar(12))
        await settle()
    assert world.got == [
        Backfill("AAA", 10 * MINUTE, tuple(bar(k) for k in range(1, 11)), world.time),
        quote(10 * MINUTE + 5),
        bar(11),
        quote(11 * MINUTE),
        bar(12),
    ]
    assert world.ticker.ordering.repeats == 0
    assert world.ticker.stage is Stage.LIVE


async def test_the_fuller_bar_of_history_and_stream_is_the_one_delivered():
    world = World()
    world.bars_kept = [bar(9, 5.0), bar(10, 5.0)]
    world.answers = asyncio.Event()
    world.time = 10 * MINUTE
    async with world.running():
        await world.grant()
        world.say(bar(9, 4.0), bar(10, 6.0))
        world.answers.set()
        await settle()
    assert world.bars_got == [bar(9, 5.0), bar(10, 6.0)]


async def test_after_a_loss_the_missing_bars_come_as_history_and_changes_as_amendments():
    world = World()
    world.time = 10 * MINUTE
    world.bars_kept = [bar(k) for k in range(1, 11)]
    async with world.running():
        await world.grant()
        world.say(bar(11), quote(11 * MINUTE))
        world.lose()
        await settle()
        assert world.ticker.stage is Stage.SUBSCRIBING
        world.bars_kept += [bar(11, 7.0), bar(12), bar(13)]
        world.time = 13 * MINUTE + 30 * SECOND
        await world.grant()
        world.say(bar(14))
        await settle()
    assert world.asked[-1] == (60, 0, 13 * MINUTE)
    assert world.got[1:] == [
        bar(11),
        quote(11 * MINUTE),
        Backfill("AAA", 13 * MINUTE, (bar(12), bar(13)), world.time, 11 * MINUTE),
        bar(11, 7.0, revision=1),
        bar(14),
    ]


async def test_a_correction_that_nobody_heard_of_in_the_gap_comes_as_an_amendment():
    world = World(1)
    world.time = 1_000 * SECOND
    async with world.running():
        await world.grant()
        world.time += 3 * SECOND
        world.ticker.tick(world.time)
        await settle()
        world.say(*[trade(k * SECOND, number=k) for k in range(1_001, 1_020)])
        await settle()
        world.lose()
        await settle()
        # One second lost a print, another one, in which nothing was traded, was given one.
        kept = [bar(k, span=1) for k in range(1_002, 1_025)]
        world.bars_kept = [
            bar(k, 3.0, span=1) if k == 1_004 else b for k, b in enumerate(kept, 1_002)
        ]
        world.time = 1_024 * SECOND
        await world.grant()
        world.time += 3 * SECOND
        world.ticker.tick(world.time)
        await settle()
    amended = [b for b in world.bars_got if b.revision]
    assert [(b.ts // SECOND, b.volume, b.revision) for b in amended] == [(1_004, 3.0, 1)]
    told = [b.ts for b in world.bars_got if not b.revision]
    assert told == sorted(set(told))


async def test_history_reaches_as_far_past_now_as_our_clock_may_be_behind():
    world = World(60, skew=SECOND // 2)
    world.bars_kept = [bar(k) for k in range(1, 11)]
    world.time = 10 * MINUTE - SECOND // 4
    async with world.running():
        await world.grant()
        await settle()
        # The vendor's tenth minute was over and sent before we subscribed.
        assert world.asked == []
        world.time = 10 * MINUTE + SECOND
        world.ticker.tick(world.time)
        await settle()
    assert [b.ts for b in world.bars_got] == [k * MINUTE for k in range(1, 11)]


async def test_a_loss_while_history_is_asked_for_starts_over():
    world = World()
    world.bars_kept = [bar(9)]
    world.answers = asyncio.Event()
    world.time = 10 * MINUTE
    async with world.running():
        await world.grant()
        world.say(bar(10))
        world.lose()
        world.answers.set()
        world.bars_kept += [bar(10)]
        world.time += SECOND
        await world.grant()
    assert world.bars_got == [bar(9), bar(10)]


async def test_bars_that_waited_long_for_history_are_history_themselves():
    world = World()
    world.answers = asyncio.Event()
    world.time = 10 * MINUTE
    async with world.running():
        await world.grant()
        world.say(bar(11), bar(12))
        world.time = 12 * MINUTE + 10 * SECOND
        world.answers.set()
        await settle()
    assert world.got == [Backfill("AAA", 12 * MINUTE, (bar(11), bar(12)), world.time)]


async def test_history_that_fails_is_asked_again_and_called_a_gap_when_it_takes_too_long():
    world = World(gap_after=0.0)
    world.failures = [Transient("502"), Transient("502")]
    world.time = 10 * MINUTE
    world.bars_kept = [bar(9)]
    async with world.running():
        await world.grant()
        await until(lambda: world.got)
    assert world.ticker.gaps == 1
    assert world.bars_got == [bar(9)]


async def test_denied_history_reaches_the_desks_task():
    world = World()
    world.failures = [Denied("403")]
    world.time = 10 * MINUTE
    async with world.running():
        await world.grant()
    assert isinstance(world.error, Denied)


async def test_an_answer_that_makes_no_sense_costs_no_desk_and_is_asked_for_again():
    world = World(gap_after=60.0)
    world.failures = [Corrupt("found no results")]
    world.time = 10 * MINUTE
    world.bars_kept = [bar(9)]
    async with world.running():
        await world.grant()
        await until(lambda: world.got)
    assert world.error is None
    assert world.bars_got == [bar(9)]
    assert world.ticker.trouble is None


async def test_history_that_is_denied_after_a_loss_leaves_a_gap_and_the_desk():
    world = World(gap_after=0.0)
    world.time = 10 * MINUTE
    world.bars_kept = [bar(9)]
    async with world.running():
        await world.grant()
        await until(lambda: world.ticker.stage is Stage.LIVE)
        world.failures = [Denied("403")] * 2
        world.ticker.lost()
        await world.grant()
        await until(lambda: not world.failures and world.ticker.stage is Stage.LIVE)
    assert world.error is None
    assert world.ticker.gaps == 1


async def test_without_history_it_goes_live_at_once():
    world = World(history=False)
    async with world.running():
        await world.grant()
        world.say(bar(5))
        await settle()
    assert world.got == [bar(5)]


async def test_too_many_messages_waiting_for_history_are_told():
    world = World(staged=3)
    world.time = 10 * MINUTE
    world.answers = asyncio.Event()
    async with world.running():
        await world.grant()
        world.say(*(bar(k) for k in range(1, 6)))
        await settle()
        world.answers.set()
        await settle()
    assert isinstance(world.error, StreamLagged)


async def test_a_failure_from_outside_reaches_a_task_that_waits_for_anything():
    for prepare in (False, True):
        world = World()
        async with world.running():
            if prepare:
                await world.grant()
            world.ticker.fail(Denied("auth failed"))
            await settle()
        assert isinstance(world.error, Denied)


async def test_the_half_second_under_way_is_left_to_history():
    world = World(1)
    world.time = 10 * SECOND + 500
    async with world.running():
        await world.grant()
        assert world.ticker.idle
        assert world.asked == []
        world.say(trade(10 * SECOND + 600, 5.0))
        world.bars_kept = [bar(11, 9.0, span=1)]
        world.ticker.tick(11 * SECOND + GRACE - 1)
        assert world.ticker.idle
        world.time = 11 * SECOND + GRACE
        world.ticker.tick(world.time)
        assert not world.ticker.idle
        await settle()
        world.say(trade(11 * SECOND, 6.0), trade(12 * SECOND, 7.0))
        await settle()
    assert world.asked == [(1, 0, 11 * SECOND)]
    assert [(b.ts, b.volume) for b in world.bars_got] == [(11 * SECOND, 9.0), (12 * SECOND, 1.0)]
    assert isinstance(world.got[0], Backfill)


async def test_the_seam_lies_where_the_venues_clock_stands_once_it_can_be_read():
    """A clock of ours that runs behind would leave a hole between history and stream."""
    world = World(1)
    world.time = 3 * SECOND
    world.venue_time = 10 * SECOND + 500
    world.unreadable = [Transient("no answer"), Transient("no answer")]
    async with world.running():
        await world.grant()
        assert world.synced == 3
        world.ticker.tick(11 * SECOND + GRACE)
        await settle()
        assert world.asked == [(1, 0, 11 * SECOND)]
        world.lose()
        await world.grant()
        assert world.synced == 4


async def live(*spans, **terms):
    world = World(*spans, history=False, **terms)
    world.complete = True
    return world


async def test_a_minute_closes_its_seconds_first():
    world = await live(1, 60)
    async with world.running():
        await settle()
        world.ticker.tick(SECOND + GRACE)
        await settle()
        world.say(trade(59 * SECOND), trade(59 * SECOND + 5, 2.0), bar(1))
        await settle()
    assert [(e.span, e.ts) for e in world.got] == [(1, MINUTE), (60, MINUTE)]


async def test_time_closes_seconds_after_the_grace():
    world = await live(1, grace=250_000_000)
    async with world.running():
        await settle()
        world.ticker.tick(SECOND + GRACE)
        await settle()
        world.say(trade(5 * SECOND))
        world.ticker.tick(6 * SECOND + 249_999_999)
        await settle()
        assert world.got == []
        world.ticker.tick(6 * SECOND + 250_000_000)
        await settle()
    assert [e.ts for e in world.got] == [6 * SECOND]


async def test_prints_repeats_conditions_cancels_and_corrections_reach_the_fold():
    world = await live(1, 60)
    async with world.running():
        await settle()
        world.ticker.tick(SECOND + GRACE)
        await settle()
        first = trade(5 * SECOND, 1.0, 1.0, 1)
        world.say(first, first, ConditionalTrade("AAA", trade(5 * SECOND + 1, 9.0, 2.0, 2), 4))
        world.ticker.tick(7 * SECOND)
        world.say(Cancel("AAA", 8 * SECOND, 2, 9.0, 2.0))
        world.say(Correction("AAA", 8 * SECOND, 1, 1.0, 1.0, trade(8 * SECOND, 3.0, 5.0, 3)))
        await settle()
    assert [(b.close, b.volume, b.revision) for b in world.got] == [
        (1.0, 3.0, 0),
        (1.0, 1.0, 1),
        (3.0, 5.0, 2),
    ]
    assert world.ticker.ordering.repeats == 1


async def test_prints_mean_nothing_where_only_minutes_are_wanted():
    world = await live(60)
    async with world.running():
        await settle()
        world.say(trade(5 * SECOND), bar(1))
        await settle()
    assert world.got == [bar(1)]


async def test_in_lockstep_events_go_on_at_the_tick_in_delivery_order():
    world = await live(1, 60, paced=True, grace=0)
    halt = Status("AAA", MINUTE, False, "H", "iex")
    async with world.running():
        await settle()
        world.ticker.tick(SECOND)
        await settle()
        world.say(trade(59 * SECOND), bar(1), quote(MINUTE), quote(MINUTE), halt)
        await settle()
        assert world.got == []
        world.ticker.tick(MINUTE)
        assert not world.ticker.idle
        await settle()
        assert world.ticker.idle
    assert [(type(e).__name__, e.ts) for e in world.got] == [
        ("Status", MINUTE),
        ("Quote", MINUTE),
        ("Quote", MINUTE),
        ("Bar", MINUTE),
        ("Bar", MINUTE),
    ]


async def test_a_delayed_feed_is_joined_where_it_is_not_where_the_clock_is():
    world = World(delay=15 * MINUTE)
    world.time = 25 * MINUTE + SECOND
    async with world.running():
        await world.grant()
    assert world.asked[0][2] == 10 * MINUTE


class Play:
    """A vendor day of minute bars, some missing, told over a connection that comes and goes."""

    def __init__(self, traded):
        self.world = World()
        self.traded = traded
        self.minute = 0
        self.subscribed = False

    async def step(self, what):
        world = self.world
        if what == "minute":
            self.minute += 1
            world.time = self.minute * MINUTE + SECOND
            if self.minute in self.traded:
                world.bars_kept.append(bar(self.minute))
                if self.subscribed:
                    world.say(bar(self.minute))
        elif what == "repeat" and self.subscribed and self.minute in self.traded:
            world.say(bar(self.minute))
        elif what == "lose":
            self.subscribed = False
            world.lose()
        elif what == "grant":
            self.subscribed = True
            await world.grant()
        elif what == "answer":
            world.answers.set()
            await settle()
        elif what == "stall":
            world.answers.clear()
        if what != "minute":
            await settle()


@settings(max_examples=150, deadline=None)
@given(
    st.sets(st.integers(1, 40)),
    st.lists(
        st.sampled_from(
            ["minute", "minute", "minute", "repeat", "lose", "grant", "answer", "stall"]
        ),
        max_size=60,
    ),
)
def test_no_bar_is_lost_or_doubled_at_any_seam(traded, steps):
    async def play():
        day = Play(traded)
        day.world.answers = asyncio.Event()
        day.world.answers.set()
        async with day.world.running():
            for what in steps:
                await day.step(what)
            for what in ("answer", "grant", "answer", "minute", "minute"):
                await day.step(what)
            await settle()
        return day

    day = asyncio.run(play())
    wanted = [bar(k) for k in sorted(traded) if k <= day.minute]
    assert day.world.bars_got == wanted


async def test_a_limit_state_is_told_before_the_quote_that_shows_it():
    world = World()
    async with world.running():
        await world.grant()
        world.say(Band("AAA", 1, 0.5, 1.0), quote(2))
        await settle()
        world.say(replace(quote(3), bid=0.8), bar(1))
        await settle()
    assert world.got == [
        Status("AAA", 2, False, LIMIT_STATE, "iex"),
        quote(2),
        Status("AAA", 3, True, "RESUMED", "iex"),
        replace(quote(3), bid=0.8),
        bar(1),
    ]


async def test_a_silent_symbol_counts_as_halted_until_a_bar_of_it_comes():
    day = Session(20260105, 0, MINUTE, 60 * MINUTE, 90 * MINUTE)
    world = World(calendar=Calendar([day]))
    world.bars_kept = [bar(k) for k in range(1, 21)]
    world.time = 30 * MINUTE
    async with world.running():
        await world.grant()
        await settle()
        assert world.ticker.halts.suspected
        world.say(quote(30 * MINUTE + 1), bar(32))
        await settle()
        world.say(bar(33))
        await settle()
    assert world.got[1:] == [
        Status("AAA", 30 * MINUTE, False, SUSPECTED, "iex", 30 * MINUTE),
        quote(30 * MINUTE + 1),
        Status("AAA", 31 * MINUTE, True, "RESUMED", "iex"),
        bar(32),
        bar(33),
    ]


async def test_a_live_symbol_that_goes_mute_counts_as_halted_unless_it_is_quoted():
    day = Session(20260105, 0, MINUTE, 60 * MINUTE, 90 * MINUTE)
    world = World(calendar=Calendar([day]))
    world.bars_kept = [bar(k) for k in range(1, 21)]
    world.time = 20 * MINUTE + SECOND
    async with world.running():
        await world.grant()
        # Its own pace explains three minutes without a bar.
        world.time = 24 * MINUTE
        world.say(quote(world.time))
        world.ticker.doubt()
        world.time = 25 * MINUTE
        world.ticker.doubt()
        await settle()
        assert not any(isinstance(event, Status) for event in world.got)
        world.time += 1
        world.ticker.doubt()
        world.ticker.doubt()
        world.say(bar(30))
        await settle()
    told = [(e.ts, e.code) for e in world.got if isinstance(e, Status)]
    assert told == [(25 * MINUTE + 1, SUSPECTED), (29 * MINUTE, "RESUMED")]


async def test_where_a_venue_waits_for_us_nobody_doubts_a_silence():
    day = Session(20260105, 0, MINUTE, 60 * MINUTE, 90 * MINUTE)
    world = World(calendar=Calendar([day]), paced=True)
    world.bars_kept = [bar(k) for k in range(1, 21)]
    world.time = 30 * MINUTE
    async with world.running():
        await world.grant()
        await settle()
        world.ticker.tick(world.time)
        await settle()
    assert not any(isinstance(event, Status) for event in world.got)


async def test_after_a_loss_the_desk_hears_that_the_gap_is_healed_even_if_no_bar_was_missed():
    world = World()
    async with world.running():
        world.time = 2 * MINUTE
        await world.grant()
        world.say(bar(3))
        world.time = 3 * MINUTE
        await settle()
        world.lose()
        world.time = 3 * MINUTE + 5 * SECOND
        await world.grant()
        world.lose()
        world.bars_kept = [bar(k) for k in range(1, 6)]
        world.time = 5 * MINUTE + SECOND
        await world.grant()
    told = [event for event in world.got if isinstance(event, Backfill)]
    assert told == [
        Backfill("AAA", 3 * MINUTE, (), 3 * MINUTE + 5 * SECOND, 3 * MINUTE),
        Backfill("AAA", 5 * MINUTE, (bar(4), bar(5)), world.time, 3 * MINUTE),
    ]


async def test_a_gap_that_history_does_not_fill_in_time_is_told_at_once_and_again_once_healed():
    world = World(gap_after=0.0)
    async with world.running():
        world.time = MINUTE
        await world.grant()
        world.say(bar(2))
        await settle()
        world.lose()
        world.failures = [Transient("down")] * 3
        world.bars_kept = [bar(k) for k in range(1, 5)]
        world.time = 4 * MINUTE
        await world.grant()
        world.say(bar(5))
        await until(lambda: world.ticker.stage is Stage.LIVE)
        await settle()
    gap, healed, live = world.got[1:]
    assert gap == Backfill("AAA", 4 * MINUTE, (), 4 * MINUTE, 2 * MINUTE, healed=False)
    assert healed == Backfill("AAA", 4 * MINUTE, (bar(3), bar(4)), 4 * MINUTE, 2 * MINUTE)
    assert live == bar(5)
    assert world.ticker.gaps == 1


async def test_while_the_link_breaks_again_and_again_a_gap_is_told_once_and_healed_in_the_end():
    world = World(gap_after=0.05)
    async with world.running():
        world.time = MINUTE
        await world.grant()
        world.say(bar(2))
        await settle()
        world.failures = [Transient("down")] * 1_000_000
        world.bars_kept = [bar(k) for k in range(1, 5)]
        world.time = 4 * MINUTE
        loop = asyncio.get_running_loop()
        began = loop.time()
        # No connection lives long enough for its own history to be overdue.
        while loop.time() < began + 0.2:
            world.lose()
            await settle()
            await world.grant()
        assert world.ticker.stage is Stage.GAP
        world.failures.clear()
        await until(lambda: world.ticker.stage is Stage.LIVE)
        await settle()
    told = [(e.since, e.healed) for e in world.got if isinstance(e, Backfill)]
    assert told == [(2 * MINUTE, False), (2 * MINUTE, True)]
    assert world.bars_got == [bar(2), bar(3), bar(4)]
    assert world.ticker.gaps == 1


async def test_a_grant_taken_back_within_a_gap_is_waited_for():
    world = World(gap_after=0.0)

    async def down(*_asked):
        # Meanwhile the venue's answer to another symbol's request leaves this one out.
        world.complete = False
        raise Transient("down")

    async with world.running():
        await world.grant()
        world.say(bar(2))
        await settle()
        world.lose()
        world.bars, answered = down, world.bars
        world.time = 4 * MINUTE
        await world.grant()
        assert world.ticker.stage is Stage.GAP
        world.bars = answered
        await world.grant()
        await until(lambda: world.ticker.stage is Stage.LIVE)
        await settle()
    assert [event.healed for event in world.got if isinstance(event, Backfill)] == [False, True]


async def test_without_history_a_loss_leaves_a_gap_that_is_told():
    world = World(history=False)
    async with world.running():
        world.time = MINUTE
        await world.grant()
        world.say(bar(2))
        await settle()
        world.lose()
        world.time = 5 * MINUTE
        await world.grant()
    assert world.got[1:] == [Backfill("AAA", 5 * MINUTE, (), 5 * MINUTE, 2 * MINUTE, healed=False)]


async def test_a_warm_start_is_no_gap_however_late_it_comes():
    world = World(gap_after=0.0)
    world.failures = [Transient("down")] * 2
    world.bars_kept = [bar(1)]
    world.time = MINUTE
    async with world.running():
        await world.grant()
        await until(lambda: world.ticker.stage is Stage.LIVE)
        await settle()
    assert world.got == [Backfill("AAA", MINUTE, (bar(1),), MINUTE)]
