"""Repeats are told exactly, as with a set of the last 4,096 identities."""

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.streams import repeats
from tradeplat.streams.repeats import KEPT, Repeats


class Plainly:
    """The same with a set and a queue."""

    def __init__(self):
        self.kept, self.order = set(), deque()

    def add(self, identity):
        if identity in self.kept:
            return False
        self.kept.add(identity)
        self.order.append(identity)
        if len(self.order) > KEPT:
            self.kept.discard(self.order.popleft())
        return True


NUMBERS = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(NUMBERS, max_size=60), st.lists(st.integers(0, 12), max_size=200))
def test_any_numbers_are_told_as_with_a_set(numbers, picks):
    ours, plain = Repeats(), Plainly()
    # Few buckets: that numbers differ only above what chooses one is the worst case.
    near = [n << 12 for n in range(13)]
    for identity in [*numbers, *(near[pick] for pick in picks), *numbers]:
        assert ours.add(identity) is plain.add(identity)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 2 * KEPT + 100),
    st.integers(1, KEPT + 100),
    st.sampled_from([1, 3, 4097]),
    st.integers(0, 2**40),
)
def test_the_window_is_the_last_4096_however_they_fall(first, back, stride, start):
    ours, plain = Repeats(), Plainly()
    for k in range(first):
        assert ours.add(start + k * stride) is plain.add(start + k * stride)
    for k in range(first - back, first + 50):
        assert ours.add(start + k * stride) is plain.add(start + k * stride)


def test_the_oldest_is_forgotten_by_the_4097th_and_a_repeat_does_not_count():
    ours = Repeats()
    for identity in range(KEPT):
        assert ours.add(identity)
    assert not ours.add(0)
    assert ours.add(KEPT)
    assert ours.add(0)
    assert not ours.add(2)


def test_zero_is_an_identity_like_others():
    ours = Repeats()
    assert ours.add(0)
    assert not ours.add(0)


def test_when_numbers_are_used_up_it_begins_anew(monkeypatch):
    monkeypatch.setattr(repeats, "_MOST", KEPT + 3)
    ours = Repeats()
    assert [ours.add(identity) for identity in (5, 6, 7, 7)] == [True, True, True, False]
    assert [ours.add(identity) for identity in (8, 8, 7)] == [True, False, True]
