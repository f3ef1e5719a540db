"""The whole pipeline over the whole market: snapshot, rules, facts asked for once, places."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.errors import Denied, Throttled, Transient
from tradeplat.core.market import DAY, MINUTE, SECOND
from tradeplat.core.ports import Candidate
from tradeplat.scanners.enrichment import Reads
from tradeplat.scanners.facts import Day, Facts, Sources
from tradeplat.scanners.fault import Fault
from tradeplat.scanners.filters import Enriched
from tradeplat.scanners.market_rows import Basis, Floor, ratios, rows, sieved
from tradeplat.scanners.pipeline import Judgement, Pipeline, Selection
from tradeplat.scanners.presets import limits_of
from tradeplat.scanners.sources import Split, TickerSnapshot

__all__ = ["PolygonTopGainerStockListManager"]

GAP = 10 * DAY
"""No exchange is closed so long: what lies before is of another time and tells nothing usual."""
DEAF = "nobody tells of halts here (a session hears them on its stream)"
SEAM = 5 * MINUTE
"""A scan this shortly before the opening tells the volume that was traded before it."""


class PolygonTopGainerStockListManager:
    """The `top` tickers of the whole market by a preset's rules (core.ports.StockListManager).

    `preset` names the limits (presets.PRESETS), each of which `limits` may set otherwise, by its
    name; a limit of 0 is off. Only what passes the rules that the snapshot decides is looked into,
    the `depth` best of it, with at most `calls` requests a scan; `sessions` are what the usual
    volume is a mean of.
    A ticker that is in stays until it misses a limit by more than `tolerance` of it for `hold`
    seconds or falls `slack` ranks behind the last place; it comes in after `confirm` seconds.
    A scan that could not ask for everything says "incomplete" in `last_error` and in the rows; a
    failed one keeps the last list, and only a first one raises Denied. `show` limits the rows that
    `explain` gives, 0 gives all.
    """

    def __init__(  # noqa: PLR0913  # a scanner's settings are its constructor's arguments
        self,
        sources: Sources,
        clock: Reads,
        calendar: Calendar,
        *,
        preset: str = "gappers",
        limits: Mapping[str, object] | None = None,
        exclude: tuple[str, ...] = (),
        top: int = 10,
        slack: int = 3,
        tolerance: float = 0.1,
        confirm: float = 0.0,
        hold: float = 30.0,
        sessions: int = 20,
        depth: int = 60,
        calls: int = 120,
        show: int = 100,
        asset_hours: float = 12.0,
    ) -> None:
        if min(sessions, depth, calls) < 1:
            raise ValueError("sessions, depth, calls: expected at least 1")
        excluded = frozenset(symbol.strip().upper() for symbol in exclude)
        self._pipeline = Pipeline(limits_of(preset, limits or {}), excluded, tolerance)
        self._selection = Selection(top, slack, confirm, hold)
        self._sources = sources
        self._facts = Facts(sources, calls)
        self._clock = clock
        self._calendar = calendar
        self._sessions, self._depth, self._show = sessions, depth, show
        self._asset_age = int(asset_hours * 3600.0) * SECOND
        self._assets: tuple[int, dict[str, bool]] | None = None
        self._premarket: tuple[int, dict[str, float]] = (0, {})
        self._loaded, self._unkept = not sources.cache.on_disk, ""
        self._not_before = 0
        self._rows: list[Candidate] = []
        self.dropped: Counter[str] = Counter()
        """By rule: tickers of the last scan that it kept out, the first that failed counts."""
        self._fault = Fault()

    async def update(self) -> None:
        """Scan once; after a spent budget not before it is renewed."""
        now = self._clock.now()
        session = self._calendar.upcoming(now)
        if now < self._not_before or session is None:
            return
        day = Day(session, self._before(session), now)
        try:
            await self._scan(day)
        except Throttled as error:
            self._not_before = now + int(error.wait * SECOND)
            self._fault.failed(f"incomplete: {error}", now)
        except Transient as error:
            self._fault.failed(str(error), now)
        except Denied as error:
            if not self._fault.listed:
                raise
            self._fault.failed(f"{error}: a person must act", now)

    @property
    def last_error(self) -> str:
        """Why the last scan failed or is incomplete, empty when it is neither."""
        return self._fault.why

    def get_active_stock_list(self) -> list[str]:
        """The tickers of the last scan that worked, best first."""
        return list(self._selection.active)

    def explain(self) -> list[Candidate]:
        """Rows of the last scan that worked: those that are in, then those that came furthest."""
        return list(self._rows)

    def told(self) -> list[str]:
        """Lines for `status`: what is wrong with the list, and how each vendor stands."""
        return [*self._fault.lines(self._clock.now(), self._not_before), *self._sources.told()]

    @property
    def asked(self) -> int:
        """Requests for facts so far, the snapshots of the market not counted."""
        return self._facts.asked

    async def _scan(self, day: Day) -> None:
        self._facts.begin()
        await self._load()
        basis, splits = await self._basis(day)
        shots = await self._sources.market.snapshots()
        self._remember(shots, day)
        staying = self._selection.staying(day.session.day)
        near, still = self._near(shots, basis, staying)
        passed, table = self._sifted(rows(near, basis, day.session, day.now), staying)
        judged = await self._judged(passed, day, splits)
        chosen = self._selection.choose(judged, day.now, day.session.day)
        await self._save()
        self._tell(chosen, table, day.now)
        if still:
            self.dropped[self._pipeline.still[0]] += still
        deaf = self._pipeline.limits.resumed_within > 0.0 and self._sources.halts is None
        trouble = "; ".join(filter(None, (self._facts.trouble, DEAF if deaf else "")))
        self._fault.worked(f"incomplete: {trouble}" if trouble else self._unkept, day.now)

    async def _basis(self, day: Day) -> tuple[Basis, Sequence[Split]]:
        """What a snapshot is read against."""
        closes = await self._facts.closes(day)
        splits = await self._facts.splits(day) or ()
        halts = self._sources.halts
        return (
            Basis(
                closes,
                ratios(splits, day),
                await halts.halts() if halts is not None else None,
                await self._listed(day.now),
                self._premarket[1] if self._premarket[0] >= day.session.open - SEAM else {},
                self._facts.volumes(day) if self._pipeline.paced else {},
            ),
            splits,
        )

    def _near(
        self, shots: Sequence[TickerSnapshot], basis: Basis, staying: frozenset[str]
    ) -> tuple[Sequence[TickerSnapshot], int]:
        """What is worth a row, and how many are not, as long as not every row is shown."""
        rule, least = self._pipeline.still
        if not self._show or least <= 0.0:
            return shots, 0
        floor = Floor(least, rule == "move", staying)
        return sieved(shots, basis, floor, self._show)

    def _sifted(
        self, found: Iterable[Enriched], active: frozenset[str]
    ) -> tuple[list[Enriched], list[Judgement]]:
        """What passes the rules of the snapshot, or is in, best first; and the rest."""
        passed: list[Enriched] = []
        rest: list[Judgement] = []
        for row in found:
            staying = row.symbol in active
            judgement = self._pipeline.first(row, staying=staying)
            if judgement.passed or staying:
                passed.append(row)
            else:
                rest.append(judgement)
        passed.sort(key=self._pipeline.first_order)
        return passed, rest

    async def _judged(
        self, passed: Sequence[Enriched], day: Day, splits: Sequence[Split]
    ) -> list[Judgement]:
        """Every rule's word on what passed, best first; only for the best of it, by what the
        snapshot tells, are facts asked for.
        """
        active = self._selection.staying(day.session.day)
        judged: list[Judgement] = []
        for place, row in enumerate(passed, 1):
            staying = row.symbol in active
            if place > self._depth and not staying:
                judged.append(_beyond(row, place, self._depth))
                continue
            full, missing = await self._facts.complete(row, self._pipeline.needs, day, splits)
            judged.append(self._pipeline.last(full, missing, staying=staying))
        judged.sort(key=lambda judgement: self._pipeline.order(judgement.row))
        return judged

    def _tell(self, chosen: Sequence[Judgement], rest: list[Judgement], now: int) -> None:
        rest.sort(key=lambda judgement: self._pipeline.first_order(judgement.row))
        table = sorted(chosen, key=lambda judgement: not judgement.passed) + rest
        self.dropped = Counter(judgement.rule for judgement in table if not judgement.passed)
        feed = self._sources.market.feed
        shown = table[: self._show] if self._show else table
        self._rows = [judgement.candidate(now, feed) for judgement in shown]

    def _before(self, session: Session) -> tuple[Session, ...]:
        found: list[Session] = []
        while len(found) < self._sessions:
            earlier = self._calendar.previous(session.pre_open)
            if earlier is None or session.pre_open - earlier.pre_open > GAP:
                break
            found.append(earlier)
            session = earlier
        return tuple(reversed(found))

    def _remember(self, shots: Sequence[TickerSnapshot], day: Day) -> None:
        """Keep the volume before the opening, for the rules that ask for it later."""
        if day.now <= day.session.open:
            volumes = {shot.symbol: shot.volume for shot in shots if shot.volume is not None}
            self._premarket = (day.now, volumes)

    async def _listed(self, now: int) -> Mapping[str, bool] | None:
        source = self._sources.assets
        if source is None:
            return None
        if self._assets is None or now - self._assets[0] >= self._asset_age:
            self._assets = (now, await source.assets())
        return self._assets[1]

    async def _load(self) -> None:
        if not self._loaded:
            self._loaded = True
            await self._file(self._sources.cache.load)

    async def _save(self) -> None:
        if self._sources.cache.on_disk:
            await self._file(self._sources.cache.save)

    async def _file(self, work: Callable[[], None]) -> None:
        """File work of the cache; a scan does without when the disk fails."""
        try:
            await asyncio.to_thread(work)
        except Transient as error:
            self._unkept = str(error)
        else:
            self._unkept = ""


def _beyond(row: Enriched, place: int, depth: int) -> Judgement:
    reason = f"place {place} of what moves: only the first {depth} are looked into"
    return Judgement(row, passed=False, rule="depth", by=(depth - place) / depth, reason=reason)
