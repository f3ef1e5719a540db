"""Every profile tells a story that fits its hours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.history.profiles import ORDER, PROFILES, pace_shape, spread_shape, story


def test_every_profile_is_in_the_order_and_early():
    assert set(ORDER) == set(PROFILES)
    assert set(ORDER[:8]) == set(PROFILES)


@settings(max_examples=60, deadline=None)
@given(
    profile=st.sampled_from([*PROFILES]),
    number=st.integers(0, 5),
    start=st.integers(4 * 3600, 18 * 3600),
    length=st.integers(60, 7200),
    seed=st.integers(0, 1000),
)
def test_a_story_stays_inside_its_hours(
    profile: str, number: int, start: int, length: int, seed: int
):
    clock = np.arange(start, start + length, dtype=float)
    found = story(profile, number, clock, np.random.default_rng(seed))
    assert found.level.shape == clock.shape
    assert 0.7 < found.level.min() <= found.level.max() < 1.6
    assert start <= found.play <= start + length
    for halt in found.halts:
        assert start < halt.start < halt.end <= start + length
        assert halt.start == int(halt.start)


@pytest.mark.parametrize("shape", [pace_shape, spread_shape])
def test_shapes_are_positive_all_day(shape):
    assert bool((shape(np.arange(4 * 3600.0, 20 * 3600.0)) > 0).all())


def test_the_day_is_busy_at_both_ends():
    clock = np.array([9.4, 9.51, 12.5, 15.99, 17.0]) * 3600
    before, opened, noon, closing, after = pace_shape(clock).tolist()
    assert opened > 4 * noon
    assert closing > 4 * noon
    assert before < noon
    assert after < noon
