"""What a ticker counted, by name."""

from tradeplat.core.market import MINUTE, Bar
from tradeplat.streams.counts import COUNTED, counts, totals
from tradeplat.streams.terms import Terms
from tradeplat.streams.ticker import Ticker


async def test_a_ticker_tells_every_count_by_its_name() -> None:
    ticker = Ticker("AAA", Terms((60,), "iex"), None, lambda: 0)
    assert counts(ticker) == dict.fromkeys(COUNTED, 0)
    await_first = ticker.batch(lambda _: True)
    bar = Bar("AAA", MINUTE, 1.0, 1.0, 1.0, 1.0, 1.0, 60, "iex")
    ticker.mailbox.put(bar)
    assert list(await await_first) == [bar]
    ticker.ordering.admit(bar)
    ticker.ordering.admit(bar)
    assert counts(ticker)["repeats"] == 1


def test_what_is_closed_counts_on_and_what_waits_is_told() -> None:
    ticker = Ticker("AAA", Terms((60,), "iex"), None, lambda: 0)
    ticker.mailbox.put(Bar("AAA", MINUTE, 1.0, 1.0, 1.0, 1.0, 1.0, 60, "iex"))
    assert totals({}, [ticker]) == {**dict.fromkeys(COUNTED, 0), "depth": 1}
    assert totals({"repeats": 3}, [])["repeats"] == 3
