"""What is judged in the moment it happens, though it would heal."""

import asyncio

import pytest

from faultsim.schedule import Kind, Schedule, Step
from faultsim.world import simulate
from tradeplat.app.recovery import Ownership
from tradeplat.execution.account import AccountWatch
from tradeplat.execution.flatten import Killer
from tradeplat.risk.gate import RiskGate


def _world(*steps: Step) -> Schedule:
    return Schedule(seed=3, kind=Kind.PLAIN, trading=12.0, chance=0.7, steps=steps)


LOST = _world(
    Step(3.0, "venue", {"name": "request_lost", "times": 3, "path": "/v2/orders", "method": "POST"})
)


def _says_nothing(*_: object) -> str:
    return ""


def test_whoever_keeps_the_rules_is_not_blamed() -> None:
    outcome = simulate(LOST)
    assert outcome.passed, outcome.violations


def test_an_order_that_was_sent_is_not_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_miss(self: object, doubt: object) -> bool:
        return True

    monkeypatch.setattr("tradeplat.execution.doubts.Doubts._missed", one_miss)
    first = simulate(LOST).violations[0]
    assert first.invariant == "I2"
    assert "is not_placed" in first.words


def test_nothing_leaves_without_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ownership, "objection", _says_nothing)

    async def never(self: Ownership) -> None:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(Ownership, "run", never)
    outcome = simulate(_world(Step(3.0, "lease")))
    assert "the account is not ours" in outcome.violations[0].words


def test_nothing_but_what_closes_leaves_after_a_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Killer, "objection", _says_nothing)
    monkeypatch.setattr(AccountWatch, "objection", _says_nothing)
    monkeypatch.setattr(RiskGate, "objection", _says_nothing)
    monkeypatch.setattr("tradeplat.desk.floor.Floor.on_condition", lambda *_: False)
    outcome = simulate(_world(Step(4.0, "keys", {"keys": "KK"})))
    assert outcome.violations
    assert any("killed" in one.words for one in outcome.violations), outcome.violations
