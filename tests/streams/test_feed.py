"""A ticker's feed as a context: entered, iterated, left."""

from tradeplat.core.market import Status
from tradeplat.streams.feed import TickerFeed
from tradeplat.streams.ticker import Terms, Ticker


async def test_a_feed_hands_out_batches_while_it_is_open_and_ends_when_it_is_left() -> None:
    ticker = Ticker("AAA", Terms((60,), "iex"), None, lambda: 0)
    ticker.mailbox.put(Status("AAA", 1, False, "T1", "iex"))
    left = []

    async def enter(symbol: str) -> Ticker:
        assert symbol == "AAA"
        return ticker

    async def leave(gone: Ticker) -> None:
        left.append(gone)

    feed = TickerFeed("AAA", enter, leave, lambda _: True)
    assert not feed.entered
    async with feed as batches:
        assert feed.entered
        assert [event.ts for event in await anext(batches)] == [1]
        assert left == []
    assert left == [ticker]
    assert [batch async for batch in feed] == []
