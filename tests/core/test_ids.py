import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.ids import client_order_id, intent_key, is_ours, other_day

DAY = 86_400_000_000_000


@given(
    st.text(min_size=1, max_size=40),
    st.text(min_size=1, max_size=12),
    st.integers(0, 4_000_000_000_000_000_000),
)
def test_an_id_is_short_ours_and_a_pure_function_of_the_intent(
    strategy: str, symbol: str, cause: int
) -> None:
    key = intent_key("PA1", strategy, symbol, "entry", cause, 0)
    order_id = client_order_id(key, cause)
    assert order_id == client_order_id(key, cause)
    assert len(order_id) <= 48
    assert is_ours(order_id)
    assert order_id != client_order_id(key, cause, attempt=1)


@given(st.integers(0, 47_000))
def test_the_date_in_an_id_is_the_causes_utc_date(day: int) -> None:
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    assert client_order_id("k", day * DAY).split("-")[1] == date.strftime("%y%m%d")


@pytest.mark.parametrize("field", range(6))
def test_every_part_of_the_intent_changes_the_id(field: int) -> None:
    parts: list[object] = ["acc", "ema", "BAC", "entry", 5, 0]
    other = list(parts)
    other[field] = 6 if isinstance(parts[field], int) else "other"
    ids = {client_order_id(intent_key(*p), 5) for p in (parts, other)}
    assert len(ids) == 2


def test_a_strangers_id_is_not_ours() -> None:
    assert not is_ours("61e69015-8549-4bfd-b9c3-01e75843f47d")


def test_an_id_of_another_day_is_told_by_the_date_of_this_one() -> None:
    order_id = client_order_id("k", 20_000 * DAY + 5)
    assert other_day(order_id, 20_000 * DAY + 6) == 0
    assert other_day(order_id, 20_001 * DAY) == 241005
    assert other_day("", 20_001 * DAY) == 241005
