import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.conditions import (
    STOPPED,
    STRICTNESS,
    Condition,
    Conditions,
    Mode,
    strategy_scope,
)
from tradeplat.core.orders import MANUAL

KILL = Condition("operator", "", Mode.KILLED, "KILLED", "enough", "ann", 5)
DOWN = Condition("stream", "A", Mode.REDUCE_ONLY, "STREAM_DOWN", "bars are DOWN", "", 3)

CONDITIONS = st.builds(
    Condition,
    st.sampled_from(["operator", "stream", "reconcile"]),
    st.sampled_from(["", "A", "B", "@s", "@t"]),
    st.sampled_from(list(Mode)),
    st.sampled_from(["MODE", "KILLED"]),
    ts=st.integers(0, 9),
    until=st.integers(0, 3),
)


def test_all_is_normal_while_nothing_stands() -> None:
    conditions = Conditions()
    assert conditions.mode("A", "s") is Mode.NORMAL
    assert conditions.strictest("A", "s") is None
    assert not conditions.standing


def test_the_strictest_of_account_symbol_and_strategy_decides() -> None:
    conditions = Conditions()
    assert conditions.impose(DOWN)
    assert conditions.mode("A", "s") is Mode.REDUCE_ONLY
    assert conditions.mode("B", "s") is Mode.NORMAL
    assert conditions.impose(Condition("risk", strategy_scope("s"), Mode.CANCEL_ONLY))
    assert conditions.mode("A", "s") is Mode.CANCEL_ONLY
    assert conditions.mode("A", "t") is Mode.REDUCE_ONLY
    assert conditions.impose(KILL)
    assert conditions.strictest("A", "s") is KILL
    assert conditions.mode() is Mode.KILLED


def test_a_source_lifts_only_what_it_asked_itself() -> None:
    conditions = Conditions()
    conditions.impose(KILL)
    assert not conditions.impose(Condition("reconcile", "", Mode.NORMAL))
    assert conditions.mode() is Mode.KILLED
    assert conditions.impose(Condition("operator", "", Mode.NORMAL))
    assert conditions.mode() is Mode.NORMAL
    assert not conditions.standing


def test_asking_the_same_again_keeps_the_instant_and_the_reason_it_began_with() -> None:
    conditions = Conditions()
    conditions.impose(KILL)
    assert not conditions.impose(Condition("operator", "", Mode.KILLED, "KILLED", "x", "bob", 9))
    assert conditions.asked("operator") is KILL
    assert conditions.impose(Condition("operator", "", Mode.CANCEL_ONLY, "MODE", "", "bob", 9))
    assert conditions.mode() is Mode.CANCEL_ONLY


def test_a_condition_ends_by_itself_at_its_end() -> None:
    conditions = Conditions()
    conditions.impose(Condition("risk", "A", Mode.REDUCE_ONLY, "REJECT_LOOP", until=10))
    assert conditions.mode("A", "s", 9) is Mode.REDUCE_ONLY
    assert conditions.mode("A", "s", 10) is Mode.NORMAL
    assert conditions.impose(Condition("risk", "A", Mode.REDUCE_ONLY, "REJECT_LOOP", until=20))
    assert conditions.mode("A", "s", 10) is Mode.REDUCE_ONLY


def test_a_condition_survives_its_note() -> None:
    assert Condition.of(msgspec.json.decode(msgspec.json.encode(KILL.body()))) == KILL
    with pytest.raises(msgspec.ValidationError):
        Condition.of({"source": "x", "scope": "", "mode": "asleep"})


@given(st.lists(CONDITIONS, max_size=20), st.integers(0, 4))
def test_what_stands_is_the_last_word_of_each_source_on_each_scope(asked, now) -> None:
    conditions = Conditions()
    last: dict[tuple[str, str], Condition] = {}
    for condition in asked:
        conditions.impose(condition)
        last[condition.source, condition.scope] = condition
    standing = {key: c.mode for key, c in last.items() if c.mode is not Mode.NORMAL}
    assert {key: c.mode for key, c in conditions.standing.items()} == standing
    for symbol, strategy in (("A", "s"), ("B", "t"), ("", "")):
        scopes = ("", symbol, f"@{strategy}")
        ranks = [
            c.rank
            for c in conditions.standing.values()
            if c.scope in scopes and not 0 < c.until <= now
        ]
        assert STRICTNESS[conditions.mode(symbol, strategy, now)] == max(ranks, default=0)


def test_what_a_person_stops_is_stopped_for_strategies_alone() -> None:
    for scope in ("A", "@s", ""):
        stopped = Condition("operator", scope, Mode.REDUCE_ONLY, STOPPED)
        standing = Conditions()
        standing.impose(stopped)
        assert standing.mode("A", "s") is Mode.REDUCE_ONLY
        assert standing.mode("A", MANUAL) is Mode.NORMAL
        assert stopped.covers("A", "s")
        assert not stopped.covers("A", MANUAL)
        assert stopped.withdraws
        assert stopped.durable
