"""Orders, reports and whole days of them, for tests of the order journal."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st

from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.errors import Corrupt
from tradeplat.core.ids import client_order_id, intent_key
from tradeplat.core.journal import Recovered, SeatState
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose, Report
from tradeplat.journal.entries import (
    Entry,
    Imposed,
    Intended,
    Moved,
    Noted,
    Reported,
    Seated,
    Stamped,
)
from tradeplat.journal.orders import About, OrderStore
from tradeplat.journal.shelf import Opening, open_journal

S = OrderState
ABOUT = About("paper", "acct-1", "2026-01-05")
START = 1_767_623_400_000_000_000


def meant(n: int, quantity: int = 10, symbol: str = "AAA", strategy: str = "ema") -> Order:
    cause = START + n
    key = intent_key("acct-1", strategy, symbol, Purpose.ENTRY, cause, 0)
    return Order(
        client_order_id(key, cause),
        symbol,
        strategy,
        Decimal(quantity),
        OrderType.MARKET,
        Purpose.ENTRY,
        cause,
        cause + 1,
    )


def said(
    order: Order, state: OrderState, filled: int = 0, price: int = 5, exec_id: str = ""
) -> Report:
    average = Decimal(price) if filled else None
    return Report(
        order.id,
        order.symbol,
        state,
        START + 9,
        Decimal(filled),
        average,
        venue_id=f"v-{order.id[-8:]}",
        exec_id=exec_id,
    )


def killed(why: str = "asked", mode: Mode = Mode.KILLED) -> Condition:
    return Condition("operator", "", mode, "KILLED", why, "tester", START)


def stamped(*entries: Entry, at: int = START) -> list[Stamped]:
    return [Stamped(at + n, n, entry) for n, entry in enumerate(entries)]


def begin(folder: Path, about: About = ABOUT, run: str = "run-1") -> tuple[OrderStore, Recovered]:
    return open_journal(folder, about, Opening(START, 0, run, "0", reserve=0))


def life(n: int, quantity: int = 10, symbol: str = "AAA") -> list[Entry]:
    """An order from intent to its last fill."""
    order = meant(n, quantity, symbol)
    size = abs(quantity)
    return [
        Intended(order),
        Moved(order.id, S.SENDING, ""),
        Reported(said(order, S.WORKING)),
        Reported(said(order, S.PARTIAL, size // 2, exec_id=f"x{n}a")),
        Reported(said(order, S.FILLED, size, 6, exec_id=f"x{n}b")),
    ]


def carried(told: Recovered) -> tuple[object, ...]:
    """What has to be the same after any restart."""
    return (
        {order.id: order for order in told.orders},
        told.holdings,
        told.cash,
        {(c.source, c.scope): c for c in told.conditions},
        told.intent_keys,
        told.high_water,
    )


@st.composite
def days(draw: st.DrawFn) -> Sequence[Entry]:
    """What may be written in a day: orders living at once, conditions, notes, memories."""
    count = draw(st.integers(1, 5))
    orders = [meant(n, draw(st.sampled_from([10, -7, 3])), f"S{n % 2}") for n in range(count)]
    lives: list[list[Entry]] = []
    for order in orders:
        size = int(abs(order.quantity))
        steps: list[Entry] = [Intended(order)]
        for _ in range(draw(st.integers(0, 4))):
            state = draw(st.sampled_from([S.WORKING, S.PARTIAL, S.CANCELED, S.FILLED, S.UNKNOWN]))
            if draw(st.booleans()):
                filled = draw(st.integers(0, size))
                steps.append(Reported(said(order, state, filled, draw(st.integers(1, 9)))))
            else:
                steps.append(Moved(order.id, draw(st.sampled_from(sorted(S))), "drawn"))
        lives.append(steps)
    lives.append(draw(st.lists(_others(), max_size=4)))
    day: list[Entry] = []
    while any(lives):
        lives = [steps for steps in lives if steps]
        day.append(lives[draw(st.integers(0, len(lives) - 1))].pop(0))
    return day


def _others() -> st.SearchStrategy[Entry]:
    modes = st.sampled_from(sorted(Mode))
    scopes = st.sampled_from(["", "AAA", "@ema"])
    return st.one_of(
        st.builds(lambda mode, scope: Imposed(Condition("operator", scope, mode)), modes, scopes),
        st.just(Noted("NOTE", {"what": "tea", "order_id": "tp1-x"})),
        st.just(Noted("SNAPSHOT", {"ts": 1, "cash": "1000", "high_water": "1200"})),
        st.just(
            Noted(
                "CORRECTION",
                {"symbol": "S0", "strategy": "ema", "quantity": "-2", "price": "4", "cash": "8"},
            )
        ),
        st.builds(
            lambda ts: Seated(SeatState("ema", "S0", ts, {"fields": {"a": ts}})), st.integers(0, 9)
        ),
    )


def all_well(faults: Sequence[Corrupt | None]) -> bool:
    return not any(faults)
