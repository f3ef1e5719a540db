"""F18: the socket is back, the subscriptions are not: connected is not the same as fed."""

import asyncio

import pytest

from faultsim.running import run_sim
from fed import Fed, fed


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with fed(**how) as f:
            await scene(f)

    run_sim(play, seed)


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
