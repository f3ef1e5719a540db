"""`tradeplat run`: from settings to a session that trades, ends in order and leaves a report."""

import asyncio
import datetime as dt
import re
import sys
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from tradeplat.app import (
    drills,
    edges,
    environment,
    instants,
    place,
    reporting,
    run_folder,
    running,
    terminal,
    wiring,
)
from tradeplat.app.exits import DONE, FAILED, OPEN_ENDS
from tradeplat.app.interruption import Interruption
from tradeplat.app.live import Live
from tradeplat.app.logging import logs_to
from tradeplat.app.outcome import Outcome
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import Settings, load
from tradeplat.core.errors import BadInput

_TICKER = re.compile(r"[A-Z0-9][A-Z0-9./-]*")

DEFAULT_STRATEGIES: tuple[dict[str, Any], ...] = (
    {"use": "gap_momentum"},
    {"use": "opening_range", "span": 60, "minutes": 5},
    {"use": "vwap_reversion", "span": 60},
    {"use": "coin_flip", "span": 60, "chance": 0.02, "hold_bars": 15},
)
"""What a run without configuration trades: three ideas of a morning, and the baseline that each
of them has to beat. Strategies that share a ticker take turns (the gate's SELF_CROSS).
"""


_ON_EXIT = "run.on_exit="


class Request(msgspec.Struct, frozen=True):
    """What was typed: settings as a tree, strategies, their parameters, a market duration."""

    typed: dict[str, Any]
    strategies: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    duration: str = ""
    quiet: bool = False


def typed(**options: str | None) -> dict[str, Any]:
    """The settings tree of the options that were typed, by their own names."""
    tree: dict[str, Any] = {}
    for name in ("mode", "venue", "on_exit"):
        if options.get(name):
            tree.setdefault("run", {})[name] = options[name]
    for name in ("stream", "quotes", "scanner"):
        if options.get(name):
            tree[name] = {"use": options[name]}
    if options.get("tickers"):
        tree["scanner"] = {"use": "constant", "tickers": _tickers(str(options["tickers"]))}
    if options.get("speed"):
        speed = str(options["speed"])
        tree["venue"] = {"speed": speed if speed == "max" else _number("--speed", speed)}
    return tree


def run(request: Request, config: Path | None, sets: Iterable[str]) -> Outcome:
    """Trade until the venue's day, the duration or a signal ends it."""
    settings = configured(request, config, sets)
    drills.required(settings, time.time_ns())
    duration = instants.duration(request.duration, "--for")
    folder = run_folder.create(settings.run.logs, settings.run.mode, dt.datetime.now(dt.UTC))
    folder.write_settings(settings)
    session = _session(settings, folder, duration, quiet=request.quiet)
    return running.run(session, uvloop.new_event_loop)


def configured(request: Request, config: Path | None, sets: Iterable[str]) -> Settings:
    """The settings of a session, everything about them checked that can be before it starts."""
    overrides = (*_flat(request.typed), *sets)
    settings = load(config, overrides)
    if settings.run.mode == "live" and request.typed.get("run", {}).get("mode") != "live":
        raise BadInput("real money is traded only when --mode live is typed; settings alone do not")
    if settings.run.mode == "live" and settings.run.venue != "alpaca":
        raise BadInput("--mode live needs --venue alpaca: the built-in venue has no real money")
    if settings.run.on_exit == "leave" and not any(o.startswith(_ON_EXIT) for o in overrides):
        raise BadInput(
            "run.on_exit = leave: orders are left working only when --on-exit leave is typed; "
            "settings alone do not"
        )
    settings = wiring.with_strategies(
        settings, request.strategies, request.params, DEFAULT_STRATEGIES
    )
    wiring.check(settings)
    wiring.keypad(settings)
    edges.check(settings)
    place.check(settings)
    environment.check(settings)
    return settings


async def _session(
    settings: Settings, folder: RunFolder, duration: int | None, *, quiet: bool
) -> Outcome:
    interruption = Interruption(terminal.restorer(sys.stdin))
    interruption.listen()
    try:
        return await _trade(settings, folder, duration, (interruption, quiet))
    except asyncio.CancelledError:
        if not interruption.asked.is_set():
            raise
        numbers = {"run": str(folder.path), "left": []}
        return Outcome(numbers, "stopped before trading began: nothing was ordered", DONE)
    finally:
        interruption.ended()


async def _trade(
    settings: Settings,
    folder: RunFolder,
    duration: int | None,
    person: tuple[Interruption, bool],
) -> Outcome:
    """A session from its first connection to its report; `person` may interrupt it, and may want
    it quiet.
    """
    interruption, quiet = person
    async with AsyncExitStack() as stack:
        stack.enter_context(logs_to(folder.path, terminal=False))
        where = await stack.enter_async_context(place.continued(settings, folder))
        live = await stack.enter_async_context(Live(settings, folder, where, quiet=quiet))
        interruption.prepared()
        fault = await live.trade(interruption.asked, duration)
        interruption.ending()
        digest = live.digest
        remains = await live.close(settings.run.on_exit)
        silent = live.gauges().silent()
        folder.write_metrics(live.numbers())
    interruption.ended()
    report = reporting.build(folder.path)
    code = FAILED if fault is not None else DONE if _tidy(settings, remains) else OPEN_ENDS
    lines = [report.text, *remains.lines(), f"report: {report.page}"]
    if silent:
        lines.append(f"no market data came for {', '.join(silent)}")
    if fault is not None:
        lines.append(f"stopped by a fault: {fault}")
    numbers = {
        **report.numbers,
        "run": str(folder.path),
        "left": list(remains.lines()),
        "without_data": silent,
        "fault": None if fault is None else str(fault),
        "decisions_sha256": digest.decisions_sha256,
        "fills_sha256": digest.fills_sha256,
    }
    return Outcome(numbers, "\n".join(lines), code)


def _tidy(settings: Settings, remains: Any) -> bool:
    """True when nothing is left that the way of leaving did not mean to leave."""
    return remains.nothing if settings.run.on_exit != "leave" else not remains.unknown


def _flat(tree: dict[str, Any], path: str = "") -> list[str]:
    """`tree` as `path.to.key=value` pairs, in the order typed."""
    pairs: list[str] = []
    for key, value in tree.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            pairs.extend(_flat(value, where))
        else:
            pairs.append(f"{where}={value!r}" if isinstance(value, list) else f"{where}={value}")
    return pairs


def _tickers(text: str) -> list[str]:
    tickers = [ticker.strip().upper() for ticker in text.split(",")]
    if not all(_TICKER.fullmatch(ticker) for ticker in tickers):
        raise BadInput(f"--tickers {text}: expected symbols with commas between, such as BAC,IBM")
    return tickers


def _number(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"{option} {text}: expected a number, or max") from None
