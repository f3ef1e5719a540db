"""Whatever is lost, late, repeated or corrected: in the end a desk knows what the vendor knows."""

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bench.flap import judged
from streams.test_ticker import World, settle
from tradeplat.core.market import MINUTE, SECOND, Bar, Trade
from tradeplat.streams.prints import Cancel
from tradeplat.streams.seconds import SecondFold

START = 600 * SECOND
LENGTH = 100
STEP = SECOND // 4
LATENESS = 2 * SECOND
PEACE = 8


def bar_of(ts: int, span: int, rng: random.Random, volume: float = 0.0) -> Bar:
    price = rng.randint(100, 120) / 10
    return Bar("AAA", ts, price, price, price, price, volume or rng.randint(1, 9), span, "x")


class Vendor:
    """What is true of the market from when on, and what the socket says of it when.

    `said` are messages by the instant they are sent; `bars(now)` is what history tells at `now`.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.said: list[tuple[int, object]] = []

    def due(self, after: int, until: int) -> list[object]:
        return [fact for at, fact in self.said if after < at <= until]


class Maker(Vendor):
    """Makes its bars itself, tells them late and shuffled, and corrects some."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.versions: list[tuple[int, Bar]] = []
        for span in (1, 60):
            for ts in range(START + span * SECOND, START + LENGTH * SECOND + 1, span * SECOND):
                if span == 1 and rng.random() < 0.2:
                    continue
                late = rng.random() < 0.05
                told = ts + rng.randint(0, LATENESS - 1) + late * rng.randint(1, 5) * SECOND
                self.tell(told, bar_of(ts, span, rng))
                while rng.random() < 0.1:
                    told += rng.randint(1, 20 * SECOND)
                    self.tell(told, bar_of(ts, span, rng))
        self.said.sort(key=lambda one: one[0])
        self.versions.sort(key=lambda one: one[0])

    def tell(self, at: int, bar: Bar) -> None:
        # History has a bar when it is told, or a little before.
        self.versions.append((at, bar))
        bar = replace(bar, seen=at)
        self.said.append((at, bar))
        if self.rng.random() < 0.05:
            self.said.append((at, bar))

    def bars(self, now: int) -> list[Bar]:
        known = {(bar.ts, bar.span): bar for at, bar in self.versions if at <= now}
        return [known[key] for key in sorted(known)]


class Printer(Vendor):
    """Tells prints, some late, takes some back; minutes a second late, with updates later."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.prints: list[tuple[int, int, Trade]] = []
        for number in range(2, rng.randint(50, 400), 2):
            ts = START + rng.randint(0, LENGTH * SECOND - 1)
            late = rng.random() < 0.05
            told = self.print(number, ts, late * rng.randint(1, 20) * SECOND)
            if rng.random() < 0.05:
                # Its second keeps another print: history tells nothing of one that has none left.
                self.print(number + 1, ts, 0)
                gone = told + rng.randint(1, 20 * SECOND)
                _, _, trade = self.prints[-2]
                self.prints[-2] = (told, gone, trade)
                taken = Cancel("AAA", gone, number, trade.price, trade.size)
                self.said.append((gone, taken))
        self.said.sort(key=lambda one: one[0])
        self.prints.sort(key=lambda one: one[2].ts)

    def print(self, number: int, ts: int, late: int) -> int:
        told = ts + self.rng.randint(0, SECOND // 8) + late
        price, size = self.rng.randint(100, 120) / 10, float(self.rng.randint(1, 9))
        trade = Trade("AAA", ts, price, size, "x", number)
        self.said.append((told, trade))
        self.prints.append((told, 1 << 62, trade))
        return told

    def bars(self, now: int) -> list[Bar]:
        latest = {}
        fold = SecondFold("AAA", "x", START)
        for told, gone, trade in self.prints:
            if told <= now < gone:
                for bar in fold.add(trade):
                    latest[bar.ts] = bar
        for bar in fold.close(now - now % SECOND):
            latest[bar.ts] = bar
        return [latest[ts] for ts in sorted(latest)]


class Watched(World):
    """A desk whose history is the vendor's."""

    vendor: Vendor

    async def bars(self, symbol, span, start, end):
        found = [b for b in self.vendor.bars(self.time) if b.span == span and start < b.ts <= end]
        if self.failing:
            raise self.failing.pop()
        # The answer is under way for a while: it is of when it was asked for.
        for _ in range(self.slow):
            await asyncio.sleep(0)
        return found


async def over_losses(vendor: Vendor, rng: random.Random, **terms) -> None:
    spans = (1, 60) if isinstance(vendor, Maker) else (1,)
    world = Watched(*spans, grace=LATENESS, **terms)
    world.vendor, world.failing, world.slow = vendor, [], 0
    world.time = START
    there, change = False, START
    async with world.running():
        while world.time < START + (LENGTH + PEACE + 30) * SECOND:
            before, world.time = world.time, world.time + STEP
            if there:
                world.say(*vendor.due(before, world.time))
            if world.time >= change:
                peace = world.time > START + LENGTH * SECOND - 20 * SECOND
                if there and not peace:
                    world.lose()
                    there, change = False, world.time + rng.randint(0, 5 * SECOND)
                elif not there:
                    world.slow = rng.choice([0, 0, 3, 20])
                    await world.grant()
                    there, change = True, world.time + rng.randint(0, 20 * SECOND)
            world.ticker.tick(world.time)
            await settle()
        end = START + LENGTH * SECOND
        if world.ticker.fold is not None:
            # What comes late of a second before a seam is known with the next history.
            world.lose()
            await world.grant()
            for _ in range(20):
                world.time += STEP
                world.ticker.tick(world.time)
                await settle()
        # What is older than all it was ever shown is nothing that a desk has lost.
        first = min(START + MINUTE, *(bar.ts for bar in world.bars_got))
        told = judged(world.got, vendor.bars(world.time), (first, end))
    assert told.whole, told
    assert told.bars > 5


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
async def test_of_bars_that_the_vendor_makes(seed: int) -> None:
    rng = random.Random(seed)
    await over_losses(Maker(rng), rng, folded=False, lateness=LATENESS)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
async def test_of_seconds_folded_from_prints(seed: int) -> None:
    rng = random.Random(seed)
    await over_losses(Printer(rng), rng)
