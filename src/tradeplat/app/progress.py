"""A progress line on the terminal while a replay runs; nothing where nobody looks."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tradeplat.app.display import clock_day
from tradeplat.core.market import MarketEvent

REFRESH = 0.1
E = TypeVar("E", bound=MarketEvent)


@contextmanager
def watched(chunks: Iterator[list[E]], *, show: bool) -> Iterator[Iterator[list[E]]]:
    """`chunks`, with events done, speed and replayed time shown on standard error meanwhile."""
    console = Console(stderr=True)
    if not show or not console.is_terminal or not sys.stderr.isatty():
        yield chunks
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading")

        def counted() -> Iterator[list[E]]:
            events, began, due = 0, time.monotonic(), 0.0
            for chunk in chunks:
                yield chunk
                events += len(chunk)
                now = time.monotonic()
                if chunk and now >= due:
                    due = now + REFRESH
                    speed = events / max(now - began, 1e-9)
                    day = clock_day(chunk[-1].ts)
                    bar.update(task, description=f"{day}  {events:,} events  {speed:,.0f}/s")

        yield counted()
