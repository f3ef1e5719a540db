from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.instrument import Instrument, ticks_down, ticks_up

STOCK = Instrument("BAC")


@given(st.integers(100, 10_000_000))
def test_a_price_on_the_grid_stays_where_it_is(cents: int) -> None:
    exact = Decimal(cents) / 100
    assert STOCK.price_down(float(exact)) == exact
    assert STOCK.price_up(float(exact)) == exact


@given(st.floats(0.0001, 99_999.0))
def test_rounding_brackets_the_price_and_is_idempotent(price: float) -> None:
    tick = STOCK.tick_at(price)
    down, up = STOCK.price_down(price), STOCK.price_up(price)
    slack = float(tick) * 1e-8
    assert float(down) <= price + slack
    assert float(up) >= price - slack
    assert up - down in (0, tick)
    assert STOCK.price_down(float(up)) == up or STOCK.tick_at(float(up)) != tick


@pytest.mark.parametrize(
    ("price", "tick", "down", "up"),
    [(100.12, 0.25, 400, 401), (-100.12, 0.25, -401, -400), (0.3, 0.1, 3, 3)],
)
def test_ticks_work_for_any_grid_and_below_zero(
    price: float, tick: float, down: int, up: int
) -> None:
    assert (ticks_down(price, tick), ticks_up(price, tick)) == (down, up)


def test_stocks_below_a_dollar_trade_in_hundredths_of_a_cent() -> None:
    assert STOCK.price_down(0.56789) == Decimal("0.5678")
    assert STOCK.price_up(1.001) == Decimal("1.01")


def test_lots_are_rounded_towards_zero() -> None:
    assert STOCK.lots(12.9) == 12
    assert STOCK.lots(-12.9) == -12
    assert Instrument("BTCUSD", lot=Decimal("0.001")).lots(0.0129) == Decimal("0.012")
