"""Quotes and halts of a second feed: handed on at once, live by their grant alone."""

import pytest

from tradeplat.core.errors import Denied
from tradeplat.core.market import SECOND, Bar, Quote, Status
from tradeplat.streams.beside import Beside
from tradeplat.streams.ticker import Stage, Terms, Ticker


class Pair:
    """A ticker whose history needs nobody, and what brings it quotes."""

    def __init__(self) -> None:
        self.allowed = True
        self.ticker = Ticker("AAA", Terms((60,), "polygon"), None, lambda: SECOND)
        self.beside = Beside(self.ticker, Terms((), "iex"), lambda: self.allowed)

    async def taken(self) -> list:
        return list(await self.ticker.batch(lambda _: True))


def quote(ts: int) -> Quote:
    return Quote("AAA", ts, 1.0, 1.0, 1.1, 1.0, "iex")


async def test_what_comes_before_the_first_history_waits_and_of_quotes_the_last() -> None:
    pair = Pair()
    halt = Status("AAA", SECOND, False, "T1", "iex")
    for fact in (quote(1), quote(2), halt, quote(3), quote(4)):
        pair.beside.on_fact(fact)
    assert not pair.ticker.mailbox.depth
    assert await pair.taken() == [quote(2), halt, quote(4)]
    pair.ticker.lost()
    pair.beside.on_fact(quote(5))
    assert list(await pair.ticker.batch(lambda _: False)) == [quote(5)]


async def test_it_is_live_once_granted_and_no_longer_when_its_connection_is_lost() -> None:
    pair = Pair()
    assert not pair.beside.idle
    pair.allowed = False
    pair.beside.granted()
    assert pair.beside.stage is Stage.SUBSCRIBING
    pair.allowed = True
    pair.beside.granted()
    pair.beside.tick(SECOND)
    assert (pair.beside.stage, pair.beside.idle) == (Stage.LIVE, True)
    pair.beside.lost()
    assert pair.beside.stage is Stage.SUBSCRIBING
    assert pair.ticker.stage is Stage.SUBSCRIBING


async def test_a_halt_whose_end_may_have_been_missed_ends_with_the_next_bar_that_traded() -> None:
    pair = Pair()
    pair.beside.on_fact(quote(1))
    await pair.taken()
    pair.beside.granted()
    pair.beside.on_fact(Status("AAA", SECOND, False, "T1", "iex"))
    pair.beside.lost()
    pair.beside.granted()
    pair.ticker.on_fact(Bar("AAA", 180 * SECOND, 1.0, 1.0, 1.0, 1.0, 5.0, 60, "polygon"))
    told = [event for event in await pair.taken() if isinstance(event, Status)]
    assert [(status.trading, status.code) for status in told] == [(False, "T1"), (True, "RESUMED")]


async def test_a_refusal_that_a_person_must_mend_ends_the_desks_feed() -> None:
    pair = Pair()
    pair.beside.fail(Denied("no plan"))
    with pytest.raises(Denied, match="no plan"):
        await pair.taken()
