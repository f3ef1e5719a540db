from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.exact import exact, nearest, spelled

PRICES = st.decimals(min_value=0, max_value=10**6, places=4)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_comes_back_as_it_went(value: float) -> None:
    assert nearest(exact(value)) == value


@given(PRICES)
def test_a_price_is_exactly_what_its_float_prints_as(price: Decimal) -> None:
    assert exact(float(price)) == price
    assert nearest(price) == float(price)


@given(PRICES, st.integers(0, 4))
def test_however_a_venue_writes_a_price_its_spelling_is_one(price: Decimal, zeros: int) -> None:
    longer = Decimal(f"{price}{'0' * zeros}")
    assert spelled(longer) == spelled(price)
    assert Decimal(spelled(price)) == price


def test_what_was_asked_before_never_shows_in_a_zero() -> None:
    for zero in (Decimal("-0"), Decimal(0), Decimal("-0.00")):
        assert (spelled(zero), repr(nearest(zero))) == ("0", "0.0")
    for nought in (-0.0, 0.0, -0.0):
        assert str(exact(nought)) == "0.0"
