from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.risk.used import DAY, Used

KEY = ("s", "A", Purpose.ENTRY)


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 50)), max_size=60))
def test_each_intent_of_a_day_is_remembered_whatever_their_order(asked) -> None:
    used, kept = Used(), {}
    for at, (symbol, cause) in enumerate(asked):
        key = ("s", symbol, Purpose.ENTRY)
        assert used.before(key, cause) == kept.get((symbol, cause))
        if (symbol, cause) not in kept:
            used.add(key, cause, at)
            kept[symbol, cause] = at


def test_purposes_and_strategies_are_apart() -> None:
    used = Used()
    used.add(KEY, 5, 6)
    assert used.before(("s", "A", Purpose.EXIT), 5) is None
    assert used.before(("t", "A", Purpose.ENTRY), 5) is None


@given(st.lists(st.integers(0, DAY), min_size=1, max_size=40))
def test_nothing_is_forgotten_within_a_day_and_memory_stays_bounded(gaps: list[int]) -> None:
    used, now, kept = Used(), 0, []
    for gap in gaps:
        now += gap
        used.add(KEY, now, now)
        kept.append(now)
        assert all(used.before(KEY, at) == at for at in kept if now - at < DAY)
    assert used.before(KEY, now + 1) is None


def test_old_intents_are_let_go() -> None:
    used = Used()
    for day in range(10):
        used.add(KEY, day * DAY, day * DAY)
    assert used.before(KEY, 9 * DAY) is not None
    assert used.before(KEY, 5 * DAY) is None


def test_orders_of_an_earlier_session_are_used() -> None:
    used = Used()
    sent = Order("o", "A", "s", Decimal(1), OrderType.MARKET, Purpose.ENTRY, 5, 6)
    used.recall([sent])
    assert used.before(KEY, 5) == 6
    assert used.before(KEY, 6) is None
