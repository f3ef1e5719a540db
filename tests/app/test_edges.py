from types import SimpleNamespace

import pytest

from markets import OPEN, quote, venue
from tradeplat.app import edges
from tradeplat.app.place import Place
from tradeplat.app.settings import Plug, Settings, load
from tradeplat.app.vendors import at_venue
from tradeplat.app.venue_process import KEY, SECRET
from tradeplat.core.errors import BadInput, Denied, Transient
from tradeplat.core.market import SECOND
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.runtime.wall_clock import FollowedClock
from tradeplat.streams.alpaca_history import AlpacaHistory
from tradeplat.streams.polygon_history import PolygonHistory
from tradeplat.venue.accounts import AccountTerms
from tradeplat.venue.faults import Fault

OURS = (AccountTerms(key=KEY, secret=SECRET),)


async def test_edges_are_built_from_their_plug_ins_and_reach_the_venue() -> None:
    async with venue([quote(OPEN)], accounts=OURS, speed=30.0) as served:
        where = Place(
            "built-in venue", served.url, served.url, served.ws_url + "/v2/sip", "builtin",
            KEY, SECRET, 30.0,
        )  # fmt: skip
        settings = load(None)
        clock = FollowedClock(0, 30.0)
        async with (
            edges.broker(settings, where, clock) as broker,
            edges.scanner(settings, where, clock) as scanner,
        ):
            await edges.follow_once(broker, clock, 30.0)
            assert clock.now() >= OPEN
            assert (await broker.account()).cash == 100_000
            await scanner.update()
            assert scanner.get_active_stock_list() == []


async def test_a_beginning_asks_again_while_the_world_fails_it() -> None:
    async with venue([quote(OPEN)], accounts=OURS, speed=1) as served:
        url, clock = served.url, FollowedClock(0, 1.0)
        async with AlpacaBroker(url, KEY, SECRET, clock) as broker:
            served.faults.arm(
                Fault(name="http_429", headers={"Retry-After": "0"}),
                Fault(name="garbage_body"),
            )
            assert (await edges.answered(broker.account)).cash == 100_000
            assert served.faults.armed == []


async def test_a_beginning_gives_up_with_the_worlds_own_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(edges, "PATIENCE", 0.0)

    async def never() -> None:
        raise Transient("no answer at all")

    with pytest.raises(Transient, match="no answer at all"):
        await edges.answered(never)


async def test_a_refusal_that_a_person_must_mend_is_not_asked_again() -> None:
    asked = []

    async def refused() -> None:
        asked.append(1)
        raise Denied("wrong keys")

    with pytest.raises(Denied):
        await edges.answered(refused)
    assert len(asked) == 1


async def test_a_reading_long_under_way_is_worth_less_than_our_own_clock():
    elapsed = {"ns": 0}
    venue_ts = {"ns": 1_000 * SECOND}

    class Slow:
        took = 0

        async def clock(self):
            elapsed["ns"] += self.took
            return SimpleNamespace(ts=venue_ts["ns"])

    clock = FollowedClock(0, 1.0, lambda: elapsed["ns"])
    slow = Slow()
    await edges.follow_once(slow, clock, 1.0)
    assert clock.now() == 1_000 * SECOND
    slow.took = 4 * SECOND
    venue_ts["ns"] += 4 * SECOND
    skew = await edges.follow_once(slow, clock, 1.0)
    # The answer was all of four seconds under way; the reading was fresh when it was sent.
    assert abs(skew.ahead) <= skew.doubt
    assert clock.now() == 1_004 * SECOND
    venue_ts["ns"] += 60 * SECOND
    await edges.follow_once(slow, clock, 1.0)
    assert clock.now() > 1_060 * SECOND


@pytest.mark.parametrize("name", ["polygon", "massive"])
def test_a_stream_of_polygon_comes_from_its_hosts_with_its_history(name: str) -> None:
    url = "http://127.0.0.1:9"
    where = Place(
        "built-in venue", url, url, "ws://127.0.0.1:9/v2/sip", "builtin", KEY, SECRET,
        vendors=at_venue(url, KEY, SECRET),
    )  # fmt: skip
    settings = load(None)
    ours = edges.source(settings, where)
    assert (ours.access.url, ours.feed) == (where.stream_url, "builtin")
    assert isinstance(ours.history, AlpacaHistory)
    settings = settings.model_copy(update={"stream": Plug.model_validate({"use": name})})
    edges.check(settings)
    theirs = edges.source(settings, where)
    assert (theirs.access.url, theirs.access.key) == ("ws://127.0.0.1:9/stocks", KEY)
    assert theirs.feed == "polygon"
    assert isinstance(theirs.history, PolygonHistory)


def test_quotes_come_from_another_vendor_only_where_one_is_named() -> None:
    def settings(*sets: str) -> Settings:
        return load(None, sets)

    assert edges.quotes_beside(settings()) is None
    assert edges.quotes_beside(settings("quotes.use=alpaca")) is None
    assert edges.quotes_beside(settings("stream.use=massive", "quotes.use=polygon")) is None
    two = settings("stream.use=polygon", "quotes.use=alpaca")
    assert edges.quotes_beside(two) == two.quotes
    edges.check(two)
    for bad, said in (
        (("quotes.use=fake",), "quotes.use: fake cannot be one of two streams"),
        (("stream.use=polygon", "quotes.use=alpca"), "did you mean alpaca"),
        (("stream.use=polygon", "quotes.use=alpaca", "quotes.span=1"), "unknown key"),
        (("stream.spans=[]",), "stream.spans: found \\[\\]"),
    ):
        with pytest.raises(BadInput, match=said):
            edges.check(settings(*bad))
