from math import inf, nan

import pytest

from tradeplat.core.errors import BadInput
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity


def test_a_fixed_quantity_never_asks_for_equity() -> None:
    def never() -> float:
        raise AssertionError

    assert FixedQuantity(7).quantity(10.0, nan, never) == 7


@pytest.mark.parametrize("quantity", [0.0, -1.0, inf, nan])
def test_a_quantity_that_is_none_is_refused(quantity: float) -> None:
    with pytest.raises(BadInput, match="expected a quantity above 0"):
        FixedQuantity(quantity)
