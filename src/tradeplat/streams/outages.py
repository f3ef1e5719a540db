"""What one vendor's market data met with, in sentences: what, since when, and what comes next."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from tradeplat.core.spoken import time_of_day
from tradeplat.streams.dialect import Topic

NAMED = 6
"""So many symbols or topics are named; of more than these the number is told."""


class Said(NamedTuple):
    """Something that happened at `ts` (UTC ns of the market's clock), in words."""

    ts: int
    why: str


class Codec(Protocol):
    """Who reads the messages."""

    errors: int
    last_error: str


class Ticker(Protocol):
    """Whose history may not come."""

    trouble: Said | None


class Outages:
    """How one connection came and went, as whoever holds it tells.

    Instants are the market's, by `now`; what is waited for is told in seconds of the wall.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.losses = 0
        """Connections lost that were live."""
        self._live = 0
        """Since when it is live; 0: it is not."""
        self._lost: Said | None = None
        self._tried: Said | None = None
        self._next: tuple[Callable[[], float], float, str] | None = None
        self.final = False
        """No attempt is made any more."""
        self._complaint: Said | None = None
        self._complaints = 0
        self._unreadable = 0

    def live(self) -> None:
        """All that is wanted comes."""
        self._live = self._live or self._now()
        self._next = None

    def lost(self, why: str, *, final: bool = False) -> None:
        """The connection ended, or did not come up, for this reason; `final`: none is tried."""
        self.final = final
        said = Said(self._now(), why)
        if self._live or self._lost is None:
            self.losses += bool(self._live)
            self._lost, self._tried = said, None
        else:
            self._tried = said
        self._live = 0

    def waits(self, seconds: float, why: str = "") -> None:
        """The next attempt is made in so many seconds of the wall; `why` not sooner."""
        clock = asyncio.get_running_loop().time
        self._next = clock, clock() + seconds, why

    def complained(self, why: str) -> None:
        """The vendor complained, and the connection stayed."""
        self._complaints += 1
        self._complaint = Said(self._now(), why)

    def unreadable(self) -> None:
        """A message could not be read."""
        self._unreadable = self._now()

    def lines(self, refused: Iterable[Topic], codec: Codec) -> list[str]:
        """What there is to tell; nothing while all has always been well. `refused` are topics
        that the vendor does not give us, `codec` counts unreadable messages.
        """
        found = [self._standing()] if self._lost is not None else []
        topics = sorted(refused)
        complaint = self._complaint
        if topics:
            found.append(self._refused(topics))
        elif complaint is not None:
            found.append(
                f"complained at {time_of_day(complaint.ts)} ({complaint.why}), "
                f"{_times(self._complaints)} so far; the connection is kept"
            )
        if codec.errors:
            found.append(
                f"could not read {codec.errors} of its messages, the last at "
                f"{time_of_day(self._unreadable)}, their neighbours were: {codec.last_error}"
            )
        return found

    def _standing(self) -> str:
        lost = self._lost
        assert lost is not None, "nothing to tell of"
        at = time_of_day(lost.ts)
        if self._live:
            return (
                f"live again since {time_of_day(self._live)}; was down since {at} ({lost.why}), "
                f"lost {_times(self.losses)} so far"
            )
        tried = self._tried
        last = f"; tried last at {time_of_day(tried.ts)} ({tried.why})" if tried else ""
        return f"down since {at} ({lost.why}){last}; {self._planned()}"

    def _planned(self) -> str:
        if self.final:
            return "not tried again, a person must act: keys, plan or address"
        clock, due, why = self._next or (float, 0.0, "")
        left = due - clock()
        if left <= 0.0:
            return "connecting now"
        return f"{f'{why}, ' if why else ''}connects again in {left:.0f} s"

    def _refused(self, topics: list[Topic]) -> str:
        complaint = self._complaint
        why = "not confirmed"
        if complaint is not None:
            why = f"since {time_of_day(complaint.ts)}: {complaint.why}"
        names = [f"{channel} of {symbol}" for channel, symbol in topics]
        return (
            f"does not give us {listed(names)} ({why}); asked for again on the next connection, or "
            "when a ticker leaves"
        )


def listed(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def history_lines(tickers: Mapping[str, Ticker], retry: float, history: object) -> list[str]:
    """That `history` does not come for some of `tickers`, since when the first and why the last;
    and rows of it that made no sense.
    """
    found = []
    troubles = {s: ticker.trouble for s, ticker in tickers.items() if ticker.trouble is not None}
    if troubles:
        since = min(said.ts for said in troubles.values())
        newest = max(troubles.values())
        found.append(
            f"no history of {listed(sorted(troubles))} since {time_of_day(since)} ({newest.why}); "
            f"asked again every {retry:g} s, entries wait for it"
        )
    refused = getattr(history, "refused", 0)
    if refused:
        why = getattr(history, "last_refused", "")
        found.append(f"{refused} rows of history made no sense and were left out, the last: {why}")
    return found


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
