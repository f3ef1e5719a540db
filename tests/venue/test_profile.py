from tradeplat.venue.profile import LOCKSTEP, PAPER, PROFILES


def test_profiles_are_found_by_their_names():
    assert PROFILES["alpaca-paper"] is PAPER
    assert all(name == profile.name for name, profile in PROFILES.items())


def test_lockstep_leaves_nothing_to_time_or_chance():
    assert LOCKSTEP.latency == LOCKSTEP.update_latency == 0
    assert LOCKSTEP.partial_rate == 0
