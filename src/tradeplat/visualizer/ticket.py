"""An order before it is sent: what is written, and what it would come to at the market now. Pure.

The engine works all of this out again; here it is for eyes. `side` is +1 to buy, -1 to sell.
"""

from collections.abc import Mapping
from enum import StrEnum
from math import ceil, floor, inf, isfinite, nan
from typing import NamedTuple

from tradeplat.core.errors import BadInput

THROUGH_TICKS = 20
THROUGH_PART = 0.02
"""The engine lets no limit lie further through the market than so many ticks, nor than this part
of the price.
"""

WIDE_PART = 0.02
"""Nor does it follow a market whose quote is wider than this part of the price."""

SLACK = 1e-9
_MARGIN = 1.05
"""What of the buying power an order takes, with the part the engine keeps back."""


class Unit(StrEnum):
    """What a level is counted in: a price, or a distance from the price of the order."""

    PRICE = ""
    ATR = "ATR"
    PART = "%"
    RISK = "R"


class Level(NamedTuple):
    """A stop or target as it is written: `98.52`, `2 ATR`, `1.5 %`, or `2 R` for a target."""

    number: float
    unit: Unit = Unit.PRICE


class Written(NamedTuple):
    """What the fields of the order entry say; None is left to the engine's defaults."""

    shares: float | None = None
    limit: float | None = None
    stop: Level | None = None
    target: Level | None = None
    risk: float | None = None


class Terms(NamedTuple):
    """How the engine makes an order where nothing is said (its `terms`). A class of shares `under`
    a price has its own offset, in money or in ticks: (under, size, in ticks).
    """

    size: float = nan
    risk: float = nan
    offset: float = nan
    offset_part: float = 1.0
    stop: float = 0.0
    classes: tuple[tuple[float, float, bool], ...] = ()


class Market(NamedTuple):
    """What is known of a ticker; nan for what is not."""

    symbol: str
    bid: float = nan
    ask: float = nan
    last: float = nan
    tick: float = 0.01
    decimals: int = 2
    atr: float = nan


class Stock(NamedTuple):
    """What is there already: shares held `by_hand`, by everybody (`net`), and shares on their way
    in, bought (`buying`) and sold (`selling`), without sign; money that is left to buy with.
    """

    by_hand: float = 0.0
    net: float = 0.0
    buying: float = 0.0
    selling: float = 0.0
    power: float = inf


class Use(NamedTuple):
    """How much of a limit an order would take, all that is there already counted."""

    name: str
    used: float = 0.0
    bound: float = inf

    @property
    def part(self) -> float:
        """1.0 is all of it."""
        return self.used / self.bound if self.bound > 0 else inf


class Plan(NamedTuple):
    """What an order would come to: prices nan where nobody knows them; `why` it cannot be sent.

    `closes` says that it only takes from a position; `use` is the limit it comes nearest to.
    """

    side: int
    price: float
    shares: float
    stop: float
    target: float
    after: float
    use: Use
    closes: bool = False
    own_stop: bool = False
    why: str = ""

    @property
    def value(self) -> float:
        """Money that changes hands."""
        return self.price * self.shares

    @property
    def risk(self) -> float:
        """Money lost at the stop; nan where there is none."""
        return nan if self.closes else abs(self.price - self.stop) * self.shares


def terms(told: Mapping[str, float | None]) -> Terms:
    """The terms an engine tells of."""
    there = {name: value for name, value in told.items() if value is not None}
    classes = [
        (float(under), value, kind == "ticks")
        for kind, _, under, value in ((*name.partition("_under_"), v) for name, v in there.items())
        if under and kind in {"offset", "ticks"}
    ]
    return Terms(
        size=there.get("size", nan),
        risk=there.get("risk", nan),
        offset=there.get("offset", nan),
        offset_part=there.get("offset_part", 1.0),
        stop=there.get("stop", 0.0),
        classes=tuple(sorted(classes)),
    )


def number(text: str, field: str) -> float | None:
    """A number above nothing as a person writes it; None for nothing, BadInput for else."""
    text = text.strip().removeprefix("$").strip()
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = nan
    if not (isfinite(found) and found > 0) or "_" in text:
        raise BadInput(f"{field}: found {text!r}, expected a number such as 98.52")
    return found


def level(text: str, field: str) -> Level | None:
    """A stop or target as a person writes it; None for nothing, BadInput for else."""
    plain = text.strip().upper().replace(" ", "")
    unit = next((one for one in Unit if one and plain.endswith(one)), Unit.PRICE)
    if unit is Unit.RISK and field != "Target":
        raise BadInput(f"{field}: {text.strip()!r} counts in the stop itself, expected a price")
    try:
        found = number(plain.removesuffix(unit.value), field)
    except BadInput:
        like = "98.52, 2 ATR or 1 %" if field != "Target" else "98.52, 2 R, 2 ATR or 1 %"
        raise BadInput(f"{field}: found {text.strip()!r}, expected one like {like}") from None
    if found is None and plain:
        raise BadInput(f"{field}: found {text.strip()!r} without a number")
    return None if found is None else Level(found, unit)


def price_of(text: str) -> float:
    """The price that a text says; nan for a distance, nothing, or what says nothing sensible."""
    try:
        found = level(text, "")
    except BadInput:
        return nan
    return nan if found is None or found.unit else found.number


def written(fields: Mapping[str, str]) -> Written:
    """What the fields say; BadInput names the first that says nothing sensible."""
    return Written(
        number(fields.get("Qty", ""), "Qty"),
        number(fields.get("Limit", ""), "Limit"),
        level(fields.get("Stop", ""), "Stop"),
        level(fields.get("Target", ""), "Target"),
        number(fields.get("Risk $", ""), "Risk $"),
    )


def on_tick(price: float, tick: float, side: int) -> float:
    """The tick at a price, or the next one below for +1, above for -1."""
    steps = price / tick
    whole = floor(steps + SLACK) if side > 0 else ceil(steps - SLACK)
    return whole * tick


def met(side: int, market: Market) -> float:
    """What an order meets: the other side's quote, else the last price; nan for nothing."""
    found = market.ask if side > 0 else market.bid
    return found if isfinite(found) and found > 0 else market.last


def beyond(at: float, market: Market, by: Terms) -> float:
    """Money that the engine adds to the price an order meets, so that it fills."""
    mine = next((one for one in by.classes if at < one[0]), (inf, by.offset, False))
    wanted = mine[1] * market.tick if mine[2] else mine[1]
    return min(wanted, at * by.offset_part, THROUGH_TICKS * market.tick)


def plan(
    side: int,
    said: Written,
    market: Market,
    stock: Stock,
    by: Terms,
    limits: Mapping[str, float | None],
) -> Plan:
    """What an order on `side` would come to now."""
    wish = _wish(side, said, market, by)
    price = on_tick(wish, market.tick, side) if isfinite(wish) else nan
    if stock.by_hand * side < 0:
        return _closing(side, said, price, stock, by)
    stop, own = _stop(side, said, price, market, wish * (1.0 - side * by.stop) if by.stop else nan)
    target = _target(side, said, price, abs(price - stop), market)
    shares = _shares(said, price, stop, by)
    room = _room(side, price, stock, limits)
    if said.risk is not None and isfinite(shares):
        most = min(room.values())
        shares = max(min(shares, floor(most + SLACK) if isfinite(most) else shares), 0.0)
    use = max(_uses(side, price, shares, stock, limits), key=lambda one: one.part)
    why = _far(side, said, market, price) or _why(said, market, price, (stop, target), shares)
    after = stock.net + side * shares
    return Plan(side, price, shares, stop, target, after, use, own_stop=own, why=why)


def body(symbol: str, said: Written, made: Plan) -> dict[str, object]:
    """The body of the command `enter` for a plan of what is written."""
    found: dict[str, object] = {"symbol": symbol, "side": "buy" if made.side > 0 else "sell"}
    if said.risk is not None:
        found["risk"] = said.risk
    elif said.shares is not None:
        found["shares"] = said.shares
    if said.limit is not None:
        found["limit"] = said.limit
    return found if made.closes else found | levels(made)


def levels(made: Plan) -> dict[str, float]:
    """The stop and target that a plan brings itself: what the engine is not left to choose."""
    found = {"stop": made.stop} if made.own_stop and isfinite(made.stop) else {}
    return found | ({"target": made.target} if isfinite(made.target) else {})


def _wish(side: int, said: Written, market: Market, by: Terms) -> float:
    """The price that is meant, on a tick or not."""
    if said.limit is not None:
        return said.limit
    at = met(side, market)
    return at + side * beyond(at, market, by)


def _closing(side: int, said: Written, price: float, stock: Stock, by: Terms) -> Plan:
    """Against a position by hand an order takes of it, and opens nothing."""
    held = abs(stock.by_hand)
    wanted = by.size if said.shares is None else said.shares
    if said.risk is not None:
        apart = nan if said.stop is None or said.stop.unit else abs(price - said.stop.number)
        wanted = float(floor(said.risk / apart + SLACK)) if apart > SLACK else nan
    shares = min(held, wanted if isfinite(wanted) else held)
    after = stock.net + side * shares
    return Plan(side, price, shares, nan, nan, after, Use(""), closes=True)


def _stop(
    side: int, said: Written, price: float, market: Market, behind: float
) -> tuple[float, bool]:
    """The stop, and whether it is the one written: one on the wrong side is the other side's, and
    leaves the one `behind` the price that is set.
    """
    there = nan if said.stop is None else _away(-side, said.stop, price, market)
    own = said.stop is not None and (bool(said.stop.unit) or (price - there) * side > 0)
    found = there if own else behind
    return (on_tick(found, market.tick, side) if isfinite(found) else nan), own


def _target(side: int, said: Written, price: float, risk: float, market: Market) -> float:
    if said.target is None:
        return nan
    there = _away(side, said.target, price, market, risk)
    if not isfinite(there) or (there - price) * side <= 0:
        return nan
    return on_tick(there, market.tick, -side)


def _away(side: int, one: Level, price: float, market: Market, risk: float = nan) -> float:
    """A level as a price: itself, or so far from `price` on a side."""
    if one.unit is Unit.PRICE:
        return one.number
    far = {Unit.ATR: market.atr, Unit.PART: price / 100, Unit.RISK: risk}[one.unit]
    return price + side * one.number * far


def _shares(said: Written, price: float, stop: float, by: Terms) -> float:
    if said.risk is not None:
        apart = abs(price - stop)
        return float(floor(said.risk / apart + SLACK)) if apart > SLACK else nan
    return by.size if said.shares is None else said.shares


def _uses(
    side: int, price: float, shares: float, stock: Stock, limits: Mapping[str, float | None]
) -> list[Use]:
    """What the order takes of each limit that is told."""
    coming = stock.buying if side > 0 else stock.selling
    held = max(side * stock.net + coming + shares, 0.0)
    found = [Use("")]
    for name, key, used in (
        ("shares an order", "max_quantity", shares),
        ("order value", "max_notional", shares * price),
        ("position", "max_position", held * price),
    ):
        bound = limits.get(key)
        if bound is not None and isfinite(used):
            found.append(Use(name, used, bound))
    if stock.net * side < 0:
        # What a strategy holds: no order crosses zero.
        found.append(Use("shares held", shares, abs(stock.net)))
    if isfinite(stock.power) and isfinite(shares * price):
        found.append(Use("buying power", shares * price * _MARGIN, max(stock.power, 0.0)))
    return found


def _room(
    side: int, price: float, stock: Stock, limits: Mapping[str, float | None]
) -> dict[str, float]:
    """How many shares each limit leaves, by its name."""
    if not price > 0:
        return {"": inf}
    one = _uses(side, price, 1.0, stock, limits)
    none = _uses(side, price, 0.0, stock, limits)
    return {"": inf} | {
        more.name: (less.bound - less.used) / (more.used - less.used)
        for more, less in zip(one, none, strict=True)
        if more.used > less.used
    }


def _far(side: int, said: Written, market: Market, price: float) -> str:
    """Why the price is none to open at: too far through the market, or nobody's."""
    if said.limit is None:
        wide = (market.ask - market.bid) / market.ask if market.bid > 0 < market.ask else 0.0
        return f"the quote is {wide:.1%} wide" if wide > WIDE_PART else ""
    at = met(side, market)
    through = (price - at) * side
    if through > min(at * THROUGH_PART, THROUGH_TICKS * market.tick) + SLACK:
        return f"the limit is {through / at:.1%} through the market"
    return ""


def _why(
    said: Written, market: Market, price: float, levels: tuple[float, float], shares: float
) -> str:
    """What the engine would refuse it for, as far as can be seen from here."""
    stop, target = levels
    if not market.symbol:
        return "no symbol is chosen"
    if not 0 < price < inf:
        return "no price is known"
    if not isfinite(stop):
        atr = said.stop is not None and said.stop.unit is Unit.ATR
        return "too few bars for an ATR" if atr else "no stop is written, and none is set"
    if stop < market.tick / 2 or target < market.tick / 2:
        return f"the {'stop' if stop < market.tick / 2 else 'target'} lies below nothing"
    if not isfinite(shares) or shares <= 0:
        return "no share: the risk is less than one share loses" if said.risk else "no size is set"
    return ""
