"""Facts of tickers, out of the cache or asked for once, and what could not be asked for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from tradeplat.core.calendar import Session
from tradeplat.core.errors import Denied, Transient
from tradeplat.core.market import DAY
from tradeplat.scanners import catalysts
from tradeplat.scanners.enrichment import Enrichment, Known
from tradeplat.scanners.filters import Enriched
from tradeplat.scanners.relative_volume import Curve, curve, relative
from tradeplat.scanners.sources import (
    Details,
    Halts,
    Headline,
    Headlines,
    Market,
    Reference,
    Split,
    Splits,
)

T = TypeVar("T")
Mood = Callable[[Headline, str], float | None]
"""How a headline sounds for a ticker, -1 to 1."""

PROXY = "shares outstanding as a proxy"
MARKET = "*"
"""Where facts about the whole market stand in the cache."""


class Day(NamedTuple):
    """The session a scan is of, the ones before it, oldest first, and the instant."""

    session: Session
    before: tuple[Session, ...]
    now: int


class Assets(Protocol):
    """Who says what the broker trades (scanners/alpaca_data.py)."""

    async def assets(self) -> dict[str, bool]:
        """Active assets, and whether they can be traded."""


class Sources(NamedTuple):
    """Everybody a scan asks; only the market has to be there. `references` are asked in turn."""

    market: Market
    cache: Enrichment
    references: Sequence[Reference] = ()
    splits: Splits | None = None
    headlines: Headlines | None = None
    mood: Mood | None = None
    halts: Halts | None = None
    assets: Assets | None = None
    told: Callable[[], list[str]] = list
    """A line for `status` for each vendor that is asked."""


class Facts:
    """Asks the sources for what is not in their cache.

    At most `calls` requests a scan (`begin` starts one); what is left is missing until the next.
    A source that is throttled or fails is not asked again in the same scan, one that refuses us
    (a plan without this endpoint) not again for that field. `asked` counts requests in all.
    """

    def __init__(self, sources: Sources, calls: int = 120) -> None:
        self._cache = sources.cache
        self._market = sources.market
        self._references = tuple(sources.references)
        self._splits = sources.splits
        self._headlines = sources.headlines
        self._mood = sources.mood
        self._calls = calls
        self._left = calls
        self._short = False
        self._down: dict[str, str] = {}
        self._refused: dict[tuple[str, str], str] = {}
        self.asked = 0

    def begin(self) -> None:
        """A new scan: sources that failed are tried again."""
        self._left = self._calls
        self._short = False
        self._down.clear()

    @property
    def trouble(self) -> str:
        """What went wrong since `begin`, and which sources refuse us."""
        told = [*self._down.values(), *self._refused.values()]
        if self._short:
            told.append(f"{self._calls} requests a scan are used up")
        return "; ".join(dict.fromkeys(told))

    async def closes(self, day: Day) -> Mapping[str, float]:
        """Last regular closes of the whole market, on the basis of that day; empty when they are
        not to be had: the snapshot's own are next best.
        """
        if not day.before:
            return {}
        before = day.before[-1].day
        held = self._cache.get(MARKET, f"closes {before}")
        if held is not None:
            return _as(held, dict[str, float]) or {}
        heard = await self._ask("market", "closes", lambda: self._market.grouped(before))
        if heard is None or not heard.value:
            return {}
        closes = {symbol: bar.close for symbol, bar in heard.value.items()}
        volumes = {symbol: bar.volume for symbol, bar in heard.value.items()}
        self._cache.put(MARKET, f"closes {before}", closes, self._market.feed)
        self._cache.put(MARKET, f"volumes {before}", volumes, self._market.feed)
        return closes

    def volumes(self, day: Day) -> Mapping[str, float]:
        """Volumes of the last regular session, on the basis of that day, as `closes` heard them."""
        held = self._cache.get(MARKET, f"volumes {day.before[-1].day}") if day.before else None
        return {} if held is None else _as(held, dict[str, float]) or {}

    async def splits(self, day: Day) -> tuple[Split, ...] | None:
        """Splits with effect since the first of the sessions before; None when nobody told."""
        first = day.before[0].day if day.before else day.session.day
        field = f"splits {first} {day.session.day}"
        held = self._cache.get(MARKET, field)
        if held is not None:
            return _as(held, tuple[Split, ...])
        last = day.session.day
        source = self._splits
        if source is None:
            return None
        heard = await self._ask(source.name, "splits", lambda: source.splits(first, last))
        if heard is None:
            return None
        self._cache.put(MARKET, field, heard.value, source.name)
        return tuple(heard.value)

    async def complete(
        self, row: Enriched, needs: Sequence[str], day: Day, splits: Sequence[Split]
    ) -> tuple[Enriched, tuple[str, ...]]:
        """`row` with what `needs` name, and the needs that could not be asked for."""
        missing: list[str] = []
        if "details" in needs:
            row = await self._described(row, missing)
        if "float" in needs:
            row = await self._floated(row, day, missing)
        if "curve" in needs:
            row = await self._compared(row, day, splits, missing)
        if "news" in needs:
            row = await self._told(row, day, missing)
        return row, tuple(missing)

    async def _described(self, row: Enriched, missing: list[str]) -> Enriched:
        held = await self._held(row.symbol, "details", missing)
        facts = None if held is None else _as(held, Details)
        if facts is None:
            return row
        cap = facts.market_cap
        if cap is None and facts.shares_outstanding is not None and row.price is not None:
            cap = facts.shares_outstanding * row.price
        return msgspec.structs.replace(
            row,
            name=facts.name if row.name is None else row.name,
            kind=facts.kind if row.kind is None else row.kind,
            sic=facts.sic,
            shares_outstanding=facts.shares_outstanding,
            market_cap=cap,
            listed_on=facts.listed_on,
        )

    async def _floated(self, row: Enriched, day: Day, missing: list[str]) -> Enriched:
        held = await self._held(row.symbol, "float", missing)
        shares = None if held is None else _as(held, float)
        if held is None or shares is None:
            held = self._cache.get(row.symbol, "details")
            if held is None or row.shares_outstanding is None or "float" in missing:
                return row
            source, shares = f"{held.source}: {PROXY}", row.shares_outstanding
        else:
            source = held.source
        age = (day.now - (held.as_of or held.asked)) / DAY
        return msgspec.structs.replace(
            row, shares_float=shares, float_source=source, float_age_days=age
        )

    async def _compared(
        self, row: Enriched, day: Day, splits: Sequence[Split], missing: list[str]
    ) -> Enriched:
        if not day.before:
            return row
        first, last = day.before[0].day, day.before[-1].day
        own = [split for split in splits if split.symbol == row.symbol]
        field = f"curve {first} {last} {len(own)}"
        held = self._cache.get(row.symbol, field)
        if held is None:
            heard = await self._ask(
                "market", "curve", lambda: self._market.minutes(row.symbol, first, last)
            )
            if heard is None:
                missing.append("curve")
                return row
            usual = curve(heard.value, day.before, own) if heard.value else None
            self._cache.put(row.symbol, field, usual, self._market.feed)
        else:
            usual = _as(held, Curve)
        return msgspec.structs.replace(
            row,
            rvol=relative(row.volume, usual, day.session, day.now),
            rvol_sessions=None if usual is None else usual.sessions,
        )

    async def _told(self, row: Enriched, day: Day, missing: list[str]) -> Enriched:
        source = self._headlines
        if source is None:
            missing.append("news")
            return row
        since = day.before[-1].close if day.before else day.session.pre_open
        held = self._cache.get(row.symbol, "news")
        if held is None:
            heard = await self._ask("news", "news", lambda: source.since([row.symbol], since))
            if heard is None:
                missing.append("news")
                return row
            lines: Sequence[Headline] = heard.value
            self._cache.put(row.symbol, "news", lines, "news")
        else:
            lines = _as(held, list[Headline]) or []
        line = catalysts.of(row.symbol, lines, since, day.now)
        if line is None:
            return msgspec.structs.replace(row, catalyst="")
        told = f"{catalysts.kind(line.title)}: {line.title}"
        mood = self._mood(line, row.symbol) if self._mood else line.sentiment.get(row.symbol)
        return msgspec.structs.replace(row, catalyst=told, sentiment=mood)

    async def _held(self, symbol: str, field: str, missing: list[str]) -> Known | None:
        """The fact, asked of the references in turn until one knows; an answer that nobody knows
        is remembered too, unless somebody could not be asked.
        """
        held = self._cache.get(symbol, field)
        if held is not None:
            return held
        unheard = False
        for source in self._references:
            heard = await self._asked_for(source, symbol, field)
            if heard is None:
                unheard = unheard or (source.name, field) not in self._refused
            elif heard.value is not None:
                self._cache.put(symbol, field, heard.value, source.name, heard.as_of)
                return self._cache.get(symbol, field)
        if unheard:
            missing.append(field)
            return None
        self._cache.put(symbol, field, None, "nobody")
        return self._cache.get(symbol, field)

    async def _asked_for(self, source: Reference, symbol: str, field: str) -> "_Fact | None":
        if field == "details":
            details = await self._ask(source.name, field, lambda: source.details(symbol))
            if details is None:
                return None
            return _Fact(details.value, 0 if details.value is None else details.value.as_of)
        told = await self._ask(source.name, field, lambda: source.shares_float(symbol))
        if told is None:
            return None
        return _Fact(None, 0) if told.value is None else _Fact(told.value.shares, told.value.as_of)

    async def _ask(
        self, source: str, field: str, ask: Callable[[], Awaitable[T]]
    ) -> "_Heard[T] | None":
        """What the source answers; None when it could not be asked, with the reason kept."""
        if source in self._down or (source, field) in self._refused:
            return None
        if self._left <= 0:
            self._short = True
            return None
        self._left -= 1
        self.asked += 1
        try:
            return _Heard(await ask())
        except Denied as error:
            self._refused[source, field] = str(error)
        except Transient as error:
            self._down[source] = str(error)
        return None


class _Heard(NamedTuple, Generic[T]):
    value: T


class _Fact(NamedTuple):
    value: object
    as_of: int


def _as(held: Known, kind: type[T]) -> T | None:
    """The fact in its own type; None where another version of us wrote it otherwise."""
    try:
        return msgspec.convert(held.value, kind)
    except msgspec.ValidationError:
        return None
