"""`tradeplat scan`: what the scanner would trade right now, with the reason for every ticker."""

import asyncio
import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tradeplat.app import edges, place, run_folder
from tradeplat.app.display import clock_text, width
from tradeplat.app.logging import logs_to
from tradeplat.app.outcome import Outcome
from tradeplat.app.settings import Settings, load
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.ports import Candidate
from tradeplat.runtime.wall_clock import FollowedClock

WARM = 15 * MINUTE
"""Market time the built-in venue's morning runs before it is scanned: at first nothing moves."""
HASTE = 600.0
"""Speed of the built-in venue when it is scanned once: nobody trades, nobody watches it pass."""


def run(
    scanner: str | None,
    config: Path | None,
    sets: Iterable[str],
    tell: Callable[[str], None] | None,
) -> Outcome:
    """Scan once, or with `tell` until interrupted, telling each scan."""
    chosen = [f"scanner.use={scanner}"] if scanner else []
    once = {"venue": {"speed": HASTE}} if tell is None else {}
    settings = load(config, [*chosen, *sets], once)
    edges.check(settings)
    place.check(settings)
    folder = run_folder.create(settings.run.logs, "scan", dt.datetime.now(dt.UTC))
    with (
        logs_to(folder.path, terminal=False),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        now, rows, told = runner.run(_scan(settings, folder, tell))
    numbers = {
        "now": now,
        "told": told,
        "active": [row.symbol for row in rows if row.active],
        "candidates": [msgspec.to_builtins(row) for row in rows],
    }
    return Outcome(numbers, _page(now, rows, told))


async def _scan(
    settings: Settings, folder: run_folder.RunFolder, tell: Callable[[str], None] | None
) -> tuple[int, list[Candidate], list[str]]:
    clock = FollowedClock(0)
    async with (
        place.opened(settings, folder) as where,
        edges.broker(settings, where, clock) as broker,
        edges.scanner(settings, where, clock) as scanner,
    ):
        await edges.follow_once(broker, clock, where.speed)
        if where.end:
            await clock.sleep_until(clock.now() + WARM)
        while True:
            await scanner.update()
            rows, told = scanner.explain(), _told(scanner)
            if tell is None:
                return clock.now(), rows, told
            tell(_page(clock.now(), rows, told))
            # Where market time is fast, a table a second is as much as anybody reads.
            period = int(max(settings.desks.poll_seconds, where.speed) * SECOND)
            await clock.sleep_until(clock.now() + period)


def _told(scanner: Any) -> list[str]:
    """What is wrong with the list; a scanner of somebody else's may not say."""
    error = getattr(scanner, "last_error", "")
    return [error] if error else []


def _page(now: int, rows: Sequence[Candidate], told: Iterable[str]) -> str:
    return "\n".join([table(now, rows), *told])


def table(now: int, rows: Sequence[Candidate], day: int | None = None) -> str:
    """The rows as text in their own order, tickers that are in first, of a `day` gone by."""
    names = ("", "ticker", "price", "change %", "volume", "reason")
    grid = Table(
        *names, title=clock_text(now) if day is None else f"{day} {clock_text(now)}", box=SIMPLE
    )
    for row in sorted(rows, key=lambda row: not row.active):
        grid.add_row(
            "in" if row.active else "out",
            row.symbol,
            _cell(row.price, "{:,.2f}"),
            _cell(row.change, "{:+.1f}"),
            _cell(row.volume, "{:,.0f}"),
            row.reason,
        )
    page = io.StringIO()
    Console(file=page, width=width()).print(grid)
    return page.getvalue().rstrip()


def _cell(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)
