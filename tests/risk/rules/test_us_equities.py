from math import inf, nan

import pytest

from tradeplat.core.errors import BadInput
from tradeplat.risk.rules.us_equities import UsEquities


@pytest.mark.parametrize(
    ("day", "equity", "limited"),
    [
        (20010927, 1_000.0, False),
        (20010928, 1_000.0, True),
        (20200102, 24_999.99, True),
        (20200102, 25_000.0, False),
        (20200102, nan, True),
        (20260603, 1_000.0, True),
        (20260604, 1_000.0, False),
        (20260701, 1_000.0, False),
        (20300102, nan, False),
    ],
)
def test_the_pattern_rule_held_small_accounts_until_june_2026(day, equity, limited) -> None:
    allowed = UsEquities().round_trips(day, equity)
    assert allowed == ((3, 5) if limited else None)


def test_it_was_a_rule_of_margin() -> None:
    assert UsEquities(cash_account=True).round_trips(20200102, 1.0) is None


@pytest.mark.parametrize("minimum", [-1.0, inf, nan])
def test_a_minimum_that_is_none_is_refused(minimum: float) -> None:
    with pytest.raises(BadInput, match="expected a minimum"):
        UsEquities(minimum)
