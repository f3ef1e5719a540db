import pytest

from faultsim import fingers
from faultsim.fingers import Fingers
from faultsim.schedule import Kind, Schedule, Step, schedule
from faultsim.world import simulate
from tradeplat.app.handling import Hands
from tradeplat.core.errors import BadInput

BUY = {"symbol": 0, "side": "buy", "shares": 7.0, "stop": 0.5}


def hand(at: float, do: str, **body: object) -> Step:
    return Step(at, "hand", {"do": do, "body": body})


def test_a_window_s_keys_buy_and_sell_in_a_simulated_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Armed, bought once however long the key is held, half of it sold, the rest closed."""
    told: list[str] = []
    before = Hands._told

    def heard(self: Hands, what: str, symbol: str, verdicts, call):
        came = before(self, what, symbol, verdicts, call)
        told.append(what if came.done else str(came.detail.get("code")))
        return came

    monkeypatch.setattr(Hands, "_told", heard)
    steps = (
        hand(5.9, "enter", **BUY),
        hand(6.0, "arm"),
        hand(6.1, "enter", **BUY),
        hand(6.13, "enter", **BUY),
        hand(7.0, "leave", symbol=0, part=0.5),
        hand(8.0, "leave", symbol=0, part=1.0),
        hand(12.0, "withdraw"),
    )
    plan = Schedule(seed=1, kind=Kind.PLAIN, symbols=1, trading=14.0, chance=0.0, steps=steps)
    outcome = simulate(plan)
    assert outcome.passed, outcome.violations
    assert told == ["buy", "close", "close"]
    assert outcome.fills >= 3


def test_some_schedules_of_each_kind_trade_by_hand() -> None:
    for kind in Kind:
        pressed = [
            sum(step.deed == "hand" for step in schedule(seed, kind).steps) for seed in range(16)
        ]
        assert sum(count > 0 for count in pressed) == 2


def test_a_key_that_there_is_not_is_a_fault_of_the_schedule() -> None:
    class Session:
        """Nothing is asked of it."""

    class Known:
        def __init__(self, ground: object) -> None:
            """Stand on nothing."""

        def deeds(self) -> dict[str, object]:
            return {}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fingers, "Hands", Known)
        patch.setattr(fingers, "_ground", lambda live: live)
        with pytest.raises(BadInput, match="hand 'dance'"):
            Fingers().press(Session(), "dance", {})
