"""Volume against what is usual at the same time of day."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

import msgspec

from tradeplat.core.calendar import Session
from tradeplat.core.market import MINUTE
from tradeplat.scanners.sources import MinuteVolume, Split


class Curve(msgspec.Struct, frozen=True):
    """The mean volume since a session's pre-open, over `sessions` sessions, as steps: from
    `minutes[i]` minutes after the pre-open on it is `shares[i]`, before the first nothing.
    `day` is the last session it is of.
    """

    sessions: int
    minutes: tuple[int, ...]
    shares: tuple[float, ...]
    day: int = 0

    def usual(self, minute: float) -> float:
        """Shares usually traded up to `minute` minutes after the pre-open; a minute that is not
        over counts by its part.
        """
        whole = int(minute)
        done = self._until(whole)
        return done + (self._until(whole + 1) - done) * (minute - whole)

    def _until(self, minute: int) -> float:
        index = bisect_right(self.minutes, minute)
        return self.shares[index - 1] if index else 0.0


def curve(
    volumes: Iterable[MinuteVolume], sessions: Sequence[Session], splits: Iterable[Split] = ()
) -> Curve:
    """The curve over `sessions` from the first one with a trade on: who was not listed (or not
    recorded) before has no usual volume there. From then on each counts, those without a trade as
    nothing; minutes outside of them do not. Volumes from before a split are put on the basis of
    today.
    """
    ratios = sorted(splits, key=lambda split: split.day)
    steps: dict[int, float] = {}
    ordered = sorted(sessions)
    opens = [session.pre_open for session in ordered]
    start = len(ordered)
    for ts, volume in volumes:
        index = bisect_right(opens, ts) - 1
        if index < 0 or ts >= ordered[index].post_close or volume <= 0.0:
            continue
        start = min(start, index)
        for split in ratios:
            if split.day > ordered[index].day:
                volume *= split.ratio  # noqa: PLW2901  # the same number on another basis
        end = (ts - ordered[index].pre_open) // MINUTE + 1
        steps[end] = steps.get(end, 0.0) + volume
    count = len(ordered) - start
    total = 0.0
    shares: list[float] = []
    minutes = sorted(steps)
    for minute in minutes:
        total += steps[minute]
        shares.append(total / count)
    return Curve(count, tuple(minutes), tuple(shares), ordered[-1].day if ordered else 0)


def relative(volume: float | None, usual: Curve | None, session: Session, now: int) -> float | None:
    """`volume` since the pre-open against the usual one up to `now`; None while there is none."""
    if volume is None or usual is None or not usual.sessions:
        return None
    minute = (min(now, session.post_close) - session.pre_open) / MINUTE
    expected = usual.usual(minute) if minute > 0 else 0.0
    return volume / expected if expected > 0.0 else None
