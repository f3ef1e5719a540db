from tradeplat.risk.limits import Hours, Limits


def test_defaults_bound_an_order_and_a_position() -> None:
    limits = Limits()
    assert 0 < limits.max_notional <= limits.max_position
    assert limits.max_open_trades is None
    assert limits.hours is Hours.EXTENDED
