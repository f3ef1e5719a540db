from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.venue.numbers import (
    money,
    on_grid,
    price_grid,
    ratio,
    read_number,
    read_positive,
    read_quantity,
    text,
    text_or_none,
)
from tradeplat.venue.refusals import Refusal


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("10.0", "10"),
        ("100", "100"),
        ("5.110", "5.11"),
        ("0.00", "0"),
        ("1E+3", "1000"),
        ("-0", "0"),
    ],
)
def test_decimals_are_written_plainly(value, shown):
    assert text(Decimal(value)) == shown


def test_none_stays_none_and_amounts_are_rounded():
    assert text_or_none(None) is None
    assert money(Decimal("1.005")) == "1"
    assert ratio(Decimal("0.0200000001")) == "0.02"


@pytest.mark.parametrize(
    ("price", "fits"),
    [("5.01", True), ("5.011", False), ("0.9999", True), ("0.99999", False), ("1", True)],
)
def test_prices_lie_on_the_pricing_increment(price, fits):
    assert on_grid(Decimal(price)) is fits


def test_the_increment_changes_at_one_dollar():
    assert price_grid(Decimal("0.9999")) < price_grid(Decimal(1))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        [],
        {},
        "",
        "abc",
        "nan",
        "inf",
        "-inf",
        "1e999999",
        "1e-30",
        "1_0",
        "1" * 50,
        10**13,
    ],
)
def test_what_is_no_sane_number_is_refused_by_field(value):
    with pytest.raises(Refusal, match="qty") as caught:
        read_number(value, "qty")
    assert caught.value.status == 422


@pytest.mark.parametrize("value", [0, "0", "-1", Decimal(-3)])
def test_zero_and_below_are_no_quantities(value):
    with pytest.raises(Refusal, match="must be > 0"):
        read_positive(value, "qty")


def test_the_noise_of_a_binary_float_is_no_part_of_a_quantity():
    assert read_quantity(Decimal("0.30000000000000004"), "qty") == Decimal("0.3")
    assert text(read_quantity(Decimal("10.0"), "qty")) == "10"


@given(st.decimals(min_value="0.0001", max_value="99999999", places=4))
def test_text_reads_back_as_the_same_number(value):
    assert read_number(text(value), "x") == value
