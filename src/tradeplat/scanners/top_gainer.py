"""The day's top gainers that pass the filters, each row with the reason it is in or out."""

from collections.abc import Sequence
from typing import Protocol

from tradeplat.core.errors import Denied, Throttled, Transient
from tradeplat.core.market import SECOND
from tradeplat.core.ports import Candidate, Clock
from tradeplat.scanners.alpaca_data import Mover, Snapshot
from tradeplat.scanners.fault import Fault
from tradeplat.scanners.filters import (
    Enriched,
    Predicate,
    Verdict,
    change_at_least,
    common_stock,
    judge,
    not_among,
    price_within,
    spread_at_most,
    tradable,
    volume_at_least,
)
from tradeplat.scanners.news import News, Newsroom, SentimentGate

__all__ = ["TopGainerStockListManager"]

MOVERS, ACTIVES = 50, 100
"""Rows asked of the screener, the most it gives."""


class Screener(Protocol):
    """Where the rows come from (scanners/alpaca_data.py)."""

    @property
    def feed(self) -> str:
        """The feed that prices and volumes are of."""

    async def gainers(self, top: int) -> list[Mover]:
        """The top risers."""

    async def actives(self, top: int) -> dict[str, float | None]:
        """The most traded tickers with their volume."""

    async def snapshots(self, symbols: Sequence[str]) -> dict[str, Snapshot]:
        """How tickers stand now."""

    async def assets(self) -> dict[str, bool]:
        """Active assets, and whether they can be traded."""


class TopGainerStockListManager:
    """The `top` risers within the limits (core.ports.StockListManager).

    Prices in money and changes in percent, limits included. A ticker that is in stays until it
    falls `slack` ranks behind the last place or misses a limit by more than `tolerance` of it, so
    that one at the edge does not come and go. A failed update keeps the last list and says so in
    `last_error`; only a first scan raises Denied. Assets are read again after `asset_hours`.

    With a `min_sentiment` above -1 the news of tickers that pass everything else are judged as
    well (scanners/news.py): a mood below it keeps a ticker out. Where no news can be had, `gate`
    says whether such tickers pass (open) or not (closed); rows and `last_error` say "incomplete".
    """

    def __init__(  # noqa: PLR0913  # a scanner's settings are its constructor's arguments
        self,
        screener: Screener,
        clock: Clock,
        newsroom: Newsroom | None = None,
        *,
        min_price: float = 1.0,
        max_price: float = 100.0,
        min_volume: float = 100_000.0,
        min_change: float = 5.0,
        max_spread: float = 0.02,
        top: int = 10,
        slack: int = 3,
        tolerance: float = 0.1,
        asset_hours: float = 12.0,
        exclude: tuple[str, ...] = (),
        min_sentiment: float = -1.0,
        gate: str = "open",
    ) -> None:
        _require(top >= 1, "top: expected at least 1")
        _require(slack >= 0, "slack: expected 0 or more")
        _require(0.0 <= tolerance < 1.0, "tolerance: expected 0 up to 1")
        _require(0.0 < min_price <= max_price, "min_price: expected above 0, up to max_price")
        self._room = newsroom or Newsroom(News({}, clock), None)
        self._gate = _gate(self._room, clock, min_sentiment, gate)
        self._screener = screener
        self._clock = clock
        self._top, self._slack = top, slack
        self._asset_age = int(asset_hours * 3600) * SECOND
        excluded = frozenset(symbol.strip().upper() for symbol in exclude)
        limits = (min_price, max_price, min_volume, min_change, max_spread)
        self._entry = _claims(excluded, limits, 0.0)
        self._stay = _claims(excluded, limits, tolerance)
        self._active: list[str] = []
        self._rows: list[Candidate] = []
        self._assets: dict[str, bool] = {}
        self._assets_at: int | None = None
        self._not_before = 0
        self._fault = Fault()

    async def update(self) -> None:
        """Scan once; after a spent budget not before it is renewed."""
        now = self._clock.now()
        if now < self._not_before:
            return
        try:
            rows = await self._judged(await self._enriched(now))
        except Throttled as error:
            self._not_before = now + int(error.wait * SECOND)
            self._fault.failed(str(error), now)
        except Transient as error:
            self._fault.failed(str(error), now)
        except Denied as error:
            if not self._fault.listed:
                raise
            self._fault.failed(f"{error}: a person must act", now)
        else:
            faults = self._gate.faults() if self._gate is not None else []
            self._fault.worked(f"incomplete: {'; '.join(faults)}" if faults else "", now)
            self._select(rows, now)

    @property
    def last_error(self) -> str:
        """Why the last update failed or is incomplete, empty when it is neither."""
        return self._fault.why

    def get_active_stock_list(self) -> list[str]:
        """The tickers of the last scan that worked, best first."""
        return list(self._active)

    def explain(self) -> list[Candidate]:
        """Every row of the last scan that worked, those that are in first."""
        return list(self._rows)

    def told(self) -> list[str]:
        """Lines for `status`: what is wrong with the list, and how each vendor of news stands."""
        return [*self._fault.lines(self._clock.now(), self._not_before), *self._room.told()]

    async def _judged(self, rows: list[Enriched]) -> list[Enriched]:
        """The rows, with their news where these decide."""
        if self._gate is None:
            return rows
        passing = [row.symbol for row in rows if judge(row, self._claims(row.symbol)).passed]
        await self._gate.refresh(passing)
        found = frozenset(passing)
        return [self._gate.enriched(row) if row.symbol in found else row for row in rows]

    def _claims(self, symbol: str) -> tuple[Predicate, ...]:
        return self._stay if symbol in self._active else self._entry

    def _verdict(self, row: Enriched) -> Verdict:
        """What every rule says, the news last: nobody asks for them where others keep out."""
        verdict = judge(row, self._claims(row.symbol))
        if not verdict.passed or self._gate is None:
            return verdict
        found = self._gate.judge(row)
        told = f"{verdict.reason}; {found.reason}" if found.passed else found.reason
        return Verdict(found.passed, told, found.by)

    async def _enriched(self, now: int) -> list[Enriched]:
        await self._refresh_assets(now)
        movers = {mover.symbol: mover for mover in await self._screener.gainers(MOVERS)}
        actives = await self._screener.actives(ACTIVES)
        symbols = list(dict.fromkeys([*movers, *self._active, *actives]))
        snapshots = await self._screener.snapshots(symbols)
        return [
            _enriched(
                symbol,
                movers.get(symbol),
                actives.get(symbol),
                snapshots.get(symbol),
                self._assets.get(symbol),
            )
            for symbol in symbols
        ]

    async def _refresh_assets(self, now: int) -> None:
        if self._assets_at is None or now - self._assets_at >= self._asset_age:
            self._assets = await self._screener.assets()
            self._assets_at = now

    def _select(self, rows: list[Enriched], now: int) -> None:
        held = frozenset(self._active)
        rows.sort(key=lambda row: (-(row.change if row.change is not None else -1e9), row.symbol))
        active: list[str] = []
        told: list[tuple[Enriched, Verdict]] = []
        rank = 0
        for row in rows:
            staying = row.symbol in held
            verdict = self._verdict(row)
            if verdict.passed:
                rank += 1
                verdict = self._place(rank, verdict.reason, staying=staying)
            if verdict.passed:
                active.append(row.symbol)
            told.append((row, verdict))
        self._active = active
        told.sort(key=lambda pair: not pair[1].passed)
        feed = self._screener.feed
        self._rows = [_candidate(row, verdict, now, feed) for row, verdict in told]

    def _place(self, rank: int, reason: str, *, staying: bool) -> Verdict:
        last = self._top + (self._slack if staying else 0)
        if rank > last:
            return Verdict(passed=False, reason=f"rank {rank}, behind the last place {last}")
        kept = f" (kept, {self._top} places)" if rank > self._top else ""
        return Verdict(passed=True, reason=f"rank {rank}{kept}; {reason}")


def _gate(room: Newsroom, clock: Clock, least: float, state: str) -> SentimentGate | None:
    """The gate, None where it would let everybody pass."""
    gate = SentimentGate(room, clock, least=least, state=state)
    return gate if least > -1.0 else None


def _claims(
    excluded: frozenset[str], limits: tuple[float, float, float, float, float], tolerance: float
) -> tuple[Predicate, ...]:
    """What a row must fulfil, each limit eased by `tolerance` of itself."""
    low, high, volume, change, spread = limits
    return (
        not_among(excluded),
        common_stock,
        tradable,
        price_within(low * (1.0 - tolerance), high * (1.0 + tolerance)),
        change_at_least(change - abs(change) * tolerance),
        volume_at_least(volume * (1.0 - tolerance)),
        spread_at_most(spread * (1.0 + tolerance)),
    )


def _enriched(
    symbol: str,
    mover: Mover | None,
    volume: float | None,
    snapshot: Snapshot | None,
    listed: bool | None,  # noqa: FBT001  # the broker's word on the asset, None: none
) -> Enriched:
    """Join what the sources say; the snapshot is newer than the screener's rows."""
    price = mover.price if mover is not None else None
    change = mover.change if mover is not None else None
    spread = None
    if snapshot is not None:
        price = snapshot.price if snapshot.price is not None else price
        if snapshot.price is not None and snapshot.previous:
            change = (snapshot.price / snapshot.previous - 1.0) * 100.0
        volume = snapshot.volume if snapshot.volume is not None else volume
        spread = _spread(snapshot)
    return Enriched(symbol, price, change, volume, spread, listed)


def _spread(snapshot: Snapshot) -> float | None:
    bid, ask = snapshot.bid, snapshot.ask
    if bid is None or ask is None or bid <= 0.0 or ask <= 0.0:
        return None
    return 2.0 * (ask - bid) / (ask + bid)


def _candidate(row: Enriched, verdict: Verdict, ts: int, feed: str) -> Candidate:
    return Candidate(
        row.symbol, verdict.passed, verdict.reason, ts, feed, row.price, row.change, row.volume
    )


def _require(holds: bool, message: str) -> None:  # noqa: FBT001  # a claim, not a switch
    if not holds:
        raise ValueError(message)
