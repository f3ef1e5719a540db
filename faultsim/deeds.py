"""What a step of a schedule does to its world."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from faultsim.awaits import AwaitPoint
from tradeplat.core.errors import BadInput

if TYPE_CHECKING:
    from faultsim.world import World

Deed = Callable[["World", Mapping[str, Any]], None]


def do(world: "World", deed: str, body: Mapping[str, Any]) -> None:
    """Do it now. Raises BadInput for a deed there is not."""
    found = DEEDS.get(deed)
    if found is None:
        raise BadInput(f"deed {deed!r}: expected one of {', '.join(sorted(DEEDS))}")
    found(world, body)


def _reset(world: "World", _: Mapping[str, Any]) -> None:
    world.weather.reset()


def _outage(world: "World", body: Mapping[str, Any]) -> None:
    world.weather.refusing = True
    world.weather.reset()
    world.later(body["seconds"], lambda: setattr(world.weather, "refusing", False))


def _dark(world: "World", body: Mapping[str, Any]) -> None:
    world.weather.silence()

    def light() -> None:
        world.weather.dark = False
        world.weather.wake()

    world.later(body["seconds"], light)


def _congestion(world: "World", body: Mapping[str, Any]) -> None:
    world.weather.congestion = (0.05, 4.0)
    world.later(body["seconds"], lambda: setattr(world.weather, "congestion", None))


def _cut_request(world: "World", body: Mapping[str, Any]) -> None:
    world.weather.cut_requests += body["times"]


def _cut_answer(world: "World", body: Mapping[str, Any]) -> None:
    world.weather.cut_answers += body["times"]


def _venue(world: "World", body: Mapping[str, Any]) -> None:
    world.arm(body)


def _clock(world: "World", body: Mapping[str, Any]) -> None:
    world.clocks.set(body["seconds"])


def _drift(world: "World", body: Mapping[str, Any]) -> None:
    world.clocks.drift(body["wall"], body["steady"])


def _time_change(world: "World", body: Mapping[str, Any]) -> None:
    world.zone.move(body["hours"])


def _keys(world: "World", body: Mapping[str, Any]) -> None:
    live = world.live
    if live is not None:
        for key in body["keys"]:
            live.keyboard.press(key)


def _hand(world: "World", body: Mapping[str, Any]) -> None:
    if world.live is not None:
        world.fingers.press(world.live, body["do"], body["body"])


def _die(world: "World", _: Mapping[str, Any]) -> None:
    world.kill("at a moment")


def _die_at_record(world: "World", body: Mapping[str, Any]) -> None:
    world.disk.die_at = (world.disk.commits + body["count"], body["phase"])


def _die_at_message(world: "World", body: Mapping[str, Any]) -> None:
    world.weather.die_at = (body["count"], body["phase"])


def _die_at_await(world: "World", body: Mapping[str, Any]) -> None:
    world.die_at_await(AwaitPoint(body["kind"], body["count"], body["phase"]))


def _disk_slow(world: "World", body: Mapping[str, Any]) -> None:
    world.disk.slow = body["each"]
    world.later(body["seconds"], lambda: setattr(world.disk, "slow", 0.0))


def _disk_error(world: "World", body: Mapping[str, Any]) -> None:
    world.disk.errors += [body["number"]] * body["times"]


def _damage(world: "World", body: Mapping[str, Any]) -> None:
    world.disk.damage.append(body["manner"])


def _lease(world: "World", _: Mapping[str, Any]) -> None:
    """Somebody cleans up what is not his: the file is gone, and with it what it locked."""
    for path in sorted(world.disk.folder.rglob("*.lease")):
        path.unlink()


def _stop(world: "World", _: Mapping[str, Any]) -> None:
    world.stop()


def _then(world: "World", body: Mapping[str, Any]) -> None:
    world.after_restart.append(dict(body))


DEEDS: Mapping[str, Deed] = {
    "reset": _reset,
    "outage": _outage,
    "dark": _dark,
    "congestion": _congestion,
    "cut_request": _cut_request,
    "cut_answer": _cut_answer,
    "venue": _venue,
    "clock": _clock,
    "drift": _drift,
    "time_change": _time_change,
    "keys": _keys,
    "hand": _hand,
    "die": _die,
    "die_at_record": _die_at_record,
    "die_at_message": _die_at_message,
    "die_at_await": _die_at_await,
    "disk_slow": _disk_slow,
    "disk_error": _disk_error,
    "damage": _damage,
    "lease": _lease,
    "stop": _stop,
    "then": _then,
}
"""Every deed by its name."""
