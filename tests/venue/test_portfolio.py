from decimal import Decimal

import pytest

from tradeplat.core.market import MINUTE, SECOND
from tradeplat.venue.portfolio import EquityCurve, Span, read_frame, read_period
from tradeplat.venue.refusals import Refusal

START = 1_000_000 * MINUTE
DAY = 1_440 * MINUTE


def curve():
    made = EquityCurve(START, Decimal(100))
    for minute, value in enumerate((101, 99, 105, 110)):
        made.sample(START + minute * MINUTE + SECOND, Decimal(value - 1))
        made.sample(START + minute * MINUTE + 30 * SECOND, Decimal(value))
    return made


def test_each_window_ends_with_its_last_value():
    body = curve().wire(Span(start=START, end=START + DAY, frame="1Min"))
    assert body["equity"] == [101.0, 99.0, 105.0, 110.0]
    assert body["profit_loss"] == [1.0, -1.0, 5.0, 10.0]
    assert body["profit_loss_pct"][-1] == pytest.approx(0.1)
    assert body["timestamp"][0] == START // SECOND
    assert body["base_value"] == 100.0


def test_a_later_start_is_measured_from_what_was_there_before():
    body = curve().wire(Span(start=START + 2 * MINUTE, end=START + DAY, frame="1D"))
    assert body["base_value"] == 99.0
    assert body["equity"] == [110.0]


def test_periods_and_frames_are_read():
    assert read_period("1D") == DAY
    assert read_period("2W") == 14 * DAY
    assert read_frame(None, DAY) == "1Min"
    assert read_frame(None, 31 * DAY) == "1D"
    assert read_frame("5Min", DAY) == "5Min"


@pytest.mark.parametrize("text", ["", "D", "1X", "0D", "99999D", "-1D", "²D"])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(Refusal, match="period"):
        read_period(text)


def test_an_unknown_frame_is_refused():
    with pytest.raises(Refusal, match="timeframe"):
        read_frame("2Min", DAY)
