"""Whatever the venue grants, refuses or forgets, we know it and ask for the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.streams.subscriptions import Request, Subscriptions

CHANNELS = ("bars", "quotes", "trades")


class Venue:
    """Answers requests in order under a limit of symbols on quotes and trades."""

    def __init__(self, limit=1000):
        self.limit = limit
        self.topics = frozenset()
        self.yes = 0

    def answer(self, subscriptions, request):
        asked = frozenset(request.topics)
        after = self.topics | asked if request.adds else self.topics - asked
        if len({s for c, s in after if c != "bars"}) > self.limit:
            return subscriptions.reject()
        self.topics = after
        self.yes += 1
        return subscriptions.acknowledge(after)


def play(subscriptions, venue, requests):
    queue = list(requests)
    for request in queue:
        subscriptions.sent(request)
    while queue:
        more = venue.answer(subscriptions, queue.pop(0))
        for request in more:
            subscriptions.sent(request)
        queue += more


def test_deltas_while_online_and_everything_after_a_reconnect():
    subs = Subscriptions(CHANNELS)
    assert subs.want("A", ["quotes", "bars"]) == []
    assert not subs.settled
    everything = subs.online()
    assert everything == [Request((("bars", "A"), ("quotes", "A")))]
    play(subs, Venue(), everything)
    assert subs.settled
    assert subs.want("B", ["bars"]) == [Request((("bars", "B"),))]
    subs.offline()
    assert subs.online() == [Request((("bars", "A"), ("quotes", "A"), ("bars", "B")))]


def test_nothing_wanted_asks_for_nothing_and_is_settled():
    subs = Subscriptions(CHANNELS)
    assert subs.online() == []
    assert subs.settled


def test_a_limit_costs_what_ranks_last_and_bars_are_kept():
    subs = Subscriptions(CHANNELS)
    for symbol in "ABCDEFG":
        subs.want(symbol, CHANNELS)
    play(subs, Venue(limit=3), subs.online())
    assert [len(subs.granted(symbol)) for symbol in "ABCDEFG"] == [3, 3, 3, 1, 1, 1, 1]
    assert subs.refused == {(c, s) for c in ("quotes", "trades") for s in "DEFG"}
    assert subs.settled


def test_room_that_becomes_free_is_offered_to_the_refused():
    subs, venue = Subscriptions(CHANNELS), Venue(limit=1)
    for symbol in "AB":
        subs.want(symbol, CHANNELS)
    play(subs, venue, subs.online())
    assert subs.granted("B") == {"bars"}
    play(subs, venue, subs.drop("A"))
    assert subs.granted("B") == set(CHANNELS)
    assert subs.symbols == ("B",)


def test_a_yes_that_leaves_something_out_is_asked_once_more_then_counts_as_refused():
    subs = Subscriptions(CHANNELS)
    subs.want("A", ["bars", "quotes"])
    subs.sent(subs.online()[0])
    again = subs.acknowledge(frozenset({("bars", "A")}))
    assert again == [Request((("quotes", "A"),))]
    subs.sent(again[0])
    assert subs.acknowledge(frozenset({("bars", "A")})) == []
    assert subs.refused == {("quotes", "A")}
    assert subs.mismatches == 2
    assert subs.complete("A")


def test_what_an_answer_takes_back_is_told_once_and_asked_for_again():
    subs = Subscriptions(CHANNELS)
    subs.want("A", ["bars", "quotes"])
    subs.want("B", ["bars"])
    subs.sent(subs.online()[0])
    whole = frozenset({("bars", "A"), ("quotes", "A"), ("bars", "B")})
    subs.acknowledge(whole)
    assert not subs.taken()
    assert subs.acknowledge(whole - {("quotes", "A")}) == [Request((("quotes", "A"),))]
    assert subs.taken() == {"A"}
    assert not subs.taken()
    subs.reject(frozenset({("bars", "B")}))
    assert subs.taken() == {"B"}


def test_a_symbol_we_left_was_not_taken_from_us():
    subs = Subscriptions(CHANNELS)
    subs.want("A", ["bars"])
    subs.sent(subs.online()[0])
    subs.acknowledge(frozenset({("bars", "A")}))
    subs.sent(subs.drop("A")[0])
    subs.acknowledge(frozenset())
    assert not subs.taken()


def test_what_we_never_asked_for_is_given_back_once():
    subs = Subscriptions(CHANNELS)
    subs.online()
    back = subs.acknowledge(frozenset({("bars", "Z"), ("corrections", "Z")}))
    assert back == [Request((("bars", "Z"),), adds=False)]
    subs.sent(back[0])
    assert subs.acknowledge(frozenset({("bars", "Z")})) == []


def test_a_refusal_nobody_asked_for_changes_nothing():
    subs = Subscriptions(CHANNELS)
    subs.online()
    assert subs.reject() == []
    subs.want("A", ["bars"])
    subs.sent(Request((("bars", "A"),), adds=False))
    assert subs.reject() == []


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from("ABCDEFGH")), max_size=30),
    st.integers(0, 5),
    st.sets(st.integers(0, 29)),
)
def test_after_any_changes_the_venue_gives_exactly_what_is_wanted_and_not_refused(
    steps, limit, losses
):
    subs, venue = Subscriptions(CHANNELS), Venue(limit)
    play(subs, venue, subs.online())
    for place, (adds, symbol) in enumerate(steps):
        if place in losses:
            subs.offline()
            venue.topics = frozenset()
            play(subs, venue, subs.online())
        if adds and symbol not in subs.symbols:
            play(subs, venue, subs.want(symbol, CHANNELS))
        elif not adds and symbol in subs.symbols:
            play(subs, venue, subs.drop(symbol))
        wanted = {(c, s) for s in subs.symbols for c in CHANNELS}
        assert venue.topics == wanted - subs.refused
        assert subs.settled
        assert {s for s in subs.symbols if subs.granted(s) == set(CHANNELS)} == {
            s for s in subs.symbols if not {("quotes", s), ("trades", s)} & subs.refused
        }


def asked():
    subscriptions = Subscriptions(CHANNELS)
    subscriptions.online()
    for request in subscriptions.want("AAA", CHANNELS):
        subscriptions.sent(request)
    return subscriptions


def test_a_request_may_be_answered_topic_by_topic():
    subscriptions = asked()
    for channel in ("quotes", "bars"):
        subscriptions.confirm(frozenset({(channel, "AAA")}))
        assert not subscriptions.settled
    subscriptions.confirm(frozenset({("trades", "AAA"), ("trades", "ZZZ"), ("other", "AAA")}))
    assert subscriptions.settled
    assert subscriptions.granted("AAA") == set(CHANNELS)
    (gone,) = subscriptions.drop("AAA")
    subscriptions.sent(gone)
    subscriptions.confirm(frozenset(gone.topics), adds=False)
    assert not subscriptions.waiting


def test_a_yes_that_names_nothing_is_to_the_whole_oldest_request():
    subscriptions = asked()
    subscriptions.confirm(frozenset())
    assert subscriptions.complete("AAA")
    subscriptions.confirm(frozenset())
    assert not subscriptions.waiting


def test_a_no_that_names_its_topic_costs_that_topic_alone():
    subscriptions = asked()
    assert not subscriptions.reject(frozenset({("quotes", "AAA")}))
    subscriptions.confirm(frozenset({("bars", "AAA"), ("trades", "AAA")}))
    assert subscriptions.settled
    assert subscriptions.refused == {("quotes", "AAA")}


def test_what_was_granted_before_a_no_is_not_asked_for_again():
    subscriptions = asked()
    subscriptions.confirm(frozenset({("bars", "AAA")}))
    (again,) = subscriptions.reject()
    assert again.topics == (("quotes", "AAA"),)
    assert subscriptions.refused == {("trades", "AAA")}


def test_what_is_never_answered_of_a_request_counts_as_refused():
    subscriptions = asked()
    assert not subscriptions.give_up()
    subscriptions.confirm(frozenset({("bars", "AAA")}))
    assert subscriptions.give_up()
    assert subscriptions.settled
    assert subscriptions.refused == {("quotes", "AAA"), ("trades", "AAA")}
    assert subscriptions.mismatches == 1


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_wanted_again_at_once_waits_until_the_venue_has_taken_it_away_and_given_it(whole):
    subs = Subscriptions(CHANNELS)
    bars = frozenset({("bars", "A")})

    def sent(requests):
        for request in requests:
            subs.sent(request)

    def answered(topics, *, adds):
        if whole:
            assert subs.acknowledge(topics if adds else frozenset()) == []
        else:
            subs.confirm(bars, adds=adds)

    subs.want("A", ["bars"])
    sent(subs.online())
    # The answer to the first request comes only now.
    sent(subs.drop("A"))
    sent(subs.want("A", ["bars"]))
    assert not subs.complete("A")
    answered(bars, adds=True)
    assert not subs.complete("A")
    answered(bars, adds=False)
    assert not subs.complete("A")
    answered(bars, adds=True)
    assert subs.settled
    assert not subs.taken()
    # And where it was granted all the while.
    sent(subs.drop("A"))
    sent(subs.want("A", ["bars"]))
    assert not subs.complete("A")
    answered(bars, adds=False)
    answered(bars, adds=True)
    assert subs.settled
    assert not subs.taken()
