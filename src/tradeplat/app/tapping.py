"""Joins the tap that windows are served from to a running session."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from math import nan
from typing import Any

from tradeplat.app import wiring
from tradeplat.app.machine import Machine
from tradeplat.app.pictures import Health, Pictures
from tradeplat.app.settings import Settings
from tradeplat.app.standing import Stands
from tradeplat.control.scene import Scene
from tradeplat.control.tap import Tap
from tradeplat.core.ports import Recorder
from tradeplat.execution.tracker import PositionTracker
from tradeplat.journal.events import Witnesses
from tradeplat.runtime.metrics import Metrics

SHARES = {"p50": 0.50, "p99": 0.99}
LATENCIES = ("key_to_wire", "wire", "decode_to_desk", "loop_lag")
"""What of the session's histograms windows are shown."""


def begun(recorder: Recorder, settings: Settings, machine: Machine) -> tuple[Scene, Recorder]:
    """What windows will be shown of a session, and who is told of everything that happens: where
    nobody can connect, the record alone.
    """
    scene = Scene()
    if not machine.sockets:
        return scene, recorder
    for strategy, declared in wiring.studies(settings.strategy).items():
        scene.declare(strategy, declared)
    return scene, Witnesses(recorder, scene)


def joined(
    scene: Scene, stands: Stands, tracker: PositionTracker, health: Health, equity: Decimal
) -> tuple[Tap, Pictures]:
    """The tap of a session that began with `equity`."""
    pictures = Pictures(stands, tracker, scene, health, equity)
    return Tap(scene, pictures), pictures


def health(
    metrics: Metrics, client: Any, late: Callable[[], float], loss: Callable[[], float | None]
) -> Health:
    """How an engine is, by its measures and its stream of market data; `late` is that of its loop
    in seconds.
    """

    def lag() -> float:
        told = [feed.get("lag_ms") for feed in getattr(client, "feeds", ())]
        known = [float(one) for one in told if one is not None]
        return max(known, default=nan)

    def queue() -> int:
        return int(client.counters.get("depth", 0))

    return Health(
        loop=lambda: late() * 1e3,
        lag=lag,
        queue=queue,
        latency=lambda: latencies(metrics),
        loss_limit=loss,
        key_to_wire=lambda: buckets(metrics, "key_to_wire"),
    )


def buckets(metrics: Metrics, name: str) -> tuple[tuple[float, int], ...]:
    """The histogram of that name: upper bounds in ms, and counts."""
    histogram = metrics.histograms.get(name)
    return tuple((us / 1e3, n) for us, n in histogram.buckets()) if histogram else ()


def latencies(metrics: Metrics) -> Mapping[str, float | None]:
    """Quantiles in ms of what was measured, by name; None of what was not."""
    found: dict[str, float | None] = {}
    for name in LATENCIES:
        histogram = metrics.histograms.get(name)
        for suffix, share in SHARES.items():
            told = None if histogram is None else histogram.quantile_us(share) / 1e3
            found[f"{name}_{suffix}"] = told
    return found
