"""`tradeplat doctor`: what a run would stumble over, looked at before money depends on it."""

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from tradeplat.app import credentials, drills, plugins
from tradeplat.app.outcome import Outcome
from tradeplat.app.settings import Settings, load
from tradeplat.core.errors import TradeplatError
from tradeplat.journal.probe import Cost, commit_cost
from tradeplat.journal.space import Bounds, Level, level, room

GIB = 1 << 30
SLOW_MS = 10.0
"""Milliseconds that the slowest commit of a hundred may take."""
MARKS = {"ok": "ok  ", "warn": "warn", "bad": "BAD "}


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at: `state` is ok, warn or bad; `figures` what was measured, if anything."""

    name: str
    state: str
    detail: str
    figures: Cost | None = None


Check = Callable[[Settings], Finding]


def run(config: Path | None, sets: Iterable[str]) -> Outcome:
    """Make every check; exit code 2 when one is bad."""
    settings = load(config, sets)
    findings = [check(settings) for check in CHECKS]
    bad = any(finding.state == "bad" for finding in findings)
    lines = [f"{MARKS[f.state]}  {f.name:<12} {f.detail}" for f in findings]
    numbers = {f.name: _numbers(f) for f in findings}
    return Outcome({"ok": not bad, "checks": numbers}, "\n".join(lines), 2 if bad else 0)


def python(_: Settings) -> Finding:
    """The interpreter is one we support."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info >= (3, 11)
    return Finding("python", "ok" if good else "bad", f"{version} (3.11 or newer is needed)")


def mode(settings: Settings) -> Finding:
    """Nothing is set to trade real money by accident."""
    if settings.run.mode == "live":
        return Finding("mode", "warn", "settings say live: a run still needs --mode live typed")
    return Finding("mode", "ok", "paper")


def keys(settings: Settings) -> Finding:
    """The keys that the chosen venue needs are there."""
    live = settings.run.mode == "live"
    use = credentials.Use.LIVE if live else credentials.Use.PAPER
    try:
        if settings.run.venue == "alpaca" or credentials.alpaca(use=use) is not None:
            credentials.check_fit(use)
            return Finding("keys", "ok", f"Alpaca key pair for {use} found (not shown)")
    except TradeplatError as error:
        return Finding("keys", "bad", str(error))
    return Finding("keys", "ok", "none needed: the built-in venue asks for no account")


def parts(settings: Settings) -> Finding:
    """Every plug-in that the settings name exists."""
    wanted = [
        ("scanner", settings.scanner),
        ("stream", settings.stream),
        *(("stream", plug) for plug in (settings.quotes,) if plug is not None),
        ("broker", settings.broker),
        *(("strategy", plug) for plug in settings.strategy),
    ]
    try:
        for kind, plug in wanted:
            plugins.find(kind, plug.use)
    except TradeplatError as error:
        return Finding("plug-ins", "bad", str(error))
    found = ", ".join(f"{kind} {plug.use}" for kind, plug in wanted)
    return Finding("plug-ins", "ok", found)


def space(settings: Settings) -> Finding:
    """The disk under the logs has room for a trading day (journal/space.py)."""
    folder = _existing(settings.run.logs)
    found = room(folder)
    state = {Level.AMPLE: "ok", Level.LOW: "warn"}.get(level(found, Level.AMPLE, Bounds()), "bad")
    left = f"{found.free / GIB:.1f} GiB free under {settings.run.logs}"
    return Finding("disk space", state, left)


def commit(settings: Settings) -> Finding:
    """What it costs to make an order durable on the disk under the logs, by the journal itself."""
    folder = _existing(settings.run.logs)
    try:
        cost = commit_cost(folder, time.monotonic_ns)
    except (OSError, TradeplatError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return Finding("disk", "bad", f"{folder}: not writable ({why})")
    state = "ok" if cost.p99_ms <= SLOW_MS else "warn"
    told = (
        f"commit {cost.p50_ms:.2f} ms p50, {cost.p99_ms:.2f} ms p99, {cost.worst_ms:.2f} ms worst"
    )
    return Finding("disk", state, f"{told} (budget {SLOW_MS:g} ms p99)", cost)


def clock(_: Settings) -> Finding:
    """The wall clock ticks finely enough to order events."""
    resolution = time.get_clock_info("time").resolution
    state = "ok" if resolution <= 1e-6 else "warn"
    return Finding("clock", state, f"resolution {resolution * 1e9:.0f} ns")


def data(_: Settings) -> Finding:
    """There is something to replay."""
    folder = Path("backtest_data")
    files = sum(1 for _ in folder.rglob("*.csv*")) if folder.is_dir() else 0
    if not files:
        return Finding("data", "warn", "no backtest_data here: tradeplat data synth makes some")
    return Finding("data", "ok", f"{files} files in {folder}")


def drill(settings: Settings) -> Finding:
    """Kill and flatten were drilled this morning, where real money depends on them."""
    why = drills.missing(settings, time.time_ns())
    if not why:
        return Finding("drill", "ok", "kill and flatten passed this morning on the paper account")
    if settings.run.mode == "live":
        return Finding("drill", "bad", f"{why}: tradeplat drill runs it on the paper account")
    return Finding("drill", "ok", f"{why}; needed before --mode live (tradeplat drill)")


CHECKS: tuple[Check, ...] = (python, mode, keys, parts, space, commit, clock, data, drill)


def _numbers(finding: Finding) -> dict[str, object]:
    told: dict[str, object] = {"state": finding.state, "detail": finding.detail}
    if finding.figures is not None:
        told.update(msgspec.structs.asdict(finding.figures))
    return told


def _existing(folder: Path) -> Path:
    while not folder.is_dir():
        folder = folder.parent
    return folder
