"""What was published about a ticker up to now, and whether its mood lets the ticker in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from tradeplat.core.errors import Denied, Transient
from tradeplat.core.market import SECOND
from tradeplat.core.ports import Clock
from tradeplat.scanners.filters import Enriched, Verdict
from tradeplat.scanners.sentiment import DEAF, Sentiment
from tradeplat.scanners.sources import Headline, Headlines

HOUR = 3_600 * SECOND
OVERLAP = 600 * SECOND
"""What is asked for again each time: stories come with an instant before they are listed."""
STALE = 300 * SECOND
"""After so long without an answer nothing is known any more."""
HALF_LIFE = 6.0
"""Hours after which a headline counts for half."""
CROWD = 4
"""A story that names more tickers speaks of none of them, unless the provider says so."""
STATES = ("open", "closed")


class News:
    """Headlines of the last `hours` from every source, each told from its own instant on.

    `refresh` asks again for a ticker after `every` seconds, and only for what is new. A source
    that fails is passed over; while none has answered for a ticker in the last 5 minutes, `fault`
    says why. The first version of a story stays: what was known then is not changed afterwards.
    """

    def __init__(
        self,
        sources: Mapping[str, Headlines],
        clock: Clock,
        *,
        hours: float = 24.0,
        every: float = 30.0,
    ) -> None:
        self._sources = dict(sources)
        self._clock = clock
        self._window = int(hours * HOUR)
        self._every = int(every * SECOND)
        self._asked: dict[tuple[str, str], int] = {}
        self._lines: dict[tuple[str, str], Headline] = {}
        self._faults: dict[str, str] = {}

    @property
    def hours(self) -> float:
        """How far back headlines count."""
        return self._window / HOUR

    async def refresh(self, symbols: Iterable[str]) -> None:
        """Take in what was published about `symbols`; what fails is told in `faults`."""
        now = self._clock.now()
        wanted = tuple(dict.fromkeys(symbols))
        for name, source in self._sources.items():
            due = [s for s in wanted if now - self._asked.get((name, s), 0) >= self._every]
            try:
                await self._ask(name, source, due, now)
            except (Transient, Denied) as error:
                self._faults[name] = str(error)
            else:
                if due:
                    self._faults.pop(name, None)
        self._forget(now)

    def about(self, symbol: str) -> list[Headline]:
        """Headlines about `symbol` published within the window and not after now, newest first."""
        now = self._clock.now()
        found = [
            line
            for line in self._lines.values()
            if now - self._window < line.ts <= now and symbol in line.symbols
        ]
        return sorted(found, key=lambda line: (-line.ts, line.id))

    def fault(self, symbol: str) -> str:
        """Why nothing is known about `symbol`; empty when some source has answered."""
        now = self._clock.now()
        asked = [self._asked.get((name, symbol)) for name in self._sources]
        if any(ts is not None and now - ts < max(STALE, self._every) for ts in asked):
            return ""
        return "; ".join(self.faults()) or "no source of news"

    def faults(self) -> list[str]:
        """What each source that failed last time said."""
        return list(self._faults.values())

    async def _ask(self, name: str, source: Headlines, due: Sequence[str], now: int) -> None:
        """New tickers are asked for the whole window, the others for what came since."""
        first = now - self._window
        fresh = [s for s in due if self._asked.get((name, s), 0) <= first]
        known = [s for s in due if self._asked.get((name, s), 0) > first]
        for group in (fresh, known):
            if not group:
                continue
            latest = min(self._asked.get((name, s), 0) for s in group)
            for line in await source.since(group, max(first, latest - OVERLAP)):
                self._lines.setdefault((name, line.id), line)
            self._asked.update({(name, s): now for s in group})

    def _forget(self, now: int) -> None:
        old = now - self._window
        self._lines = {key: line for key, line in self._lines.items() if line.ts > old}


class Mood(NamedTuple):
    """The score of a ticker's headlines, -1 to 1, None where there is nothing to judge; the
    headline that says most, how many there are, and how many nobody could judge.
    """

    score: float | None
    headline: Headline | None
    lines: int
    unjudged: int


def mood(lines: Sequence[Headline], symbol: str, now: int, scorer: Sentiment | None) -> Mood:
    """Judge the headlines about `symbol`, newer ones counting more.

    Those that say nothing are left out; where all are, the score is 0. Without a `scorer` only the
    provider's own scores count.
    """
    weight = total = most = 0.0
    best: Headline | None = None
    unjudged = judged = 0
    for line in lines:
        score = _score(line, symbol, scorer)
        if score is None:
            unjudged += 1
            continue
        judged += 1
        if abs(score) < DEAF:
            continue
        part = 0.5 ** (max(now - line.ts, 0) / HOUR / HALF_LIFE)
        weight += part
        total += part * score
        if part * abs(score) > most:
            best, most = line, part * abs(score)
    mean = total / weight if weight else 0.0 if judged else None
    return Mood(mean, best, len(lines), unjudged)


class Newsroom(NamedTuple):
    """News and who judges them; `scorer` is None where the extra `nlp` is missing. `told` gives a
    line for `status` for each vendor that is asked.
    """

    news: News
    scorer: Sentiment | None
    told: Callable[[], list[str]] = list


class SentimentGate:
    """Keeps out tickers whose news are below `least` (-1 to 1).

    A ticker without headlines has a score of 0. Where nothing is known, because no source answers
    or nobody can judge, the gate stays as `state` says: `open` lets pass, `closed` does not; the
    reason tells both.
    """

    def __init__(
        self, room: Newsroom, clock: Clock, *, least: float = 0.0, state: str = "open"
    ) -> None:
        if state not in STATES:
            raise ValueError(f"gate: found {state!r}, expected open or closed")
        if not -1.0 <= least <= 1.0:
            raise ValueError(f"min_sentiment: found {least:g}, expected -1 to 1")
        self._news, self._scorer = room.news, room.scorer
        self._clock = clock
        self._least = least
        self._open = state == "open"
        self._state = state

    async def refresh(self, symbols: Iterable[str]) -> None:
        """Ask for the news of these tickers."""
        await self._news.refresh(symbols)

    def faults(self) -> list[str]:
        """What keeps the gate from judging, a line each."""
        missing = [] if self._scorer is not None else ["sentiment: the extra 'nlp' is missing"]
        return [*self._news.faults(), *missing]

    def enriched(self, row: Enriched) -> Enriched:
        """The row with its mood and the headline that makes it."""
        if self._news.fault(row.symbol):
            return row
        found = self._mood(row.symbol)
        title = found.headline.title if found.headline is not None else ""
        return msgspec.structs.replace(row, sentiment=found.score, catalyst=title)

    def judge(self, row: Enriched) -> Verdict:
        """Whether the ticker's mood lets it in."""
        fault = self._news.fault(row.symbol)
        if fault:
            return self._unknown(f"incomplete, no news ({fault})")
        found = self._mood(row.symbol)
        if found.lines and found.score is None:
            return self._unknown("nobody to judge it: the extra 'nlp' is missing")
        score = found.score if found.score is not None else 0.0
        by = score - self._least
        told = f"sentiment {score:+.2f}" if found.lines else f"no news in {self._news.hours:g} h"
        if by < 0.0:
            title = f": {found.headline.title}" if found.headline is not None else ""
            return Verdict(passed=False, reason=f"{told} below {self._least:+.2f}{title}", by=by)
        return Verdict(passed=True, reason=told, by=by)

    def _mood(self, symbol: str) -> Mood:
        return mood(self._news.about(symbol), symbol, self._clock.now(), self._scorer)

    def _unknown(self, reason: str) -> Verdict:
        return Verdict(self._open, f"sentiment unknown, gate {self._state}: {reason}")


def _score(line: Headline, symbol: str, scorer: Sentiment | None) -> float | None:
    told = line.sentiment.get(symbol)
    if told is not None and -1.0 <= told <= 1.0:
        return told
    if len(line.symbols) > CROWD:
        return 0.0
    return scorer.score(line.title, line.body) if scorer is not None else None
