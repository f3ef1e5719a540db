"""Silence is told once, death is found in time, and our own stalls are not the daemon's."""

from hypothesis import given
from hypothesis import strategies as st

from tradeplat.guardian.vigil import Finding, Vigil

F = Finding


def looks(vigil: Vigil, until: float, start: float = 0.0) -> list[tuple[float, Finding]]:
    found, now = [], start
    while now < until:
        now += 0.5
        finding = vigil.look(now, 0)
        if finding is not F.WELL:
            found.append((now, finding))
        if finding is F.DEAD:
            break
    return found


def test_silence_is_told_at_five_and_death_found_at_fifteen_seconds() -> None:
    assert looks(Vigil(0.0, 5.0, 15.0, 0), 60.0) == [(5.0, F.SILENT), (15.0, F.DEAD)]


def test_a_heartbeat_begins_anew() -> None:
    vigil = Vigil(0.0, 5.0, 15.0, 0)
    assert looks(vigil, 7.0) == [(5.0, F.SILENT)]
    vigil.heard(7.0)
    assert looks(vigil, 13.0, 7.0) == [(12.0, F.SILENT)]


def test_too_much_memory_is_found_at_once() -> None:
    vigil = Vigil(0.0, 5.0, 15.0, 1000)
    assert vigil.look(0.5, 1000) is F.WELL
    assert vigil.look(1.0, 1001) is F.BLOATED


def test_a_machine_that_slept_is_no_dead_daemon() -> None:
    vigil = Vigil(0.0, 5.0, 15.0, 0)
    vigil.look(0.5, 0)
    assert vigil.look(3600.0, 0) is F.WELL
    assert looks(vigil, 3620.0, 3600.0)[-1] == (3614.5, F.DEAD)


@given(st.lists(st.floats(0.01, 1.9), min_size=1, max_size=60))
def test_whoever_beats_each_second_is_well(gaps: list[float]) -> None:
    vigil, now = Vigil(0.0, 5.0, 15.0, 0), 0.0
    for gap in gaps:
        now += gap
        vigil.heard(now)
        assert vigil.look(now, 0) is F.WELL
