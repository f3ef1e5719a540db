"""F18: the socket is back, the subscriptions are not: connected is not the same as fed."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from faultsim.running import run_sim
from fed import Fed, fed
from tradeplat.core.market import Quote
from tradeplat.streams.alpaca import Tuning
from tradeplat.streams.connection import PATIENCE

AT_ONCE = Tuning(timing=msgspec.structs.replace(PATIENCE, delays=(0.0,)))
"""Without the growing delays, that a thousand losses fit into one morning."""
LOSSES: dict[str, Callable[[Fed], object]] = {
    "reset": Fed.cut,
    "goodbye": lambda f: f.harm("stream_drop", socket="data", times=1),
    "cut in a batch": lambda f: f.harm("disconnect_mid_batch", socket="data", times=1),
    "half open": lambda f: f.harm("half_open", socket="data", times=1, seconds=600.0),
}


def quoted(f: Fed, symbol: str, since: int) -> bool:
    """True once the desk was shown a quote behind its first `since` events."""
    return any(isinstance(event, Quote) for event in f.shown[symbol][since:])


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with fed(**how) as f:
            await scene(f)

    run_sim(play, seed)


def test_f18_after_each_of_a_thousand_losses_every_symbol_is_fed_again() -> None:
    async def scene(f: Fed) -> None:
        await f.live()
        names = list(LOSSES)
        began = len(asyncio.all_tasks())
        for number in range(1_000):
            # Half-open ones take their time to show: one in forty, the others in turn.
            name = names[3] if number % 40 == 39 else names[number % 3]
            LOSSES[name](f)
            await f.until(lambda n=number: f.client.counters["reconnects"] > n, 20.0)
            await f.live(10.0)
            seen = {symbol: len(shown) for symbol, shown in f.shown.items()}
            took = await f.until(lambda s=seen: all(quoted(f, k, n) for k, n in s.items()), 10.0)
            # Fed, that is: with what is sent each second, not some time later.
            assert took <= 2.5, (number, name)
            assert f.client.counters["reconnects"] == number + 1, name
            assert set(f.client.channels.values()) == {"live"}
        # Whatever a connection needs goes with it.
        assert len(asyncio.all_tasks()) <= began + 2
        assert len(f.venue.floor.sockets.matching("/v2/iex")) == 1
        assert f.whole("AAA")
        assert f.whole("BBB")
        for symbol in f.shown:
            assert len(f.bars(symbol)) >= 20
            times = [quote.ts for quote in f.quotes(symbol)]
            assert times == sorted(set(times))

    simulated(scene, 1, minutes=60, tuning=AT_ONCE)


@pytest.mark.parametrize("seed", range(2))
def test_f18_after_each_of_many_losses_every_symbol_is_fed_again(seed: int) -> None:
    async def scene(f: Fed) -> None:
        await f.live()
        for number in range(60):
            assert f.cut() == 1
            await f.until(lambda n=number: f.client.counters["reconnects"] > n)
            await f.live()
            seen = {symbol: len(f.quotes(symbol)) for symbol in f.shown}
            await f.until(lambda s=seen: all(len(f.quotes(k)) > n for k, n in s.items()), 10.0)
            assert f.client.counters["reconnects"] == number + 1
            # The delays start over after a minute in peace.
            await asyncio.sleep(61.0 if number % 10 == 9 else 0.0)
        assert f.whole("AAA")
        assert f.whole("BBB")

    simulated(scene, seed, minutes=45)


def test_f18_live_is_said_only_when_every_topic_asked_for_was_granted() -> None:
    async def scene(f: Fed) -> None:
        await f.live()
        assert set(f.client.channels.values()) == {"live"}
        assert {symbol for symbol, _ in f.client.channels} == {"AAA", "BBB"}
        f.cut()
        await f.until(lambda: f.scopes)
        assert f.scopes == {"": "STREAM_DOWN"}
        assert "live" not in set(f.client.channels.values())

    simulated(scene)
