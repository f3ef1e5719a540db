"""Numbers for eyes."""

import pytest

from tradeplat.visualizer.numerals import (
    dollar_text,
    money_text,
    percent_text,
    price_text,
    quantity_text,
    volume_text,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (price_text(98.5, 2), "98.50"),
        (price_text(0.0001, 4), "0.0001"),
        (price_text(500_000, 2), "500,000.00"),
        (price_text(-37.63, 2), "\u221237.63"),
        (price_text(NAN, 2), "\u2013"),
        (money_text(312.4, signed=True), "+312.40"),
        (money_text(-1500.006, signed=True), "\u22121,500.01"),
        (money_text(-0.001, signed=True), "0.00"),
        (money_text(NAN), "\u2013"),
        (quantity_text(200), "+200"),
        (quantity_text(-1250.5), "\u22121,250.5"),
        (quantity_text(-200, signed=False), "200"),
        (quantity_text(NAN), "\u2013"),
        (percent_text(0.0125), "▲ +1.25 %"),
        (percent_text(-0.2), "▼ \u221220.00 %"),
        (percent_text(0.0), "0.00 %"),
        (percent_text(-0.00001), "0.00 %"),
        (percent_text(NAN), "\u2013"),
        (volume_text(950), "950"),
        (volume_text(999.9), "1.00K"),
        (volume_text(12_345), "12.3K"),
        (volume_text(999_700), "1.00M"),
        (volume_text(1_250_000), "1.25M"),
        (volume_text(3.2e9), "3.20B"),
        (volume_text(50_000), "50K"),
        (dollar_text(26), "+$26.00"),
        (dollar_text(-1250.5), "\u2212$1,250.50"),
        (dollar_text(0), "$0.00"),
        (volume_text(0), "0"),
    ],
)
def test_numbers_are_written_as_traders_read_them(shown, text):
    assert shown == text
