"""What the standing conditions say to one order, in the words of the refusal table."""

from decimal import Decimal

from tradeplat.core.conditions import STRICTNESS, Condition, Conditions, Mode
from tradeplat.core.orders import Order, Purpose
from tradeplat.core.spoken import lasting, time_of_day
from tradeplat.risk.overrides import Overrides

_ALLOWED = {
    Purpose.ENTRY: STRICTNESS[Mode.NORMAL],
    Purpose.EXIT: STRICTNESS[Mode.REDUCE_ONLY],
    Purpose.STOP: STRICTNESS[Mode.REDUCE_ONLY],
    Purpose.TARGET: STRICTNESS[Mode.REDUCE_ONLY],
    Purpose.FLATTEN: STRICTNESS[Mode.KILLED],
}
"""The strictest mode in which an order of this purpose may still leave."""

_FOR_ALL = frozenset({"ENV_MISMATCH", "NO_LEASE"})
"""Codes that stop a flatten too: the account is not ours to touch."""

_WORDS = {
    "KILLED": "Refused: trading killed at {since} by {who}: {why}.",
    "MODE": "Refused: {named} is {mode}; only orders that reduce {held} are allowed.",
    "NOT_RECONCILED": "Refused: account state not confirmed since {since}.",
    "STREAM_DOWN": "Refused: {why} for {age}.",
    "HALTED": "Refused: {symbol} halted since {since} ({why}).",
    "NO_LEASE": "Refused: this process does not own account {why}.",
    "DAILY_LOSS": "Stopped for the day: {why}.",
    "MAX_DRAWDOWN": "Halted: {why}.",
    "LOSS_STREAK": "Paused {strategy}: {why}.",
    "LEVEL": "Stopped {strategy}: {why}.",
    "STOPPED": "Refused: stopped since {since} by {who}: {why}.",
    "REJECT_LOOP": "Paused {symbol}: {why}.",
    "API_BUDGET": "Deferred: API budget used {why}.",
}
"""What each code says; any other says why it refuses."""


Standing = tuple[Conditions, Overrides]
"""What stands against orders, and what a person lets pass all the same."""


def objection(
    standing: Standing, symbol: str, strategy: str, purpose: Purpose, now: int
) -> Condition | None:
    """The condition that forbids an order of this purpose at `now` (UTC ns), None without one."""
    conditions, overrides = standing
    for condition in conditions.standing.values():
        if condition.code in _FOR_ALL:
            return condition
    allowed = _ALLOWED[purpose]
    for condition in conditions.against(symbol, strategy, now):
        if condition.rank <= allowed:
            return None
        if not overrides.cover(condition.code, symbol, strategy, now):
            return condition
    return None


def refusal(condition: Condition, symbol: str, strategy: str, held: Decimal, now: int) -> str:
    """Why `condition` forbids an order, the account holding `held` of `symbol`."""
    scope = condition.scope
    named = symbol if scope == symbol else f"strategy {strategy}" if scope else "the account"
    return _WORDS.get(condition.code, "Refused: {why}.").format(
        why=condition.why,
        who=condition.who,
        since=time_of_day(condition.ts),
        age=lasting(now - condition.ts),
        mode=condition.mode,
        named=named,
        symbol=symbol,
        strategy=strategy,
        held=held,
    )


def late_objection(standing: Standing, order: Order, held: Decimal, now: int) -> str:
    """Why an approved order may not leave after all, empty when it may: asked right before it is
    sent, for modes tighten while an order waits.
    """
    found = objection(standing, order.symbol, order.strategy, order.purpose, now)
    if found is None:
        return ""
    return f"{found.code}: {refusal(found, order.symbol, order.strategy, held, now)}"
