import asyncio
import time
from decimal import Decimal
from math import isnan
from pathlib import Path

import numpy as np

from app.test_standing import holding, stands
from markets import OPEN, quote, trade, venue
from sessions import OURS, trading
from tradeplat.app import tapping
from tradeplat.app.machine import Machine
from tradeplat.app.settings import Plug, Settings
from tradeplat.control.client import connected
from tradeplat.control.protocol import FrameType, Role, pack
from tradeplat.journal.events import NullRecorder
from tradeplat.runtime.metrics import Metrics
from waits import until
from watching import Window

STRATEGY = Settings(strategy=(Plug(use="opening_range"),))


def test_what_nobody_can_connect_to_is_told_nothing() -> None:
    record = NullRecorder()
    _, told = tapping.begun(record, STRATEGY, Machine(sockets=False))
    assert told is record
    scene, told = tapping.begun(record, STRATEGY, Machine(sockets=True))
    assert told is not record
    told.desk_opened(1, "A")
    assert list(scene.sheets) == ["A"]
    assert {study.strategy for study in scene.studies.values()} == {"opening_range"}


def test_health_is_read_from_what_the_session_measures() -> None:
    class Stream:
        feeds = ({"lag_ms": None}, {"lag_ms": 7.5})
        counters = {"depth": 4}  # noqa: RUF012  # never changed

    metrics = Metrics()
    metrics.observe("key_to_wire", 2_000_000)
    health = tapping.health(metrics, Stream(), lambda: 0.002, lambda: None)
    assert (health.loop(), health.lag(), health.queue()) == (2.0, 7.5, 4)
    assert health.latency()["key_to_wire_p50"] == 2.0
    ((bound, count),) = health.key_to_wire()
    assert 2.0 <= bound <= 3.0
    assert count == 1
    assert health.latency()["decode_to_desk_p99"] is None
    Stream.feeds = ()
    assert isnan(health.lag())


async def test_the_tap_of_a_world_shows_its_position() -> None:
    world = holding(stop=True)
    scene, _ = tapping.begun(NullRecorder(), STRATEGY, Machine(sockets=True))
    health = tapping.Health()
    tap, _ = tapping.joined(scene, stands(world), world.tracker, health, Decimal(100_000))
    window = Window()
    tap.came(window.link)
    await tap.tick(1.0)
    window.read()
    assert window.last[FrameType.POSITIONS].rows[0].stop == 90.0
    assert list(window.orders) == list(world.tracker.open_orders)


async def test_a_session_is_watched_from_its_socket(tmp_path: Path) -> None:
    """Bars, the one that goes on, studies at each bar, heartbeats, and the engine goes on."""
    events = [
        one
        for second in range(900)
        for one in (quote(OPEN + second * 10**9, 4.99, 5.01), trade(OPEN + second * 10**9 + 5, 5.0))
    ]
    async with (
        venue(events, accounts=OURS, speed=60.0) as served,
        trading(served, tmp_path, ["AAA"], "opening_range") as session,
    ):
        await until(lambda: session.stages == ["live"])
        window = Window()
        async with connected(
            session.folder, Role.VIEWER, "viewer-1", time.time_ns, watching=True
        ) as client:
            window.sequence = 1

            async def hear() -> None:
                async for frame in client.frames():
                    window.read(pack(frame))

            hearing = asyncio.create_task(hear())
            await until(lambda: window.beats >= 3 and len(window.points) > 0)
            await until(lambda: window.counts[FrameType.REPLACE] >= 3)
            hearing.cancel()
        assert client.hello["mode"] == "PAPER"
        minutes = window.bars[window.id("AAA", 60)]
        assert np.all(np.diff(minutes["ts"]) > 0)
        assert window.quotes[window.id("AAA")]["ask"] == 5.01
        assert window.last[FrameType.STRATEGIES].rows[0].strategy == "opening_range"
        assert window.last[FrameType.TRADING].account_stream == "LIVE"
        assert session.live.supervisor.quarantined == {}
        await until(lambda: not session.live.scene.watched)
