from tradeplat.app.outcome import Outcome


def test_an_outcome_is_success_unless_told() -> None:
    assert Outcome({}, "done").code == 0
