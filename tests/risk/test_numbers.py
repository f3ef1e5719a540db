from math import inf, nan

import pytest

from tradeplat.core.intent import Action, Intent
from tradeplat.risk.numbers import bad_number, wrong_side

BAD = (nan, inf, -inf, 0.0, -1.0, 1.0001, 1e300)


def wish(conviction: float = 1.0, limit: float = nan, stop: float = nan, target: float = nan):
    return Intent(Action.ENTER, conviction, limit, stop, target)


@pytest.mark.parametrize("value", [nan, inf, -inf, 0.0, 1.0001, -1.0001, 1e300])
def test_a_conviction_is_a_side_and_a_strength(value: float) -> None:
    said = bad_number(wish(value), "A")
    assert said == f"Refused: conviction={value} is not a valid side and strength for A."


@pytest.mark.parametrize("field", ["limit", "stop", "target"])
@pytest.mark.parametrize("value", [inf, -inf, 0.0, -0.01, 1e-300, 0.00009, 1e9, 1e300])
def test_a_price_is_finite_above_zero_and_below_what_no_share_costs(field, value) -> None:
    said = bad_number(wish(**{field: value}), "A")
    assert said == f"Refused: {field}={value} is not a valid price for A."


@pytest.mark.parametrize("value", [0.0001, 0.5, 1.0, 999_999_999.0])
def test_any_other_price_is_one(value: float) -> None:
    assert bad_number(wish(0.5, value, value, value), "A") is None
    assert bad_number(wish(-1.0), "A") is None


def test_levels_lie_on_their_own_sides_of_the_price() -> None:
    assert wrong_side(1, 100.0, wish(stop=99.99, target=100.01), "A") is None
    assert wrong_side(-1, 100.0, wish(stop=100.01, target=99.99), "A") is None
    for side, stop, target in ((1, 100.0, nan), (1, nan, 100.0), (-1, 99.0, nan), (-1, nan, 101.0)):
        said = wrong_side(side, 100.0, wish(stop=stop, target=target), "A")
        assert said is not None
        assert said.startswith("Refused: ")
        assert said.endswith(" from 100.0 for A.")
