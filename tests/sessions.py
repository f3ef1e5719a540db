"""Whole live sessions in a test: the daemon's own parts, attached to a venue on the same loop."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from tradeplat.app import edges, place
from tradeplat.app.live import Live
from tradeplat.app.logging import logs_to
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.session import Request, configured
from tradeplat.app.venue_process import KEY, SECRET
from tradeplat.core.market import MINUTE, SECOND, Backfill, Bar
from tradeplat.core.record import Shown
from tradeplat.history.recording import folded
from tradeplat.journal.reader import Record
from tradeplat.streams.alpaca import Tuning
from tradeplat.streams.connection import Timing
from tradeplat.venue.accounts import AccountTerms
from tradeplat.venue.server import Venue

OURS = (AccountTerms(key=KEY, secret=SECRET),)
"""The account a daemon asks for."""

QUICK = Timing(delays=(0.0, 0.05, 0.1), slot=0.3, close=0.2, mute=0.4, answer=2.0, watch=0.02)
"""Waits short enough for a test; what is waited for stays the same."""


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions of this test wait less between attempts."""
    monkeypatch.setattr(edges, "Tuning", partial(Tuning, timing=QUICK, retry=0.1))


class Session:
    """A session under way, and what it leaves."""

    def __init__(self, live: Live, folder: Path) -> None:
        self.live = live
        self.folder = folder

    @property
    def stages(self) -> list[str]:
        return list(self.live.client.stages.values())

    @property
    def counters(self) -> dict[str, int]:
        return self.live.client.counters

    @property
    def log(self) -> list[dict]:
        return [json.loads(line) for line in (self.folder / "log.jsonl").read_text().splitlines()]

    def said(self, event: str) -> int:
        return sum(line["event"] == event for line in self.log)


@asynccontextmanager
async def trading(
    served: Venue, folder: Path, symbols: Iterable[str], strategy: str = "sma_cross", *sets: str
) -> AsyncIterator[Session]:
    """A session on `served`, closed in order at the end."""
    request = Request(
        typed={"scanner": {"use": "constant", "tickers": list(symbols)}}, strategies=(strategy,)
    )
    # Most tests need no second process beside the session; those of the guardian ask for one.
    alone = [f"venue.url={served.url}", "guardian.enabled=false"]
    settings = configured(request, None, [*alone, *sets])
    async with place.opened(settings, RunFolder(folder)) as where:
        with logs_to(folder, terminal=False):
            async with Live(settings, RunFolder(folder), where, quiet=True) as live:
                yield Session(live, folder)
                assert live.supervisor.fatal is None
                await live.close(settings.run.on_exit)


Key = tuple[str, int, int]
Figures = tuple[float, float, float, float, float]


class Delivered:
    """Every bar that a run's record shows a desk: first deliveries in order, and how each bar
    stood in the end.
    """

    def __init__(self, folder: Path) -> None:
        self.first: list[Key] = []
        self.final: dict[Key, Figures] = {}
        self.backfills = 0
        for entry in Record(folder):
            if isinstance(entry, Shown):
                self._take(entry.event)

    def _take(self, event: object) -> None:
        if isinstance(event, Backfill):
            self.backfills += 1
            for bar in event.bars:
                self._bar(bar)
        elif isinstance(event, Bar):
            self._bar(event)

    def _bar(self, bar: Bar) -> None:
        key = (bar.symbol, bar.span, bar.ts)
        if not bar.revision:
            self.first.append(key)
        self.final[key] = figures(bar)

    def judge(self, tape: dict[Key, Figures], since: int = 0) -> None:
        """No bar lost, none doubled, none out of order, each as it was on the tape, from the
        first bar after `since` to the last one of each symbol and span.
        """
        assert len(self.first) == len(set(self.first)), "a bar was delivered twice"
        lanes: dict[tuple[str, int], list[int]] = {}
        for symbol, span, ts in self.first:
            if ts > since:
                lanes.setdefault((symbol, span), []).append(ts)
        assert lanes
        for (symbol, span), stamps in lanes.items():
            assert stamps == sorted(stamps), f"{symbol} {span}: out of order"
            played = [
                ts
                for at, width, ts in tape
                if (at, width) == (symbol, span) and stamps[0] <= ts <= stamps[-1]
            ]
            assert stamps == sorted(played), f"{symbol} {span}: {set(stamps) ^ set(played)}"
        wrong = {
            key: (told, tape[key])
            for key, told in self.final.items()
            if key[2] > since and told != pytest.approx(tape[key])
        }
        assert not wrong


def figures(bar: Bar) -> Figures:
    return bar.open, bar.high, bar.low, bar.close, bar.volume


def tape_of(tables: dict[str, object], spans: Iterable[int] = (1, 60)) -> dict[Key, Figures]:
    """The bars that prints (TRADE tables by symbol) add up to."""
    tape: dict[Key, Figures] = {}
    for symbol, trades in tables.items():
        for span in spans:
            for row in folded(trades, span):
                values = (float(row[n]) for n in ("open", "high", "low", "close", "volume"))
                tape[symbol, span, int(row["ts"])] = tuple(values)
    return tape


__all__ = ["MINUTE", "OURS", "QUICK", "SECOND", "Delivered", "Session", "hurried", "tape_of",
           "trading"]  # fmt: skip
