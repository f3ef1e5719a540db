import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.errors import Corrupt
from tradeplat.core.market import Backfill, Bar, MarketEvent, Quote
from tradeplat.streams.fake import FakeWebSocketClient
from tradeplat.streams.timeline import FOREVER, Timeline

Heard = list[tuple[str, str, int, int]]


def bar(symbol: str, ts: int, span: int = 1) -> Bar:
    return Bar(symbol, ts, 1.0, 1.0, 1.0, 1.0, 1.0, span, "csv")


def quote(symbol: str, ts: int) -> Quote:
    return Quote(symbol, ts, 1.0, 1.0, 1.1, 1.0, "csv")


def rank(event: MarketEvent) -> tuple[int, str, int, int]:
    is_bar = isinstance(event, Bar)
    return event.ts, event.symbol, int(is_bar), event.span if isinstance(event, Bar) else 0


def chunked(events: list[MarketEvent], size: int) -> Iterator[list[MarketEvent]]:
    """Chunks of about `size` that never split an instant."""
    chunk: list[MarketEvent] = []
    for event in sorted(events, key=rank):
        if len(chunk) >= size and chunk[-1].ts != event.ts:
            yield chunk
            chunk = []
        chunk.append(event)
    yield chunk


def replay(
    events: list[MarketEvent],
    plan: dict[int, str],
    *,
    size: int = 3,
    warmup: int = 0,
) -> Heard:
    """Opens and closes tickers by `plan` (instant -> tickers from then on); tells all it heard."""
    heard: Heard = []

    def show(event: MarketEvent) -> None:
        heard.append(("venue", event.symbol, event.ts, timeline.now()))

    timeline = Timeline(chunked(events, size), show, warmup)
    stream = FakeWebSocketClient(timeline)
    tasks: dict[str, asyncio.Task[None]] = {}

    async def trade(symbol: str, feed: object) -> None:
        async with feed as batches:
            async for batch in batches:
                for event in batch:
                    kind = "past" if isinstance(event, Backfill) else "desk"
                    heard.append((kind, symbol, event.ts, timeline.now()))

    async def manage() -> None:
        for ts, symbols in sorted(plan.items()):
            await timeline.sleep_until(ts)
            if timeline.finished:
                break
            heard.append(("poll", symbols, ts, timeline.now()))
            for symbol in set(tasks) - set(symbols):
                tasks[symbol].cancel()
                await asyncio.wait([tasks.pop(symbol)])
            for symbol in sorted(set(symbols) - set(tasks)):
                feed = stream.open(symbol)
                tasks[symbol] = asyncio.create_task(trade(symbol, feed))
        await timeline.sleep_until(FOREVER)

    async def main() -> None:
        await asyncio.wait_for(manage(), 30)
        if tasks:
            await asyncio.wait(tasks.values())

    asyncio.run(main())
    return heard


def test_one_ticker_speaks_at_a_time_in_the_order_of_time() -> None:
    events = [bar("A", 1), bar("B", 1), bar("A", 2), bar("B", 3), quote("A", 3)]
    assert replay(events, {0: "AB"}) == [
        ("poll", "AB", 0, 0),
        ("venue", "A", 1, 1),
        ("venue", "B", 1, 1),
        ("desk", "A", 1, 1),
        ("desk", "B", 1, 1),
        ("venue", "A", 2, 2),
        ("desk", "A", 2, 2),
        ("venue", "B", 3, 3),
        ("venue", "A", 3, 3),
        ("desk", "A", 3, 3),
        ("desk", "B", 3, 3),
    ]


def test_a_sleeper_goes_before_the_events_of_its_instant() -> None:
    heard = replay([bar("A", n) for n in range(1, 6)], {0: "A", 3: "A"}, size=9)
    assert heard.index(("poll", "A", 3, 3)) == heard.index(("venue", "A", 3, 3)) - 1


def test_a_ticker_opened_late_is_warmed_from_its_past_and_misses_nothing_after() -> None:
    events = [bar(symbol, n) for symbol in "AB" for n in range(1, 7)]
    heard = replay(events, {0: "A", 4: "AB"}, warmup=2)
    of_b = [(kind, ts) for kind, symbol, ts, _ in heard if symbol == "B"]
    assert of_b == [
        ("past", 4),
        ("venue", 4),
        ("desk", 4),
        ("venue", 5),
        ("desk", 5),
        ("venue", 6),
        ("desk", 6),
    ]


def test_a_closed_ticker_is_silent_and_the_others_go_on() -> None:
    events = [bar(symbol, n) for symbol in "AB" for n in range(1, 7)]
    heard = replay(events, {0: "AB", 3: "B"})
    assert [ts for kind, s, ts, _ in heard if (kind, s) == ("desk", "A")] == [1, 2]
    assert [ts for kind, s, ts, _ in heard if (kind, s) == ("desk", "B")] == [1, 2, 3, 4, 5, 6]


def test_nothing_happens_after_the_last_event() -> None:
    heard = replay([bar("A", 1)], {0: "A", 50: "AB"})
    assert heard[-1] == ("desk", "A", 1, 1)


def test_a_ticker_is_open_once() -> None:
    timeline = Timeline(iter([]), lambda _: None)
    timeline.join("A")
    with pytest.raises(Corrupt, match="A is open"):
        timeline.join("A")


EVENTS = st.lists(
    st.one_of(
        st.builds(bar, st.sampled_from("ABC"), st.integers(1, 30), st.sampled_from([1, 60])),
        st.builds(quote, st.sampled_from("ABC"), st.integers(1, 30)),
    ),
    min_size=1,
    max_size=60,
    unique_by=rank,
)
PLANS = st.dictionaries(
    st.integers(0, 30),
    st.sets(st.sampled_from("ABC")).map(lambda s: "".join(sorted(s))),
    min_size=1,
)


@given(EVENTS, PLANS, st.integers(1, 9))
def test_every_open_ticker_hears_everything_once_whatever_the_chunks(
    events: list[MarketEvent], plan: dict[int, str], size: int
) -> None:
    heard = replay(events, plan, size=size)
    assert heard == replay(events, plan, size=1_000)
    assert all(ts == now for kind, _, ts, now in heard if kind != "poll")
    order = [now for *_, now in heard]
    assert order == sorted(order)
    wanted = []
    for event in sorted(events, key=rank):
        current = [symbols for ts, symbols in sorted(plan.items()) if ts <= event.ts]
        if current and event.symbol in current[-1]:
            wanted.append((event.symbol, event.ts))
    assert [(s, ts) for kind, s, ts, _ in heard if kind == "desk"] == wanted
    shown = [(s, ts) for kind, s, ts, _ in heard if kind == "venue"]
    assert [ts for _, ts in shown] == [ts for _, ts in wanted]
    assert sorted(shown) == sorted(wanted)
