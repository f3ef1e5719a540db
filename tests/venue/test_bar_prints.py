from hypothesis import given
from hypothesis import strategies as st

from markets import OPEN, bar
from tradeplat.core.market import SECOND
from tradeplat.streams.seconds import SecondFold
from tradeplat.venue.bar_prints import prints_of

PRICES = st.integers(1, 10**7).map(lambda cents: cents / 100)
VOLUMES = st.one_of(
    st.integers(0, 10**12).map(float),
    st.floats(0, 1e12, allow_subnormal=False),
    st.floats(1e-9, 4),
)


@given(st.lists(PRICES, min_size=4, max_size=4), VOLUMES)
def test_prints_fold_back_into_the_very_bar(prices, volume):
    low, one, other, high = sorted(prices)
    made = bar(OPEN, (one, high, low, other), volume)
    fold = SecondFold("AAA", "csv")
    for each in prints_of(made):
        assert OPEN - SECOND < each.ts < OPEN
        assert not fold.add(each)
    assert list(fold.close(OPEN)) == [made]


@given(st.integers(4, 10**9))
def test_sizes_are_whole_where_there_are_shares_enough(volume):
    sizes = [each.size for each in prints_of(bar(OPEN, volume=float(volume)))]
    assert all(size == int(size) > 0 for size in sizes)
    assert sum(sizes) == volume


def test_the_path_goes_to_the_far_side_first_and_says_nothing_twice():
    up = [each.price for each in prints_of(bar(OPEN, (5.0, 5.2, 4.9, 5.1)))]
    down = [each.price for each in prints_of(bar(OPEN, (5.1, 5.2, 4.9, 5.0)))]
    assert (up, down) == ([5.0, 4.9, 5.2, 5.1], [5.1, 5.2, 4.9, 5.0])
    assert [each.price for each in prints_of(bar(OPEN, (5.0,) * 4))] == [5.0]
    assert [each.price for each in prints_of(bar(OPEN, (4.0, 5.0, 4.0, 5.0)))] == [4.0, 5.0]
