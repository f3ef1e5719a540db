import pytest

from tradeplat.app.cli import Presets
from tradeplat.core.errors import BadInput
from tradeplat.venue.fault_presets import PRESETS, preset_of
from tradeplat.venue.faults import Fault


def test_every_preset_says_what_it_is_like_and_holds_faults_that_come_by_chance():
    assert {"calm", "rough", "storm", "flaky-stream"} <= set(PRESETS)
    for name, preset in PRESETS.items():
        assert preset.words
        assert preset.faults
        assert all(isinstance(one, Fault) and one.limit is None for one in preset.faults), name
        assert preset_of(name) is preset


def test_the_storm_has_something_from_every_side():
    assert len({fault.row.site for fault in preset_of("storm").faults}) == 5


def test_an_unknown_preset_is_one_clear_line():
    with pytest.raises(BadInput, match="expected one of calm, rough, storm"):
        preset_of("hurricane")


def test_the_command_line_lists_them_all():
    assert all(name in Presets for name in PRESETS)
