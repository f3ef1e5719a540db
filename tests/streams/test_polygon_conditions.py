"""The vendor's numbers mean what its own table of conditions says."""

import json

import pytest

from tradeplat.streams.polygon_conditions import HALTS, RESUMED, moves
from tradeplat.streams.prints import ALL, LAST, NOTHING, RANGE, VOLUME


@pytest.mark.parametrize(
    ("conditions", "left"),
    [
        ((), ALL),
        ((12,), ALL),
        ((14, 41), ALL),
        ((37, 14), VOLUME),
        ((10,), RANGE | VOLUME),
        ((10, 37), VOLUME),
        ((38,), LAST | RANGE),
        ((16, 37), NOTHING),
        ((999, -1), ALL),
    ],
)
def test_the_strictest_condition_decides(conditions, left):
    assert moves(conditions) == left


def test_a_resume_is_no_halt():
    assert HALTS[43] == "LULD_PAUSE"
    assert RESUMED not in HALTS


def test_the_recorded_table_of_conditions_agrees(shared_data):
    path = shared_data / "wire" / "polygon" / "rest"
    table = json.loads((path / "v3_reference_conditions_asset_class_stocks.json").read_text())
    for row in table["results"]:
        rules = row["update_rules"]["consolidated"]
        left = moves([row["id"]])
        assert bool(left & LAST) == rules["updates_open_close"]
        assert bool(left & RANGE) == rules["updates_high_low"]
        assert bool(left & VOLUME) == rules["updates_volume"]
