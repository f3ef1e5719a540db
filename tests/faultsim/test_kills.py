from faultsim.kills import kill_round


def test_a_daemon_that_is_killed_again_and_again_agrees_with_its_venue_at_last() -> None:
    done = kill_round(3, kills=4)
    assert not done.violations
    assert done.kills == 4
