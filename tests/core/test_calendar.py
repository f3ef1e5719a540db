from tradeplat.core.calendar import Calendar, Phase, Session

MONDAY = Session(20260105, 40, 95, 160, 200)
TUESDAY = Session(20260106, 340, 395, 460, 500)
CALENDAR = Calendar([MONDAY, TUESDAY])


def test_each_instant_has_its_part_of_the_day() -> None:
    parts = {ts: CALENDAR.phase(ts) for ts in (39, 40, 94, 95, 159, 160, 199, 200, 300, 501)}
    assert parts == {
        39: Phase.CLOSED,
        40: Phase.PRE,
        94: Phase.PRE,
        95: Phase.REGULAR,
        159: Phase.REGULAR,
        160: Phase.POST,
        199: Phase.POST,
        200: Phase.CLOSED,
        300: Phase.CLOSED,
        501: Phase.CLOSED,
    }


def test_the_bar_that_closes_a_session_belongs_to_it() -> None:
    assert CALENDAR.upcoming(200) == MONDAY
    assert CALENDAR.upcoming(201) == TUESDAY
    assert CALENDAR.upcoming(501) is None


def test_the_session_before_is_the_last_that_ended() -> None:
    assert CALENDAR.previous(200) is None
    assert CALENDAR.previous(201) == MONDAY
    assert CALENDAR.sessions == (MONDAY, TUESDAY)
