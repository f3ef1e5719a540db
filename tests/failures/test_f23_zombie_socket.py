"""F23: a socket that is open, confirmed and dead: liveness is judged by what comes."""

import msgspec
import pytest
from structlog.testing import capture_logs

from faultsim.running import run_sim
from fed import Fed, fed
from tradeplat.venue.plan import PLUS


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with fed(**how) as f:
            await scene(f)

    run_sim(play, seed)


@pytest.mark.parametrize("seed", range(5))
def test_f23_a_half_open_socket_is_left_within_seventeen_seconds(seed: int) -> None:
    async def scene(f: Fed) -> None:
        await f.until(lambda: len(f.quotes()) > 30)
        f.harm("half_open", socket="data", seconds=600.0)
        before = f.client.counters["reconnects"]
        took = await f.until(lambda: f.scopes, 60.0)
        assert took <= 17.5
        await f.live(60.0)
        assert f.client.counters["reconnects"] == before + 1
        seen = len(f.quotes())
        await f.until(lambda: len(f.quotes()) > seen, 10.0)

    simulated(scene, seed)


def test_f23_a_subscription_that_is_confirmed_and_not_served_is_noticed() -> None:
    async def scene(f: Fed) -> None:
        await f.until(lambda: len(f.quotes()) > 60)
        f.harm("subscribe_not_served", socket="data", times=1)
        f.cut()
        await f.until(lambda: f.client.counters["reconnects"] >= 1)
        # The pings are answered; only the want of data tells.
        seen = len(f.quotes())
        took = await f.until(lambda: len(f.quotes()) > seen, 120.0)
        assert took <= 60.0

    simulated(scene, minutes=30)


def test_f23_a_refused_subscription_is_told_and_never_taken_for_live() -> None:
    """The plan has room for the quotes of one symbol, and two are asked for."""

    async def scene(f: Fed) -> None:
        with capture_logs() as logs:
            await f.until(lambda: f.client.counters["refused_topics"])
        told = [line for line in logs if line["event"] == "subscription_refused"][-1]
        assert told["log_level"] == "error"
        (refused,) = [symbol for channel, symbol in told["topics"] if channel == "quotes"]
        assert f.client.counters["complaints"] >= 1
        fed_ = next(symbol for symbol in f.shown if symbol != refused)
        await f.until(lambda: len(f.quotes(fed_)) > 200 and len(f.bars(refused)) > 2, 400.0)
        assert f.client.channels[refused, "quotes"] == "down"
        assert f.client.channels[refused, "bars"] == "live"
        assert f.client.channels[fed_, "quotes"] == "live"
        assert f.quotes(refused) == []
        # Nor after the next connection, which asks again.
        f.cut()
        await f.until(lambda: f.client.counters["reconnects"])
        await f.until(lambda: f.client.channels[fed_, "quotes"] == "live")
        assert sorted(f.client.channels[symbol, "quotes"] for symbol in f.shown) == ["down", "live"]

    simulated(scene, plan=msgspec.structs.replace(PLUS, symbols=1))


def test_f23_topics_never_served_from_the_first_subscription_on_are_told_and_sought() -> None:
    async def scene(f: Fed) -> None:
        await f.live()
        # Traded lately by the history, and yet not a word of it.
        await f.until(lambda: "AAA" in f.scopes or "BBB" in f.scopes, 300.0)
        assert "NOT_SERVED" in f.alarms
        await f.until(lambda: all(len(f.quotes(s)) > 10 for s in f.shown), 600.0)
        await f.live(60.0)
        assert f.client.counters["reconnects"] >= 1

    async def play() -> None:
        async with fed(minutes=40, faults=["subscribe_not_served"], lead=8 * 60) as f:
            await scene(f)

    run_sim(play, 1)
