"""What is saved comes back bit for bit, and what does not fit is named."""

import json
from enum import IntEnum
from math import inf, isnan, nan
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.errors import BadInput
from tradeplat.core.state import restore, save


class Mood(IntEnum):
    CALM = 0
    WILD = 1


class Inner:
    level: float
    mood: Mood

    def __init__(self) -> None:
        self.level = nan
        self.mood = Mood.CALM


class Thing:
    LIMIT: ClassVar[int] = 3

    count: int
    price: float
    name: str
    on: bool
    ring: list[float]
    days: tuple[int, ...]
    moods: list[Mood]
    inner: Inner

    def __init__(self) -> None:
        self.count = 1
        self.price = nan
        self.name = "a"
        self.on = False
        self.ring = [nan, 1.5]
        self.days = (1, 2)
        self.moods = [Mood.WILD]
        self.inner = Inner()


class Other(Thing):
    pass  # the same fields under another name


def through_json(state):
    return json.loads(json.dumps(state, allow_nan=False))


def alike(a, b):
    return a == b or (isinstance(a, float) and isnan(a) and isnan(b))


@given(
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(),
    st.booleans(),
    st.lists(st.floats()),
    st.lists(st.sampled_from(Mood)),
)
def test_everything_comes_back_bit_for_bit(count, price, name, on, ring, moods):
    thing, fresh = Thing(), Thing()
    thing.count, thing.price, thing.name, thing.on = count, price, name, on
    thing.ring, thing.moods, thing.days = ring, moods, (7,)
    thing.inner.level, thing.inner.mood = inf, Mood.WILD
    restore(fresh, through_json(save(thing)))
    assert (fresh.count, fresh.name, fresh.on, fresh.days) == (count, name, on, (7,))
    assert alike(fresh.price, price)
    assert str(fresh.price) == str(price)
    assert [str(item) for item in fresh.ring] == [str(item) for item in ring]
    assert fresh.moods == moods
    assert all(isinstance(mood, Mood) for mood in fresh.moods)
    assert (fresh.inner.level, fresh.inner.mood) == (inf, Mood.WILD)


def test_a_state_shares_nothing_with_its_owner():
    thing, fresh = Thing(), Thing()
    state = save(thing)
    restore(fresh, state)
    thing.ring[1] = 9.0
    thing.inner.level = 9.0
    assert fresh.ring[1] == 1.5
    assert isnan(fresh.inner.level)
    assert state == save(Thing())


def test_a_whole_number_is_taken_for_a_float():
    fresh = Thing()
    state = save(Thing())
    state["fields"]["price"] = 3
    restore(fresh, state)
    assert fresh.price == 3.0
    assert isinstance(fresh.price, float)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.pop("price"), r"Thing\.price: missing"),
        (lambda f: f.update(prize=1.0), r"Thing\.prize: unknown field"),
        (lambda f: f.update(count=1.0), r"Thing\.count: found 1\.0, expected int"),
        (lambda f: f.update(count=True), r"Thing\.count: found True, expected int"),
        (lambda f: f.update(price="high"), r"Thing\.price: found 'high', expected float"),
        (lambda f: f.update(on=1), r"Thing\.on: found 1, expected bool"),
        (lambda f: f.update(name=None), r"Thing\.name: found None, expected str"),
        (lambda f: f.update(ring=[1.0, "x"]), r"Thing\.ring\[1\]: found 'x', expected float"),
        (lambda f: f.update(ring=1.0), r"Thing\.ring: found 1\.0, expected list\[float\]"),
        (lambda f: f.update(moods=["SAD"]), r"Thing\.moods\[0\]: found 'SAD', expected Mood"),
        (lambda f: f.update(moods=[[]]), r"Thing\.moods\[0\]: found \[\], expected Mood"),
        (lambda f: f.update(inner=3), r"Thing\.inner: expected a saved state"),
        (lambda f: f["inner"]["fields"].pop("mood"), r"Thing\.inner\.mood: missing"),
        (lambda f: f["inner"].update(fields=[]), r"Thing\.inner: expected fields by name"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_whole_and_named(change, message):
    thing = Thing()
    before = save(thing)
    state = through_json(before)
    state["fields"]["count"] = 77
    change(state["fields"])
    with pytest.raises(BadInput, match=message):
        restore(thing, state)
    assert save(thing) == before


def test_the_state_of_another_class_is_refused():
    with pytest.raises(BadInput, match="expected the state of a Thing, found 'Other'"):
        restore(Thing(), save(Other()))
    with pytest.raises(BadInput, match="expected a saved state"):
        restore(Thing(), {"fields": {}})


def test_an_attribute_without_annotation_or_value_is_named():
    thing = Thing()
    thing.extra = 1
    with pytest.raises(BadInput, match=r"Thing\.extra: a saved attribute has to be annotated"):
        save(thing)
    thing = Thing()
    del thing.count
    with pytest.raises(BadInput, match=r"Thing\.count: annotated, but never set"):
        save(thing)
    thing = Thing()
    thing.count = "many"
    with pytest.raises(BadInput, match=r"Thing\.count: found 'many', expected int"):
        save(thing)


class Odd:
    pairs: list[Inner]

    def __init__(self) -> None:
        self.pairs = []


def test_what_cannot_be_kept_is_said_at_once():
    with pytest.raises(BadInput, match=r"Odd\.pairs: a list of"):
        save(Odd())
