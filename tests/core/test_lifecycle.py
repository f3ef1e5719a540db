import subprocess
import sys
from pathlib import Path

import pytest

from tradeplat.core.lifecycle import (
    LIFECYCLE,
    OPEN_STATES,
    TRANSITIONS,
    OrderState,
    legal,
    transitions,
)

ROOT = Path(__file__).resolve().parents[2]
S = OrderState
CLOSED = sorted(set(S) - OPEN_STATES)


def test_the_steps_are_t1_to_t29_in_order() -> None:
    assert [step.number for step in LIFECYCLE] == list(range(1, 30))
    assert all(step.event and step.rule for step in LIFECYCLE)


def test_every_legal_move_but_the_loss_from_sight_is_a_step() -> None:
    for before, after in TRANSITIONS.items():
        for state in after:
            step = any(before in step.before and state in step.after for step in LIFECYCLE)
            assert step or (state is S.UNKNOWN and before in OPEN_STATES)


def test_a_table_without_steps_leads_nowhere_but_out_of_sight() -> None:
    assert set(transitions(()).values()) == {frozenset(), frozenset({S.UNKNOWN})}


def test_every_state_can_be_reached_and_every_open_one_left() -> None:
    begun = {state for step in LIFECYCLE if not step.before for state in step.after}
    reached, found = set(begun), set(begun)
    while found:
        found = {after for state in found for after in TRANSITIONS[state]} - reached
        reached |= found
    assert reached == set(S)
    for state in OPEN_STATES:
        assert TRANSITIONS[state] - OPEN_STATES


@pytest.mark.parametrize("state", CLOSED)
def test_an_order_that_is_over_is_never_merely_on_its_way_again(state: OrderState) -> None:
    given_up = {S.ABANDONED, S.REJECTED, S.NOT_PLACED}
    assert legal(state, S.WORKING) is (state in given_up)
    assert legal(state, state)


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_open_states_may_be_told_in_any_order(state: OrderState) -> None:
    assert all(legal(state, told) for told in OPEN_STATES)


def test_a_refused_order_cannot_fill() -> None:
    assert not legal(S.DENIED, S.FILLED)
    assert legal(S.CANCELED, S.FILLED)


def test_the_page_says_what_the_table_says() -> None:
    check = [sys.executable, str(ROOT / "scripts" / "lifecycle.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
