"""What may be at stake, and what a process may keep."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from faultsim import bounds
from faultsim.bounds import MOST_TRADES, Bounds
from faultsim.oracle import Oracle
from faultsim.schedule import Kind, Schedule
from faultsim.trace import Trace
from faultsim.world import simulate
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose
from tradeplat.core.tape import Tapes
from tradeplat.execution.tracker import PositionTracker

CALM = Schedule(seed=3, kind=Kind.PLAIN, trading=8.0, chance=0.5)


def _first(name: str, value: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(bounds, name, value)
    return str(simulate(CALM).violations[0])


def test_more_trades_than_allowed_are_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "makes 1 trades, 0 allowed" in _first("MOST_TRADES", 0, monkeypatch)


def test_more_money_in_a_symbol_than_allowed_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _first("MOST_POSITION", 1, monkeypatch).startswith("I6: ")


def test_tasks_that_pile_up_are_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "tasks are kept at rest, 3 expected" in _first("_TASKS", 3, monkeypatch)


def _entry(number: int, state: OrderState) -> Order:
    name = f"tp1-260105-{number:014d}-0"
    kind, why = OrderType.MARKET, Purpose.ENTRY
    return Order(name, f"S{number}", "s", Decimal(1), kind, why, 1, 1, state=state)


def _blamed(recovered: OrderState, *, works: bool | None, answer: int = 0) -> bool:
    """Whether an entry is blamed that is one too many by what was heard last: of those before it
    one was then recovered as `recovered`, and the venue has it open, ended, or (None) not at all.
    """
    oracle = Oracle(Trace(lambda: 0.0), "secret")
    heard = [_entry(number, OrderState.WORKING) for number in range(MOST_TRADES)]
    book = PositionTracker(Decimal(1000), Tapes())
    book.restore([replace(heard[0], state=recovered), *heard[1:]], {}, Decimal(1000))
    oracle.orders = {order.id: order for order in heard}
    oracle.posts = {heard[0].id: [answer]}
    if works is not None:
        oracle.venue_orders = [SimpleNamespace(client_id=heard[0].id, parent=None, open=works)]
    stage = SimpleNamespace(session=SimpleNamespace(desks=SimpleNamespace(tracker=book)))
    Bounds(stage, oracle).ordered(_entry(MOST_TRADES, OrderState.INTENT))
    return bool(oracle.violations)


def test_what_the_venue_ended_before_a_death_reserves_nothing_after_it() -> None:
    assert not _blamed(OrderState.CANCELED, works=False)
    assert not _blamed(OrderState.REJECTED, works=None, answer=403)


def test_what_may_still_fill_at_the_venue_counts_whatever_the_book_says() -> None:
    assert _blamed(OrderState.WORKING, works=True)
    assert _blamed(OrderState.UNKNOWN, works=None)
    assert _blamed(OrderState.CANCELED, works=True)
    assert _blamed(OrderState.NOT_PLACED, works=None)
