"""Our book held against the broker's: what each difference is, and what is to be done about it.

The broker is right about what exists, the journal about what we meant. These functions only
judge: they fetch nothing, change nothing, and nothing is ever traded to mend a difference. What
they ask for, once done, they do not ask for again.
"""

from collections.abc import Container, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from tradeplat.core.ids import is_ours
from tradeplat.core.journal import Correction
from tradeplat.core.orders import EXTERNAL, LEGS, Order, OrderState, Report
from tradeplat.core.ports import Account, Activity, ActivityKind
from tradeplat.core.position import NOTHING, Position

ZERO = Decimal(0)
_UNSENT = frozenset({OrderState.INTENT, OrderState.SENDING})
_MOVES = frozenset({ActivityKind.CORPORATE, ActivityKind.TRANSFER})

Held = Mapping[tuple[str, str], Position]
"""Positions by (strategy, symbol)."""


class Ask(NamedTuple):
    """An order of ours that the broker does not list: ask about its id."""

    order_id: str


class Apply(NamedTuple):
    """Fold a report: it may tell something new of an order that we know."""

    report: Report


class Met(NamedTuple):
    """An order at the venue that nobody here knows: ours by its prefix (T28), or not (T29)."""

    report: Report
    ours: bool


class Shrunk(NamedTuple):
    """The venue counts less filled than we do: to be confirmed before it is believed (T27)."""

    order_id: str
    filled: Decimal
    report: Report


class Missing(NamedTuple):
    """An open order that the broker neither lists nor knows by its id; judged by T11's rules."""

    order_id: str


Finding = Ask | Apply | Met | Shrunk | Missing


class Difference(NamedTuple):
    """Signed quantities of one symbol that do not agree; `average` is the broker's entry price."""

    symbol: str
    ours: Decimal
    theirs: Decimal
    average: Decimal

    @property
    def missing(self) -> Decimal:
        """What our count lacks, signed."""
        return self.theirs - self.ours


class Explained(NamedTuple):
    """Why a position differs: orders to be read (venue ids), and moves without any order."""

    orders: tuple[str, ...]
    corrections: tuple[Correction, ...]


class Untold(NamedTuple):
    """An order of which the broker's history tells what we do not count: to be read.

    `filled` is what it has filled in the end by that history, None where this does not say; `anew`
    when an execution of it was taken back or changed.
    """

    venue_id: str
    filled: Decimal | None
    anew: bool
    symbol: str = ""

    def takes_back(self, order: Order, report: Report) -> bool:
        """True when `report` takes back or changes what `order` filled, and the history agrees."""
        if report.venue_id != self.venue_id:
            return False
        if report.filled == order.filled:
            return self.anew and bool(order.filled) and report.average != order.average
        return report.filled < order.filled and self.filled in (None, report.filled)


class Stray(NamedTuple):
    """A protective leg that protects nothing: to be cancelled."""

    order_id: str
    why: str


def orders(
    known: Mapping[str, Order],
    listed: Iterable[Report],
    found: Mapping[str, Iterable[Report] | None],
) -> list[Finding]:
    """What to do about each order, of ours and of the venue's.

    `known` are our orders by id, open and closed; `listed` every open order of the venue with its
    legs; `found` what it answered about single ids, None where it knows no such order.
    """
    findings: list[Finding] = []
    heard: set[str] = set()
    answers = [report for told in found.values() if told is not None for report in told]
    for report in (*listed, *answers):
        heard.add(report.order_id)
        order = known.get(report.order_id)
        if order is None:
            if report.order is not None:
                findings.append(Met(report, is_ours(report.order_id)))
        elif report.filled < order.filled:
            findings.append(Shrunk(order.id, report.filled, report))
        elif news(order, report):
            findings.append(Apply(report))
    for order in known.values():
        if not order.open or order.id in heard or order.state in _UNSENT:
            continue
        if order.id not in found:
            findings.append(Ask(order.id))
        elif found[order.id] is None:
            findings.append(Missing(order.id))
    return findings


def news(order: Order, report: Report) -> bool:
    """True when `report` tells something of `order` that we do not know."""
    told = report.order
    return (
        report.filled > order.filled
        or report.state is not order.state
        or report.venue_id not in ("", order.venue_id)
        or (
            told is not None
            and order.open
            and (told.quantity, told.limit, told.stop) != (order.quantity, order.limit, order.stop)
        )
    )


def differences(
    ours: Mapping[str, Decimal], before: Account, after: Account
) -> list[Difference] | None:
    """Symbols whose position differs; None when the broker's own answers do.

    The positions are read before and after everything else: while they change nobody knows to
    which of them our count belongs.
    """
    if _quantities(before) != _quantities(after):
        return None
    told = {symbol: (quantity, average) for symbol, quantity, average in after.positions}
    found = []
    for symbol in sorted({*ours, *told}):
        theirs, average = told.get(symbol, (ZERO, ZERO))
        if ours.get(symbol, ZERO) != theirs:
            found.append(Difference(symbol, ours.get(symbol, ZERO), theirs, average))
    return found


def explain(
    difference: Difference,
    activities: Iterable[Activity],
    booked: Container[str],
    known: Mapping[str, Order],
    held: Held,
) -> Explained | None:
    """The broker's own record of what makes up the whole of `difference`; None when it has none.

    `booked` are ids of activities that were taken into account before, `known` our orders by the
    venue's id. Fills are explained by reading their order, known or not, so that nothing that is
    said of it later can be counted again.
    """
    mine = [activity for activity in activities if activity.symbol == difference.symbol]
    moves = [
        _moved(activity, difference, held)
        for activity in mine
        if activity.kind in _MOVES and activity.quantity and activity.id not in booked
    ]
    traded: dict[str, Decimal] = {}
    for venue_id, lines in _by_order(mine).items():
        order = known.get(venue_id)
        if order is None:
            traded[venue_id] = _grown(lines)
            continue
        for line in lines:
            if line.cumulative is not None:
                traded[venue_id] = (line.cumulative - order.filled) * order.side
    total = sum(traded.values(), ZERO) + sum((move.quantity for move in moves), ZERO)
    if total != difference.missing:
        return None
    return Explained(tuple(name for name, grown in traded.items() if grown), tuple(moves))


def untold(activities: Iterable[Activity], known: Mapping[str, Order]) -> list[Untold]:
    """Orders that have filled otherwise than we count, or had a fill taken back or changed.

    Of an order that we do not `know` by the venue's id all of it counts, unless it came to nothing.
    """
    found = []
    for venue_id, lines in _by_order(activities).items():
        order, filled = known.get(venue_id), lines[-1].cumulative
        anew = any(line.kind is not ActivityKind.FILL for line in lines)
        if order is None:
            differs = bool(_grown(lines))
        else:
            differs = anew or filled not in (None, order.filled)
        if differs:
            found.append(Untold(venue_id, filled, anew, lines[-1].symbol))
    return found


def adopt(difference: Difference, held: Held, ts: int, why: str) -> list[Correction]:
    """Take the broker's quantity, whoever's it is.

    Shares that are not there are taken from those who think they hold them, strangers first, so
    that nobody sells what does not exist; shares nobody bought here are nobody's here.
    """
    symbol, missing = difference.symbol, difference.missing
    made = []
    holders = sorted(
        ((name, at) for (name, what), at in held.items() if what == symbol and at.quantity),
        key=lambda holder: (holder[0] != EXTERNAL, -abs(holder[1].quantity), holder[0]),
    )
    for name, position in holders:
        if missing and position.quantity * missing < 0:
            part = min(abs(missing), abs(position.quantity)).copy_sign(missing)
            missing -= part
            made.append(Correction(symbol, name, part, position.average, why=why, ts=ts))
    if missing:
        price = difference.average or held.get((EXTERNAL, symbol), NOTHING).average
        made.append(Correction(symbol, EXTERNAL, missing, price, why=why, ts=ts))
    return made


def netting(symbol: str, held: Held, ts: int) -> list[Correction]:
    """What somebody else traded against strategies' shares is taken from, or given to, these.

    The account is one: a strategy that went on counting on shares which were sold elsewhere would
    sell them once more. Each pair of corrections leaves the account's position and cash alone.
    """
    outside = held.get((EXTERNAL, symbol), NOTHING)
    left, price = outside.quantity, outside.average
    why = "traded elsewhere on the same account"
    holders = sorted(
        (
            (name, at.quantity)
            for (name, what), at in held.items()
            if what == symbol and name != EXTERNAL and at.quantity * left < 0
        ),
        key=lambda holder: (-abs(holder[1]), holder[0]),
    )
    made = []
    for name, quantity in holders:
        part = min(abs(left), abs(quantity)).copy_sign(left)
        if not part:
            break
        left -= part
        made.append(Correction(symbol, EXTERNAL, -part, price, why=why, ts=ts))
        made.append(Correction(symbol, name, part, price, why=why, ts=ts))
    return made


def strays(known: Mapping[str, Order], held: Held) -> list[Stray]:
    """Protective legs of ours that protect nothing: their position is gone or turned over.

    A leg whose entry may still fill waits for it, and one that is being cancelled is on its way.
    """
    found = []
    for order in known.values():
        if not order.open or order.purpose not in LEGS or order.strategy == EXTERNAL:
            continue
        entry = known.get(order.parent)
        if order.state is OrderState.CANCEL_PENDING or (entry is not None and entry.open):
            continue
        quantity = held.get((order.strategy, order.symbol), NOTHING).quantity
        if quantity * order.side >= 0:
            found.append(Stray(order.id, f"it protects nothing: {quantity:+f} held"))
    return found


def _moved(activity: Activity, difference: Difference, held: Held) -> Correction:
    """A split or a transfer: of the one strategy that holds the symbol, else nobody's."""
    holders = [name for (name, what), at in held.items() if what == activity.symbol and at.quantity]
    owner = holders[0] if len(holders) == 1 and difference.ours else EXTERNAL
    return Correction(
        activity.symbol,
        owner,
        activity.quantity,
        activity.price or ZERO,
        activity.cash,
        why=f"{activity.kind} {activity.id} {activity.words}".strip(),
        ts=activity.ts,
    )


def _by_order(activities: Iterable[Activity]) -> dict[str, list[Activity]]:
    """What happened to each order, by the venue's id, oldest first."""
    told: dict[str, list[Activity]] = {}
    for activity in activities:
        if activity.kind.of_order and activity.venue_id:
            told.setdefault(activity.venue_id, []).append(activity)
    return told


def _grown(lines: Iterable[Activity]) -> Decimal:
    """Signed shares that one order's executions come to: what is corrected counts as it is now."""
    total, sizes = ZERO, dict[str, Decimal]()
    for line in lines:
        before = ZERO
        if line.kind is ActivityKind.CORRECTION:
            before = sizes.get(line.corrects, ZERO)
        total += line.quantity - before
        sizes[line.exec_id] = line.quantity
    return total


def _quantities(account: Account) -> dict[str, Decimal]:
    return {symbol: quantity for symbol, quantity, _ in account.positions if quantity}
