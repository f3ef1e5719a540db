from decimal import Decimal

import pytest

from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderType, Purpose, Refused
from tradeplat.risk.modes import objection, refusal
from worlds import EXIT, LONG, World, bar, filled

NOW = 60 * SECOND
CODES = {Mode.REDUCE_ONLY: "MODE", Mode.CANCEL_ONLY: "MODE", Mode.KILLED: "KILLED"}


def held(scope: str, mode: Mode, code: str = "") -> World:
    """A world that holds 100 A, and then is in `mode`."""
    made = World(lambda _: {})
    for symbol in "AB":
        made.market.tapes[symbol].on_bar(bar(symbol, 1))
    order = made.gate.review("A", "s", LONG, 1, 1)
    assert isinstance(order, Order)
    made.tracker.register(order)
    made.floor.on_report(filled(order, Decimal(100)), 2)
    code = code or CODES.get(mode, "")
    made.floor.on_condition(Condition("test", scope, mode, code, "why", "ann", NOW), NOW)
    return made


def answer(verdict: Order | Refused) -> str:
    return verdict.code if isinstance(verdict, Refused) else "order"


def answers(made: World) -> tuple[str, str, str]:
    return (
        answer(made.gate.review("A", "s", LONG, NOW, NOW)),
        answer(made.gate.review("A", "s", EXIT, NOW, NOW)),
        answer(made.gate.flatten("A", "s", NOW, NOW)),
    )


@pytest.mark.parametrize("scope", ["", "A", "@s"])
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Mode.NORMAL, ("order", "order", "order")),
        (Mode.REDUCE_ONLY, ("MODE", "order", "order")),
        (Mode.CANCEL_ONLY, ("MODE", "MODE", "order")),
        (Mode.KILLED, ("KILLED", "KILLED", "order")),
    ],
)
def test_a_mode_lets_pass_what_it_names_and_nothing_else(scope, mode, expected) -> None:
    assert answers(held(scope, mode)) == expected


@pytest.mark.parametrize("scope", ["B", "@t"])
def test_a_mode_is_nobody_elses(scope: str) -> None:
    assert answers(held(scope, Mode.KILLED)) == ("order", "order", "order")


@pytest.mark.parametrize("code", ["NO_LEASE", "ENV_MISMATCH"])
def test_an_account_that_is_not_ours_is_not_flattened_either(code: str) -> None:
    assert answers(held("", Mode.KILLED, code)) == (code, code, code)
    made = held("", Mode.KILLED, code)
    order = Order("x", "A", "s", Decimal(-1), OrderType.MARKET, Purpose.FLATTEN, 0, 0)
    assert made.gate.objection(order, NOW).startswith(code)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_an_approved_order_is_judged_again_before_it_leaves(purpose: Purpose) -> None:
    order = Order("x", "A", "s", Decimal(1), OrderType.MARKET, purpose, 0, 0)
    made = held("A", Mode.REDUCE_ONLY)
    late = made.gate.objection(order, NOW)
    assert bool(late) == (purpose is Purpose.ENTRY)
    made.floor.on_condition(Condition("other", "", Mode.KILLED, "KILLED", "why", "ann", NOW), NOW)
    late = made.gate.objection(order, NOW)
    assert bool(late) == (purpose is not Purpose.FLATTEN)
    made.floor.on_condition(Condition("other", "", Mode.NORMAL), NOW)
    made.floor.on_condition(Condition("test", "A", Mode.NORMAL), NOW)
    assert made.gate.objection(order, NOW) == ""


@pytest.mark.parametrize(
    ("code", "why", "said"),
    [
        ("KILLED", "enough", "Refused: trading killed at 00:01:00 UTC by ann: enough."),
        ("MODE", "", "Refused: A is reduce_only; only orders that reduce 7 are allowed."),
        ("NOT_RECONCILED", "", "Refused: account state not confirmed since 00:01:00 UTC."),
        ("STREAM_DOWN", "quotes is DOWN", "Refused: quotes is DOWN for 3.0 s."),
        ("HALTED", "T1", "Refused: A halted since 00:01:00 UTC (T1)."),
        ("NO_LEASE", "PA1", "Refused: this process does not own account PA1."),
        ("DAILY_LOSS", "P/L -9 (limit -8)", "Stopped for the day: P/L -9 (limit -8)."),
        ("MAX_DRAWDOWN", "drawdown 7 % (limit 6 %)", "Halted: drawdown 7 % (limit 6 %)."),
        ("LOSS_STREAK", "5 losses in a row", "Paused s: 5 losses in a row."),
        ("REJECT_LOOP", "rejected 3 times: no", "Paused A: rejected 3 times: no."),
        ("ENV_MISMATCH", "live order but account X is paper",
         "Refused: live order but account X is paper."),
    ],
)  # fmt: skip
def test_each_condition_speaks_in_the_words_of_the_table(code, why, said) -> None:
    condition = Condition("test", "A", Mode.REDUCE_ONLY, code, why, "ann", NOW)
    assert refusal(condition, "A", "s", Decimal(7), NOW + 3 * SECOND) == said


def test_the_message_names_what_is_restricted() -> None:
    account = Condition("test", "", Mode.CANCEL_ONLY)
    assert "the account is cancel_only" in refusal(account, "A", "s", Decimal(0), 0)
    strategy = Condition("test", "@s", Mode.REDUCE_ONLY)
    assert "strategy s is reduce_only" in refusal(strategy, "A", "s", Decimal(0), 0)


def test_a_pause_ends_by_itself() -> None:
    made = World(lambda _: {})
    pause = Condition("risk", "A", Mode.REDUCE_ONLY, "REJECT_LOOP", "", "", 0, 10)
    made.floor.on_condition(pause, 0)
    assert (
        objection((made.gate.conditions, made.gate.overrides), "A", "s", Purpose.ENTRY, 9) is pause
    )
    assert (
        objection((made.gate.conditions, made.gate.overrides), "A", "s", Purpose.ENTRY, 10) is None
    )
