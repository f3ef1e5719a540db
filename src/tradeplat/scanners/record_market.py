"""A recorded market as every source of a scan, on a clock that tells where the replay stands."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.errors import BadInput
from tradeplat.core.market import MINUTE
from tradeplat.scanners.recorded import Frame, Row
from tradeplat.scanners.sources import (
    DailyBar,
    Details,
    MinuteVolume,
    SharesFloat,
    Split,
    TickerSnapshot,
)


class RecordMarket:
    """`frames` as Market and Reference (scanners/sources.py): the market is that of the last frame
    at or before `now`, and nothing later is told.

    `calendar` holds the recorded sessions, so that a mean over sessions is one over what is
    recorded, and, for rows that tell their own last close and usual volume, the session before.
    Where a session is missing from the record, the one after it has no last closes but those that
    its rows tell. `known` are older facts of tickers, each with the instant from which it was
    known.
    """

    name = "recorded"
    feed = "recorded"

    def __init__(
        self,
        frames: Sequence[Frame],
        calendar: Calendar,
        now: Callable[[], int],
        known: Mapping[str, Details] | None = None,
    ) -> None:
        self._frames = tuple(frames)
        self._instants = [frame.ts for frame in frames]
        self._now = now
        self._known = known or {}
        self._sessions = calendar
        self._by_day: dict[int, list[Frame]] = {}
        for frame in frames:
            self._by_day.setdefault(frame.session.day, []).append(frame)
        self.calendar = _recorded(frames, calendar)

    async def snapshots(self, symbols: Sequence[str] = ()) -> list[TickerSnapshot]:
        """Every ticker of the frame, or these of it."""
        frame = self._frame()
        wanted = [frame.rows[s] for s in symbols if s in frame.rows] if symbols else []
        return [_snapshot(row, frame.ts) for row in (wanted if symbols else frame.rows.values())]

    async def gainers(self) -> list[TickerSnapshot]:
        """The 20 that rose most since the close that their row tells, best first."""
        shots = [shot for shot in await self.snapshots() if shot.price and shot.previous]
        shots.sort(key=lambda shot: (-(shot.price or 0.0) / (shot.previous or 1.0), shot.symbol))
        return shots[:20]

    async def grouped(self, day: int) -> dict[str, DailyBar]:
        """Closes of `day` on its own basis: what the rows of the session after it tell of it, else
        what was recorded of it.
        """
        found: dict[str, DailyBar] = {}
        past = self._past(day)
        frame = self._frame()
        before = self.calendar.previous(frame.session.pre_open)
        last = self._sessions.previous(frame.session.pre_open)
        missing = before is not None and before.day == day and before != last
        if past and not missing:
            rows = past[-1].rows.values()
            found = {
                row.symbol: DailyBar(row.price, row.volume or 0.0) for row in rows if row.price
            }
        if before is None or before.day != day:
            return found
        told = {
            row.symbol: DailyBar(close, row.usual or 0.0)
            for row in frame.rows.values()
            if (close := row.previous_raw or row.previous)
        }
        # Where rows tell their last close, one that tells none had none: its name may be new.
        return told or found

    async def minutes(self, symbol: str, first: int, last: int) -> list[MinuteVolume]:
        """What was traded between one frame and the next, in the minute before the later one; where
        a row tells its usual volume, that, at the close of the last session.
        """
        row = self._frame().rows.get(symbol)
        if row is not None and row.usual:
            return self._told(row.usual, first, last)
        found: list[MinuteVolume] = []
        for day in sorted(self._by_day):
            if first <= day <= last:
                done = 0.0
                for frame in self._past(day):
                    one = frame.rows.get(symbol)
                    volume = one.volume if one is not None and one.volume is not None else done
                    if volume > done:
                        found.append(MinuteVolume(frame.ts - MINUTE, volume - done))
                        done = volume
        return found

    def _told(self, usual: float, first: int, last: int) -> list[MinuteVolume]:
        """A mean that a row tells, as sessions that were all like it."""
        sessions = [session for session in self.calendar.sessions if first <= session.day <= last]
        return [MinuteVolume(session.close - MINUTE, usual) for session in sessions]

    async def details(self, symbol: str) -> Details | None:
        """What the row tells, else what was known of the ticker before."""
        frame = self._frame()
        row = frame.rows.get(symbol)
        old = self._known.get(symbol)
        if old is not None and old.as_of > frame.ts:
            old = None
        if row is None:
            return old
        shares = row.shares
        if shares is None and row.market_cap and row.price:
            shares = row.market_cap / row.price
        return Details(
            symbol,
            name=row.name or (old.name if old is not None else None),
            sic=row.sic or (old.sic if old is not None else None),
            shares_outstanding=shares,
            market_cap=row.market_cap,
            as_of=frame.ts,
        )

    async def shares_float(self, symbol: str) -> SharesFloat | None:
        """None: a table of the market tells no float."""

    async def splits(self, first: int, last: int) -> list[Split]:
        """What the two last closes of each row of today tell of a split."""
        frame = self._frame()
        if not first <= frame.session.day <= last:
            return []
        return [
            Split(row.symbol, frame.session.day, row.previous_raw / row.previous)
            for row in frame.rows.values()
            if row.previous and row.previous_raw and row.previous != row.previous_raw
        ]

    def _frame(self) -> Frame:
        index = bisect_right(self._instants, self._now())
        if not index:
            raise BadInput("the record begins later than the scan")
        return self._frames[index - 1]

    def _past(self, day: int) -> list[Frame]:
        now = self._now()
        return [frame for frame in self._by_day.get(day, ()) if frame.ts <= now]


def _snapshot(row: Row, ts: int) -> TickerSnapshot:
    return TickerSnapshot(row.symbol, ts, row.price, row.volume, row.previous, row.bid, row.ask)


def _recorded(frames: Sequence[Frame], calendar: Calendar) -> Calendar:
    sessions: dict[int, Session] = {}
    first = frames[0]
    if any(row.previous for row in first.rows.values()):
        before = calendar.previous(first.session.pre_open)
        if before is not None:
            sessions[before.day] = before
    sessions.update((frame.session.day, frame.session) for frame in frames)
    return Calendar(list(sessions.values()))
