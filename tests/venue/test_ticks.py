from hypothesis import given
from hypothesis import strategies as st

from markets import quote, trade
from tradeplat.venue.ticks import Prints, Quotes


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from([("@",), ("@", "T"), ("I",)]))))
def test_prints_are_kept_by_time_then_arrival(rows):
    prints = Prints()
    for place, (ts, conditions) in enumerate(rows):
        prints.add(trade(ts, 1.0 + place), conditions)
    kept = [prints[at] for at in prints.within(0, 50)]
    assert [(one.ts, one.id) for one in kept] == sorted((one.ts, one.id) for one in kept)
    by_id = sorted(kept, key=lambda one: one.id)
    assert [(one.ts, one.conditions) for one in by_id] == rows
    assert [prints.ts(at) for at in prints.within(10, 20)] == sorted(
        ts for ts, _ in rows if 10 <= ts <= 20
    )


def test_a_print_is_found_removed_and_never_numbered_twice():
    prints = Prints()
    first, second = prints.add(trade(5), ("@",)), prints.add(trade(4), ("@",))
    assert (prints.find(first.id), prints.remove(second.id)) == (first, second)
    assert (prints.find(second.id), prints.remove(99), len(prints)) == (None, None, 1)
    assert prints.add(trade(6), ("@",)).id == prints.last_id == 3


def test_ids_of_the_recording_are_kept():
    from tradeplat.core.market import Trade

    prints = Prints()
    assert prints.add(Trade("AAA", 1, 5.0, 1.0, "x", 700), ()).id == 700
    assert prints.add(trade(2), ()).id == 701


def test_quotes_come_back_as_they_were():
    quotes = Quotes()
    given_ = [quote(1), quote(3, 5.0, 5.5), quote(3, 5.1, 5.5)]
    for one in given_:
        quotes.add(one)
    assert [quotes[at] for at in quotes.within(0, 9)] == given_
    assert [quotes.ts(at) for at in quotes.within(2, 3)] == [3, 3]
    assert len(quotes) == 3
