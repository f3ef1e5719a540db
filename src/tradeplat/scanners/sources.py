"""What a scanner asks the world for, whoever answers: a vendor, the built-in venue, a record.

Instants are UTC nanoseconds, days yyyymmdd in New York, prices money, volumes shares; None is not
known. Every call raises Throttled when the budget is spent, Denied when a person must act, and
Transient when there is no answer. An answer of None or a name left out means that the source was
asked and does not know, which is worth remembering.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec


class TickerSnapshot(msgspec.Struct, frozen=True, gc=False):
    """A ticker as the market stands. `ts` is its last change (0: not told), `volume` the shares
    since the day began, before the opening included, and `previous` the close of the regular
    session before as the vendor tells it, adjusted or not.
    """

    symbol: str
    ts: int = 0
    price: float | None = None
    volume: float | None = None
    previous: float | None = None
    bid: float | None = None
    ask: float | None = None


class DailyBar(NamedTuple):
    """One regular session of a ticker, not adjusted for anything later."""

    close: float
    volume: float


class MinuteVolume(NamedTuple):
    """Shares traded in the minute that began at `ts`."""

    ts: int
    volume: float


class Split(NamedTuple):
    """`ratio` new shares for each old one from the session `day` on; below 1 for a reverse one."""

    symbol: str
    day: int
    ratio: float


class Details(msgspec.Struct, frozen=True):
    """What a ticker is: `kind` in the vendor's code (CS, ADRC, ETF, WARRANT, RIGHT, UNIT, PFD),
    `sic` of four digits, shares as filed, market cap in money, `listed_on` a day. `as_of` is the
    instant it is of, 0 where the source does not say.
    """

    symbol: str
    name: str | None = None
    kind: str | None = None
    sic: str | None = None
    shares_outstanding: float | None = None
    market_cap: float | None = None
    listed_on: int | None = None
    as_of: int = 0


class SharesFloat(NamedTuple):
    """Shares that the public can trade, as of an instant, 0 where the source does not say."""

    shares: float
    as_of: int


class Headline(msgspec.Struct, frozen=True):
    """One piece of news, known to the public from `ts` on. `sentiment` is the provider's own
    score a symbol, -1 to 1, where it gives one.
    """

    id: str
    ts: int
    symbols: tuple[str, ...]
    title: str
    body: str = ""
    source: str = ""
    sentiment: Mapping[str, float] = {}


class Halt(NamedTuple):
    """The latest halt of a ticker today: when it began, and when trading went on, None while it
    lasts; `code` is the venue's reason.
    """

    since: int
    resumed: int | None
    code: str = ""


class Market(Protocol):
    """Prices and volumes of the whole market."""

    @property
    def feed(self) -> str:
        """The feed they are of (iex, sip, delayed, builtin, recorded)."""

    async def snapshots(self, symbols: Sequence[str] = ()) -> Sequence[TickerSnapshot]:
        """How these tickers stand, the whole market where none is named."""

    async def gainers(self) -> Sequence[TickerSnapshot]:
        """The vendor's own list of risers, best first."""

    async def grouped(self, day: int) -> Mapping[str, DailyBar]:
        """Every ticker's regular session of `day`, unadjusted; empty when there was none."""

    async def minutes(self, symbol: str, first: int, last: int) -> Sequence[MinuteVolume]:
        """Minutes with trades from the day `first` to the day `last`, extended hours included, in
        order; volumes unadjusted.
        """


class Reference(Protocol):
    """What tickers are. `name` is told as the source of each fact."""

    @property
    def name(self) -> str:
        """The vendor."""

    async def details(self, symbol: str) -> Details | None:
        """Facts of one ticker."""

    async def shares_float(self, symbol: str) -> SharesFloat | None:
        """Its float."""


class Splits(Protocol):
    """Who tells of splits."""

    @property
    def name(self) -> str:
        """The vendor."""

    async def splits(self, first: int, last: int) -> Sequence[Split]:
        """Every split with effect from a day between `first` and `last`, both included."""


class Headlines(Protocol):
    """News."""

    async def since(self, symbols: Sequence[str], ts: int) -> Sequence[Headline]:
        """Headlines about any of `symbols` published at or after `ts`, newest first."""


class Halts(Protocol):
    """Halts of the day, of every ticker that had one."""

    async def halts(self) -> Mapping[str, Halt]:
        """The latest halt a ticker; a ticker left out was not halted today."""
