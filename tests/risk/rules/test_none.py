from math import nan

from tradeplat.risk.rules.none import NoRules


def test_nothing_is_limited_whatever_the_day_and_the_account() -> None:
    assert NoRules().round_trips(20050103, 1.0) is None
    assert NoRules().round_trips(20270104, nan) is None
