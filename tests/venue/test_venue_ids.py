from uuid import UUID

import numpy as np

from tradeplat.venue.venue_ids import VenueIds


def test_ids_are_uuids_of_version_4_and_repeat_with_their_seed():
    first, second = (VenueIds(np.random.default_rng(5)) for _ in range(2))
    drawn = [first.draw() for _ in range(50)]
    assert drawn == [second.draw() for _ in range(50)]
    assert len(set(drawn)) == 50
    assert {UUID(each).version for each in drawn} == {4}
