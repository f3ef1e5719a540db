from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.errors import BadInput
from tradeplat.risk.sizing.fixed_risk import FixedRisk


@given(
    st.floats(1.0, 1_000.0),
    st.floats(0.001, 0.5),
    st.floats(1_000.0, 1e7),
    st.floats(0.0, 0.05),
    st.floats(0.0, 0.05),
)
def test_the_loss_at_the_stop_with_costs_is_at_most_the_budget(
    price: float, away: float, equity: float, slippage: float, commission: float
) -> None:
    stop = price * (1.0 - away)
    sizer = FixedRisk(0.005, slippage=slippage, commission=commission, fee_per_trade=1.0)
    shares = sizer.quantity(price, stop, lambda: equity)
    loss = shares * (price - stop + 2 * slippage + 2 * commission) + 2.0
    assert shares == 0.0 or loss <= 0.005 * equity * (1 + 1e-9)


def test_an_entry_without_a_stop_is_sized_by_the_default_distance() -> None:
    sizer = FixedRisk(0.01, default_stop=0.02, slippage=0.0)
    assert sizer.quantity(50.0, nan, lambda: 10_000.0) == 100.0


def test_a_budget_eaten_by_fees_buys_nothing() -> None:
    assert FixedRisk(0.001, fee_per_trade=10.0).quantity(50.0, 49.0, lambda: 1_000.0) == 0.0


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ("risk_fraction", 0.0),
        ("risk_fraction", 1.5),
        ("default_stop", 0.0),
        ("slippage", -0.01),
        ("commission", nan),
        ("fee_per_trade", inf),
    ],
)
def test_impossible_arguments_are_named(key: str, number: float) -> None:
    with pytest.raises(BadInput, match=f"fixed_risk: expected .*{key}.*, found"):
        FixedRisk(**{key: number})
