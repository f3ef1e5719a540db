import pytest

from tradeplat.scanners.constant import NEVER, ConstantStockListManager


async def test_the_list_is_the_one_given_cleaned_and_in_order() -> None:
    scanner = ConstantStockListManager(("bac ", "IBM", "BAC"))
    await scanner.update()
    assert scanner.get_active_stock_list() == ["BAC", "IBM"]
    assert [(row.symbol, row.active) for row in scanner.explain()] == [("BAC", True), ("IBM", True)]
    assert scanner.quiet_until(5) == NEVER


def test_an_empty_list_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one symbol"):
        ConstantStockListManager(())
