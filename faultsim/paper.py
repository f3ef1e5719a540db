"""Holds what a session believes against what its journal says, while both are at rest."""

import json
from typing import Any

from tradeplat.app.live import Live
from tradeplat.core.journal import Kind
from tradeplat.journal.writer import SOURCE as DISK

_RECORDS = "SELECT seq, kind, body FROM journal WHERE seq > ? ORDER BY seq"
_OF_A_START = frozenset({Kind.EPOCH, Kind.RECON})
"""What a start may write though nothing happened: that it began and agreed."""
_OF_THE_MARKET = frozenset({"ts", "equity", "high_water"})
"""What a snapshot may tell where nothing happened: prices go on."""


def differs(live: Live) -> str:
    """What memory and journal do not agree about, empty when they do: a restart would find other
    orders, positions, cash or conditions than those that stand now.
    """
    journal = live.journal
    if journal.dead or not journal.idle:
        return ""
    kept, book = journal.store.kept, live.desks.tracker
    for order in [*book.open_orders.values(), *kept.orders.values()]:
        ours, written = book.order(order.id), kept.orders.get(order.id)
        if ours is None or written is None:
            return f"{order.id} is in {'the journal' if ours is None else 'memory'} alone"
        if (ours.state, ours.filled) != (written.state, written.filled):
            told = f"{written.state} {written.filled}"
            return f"{order.id} is {ours.state} {ours.filled} here, {told} in the journal"
    held = {key: p.quantity for key, p in book.holdings.items() if p.quantity}
    written_held = {key: p.quantity for key, p in kept.holdings.items() if p.quantity}
    if held != written_held:
        return f"we hold {held}, the journal says {written_held}"
    if kept.cash is not None and kept.cash != book.cash:
        return f"our cash is {book.cash}, in the journal {kept.cash}"
    return _conditions(live)


def _conditions(live: Live) -> str:
    now, standing = live.clock.now(), live.desks.house.conditions
    for condition in live.journal.store.kept.conditions.values():
        if condition.source != DISK and not 0 < condition.until <= now:
            stands = standing.asked(condition.source, condition.scope)
            if stands is None or stands.rank < condition.rank:
                return f"{condition.source} asked {condition.mode} ({condition.why}), not any more"
    return ""


def last(live: Live) -> int:
    """The number of the last record."""
    return live.journal.store.kept.seq


def news(live: Live, since: int) -> list[str]:
    """Records after `since` that a start had no reason to write, where nothing happened."""
    if live.journal.dead:
        return []
    rows: list[Any] = live.journal.store.connection().execute(_RECORDS, (since,)).fetchall()
    return [
        f"{number} {_text(kind)} {_text(body)[:160]}"
        for number, kind, body in rows
        if _text(kind) not in _OF_A_START and not _of_the_market(_text(kind), _text(body))
    ]


def _of_the_market(kind: str, body: str) -> bool:
    told = json.loads(body) if kind == Kind.SNAPSHOT else {"": kind}
    return {name for name, value in told.items() if value != ""} <= _OF_THE_MARKET


def standing(live: Live, *, owners: bool) -> tuple[object, ...]:
    """How a book stands, for comparison: open orders, positions, cash; with `owners` whose a
    position is and what protects it.
    """
    book = live.desks.tracker
    orders = sorted((o.id, o.state.value, str(o.filled)) for o in book.open_orders.values())
    if owners:
        held = [
            (*key, f"{p.quantity:f}", *map(str, book.holding(*key)[3:]))
            for key, p in book.holdings.items()
            if p.quantity
        ]
    else:
        held = [(s, f"{p.quantity:f}") for s, p in book.positions.items() if p.quantity]
    return tuple(orders), tuple(sorted(held)), f"{book.cash:f}"


def _text(column: bytes | str) -> str:
    return column.decode(errors="replace") if isinstance(column, bytes) else str(column)
