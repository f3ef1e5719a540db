"""What a stream that is not whole asks of entries."""

import pytest

from tradeplat.core.conditions import Mode
from tradeplat.streams.health import Health, Reading, channel_health, conditions

LIVE = Reading("A", "live")


@pytest.mark.parametrize("state", ["down", "connecting", "auth", "subscribed"])
def test_a_connection_that_is_not_live_speaks_for_all_its_symbols(state: str) -> None:
    (found,) = conditions(state, "reset", [LIVE, Reading("B", "gap")], 7)
    assert (found.source, found.scope, found.code) == ("stream", "", "STREAM_DOWN")
    assert (found.mode, found.ts) == (Mode.REDUCE_ONLY, 7)
    assert state in found.why
    assert "reset" in found.why


def test_a_symbol_that_is_not_live_speaks_for_itself() -> None:
    readings = [LIVE, Reading("B", "backfilling"), Reading("C", "gap")]
    readings.append(Reading("D", "mute", why="5 s"))
    found = {c.scope: (c.code, c.why) for c in conditions("live", "", readings, 7)}
    assert found == {
        "B": ("STREAM_DOWN", "B is backfilling"),
        "C": ("MODE", "its history has a gap"),
        "D": ("STREAM_DOWN", "D is mute (5 s)"),
    }


def test_nothing_is_asked_while_all_is_live() -> None:
    assert conditions("live", "", [LIVE], 7) == []


@pytest.mark.parametrize(
    ("connection", "stage", "granted", "refused", "health"),
    [
        ("down", "live", True, False, Health.DOWN),
        ("connecting", "subscribing", False, False, Health.CONNECTING),
        ("auth", "subscribing", False, False, Health.AUTH),
        ("subscribed", "subscribing", False, False, Health.SUBSCRIBED),
        ("live", "subscribing", True, False, Health.SUBSCRIBED),
        ("live", "backfilling", True, False, Health.BACKFILLING),
        ("live", "live", True, False, Health.LIVE),
        ("live", "live", False, True, Health.DOWN),
        ("live", "gap", True, False, Health.GAP),
    ],
)
def test_each_channel_has_a_health_of_its_own(
    connection: str, stage: str, granted: bool, refused: bool, health: Health
) -> None:
    reading = Reading("A", stage, refused)
    assert channel_health(connection, reading, granted=granted) is health
