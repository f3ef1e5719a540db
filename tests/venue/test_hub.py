import json

import msgpack
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.venue.alpaca_wire import Message
from tradeplat.venue.hub import ALL, ASKED, Hub, Receiver


def receiver(feed="iex", key="K", *, packed=False) -> Receiver:
    got: list[bytes] = []
    made = Receiver(feed, key, got.append, packed=packed)
    made.got = got
    return made


def told(*symbols, channel="trades"):
    return [Message(channel, symbol, {"S": symbol, "n": n}) for n, symbol in enumerate(symbols)]


def test_each_gets_what_it_asked_for_once_and_in_its_encoding():
    hub = Hub()
    text, packed, other = receiver(), receiver(packed=True), receiver("sip")
    for one, topics in (
        (text, {"trades": [ALL, "A"]}),
        (packed, {"trades": ["B"]}),
        (other, {"quotes": ["A"]}),
    ):
        hub.join(one)
        hub.subscribe(one, topics)
    hub.publish(told("A", "B", "A"), ("iex", "sip"))
    assert [json.loads(one)["n"] for one in text.got] == [0, 1, 2]
    assert [msgpack.unpackb(one)["n"] for one in packed.got] == [1]
    assert (other.got, hub.sent("K"), hub.published) == ([], 4, 3)


def test_corrections_follow_trades():
    hub, one = Hub(), receiver()
    hub.join(one)
    hub.subscribe(one, {"trades": ["A"]})
    hub.publish(told("A", channel="corrections") + told("A", channel="cancelErrors"), ("iex",))
    assert len(one.got) == 2
    hub.unsubscribe(one, {"trades": ["A"]})
    hub.publish(told("A", channel="corrections"), ("iex",))
    assert len(one.got) == 2


def test_who_left_gets_and_counts_nothing():
    hub, one = Hub(), receiver()
    hub.join(one)
    hub.subscribe(one, {"trades": ["A"], "quotes": [ALL]})
    hub.leave(one)
    hub.leave(one)
    hub.publish(told("A"), ("iex",))
    assert (one.got, hub.sent("K"), hub.receivers, hub._wanted) == ([], 0, [], {})


def test_a_mute_receiver_is_told_nothing_and_counts_nothing():
    hub, one = Hub(), receiver()
    hub.join(one)
    hub.subscribe(one, {"trades": ["A"]})
    one.mute = True
    hub.publish(told("A"), ("iex",))
    assert (one.got, one.sent) == ([], 0)


TOPICS = st.dictionaries(
    st.sampled_from(ASKED), st.lists(st.sampled_from(["A", "B", ALL]), max_size=3)
)


@given(st.lists(st.tuples(st.booleans(), TOPICS), max_size=12))
def test_subscriptions_are_plain_set_arithmetic(steps):
    hub, one = Hub(), receiver()
    hub.join(one)
    wanted: set[tuple[str, str]] = set()
    for adding, topics in steps:
        pairs = {(channel, symbol) for channel, names in topics.items() for symbol in names}
        if adding:
            hub.subscribe(one, topics)
            wanted |= pairs
        else:
            hub.unsubscribe(one, topics)
            wanted -= pairs
    shown = one.acknowledgement()
    assert {(channel, symbol) for channel in ASKED for symbol in shown[channel]} == wanted
    assert one.metered() == {
        symbol for channel, symbol in wanted if channel in {"trades", "quotes"}
    }
    for channel in ASKED:
        before = len(one.got)
        hub.publish(told("A", channel=channel), ("iex",))
        assert len(one.got) - before == bool({(channel, "A"), (channel, ALL)} & wanted)
