from decimal import Decimal

import pytest

from tradeplat.core.errors import BadInput
from tradeplat.sim.options import FREE, Costs, MatchOptions


def test_slippage_is_one_thing_or_the_other() -> None:
    with pytest.raises(BadInput, match="slippage_ticks and slippage_pct"):
        Costs(slippage_ticks=1.0, slippage_pct=0.001)


def test_negative_costs_and_empty_caps_are_refused_by_name() -> None:
    with pytest.raises(BadInput, match=r"costs\.commission: found -1"):
        Costs(commission=-1.0)
    with pytest.raises(BadInput, match="volume_cap: found 0"):
        MatchOptions(volume_cap=0.0)


def test_money_is_exact() -> None:
    assert FREE.total(Decimal(100), 3) == 0
    assert Costs(fee_per_trade=1.0).total(Decimal(100), 2) == 2
    assert Costs(commission=0.005).total(Decimal(688), 1) == Decimal("3.44")
    assert Costs(commission=0.005, least=1.0).total(Decimal(100), 1) == 1
