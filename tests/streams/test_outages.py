"""What a feed met with is told in sentences: what, since when, and what comes next."""

import asyncio
from types import SimpleNamespace

from tradeplat.core.market import SECOND
from tradeplat.streams.outages import Outages, Said, history_lines, listed

NOON = 43_200 * SECOND
WELL = SimpleNamespace(errors=0, last_error="")


class Watch:
    def __init__(self):
        self.time = NOON

    def now(self):
        return self.time

    def later(self, seconds):
        self.time += seconds * SECOND


async def test_nothing_is_told_while_all_has_always_been_well():
    outages = Outages(Watch().now)
    assert outages.lines((), WELL) == []
    outages.live()
    assert outages.lines((), WELL) == []


async def test_a_loss_is_told_from_its_first_reason_on_and_what_comes_next():
    watch = Watch()
    outages = Outages(watch.now)
    outages.live()
    outages.lost("closed by the peer (1006)")
    outages.waits(4.2)
    watch.later(5)
    assert outages.lines((), WELL) == [
        "down since 12:00:00 UTC (closed by the peer (1006)); connects again in 4 s"
    ]
    outages.waits(0.0)
    assert outages.lines((), WELL)[0].endswith("; connecting now")
    outages.lost("venue error 406: connection limit exceeded")
    outages.waits(10.0, "an earlier connection still holds the place")
    (line,) = outages.lines((), WELL)
    assert line == (
        "down since 12:00:00 UTC (closed by the peer (1006)); tried last at 12:00:05 UTC (venue "
        "error 406: connection limit exceeded); an earlier connection still holds the place, "
        "connects again in 10 s"
    )
    watch.later(10)
    outages.live()
    watch.later(60)
    outages.live()
    assert outages.lines((), WELL) == [
        "live again since 12:00:15 UTC; was down since 12:00:00 UTC (closed by the peer (1006)), "
        "lost once so far"
    ]
    outages.lost("mute")
    outages.live()
    assert "lost 2 times so far" in outages.lines((), WELL)[0]


async def test_what_only_a_person_can_cure_says_so():
    outages = Outages(Watch().now)
    outages.lost("venue error 402: auth failed", final=True)
    (line,) = outages.lines((), WELL)
    assert "venue error 402: auth failed" in line
    assert "not tried again, a person must act" in line


async def test_complaints_refused_topics_and_unreadable_messages_have_a_line_each():
    watch = Watch()
    outages = Outages(watch.now)
    outages.complained("venue error 407: slow client")
    watch.later(1)
    outages.complained("venue error 405: symbol limit exceeded")
    assert outages.lines((), WELL) == [
        "complained at 12:00:01 UTC (venue error 405: symbol limit exceeded), 2 times so far; the "
        "connection is kept"
    ]
    topics = [("quotes", f"S{n}") for n in range(8)]
    (line,) = outages.lines(topics, WELL)
    assert line.startswith("does not give us quotes of S0, quotes of S1,")
    assert "and 2 more (since 12:00:01 UTC: venue error 405: symbol limit exceeded)" in line
    outages.unreadable()
    bad = SimpleNamespace(errors=3, last_error="no price")
    (line,) = outages.lines((), bad)[1:]
    assert line == (
        "could not read 3 of its messages, the last at 12:00:01 UTC, their neighbours were: no "
        "price"
    )
    assert "not confirmed" in Outages(watch.now).lines(topics, WELL)[0]


def test_history_that_does_not_come_is_told_for_all_that_wait_for_it():
    tickers = {
        "B": SimpleNamespace(trouble=Said(NOON + SECOND, "HTTP 503")),
        "A": SimpleNamespace(trouble=Said(NOON, "HTTP 502")),
        "C": SimpleNamespace(trouble=None),
    }
    past = SimpleNamespace(refused=2, last_refused="t -1")
    assert history_lines(tickers, 5.0, past) == [
        "no history of A, B since 12:00:00 UTC (HTTP 503); asked again every 5 s, entries wait "
        "for it",
        "2 rows of history made no sense and were left out, the last: t -1",
    ]
    assert history_lines({}, 5.0, None) == []


def test_of_many_names_the_first_are_told():
    assert listed(list("ABCDEF")) == "A, B, C, D, E, F"
    assert listed(list("ABCDEFG")) == "A, B, C, D, E, F and 1 more"


async def test_what_comes_next_can_be_told_when_the_loop_is_gone():
    outages = Outages(Watch().now)
    outages.lost("x")
    outages.waits(1.0)
    line = await asyncio.to_thread(outages.lines, (), WELL)
    assert "connects again in" in line[0]
