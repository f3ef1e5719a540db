"""F26: a market order priced from a quote that is weeks old."""

import asyncio
from math import nan

import pytest

from faultsim.running import run_sim
from fed import fed
from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.orders import Order, Refused
from tradeplat.risk.limits import Hours, Limits
from worlds import DAY, World, quote

NOW = DAY.open + 30 * MINUTE
WEEKS = 21 * 86_400 * SECOND
ENTER = Intent(Action.ENTER, 1.0, nan, nan, nan)


def watchful(hours: Hours) -> Limits:
    """The limits of a session, as its settings give them (app/bounds.py)."""
    return Limits(hours=hours, stale_quote_regular=2 * SECOND, stale_quote_extended=10 * SECOND)


def verdict(age: int, now: int = NOW, intent: Intent = ENTER) -> str:
    """What becomes of an entry when the newest thing known is a quote of this age."""
    world = World(lambda _: {}, watchful(Hours.EXTENDED))
    world.market.tapes["A"].on_quote(quote("A", now - age, 99.99, 100.01))
    found = world.gate.review("A", "s", intent, now, now)
    assert isinstance(found, Order | Refused)
    return found.code if isinstance(found, Refused) else "order"


def test_f26_the_first_quote_after_a_subscription_may_be_weeks_old_and_prices_nothing() -> None:
    assert verdict(WEEKS) == "STALE_QUOTE"


@pytest.mark.parametrize(
    ("age", "found"), [(0, "order"), (2 * SECOND, "order"), (2 * SECOND + 1, "STALE_QUOTE")]
)
def test_f26_two_seconds_are_the_limit_in_regular_hours(age: int, found: str) -> None:
    assert verdict(age) == found


@pytest.mark.parametrize(("age", "found"), [(10, "order"), (11, "STALE_QUOTE")])
def test_f26_ten_seconds_are_the_limit_outside_them(age: int, found: str) -> None:
    limit = Intent(Action.ENTER, 1.0, 100.5, nan, nan)
    assert verdict(age * SECOND, DAY.pre_open + MINUTE, limit) == found


def test_f26_an_old_quote_that_comes_now_is_still_old() -> None:
    world = World(lambda _: {}, watchful(Hours.REGULAR))
    desk = world.floor.open_desk("A", NOW)
    desk.on_market(quote("A", NOW - WEEKS, 9.99, 10.01), NOW)
    found = world.gate.review("A", "s", ENTER, NOW, NOW)
    assert isinstance(found, Refused)
    assert found.code == "STALE_QUOTE"
    desk.on_market(quote("A", NOW, 99.99, 100.01), NOW)
    assert isinstance(world.gate.review("A", "s", ENTER, NOW, NOW), Order)


def test_f26_data_of_the_future_is_not_traded_and_leaves_no_hole() -> None:
    """Our clock falls behind the venue's: what is dated ahead of it waits for it in the history."""

    async def play() -> None:
        async with fed(minutes=20) as f:
            await f.until(lambda: len(f.bars()) >= 3)
            ts, began = f.clock.now(), asyncio.get_running_loop().time()
            f.clock.anchor(ts - 200 * SECOND, 1.0)
            await f.until(lambda: f.alarms)
            assert "FUTURE_DATA" in f.alarms
            assert f.scopes["AAA"] == "STREAM_DOWN"
            seen = len(f.quotes())
            await asyncio.sleep(150.0)
            assert len(f.quotes()) <= seen + 3
            elapsed = asyncio.get_running_loop().time() - began
            f.clock.anchor(ts + int(elapsed * SECOND), 1.0)
            await f.live(30.0)
            await f.until(lambda: len(f.bars()) >= 12, 600.0)
            assert f.whole("AAA")
            assert f.whole("BBB")

    run_sim(play, 1)
