from math import nan

from tradeplat.risk.sizing.fixed_quantity import FixedQuantity


def test_a_fixed_quantity_never_asks_for_equity() -> None:
    def never() -> float:
        raise AssertionError

    assert FixedQuantity(7).quantity(10.0, nan, never) == 7
