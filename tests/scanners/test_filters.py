from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.scanners.filters import (
    Enriched,
    Predicate,
    change_at_least,
    common_stock,
    judge,
    not_among,
    price_within,
    spread_at_most,
    tradable,
    volume_at_least,
)

GOOD = Enriched("AAA", 5.0, 12.0, 500_000.0, 0.004, tradable=True)


@pytest.mark.parametrize(
    ("claim", "field", "value", "passed", "reason"),
    [
        (price_within(1, 20), "price", 1.0, True, "price 1"),
        (price_within(1, 20), "price", 0.9999, False, "price 0.9999 below 1"),
        (price_within(1, 20), "price", 20.0, True, "price 20"),
        (price_within(1, 20), "price", 20.01, False, "price 20.01 above 20"),
        (price_within(1, 20), "price", None, False, "price unknown"),
        (price_within(1, 20), "price", nan, False, "price unknown"),
        (volume_at_least(1e5), "volume", 1e5, True, "volume 100,000"),
        (volume_at_least(1e5), "volume", 99_999.0, False, "volume 99,999 below 100,000"),
        (volume_at_least(1e5), "volume", None, False, "volume unknown"),
        (volume_at_least(0), "volume", None, True, "volume unknown"),
        (change_at_least(10), "change", 10.0, True, "change +10.00 %"),
        (change_at_least(10), "change", 9.5, False, "change +9.50 % below +10 %"),
        (change_at_least(10), "change", None, False, "change unknown"),
        (spread_at_most(0.02), "spread", 0.02, True, "spread 2.00%"),
        (spread_at_most(0.02), "spread", 0.03, False, "spread 3.00% above 2.00%"),
        (spread_at_most(0.02), "spread", None, True, ""),
        (tradable, "tradable", None, False, "not among the broker's active assets"),
        (tradable, "tradable", False, False, "the broker takes no orders in it"),
    ],
)
def test_limits_are_inclusive_and_every_verdict_has_its_reason(
    claim: Predicate, field: str, value: object, passed: bool, reason: str
) -> None:
    from msgspec.structs import replace

    assert claim(replace(GOOD, **{field: value}))[:2] == (passed, reason)


@pytest.mark.parametrize(
    ("claim", "by"),
    [
        (price_within(4, 20), 0.25),
        (price_within(1, 5.5), 1 / 11),
        (price_within(10, 20), -0.5),
        (price_within(1, 4), -0.25),
        (volume_at_least(400_000), 0.25),
        (volume_at_least(1_000_000), -0.5),
        (change_at_least(10), 0.2),
        (change_at_least(0), 12.0),
        (change_at_least(-24), 1.5),
        (spread_at_most(0.02), 0.8),
        (spread_at_most(0.002), -1.0),
        (tradable, None),
    ],
)
def test_a_verdict_says_by_what_part_of_the_limit(claim: Predicate, by: float | None) -> None:
    assert claim(GOOD).by == (None if by is None else pytest.approx(by))


@pytest.mark.parametrize("symbol", ["A", "AAPL", "GOOGL", "BRK.B"])
def test_common_shares_pass_by_their_form(symbol: str) -> None:
    assert common_stock(Enriched(symbol)).passed


@pytest.mark.parametrize(
    "symbol",
    ["BYN.WS", "SHPWW", "ABCDU", "ABCDR", "ABCDP", "BRK.U", "ETH/USD", "TOOLONG", "aapl", ""],
)
def test_warrants_rights_units_and_other_things_do_not(symbol: str) -> None:
    verdict = common_stock(Enriched(symbol))
    assert not verdict.passed
    assert symbol in verdict.reason


def test_the_excluded_are_out() -> None:
    assert not_among({"AAA"})(GOOD)[:2] == (False, "excluded by hand")
    assert not_among({"BBB"})(GOOD).passed


def test_a_row_out_names_every_reason_and_a_row_in_what_held() -> None:
    claims = [price_within(6, 20), change_at_least(20), volume_at_least(1)]
    assert judge(GOOD, claims)[:2] == (False, "price 5 below 6; change +12.00 % below +20 %")
    assert judge(GOOD, [tradable, price_within(1, 6)])[:2] == (True, "price 5")
    assert judge(GOOD, [])[:2] == (True, "")


NUMBER = st.none() | st.floats()


@given(
    st.builds(
        Enriched, st.text(max_size=6), NUMBER, NUMBER, NUMBER, NUMBER, st.none() | st.booleans()
    )
)
def test_no_row_breaks_a_filter_and_failing_has_a_reason(row: Enriched) -> None:
    claims = [
        price_within(1, 20),
        volume_at_least(1),
        change_at_least(5),
        spread_at_most(0.1),
        common_stock,
        tradable,
        not_among(("X",)),
    ]
    verdict = judge(row, claims)
    assert verdict.passed or verdict.reason
