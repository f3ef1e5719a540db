"""What is to go wrong in one world: a list of deeds with their moments, drawn from a seed.

A schedule says everything before the world begins, as plain data: it can be kept, repeated to the
letter, and shrunk by leaving deeds out.
"""

import errno
from collections.abc import Callable
from enum import StrEnum
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np

from faultsim.market import DAYS, TODAY


class Kind(StrEnum):
    """Which faults a schedule is made of."""

    PLAIN = "plain"
    """Net, venue, clock and disk; the process lives, unless a fault of the disk ends it."""
    CRASH = "crash"
    """The same, and the process dies at least once, at a record, at a message or at a moment."""


class Step(msgspec.Struct, frozen=True):
    """One deed (see deeds.py), `at` seconds after the venue opened."""

    at: float
    deed: str
    body: dict[str, Any] = {}

    def __str__(self) -> str:
        words = " ".join(f"{key}={value}" for key, value in self.body.items())
        return f"{self.at:8.3f} s {self.deed} {words}".rstrip()


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """One world: its seed, how it trades, and every step. `trading` is seconds until the
    strategies rest and every fault ends.
    """

    seed: int
    kind: Kind
    day: str = TODAY
    """The trading day that is played (yyyy-mm-dd)."""
    symbols: int = 2
    strategies: int = 1
    trading: float = 30.0
    chance: float = 0.3
    quantity: int = 40
    partial: float = 0.2
    on_exit: str = "cancel"
    shuffle: bool = True
    steps: tuple[Step, ...] = ()

    @property
    def config(self) -> str:
        """A short hash of everything but the steps."""
        bare = msgspec.structs.replace(self, steps=())
        return blake2b(msgspec.json.encode(bare), digest_size=6).hexdigest()

    def without(self, places: set[int]) -> "Schedule":
        """The same, without the steps at these places."""
        kept = tuple(step for at, step in enumerate(self.steps) if at not in places)
        return msgspec.structs.replace(self, steps=kept)


Draw = np.random.Generator
Make = Callable[[Draw, float], list[Step]]


def schedule(seed: int, kind: Kind) -> Schedule:
    """The schedule of a seed."""
    rng = np.random.default_rng([seed, 0 if kind is Kind.PLAIN else 1])
    trading = float(np.round(rng.uniform(14.0, 34.0), 1))
    steps: list[Step] = []
    # Some worlds are stormy, some have one fault only: both find things the other cannot.
    count = int(rng.choice([0, 1, 2, 3, 5, 8, 12], p=[0.04, 0.16, 0.2, 0.2, 0.2, 0.15, 0.05]))
    names, weights = zip(*((make, weight) for make, weight in FAULTS), strict=True)
    share = np.array(weights) / sum(weights)
    for index in rng.choice(len(names), size=count, p=share):
        steps += names[int(index)](rng, float(np.round(rng.uniform(0.0, trading), 3)))
    for _ in range(int(rng.integers(0, 4))):
        steps += _keys(rng, float(np.round(rng.uniform(3.0, trading), 3)))
    if kind is Kind.CRASH:
        steps += _crashes(rng, seed, trading)
    if seed % 8 == _STOPPED[kind]:
        steps += _stop(seed, trading)
    day = TODAY if rng.random() < 0.6 else str(rng.choice(DAYS))
    symbols = int(rng.choice([1, 2, 3], p=[0.4, 0.45, 0.15]))
    if seed % 8 == _BY_HAND[kind]:
        steps += _hands(seed, trading, symbols)
    return Schedule(
        seed=seed,
        kind=kind,
        day=day,
        symbols=symbols,
        strategies=int(rng.choice([1, 2], p=[0.7, 0.3])),
        trading=trading,
        chance=float(rng.choice([0.15, 0.35, 0.7])),
        quantity=int(rng.choice([1, 7, 40, 150])),
        partial=float(rng.choice([0.0, 0.2, 0.8])),
        on_exit=str(rng.choice(["cancel", "flatten"], p=[0.4, 0.6])),
        shuffle=bool(rng.random() < 0.8),
        steps=tuple(sorted(steps, key=lambda step: step.at)),
    )


def _venue(name: str, *, many: bool = True, **usual: Any) -> Make:
    """A fault of the venue's own table, certain and few or unlikely and for a while."""

    def make(rng: Draw, at: float) -> list[Step]:
        body: dict[str, Any] = {"name": name, **usual}
        if many and rng.random() < 0.5:
            body["probability"] = float(rng.choice([0.02, 0.1, 0.3, 0.6]))
            body["burst"] = int(rng.choice([1, 1, 2, 4]))
            body["lasting"] = float(np.round(rng.uniform(1.0, 20.0), 1))
        else:
            body["times"] = int(rng.choice([1, 1, 1, 2, 3, 5]))
        return [Step(at, "venue", body)]

    return make


def _orders(name: str) -> Make:
    """A fault of requests that strikes orders only."""
    inner = _venue(name)

    def make(rng: Draw, at: float) -> list[Step]:
        (step,) = inner(rng, at)
        method = str(rng.choice(["POST", "POST", "DELETE", "PATCH", "GET", ""]))
        narrow = {"path": "/v2/orders", "method": method} if rng.random() < 0.8 else {}
        if name == "http_4xx" and method == "GET":
            # The venue's own "no" to a question is a matter of keys, and ends the day.
            narrow = {}
        return [Step(at, "venue", {**step.body, **narrow})]

    return make


def _lasting(deed: str, least: float, most: float, **more: Any) -> Make:
    def make(rng: Draw, at: float) -> list[Step]:
        seconds = float(np.round(np.exp(rng.uniform(np.log(least), np.log(most))), 2))
        return [Step(at, deed, {"seconds": seconds, **more})]

    return make


def _counted(deed: str) -> Make:
    def make(rng: Draw, at: float) -> list[Step]:
        return [Step(at, deed, {"times": int(rng.choice([1, 1, 2, 3]))})]

    return make


def _flap(rng: Draw, at: float) -> list[Step]:
    """The link goes again and again."""
    count, every = int(rng.integers(2, 6)), float(np.round(rng.uniform(0.5, 5.0), 2))
    return [Step(round(at + n * every, 3), "reset") for n in range(count)]


def _lease(_: Draw, at: float) -> list[Step]:
    return [Step(at, "lease")]


def _clock(rng: Draw, at: float) -> list[Step]:
    seconds = float(rng.choice([-3600.0, 3600.0, -5.0, 5.0, -0.7, 0.7]))
    return [Step(at, "clock", {"seconds": seconds})]


def _drift(rng: Draw, at: float) -> list[Step]:
    """A quartz that is off, a virtual machine that is far off; the steady clock may be as well."""
    rate = float(rng.choice([-1.0, 1.0]) * rng.choice([0.0002, 0.01, 0.1, 0.5]))
    both, steady = rng.random() < 0.3, rng.random() < 0.5
    body = {"wall": 0.0 if steady and not both else rate, "steady": rate if steady or both else 0.0}
    return [Step(at, "drift", body)]


def _time_change(rng: Draw, at: float) -> list[Step]:
    """The local time of the machine goes on or back by an hour; UTC goes on as it did."""
    hours = int(rng.choice([-5, -4, 0, 1]))
    return [Step(at, "time_change", {"hours": hours + int(rng.choice([-1, 1]))})]


def _keys(rng: Draw, at: float) -> list[Step]:
    keys = str(rng.choice(["b", "s", "c", "C", "jb", "js", "jc", "XX", "bb", "KK"], p=KEYED))
    return [Step(at, "keys", {"keys": keys})]


KEYED = [0.2, 0.15, 0.15, 0.12, 0.1, 0.1, 0.08, 0.04, 0.03, 0.03]


def _disk_slow(rng: Draw, at: float) -> list[Step]:
    each = float(rng.choice([0.02, 0.3, 1.5, 5.0]))
    return [Step(at, "disk_slow", {"each": each, "seconds": float(rng.choice([0.5, 3.0, 8.0]))})]


def _disk_error(rng: Draw, at: float) -> list[Step]:
    number = int(rng.choice([errno.EIO, errno.ENOSPC, errno.EROFS]))
    return [Step(at, "disk_error", {"number": number, "times": int(rng.choice([1, 1, 3]))})]


_BY_HAND = {Kind.PLAIN: 6, Kind.CRASH: 3}
"""Of eight schedules of a kind, the one in which somebody trades by hand amid it all."""


def _hands(seed: int, trading: float, symbols: int) -> list[Step]:
    """A window's keys, pressed at any time, some of them twice or more. Drawn apart, so that a
    seed's other steps stay what they were.
    """
    rng = np.random.default_rng([seed, 3])
    steps: list[Step] = []
    for _ in range(int(rng.integers(4, 16))):
        at = float(rng.uniform(2.0, trading))
        do, body = _press(rng)
        if do != "withdraw":
            body = {"symbol": int(rng.integers(symbols)), **body}
        if do == "enter" and rng.random() < 0.8:
            steps.append(Step(round(at - 0.05, 3), "hand", {"do": "arm", "body": {}}))
        for again in range(int(rng.choice([1, 1, 2, 3]))):
            at += again * float(rng.choice([0.03, 0.3, 0.6]))
            steps.append(Step(round(at, 3), "hand", {"do": do, "body": body}))
    return steps


def _press(rng: Draw) -> tuple[str, dict[str, Any]]:
    """One key: what it does, and how."""
    do = str(rng.choice(["enter", "leave", "protect", "withdraw"], p=[0.5, 0.25, 0.15, 0.1]))
    if do == "leave":
        return do, {"part": float(rng.choice([0.25, 0.5, 1.0]))}
    if do == "protect":
        return do, {"to": "breakeven"}
    if do == "withdraw":
        return do, {}
    sizes: list[dict[str, Any]] = [{"shares": 7.0}, {"shares": 60.0}, {"dollars": 900.0}]
    body = sizes[int(rng.integers(len(sizes)))]
    join = {"join": True} if rng.random() < 0.3 else {}
    return do, {"side": str(rng.choice(["buy", "sell"])), **body, **join}


_STOPPED = {Kind.PLAIN: 2, Kind.CRASH: 5}
"""Of eight schedules of a kind, the one in which somebody ends the session amid it all."""


def _stop(seed: int, trading: float) -> list[Step]:
    """The process is told to end in order, mostly in foul weather; its service manager starts it
    again. Drawn apart, so that a seed's other steps stay what they were.
    """
    rng = np.random.default_rng([seed, 2])
    at = float(np.round(rng.uniform(0.15, 0.8) * trading, 3))
    weather = str(rng.choice(["dark", "outage", "congestion", ""], p=[0.4, 0.25, 0.1, 0.25]))
    stop = Step(at, "stop")
    if not weather:
        return [stop]
    return [Step(max(0.0, round(at - 0.4, 3)), weather, {"seconds": 30.0}), stop]


_MOST_AWAITS = 84
"""Places at which one life waits, about: those of a start come first, the rare ones last."""


def _crashes(rng: Draw, seed: int, trading: float) -> list[Step]:
    """How the process dies: phases and places turn with the seed, so that each has its share."""
    where = rng.random()
    if where < 0.45:
        phase = ("before", "written", "synced")[seed % 3]
        first = Step(0.0, "die_at_record", {"count": int(rng.integers(1, 90)), "phase": phase})
    elif where < 0.73:
        first = Step(0.0, "die_at_await", _await(rng, seed % _MOST_AWAITS))
    elif where < 0.92:
        first = Step(0.0, "die_at_message", _message(rng, 400))
    else:
        first = Step(float(np.round(rng.uniform(0.0, trading), 4)), "die", {})
    steps = [first]
    if rng.random() < 0.2:
        # Once more, soon after it came back: in the middle of its recovery, mostly.
        steps.append(Step(0.0, "then", _again(rng, seed)))
    if rng.random() < 0.06:
        steps.append(
            Step(0.0, "damage", {"manner": str(rng.choice(["flip", "flip", "cut", "gone"]))})
        )
    return steps


def _again(rng: Draw, seed: int) -> dict[str, Any]:
    deed = str(rng.choice(["die_at_record", "die_at_message", "die_at_await"]))
    if deed == "die_at_message":
        return {"deed": deed, **_message(rng, 60)}
    if deed == "die_at_await":
        return {"deed": deed, **_await(rng, int(rng.integers(_MOST_AWAITS // 2)))}
    phase = ("before", "written", "synced")[seed % 3]
    return {"deed": deed, "count": int(rng.integers(1, 12)), "phase": phase}


def _message(rng: Draw, most: int) -> dict[str, Any]:
    phase = str(rng.choice(["before", "after"]))
    return {"count": int(rng.integers(1, most)), "phase": phase}


def _await(rng: Draw, kind: int) -> dict[str, Any]:
    count = int(rng.choice([1, 2, 5, 20], p=[0.6, 0.2, 0.15, 0.05]))
    return {"kind": kind, "count": count, "phase": str(rng.choice(["before", "after"]))}


FAULTS: tuple[tuple[Make, float], ...] = (
    (_orders("request_lost"), 3.0),
    (_orders("response_lost"), 4.0),
    (_orders("accepted_late"), 3.0),
    (_orders("http_4xx"), 1.0),
    (_orders("http_5xx"), 3.0),
    (_orders("http_429"), 2.0),
    (_orders("http_504"), 3.0),
    (_orders("garbage_body"), 2.0),
    (_orders("truncated_body"), 2.0),
    (_orders("slow"), 3.0),
    (_orders("slow_body"), 1.0),
    (_venue("stream_drop"), 2.0),
    (_venue("disconnect_mid_batch"), 3.0),
    (_venue("half_open"), 2.0),
    (_venue("frame_loss", socket="account"), 4.0),
    (_venue("frame_loss"), 1.0),
    (_venue("stream_duplicate"), 2.0),
    (_venue("stream_replay"), 3.0),
    (_venue("stream_delay"), 3.0),
    (_venue("stream_reorder"), 3.0),
    (_venue("connection_limit"), 1.5),
    (_venue("subscribe_not_served"), 1.0),
    (_venue("forgotten_id"), 2.0),
    (_venue("eventual_lists"), 2.0),
    (_venue("positions_lag"), 2.0),
    (_venue("clock_step"), 1.0),
    (_venue("partial_one_share"), 3.0),
    (_venue("fill_races_cancel"), 3.0),
    (_venue("fill_races_replace"), 3.0),
    (_venue("late_reject"), 2.0),
    (_venue("both_exits"), 2.0),
    (_venue("bust"), 1.5),
    (_venue("correction"), 1.0),
    (_venue("latency"), 2.0),
    (_venue("halt", many=False, seconds=[3.0, 20.0]), 1.0),
    (_venue("restart_id_rollback", many=False), 1.0),
    (_counted("cut_request"), 2.0),
    (_counted("cut_answer"), 3.0),
    (_lasting("reset", 0.1, 0.2), 2.0),
    (_flap, 1.0),
    (_lasting("outage", 0.3, 25.0), 2.0),
    (_lasting("dark", 0.5, 25.0), 2.0),
    (_lasting("congestion", 0.5, 15.0), 2.0),
    (_clock, 1.0),
    (_lease, 0.7),
    (_drift, 1.5),
    (_time_change, 0.7),
    (_disk_slow, 1.0),
    (_disk_error, 1.0),
)
"""Every fault with its share of the draws."""
