"""Fills are judged against the middle of the market, delays from the decision on."""

from decimal import Decimal
from math import isnan

import pytest

from tradeplat.analytics.quality import Quality
from tradeplat.core.market import SECOND
from tradeplat.core.orders import OrderState


def test_costs_and_delays_of_a_bought_order(make):
    quality = Quality()
    quality.on_fact(make.quote(0, 9.98, 10.02))
    quality.on_decision(make.now(1), make.order(1, 100))
    working = make.order(1, 100, state=OrderState.WORKING)
    quality.on_change(make.now(1.25), working, None)
    quality.on_fact(make.quote(1.5, 10.00, 10.04))
    filled = {"state": OrderState.FILLED, "filled": Decimal(100)}
    quality.on_change(make.now(2), make.order(1, 100, **filled), make.fill(2, 100, "10.04"))
    assert list(quality.slippage) == pytest.approx([40.0])
    assert list(quality.spread) == pytest.approx([2e4 * 0.02 / 10.02])
    assert list(quality.acknowledged) == [0.25 * SECOND]
    assert list(quality.filled) == [1.0 * SECOND]
    assert quality.fill_ratio == 1.0


def test_selling_above_the_middle_is_a_gain(make):
    quality = Quality()
    quality.on_fact(make.bar(0, 10.0))
    quality.on_decision(make.now(0), make.order(0, -100))
    done = make.order(0, -100, state=OrderState.FILLED, filled=Decimal(100))
    quality.on_change(make.now(1), done, make.fill(1, -100, "10.01"))
    assert list(quality.slippage) == pytest.approx([-10.0])


def test_a_quote_outranks_later_bars(make):
    quality = Quality()
    quality.on_fact(make.quote(0, 9.0, 11.0))
    quality.on_fact(make.bar(1, 20.0))
    quality.on_decision(make.now(1), make.order(1, 1))
    done = make.order(1, 1, state=OrderState.FILLED, filled=Decimal(1))
    quality.on_change(make.now(2), done, make.fill(2, 1, "10"))
    assert list(quality.slippage) == [0.0]


def test_partial_fills_count_their_first_and_what_was_left(make):
    quality = Quality()
    quality.on_decision(make.now(0), make.order(0, 100))
    part = make.order(0, 100, state=OrderState.PARTIAL, filled=Decimal(30))
    quality.on_change(make.now(1), part, make.fill(1, 30, "10"))
    more = make.order(0, 100, state=OrderState.PARTIAL, filled=Decimal(60))
    quality.on_change(make.now(2), more, make.fill(2, 30, "10"))
    gone = make.order(0, 100, state=OrderState.CANCELED, filled=Decimal(60))
    quality.on_change(make.now(3), gone, None)
    assert quality.fill_ratio == 0.6
    assert list(quality.filled) == [1.0 * SECOND]
    assert list(quality.acknowledged) == [1.0 * SECOND]
    assert list(quality.slippage) == []  # no market was seen: nothing to compare with


def test_orders_nobody_here_decided_on_are_left_out(make):
    quality = Quality()
    quality.on_change(make.now(0), make.order(0, 5, state=OrderState.FILLED), None)
    assert isnan(quality.fill_ratio)
