from uuid import UUID

import numpy as np

from tradeplat.venue.venue_ids import VenueIds


def test_ids_are_uuids_of_version_4_and_repeat_with_their_seed():
    first, second = (VenueIds(np.random.default_rng(5)) for _ in range(2))
    drawn = [first.draw() for _ in range(50)]
    assert drawn == [second.draw() for _ in range(50)]
    assert len(set(drawn)) == 50
    assert {UUID(each).version for each in drawn} == {4}


def test_a_roll_back_gives_what_is_free_of_the_last_ids_again():
    ids = VenueIds(np.random.default_rng(5))
    drawn = [ids.draw() for _ in range(5)]
    assert ids.roll_back(lambda one: one != drawn[1]) == 4
    assert [ids.draw() for _ in range(4)] == [drawn[0], *drawn[2:]]
    assert ids.draw() not in drawn
