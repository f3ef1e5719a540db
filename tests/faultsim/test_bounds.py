"""What may be at stake, and what a process may keep."""

import pytest

from faultsim import bounds
from faultsim.schedule import Kind, Schedule
from faultsim.world import simulate

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
