"""What is known of each ticker beside its trading: listing, industry, shares, splits, headlines.

Facts come from a file (`read`) or are made up from a seed (`invented_facts`); what nobody knows is
None and stays unknown. Prices that the venue plays are those after every split told here.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from tradeplat.core.errors import BadInput

FILE = "reference.json"
"""The name of a recording's file of facts."""

_FOREVER = "9999-12-31"


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ticker. Days are yyyy-mm-dd; `type` is Polygon's (CS, ETF, WARRANT, UNIT, ADRC...).

    `shares` are outstanding, `float_shares` those that trade freely, known since `float_day`;
    `market_cap` is in dollars. `exchange` is NASDAQ, NYSE, AMEX, ARCA or BATS, empty if unknown.
    """

    symbol: str
    name: str = ""
    type: str = "CS"
    exchange: str = ""
    active: bool = True
    cik: str | None = None
    sic_code: str | None = None
    sic_description: str | None = None
    sector: str | None = None
    industry: str | None = None
    country: str | None = None
    shares: int | None = None
    float_shares: int | None = None
    float_day: str | None = None
    market_cap: float | None = None
    list_day: str | None = None
    delisted_day: str | None = None

    def is_active(self, day: str) -> bool:
        """Whether it was listed still on `day`; without a day of its end, `active` says so."""
        return self.active if self.delisted_day is None else self.delisted_day > day

    def float_on(self, day: str) -> int | None:
        """Shares that traded freely as far as was known on `day`."""
        return self.float_shares if (self.float_day or "") <= day else None


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`split_from` shares became `split_to` on `day` (yyyy-mm-dd), before it opened."""

    symbol: str
    day: str
    split_from: float
    split_to: float

    @property
    def ratio(self) -> float:
        """A price before the split over the same price after it."""
        return self.split_to / self.split_from


class Headline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of news that came out at `ts` (UTC ns). `sentiment` is the provider's own word by
    symbol: positive, negative or neutral; None where it has none.
    """

    id: int
    ts: int
    title: str
    symbols: tuple[str, ...]
    summary: str = ""
    source: str = "venue"
    author: str = "Venue Newsdesk"
    url: str = ""
    keywords: tuple[str, ...] = ()
    sentiment: str | None = None


class Reference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything known; `headlines` are in the order they came out.

    Where the market itself is made up, so is the history before it, from `seed`; None is none.
    """

    facts: tuple[Facts, ...] = ()
    splits: tuple[Split, ...] = ()
    headlines: tuple[Headline, ...] = ()
    seed: int | None = None

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.headlines, key=lambda one: (one.ts, one.id)))
        msgspec.structs.force_setattr(self, "headlines", ordered)


class Almanac:
    """A reference as it is asked: by symbol, and as of an instant."""

    def __init__(self, reference: Reference, names: Mapping[str, str], exchanges: Mapping[str, str],
                 symbols: Iterable[str]) -> None:  # fmt: skip
        known = {one.symbol: one for one in reference.facts}
        for symbol in symbols:
            facts = known.get(symbol) or Facts(symbol=symbol)
            known[symbol] = msgspec.structs.replace(
                facts,
                name=facts.name or names.get(symbol, ""),
                exchange=facts.exchange or exchanges.get(symbol, "NASDAQ"),
            )
        self._facts = dict(sorted(known.items()))
        self.splits: Sequence[Split] = sorted(
            reference.splits, key=lambda one: (one.day, one.symbol), reverse=True
        )
        self._split = frozenset(one.symbol for one in self.splits)
        self._headlines = reference.headlines
        self._times = [one.ts for one in self._headlines]

    @property
    def tickers(self) -> list[Facts]:
        """Every ticker, sorted by symbol."""
        return list(self._facts.values())

    def on(self, day: str) -> list[Facts]:
        """Every ticker that had been listed by `day`, sorted by symbol."""
        return [one for one in self._facts.values() if (one.list_day or "") <= day]

    def facts(self, symbol: str, day: str = _FOREVER) -> Facts | None:
        """What is known of `symbol`, None when it had not been listed by `day`."""
        found = self._facts.get(symbol)
        return found if found is not None and (found.list_day or "") <= day else None

    def has_split(self, symbol: str) -> bool:
        """Whether a split of `symbol` is known, past or to come."""
        return symbol in self._split

    def ratio(self, symbol: str, after: str, until: str) -> float:
        """A price of `symbol` on the day `after` as it was then, over the same price in the terms
        of the day `until`: the product of the splits after the one and up to the other.
        """
        found = 1.0
        for split in self.splits:
            if split.symbol == symbol and after < split.day <= until:
                found *= split.ratio
        return found

    def headlines(self, now: int) -> Sequence[Headline]:
        """What has come out by `now`, the oldest first."""
        return self._headlines[: bisect_right(self._times, now)]

    def coming(self, after: int) -> Sequence[Headline]:
        """What comes out later than `after`."""
        return self._headlines[bisect_right(self._times, after) :]


def write(reference: Reference, folder: Path) -> None:
    """Write what is known into the FILE of `folder`, which `read` takes; OSError where it cannot
    be written.
    """
    text = msgspec.json.format(msgspec.json.encode(reference), indent=1)
    (folder / FILE).write_bytes(text + b"\n")


def read(file: Path) -> Reference:
    """The facts in `file`, a JSON object of `facts`, `splits` and `headlines`.

    Raises BadInput naming the file, the place in it and what was expected.
    """
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Reference)
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror or error})") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{file}: {error}") from None
    for place, split in enumerate(found.splits):
        if not (split.split_from > 0 and split.split_to > 0):
            told = f"{split.split_from:g} to {split.split_to:g}"
            raise BadInput(f"{file}: splits[{place}]: found {told}, expected numbers above 0")
    return found
