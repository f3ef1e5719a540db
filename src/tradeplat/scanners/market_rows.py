"""The market's snapshot as rows: change against the last regular close on today's basis."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nlargest
from math import log
from operator import itemgetter
from typing import NamedTuple

from tradeplat.core.calendar import Session
from tradeplat.core.market import MINUTE
from tradeplat.scanners.facts import Day
from tradeplat.scanners.filters import Enriched, known
from tradeplat.scanners.sources import Halt, Split, TickerSnapshot


class Floor(NamedTuple):
    """The least change in percent, up, or either way; `kept` are looked at anyway."""

    least: float
    either: bool
    kept: frozenset[str]


class Basis(NamedTuple):
    """What a snapshot is read against: last regular closes on the basis of their own day, the
    ratio of each split since, the halts of today (None: nobody tells), the broker's list, and the
    volumes of the last regular session.
    """

    closes: Mapping[str, float]
    ratios: Mapping[str, float]
    halts: Mapping[str, Halt] | None = None
    assets: Mapping[str, bool] | None = None
    premarket: Mapping[str, float] = {}
    volumes: Mapping[str, float] = {}


def ratios(splits: Iterable[Split], day: Day) -> dict[str, float]:
    """The product of each ticker's splits with effect after the last session, up to today."""
    after = day.before[-1].day if day.before else 0
    found: dict[str, float] = {}
    for split in splits:
        if after < split.day <= day.session.day and split.ratio > 0.0:
            found[split.symbol] = found.get(split.symbol, 1.0) * split.ratio
    return found


def rows(
    snapshots: Iterable[TickerSnapshot], basis: Basis, session: Session, now: int
) -> Iterator[Enriched]:
    """One row a ticker. Its price is unknown until it has traded in `session`."""
    for shot in snapshots:
        symbol = shot.symbol
        ratio = basis.ratios.get(symbol)
        price = shot.price if fresh(shot, session) else None
        previous = previous_close(shot, basis.closes.get(symbol), ratio)
        change = None
        if price is not None and previous is not None:
            change = (price / previous - 1.0) * 100.0
        volume = shot.volume if price is not None else None
        halt = basis.halts.get(symbol) if basis.halts is not None else None
        yield Enriched(
            symbol,
            price,
            change,
            volume,
            _spread(shot),
            _listed(basis.assets, symbol),
            previous,
            _premarket(volume, symbol, basis, session, now),
            halted=None if basis.halts is None else halt is not None and halt.resumed is None,
            resumed_min=_resumed(halt, now),
            split=ratio,
            pace=_pace(volume, basis.volumes.get(symbol), ratio),
        )


def sieved(
    shots: Sequence[TickerSnapshot],
    basis: Basis,
    floor: Floor,
    most: int,
) -> tuple[list[TickerSnapshot], int]:
    """The snapshots worth a row, and how many are not: what moved less than `floor` is left out,
    but for the `most` that come nearest to it. A market is large, and hardly any of it moves.
    """
    least, either, kept = floor
    near: list[TickerSnapshot] = []
    far: list[tuple[float, TickerSnapshot]] = []
    for shot in shots:
        symbol = shot.symbol
        close, price = basis.closes.get(symbol), shot.price
        if symbol in kept or close is None or price is None or symbol in basis.ratios:
            near.append(shot)
            continue
        change = (price / close - 1.0) * 100.0 if close > 0.0 else 0.0
        moved = abs(change) if either else change
        if moved >= least:
            near.append(shot)
        else:
            far.append((moved, shot))
    nearest = nlargest(most, far, key=itemgetter(0))
    return near + [shot for _, shot in nearest], len(far) - len(nearest)


def fresh(shot: TickerSnapshot, session: Session) -> bool:
    """It traded in `session`, or nobody says when."""
    price = known(shot.price)
    return price is not None and price > 0.0 and (not shot.ts or shot.ts >= session.pre_open)


def previous_close(shot: TickerSnapshot, close: float | None, ratio: float | None) -> float | None:
    """The last regular close in shares of today.

    `close` is on the basis of its own day, so a split divides it. The vendor's own word, where
    there is nothing else, may be on either basis: with a split it is read on the one that lies
    nearer to the price.
    """
    if close is not None and close > 0.0:
        return close / ratio if ratio else close
    told, price = known(shot.previous), known(shot.price)
    if told is None or told <= 0.0:
        return None
    if not ratio or price is None or price <= 0.0:
        return told
    return min(told, told / ratio, key=lambda basis: abs(log(price / basis)))


def _pace(volume: float | None, before: float | None, ratio: float | None) -> float | None:
    """Today's volume against that of the last session, in shares of today."""
    if volume is None or not before:
        return None
    return volume / (before * ratio if ratio else before)


def _spread(shot: TickerSnapshot) -> float | None:
    bid, ask = shot.bid, shot.ask
    if bid is None or ask is None or bid <= 0.0 or ask < bid:
        return None
    return 2.0 * (ask - bid) / (ask + bid)


def _listed(assets: Mapping[str, bool] | None, symbol: str) -> bool | None:
    return None if assets is None else assets.get(symbol, False)


def _premarket(
    volume: float | None, symbol: str, basis: Basis, session: Session, now: int
) -> float | None:
    """Before the opening all volume is of before the opening; after it, what was last seen."""
    return volume if now <= session.open else basis.premarket.get(symbol)


def _resumed(halt: Halt | None, now: int) -> float | None:
    if halt is None or halt.resumed is None or halt.resumed > now:
        return None
    return (now - halt.resumed) / MINUTE
