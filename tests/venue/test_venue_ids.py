from uuid import UUID

import numpy as np

from tradeplat.venue.venue_ids import VenueIds, opened_id


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


def test_every_start_of_a_venue_opens_accounts_of_its_own():
    drawn = VenueIds(np.random.default_rng(5)).draw()
    assert opened_id(drawn, 1) == opened_id(drawn, 1)
    assert len({opened_id(drawn, wall) for wall in range(50)}) == 50
    assert UUID(opened_id(drawn, 1)).version == 4
