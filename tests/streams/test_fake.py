from collections.abc import Iterator

from tradeplat.core.market import Bar, MarketEvent
from tradeplat.streams.fake import FakeWebSocketClient
from tradeplat.streams.timeline import Timeline


def chunks() -> Iterator[list[MarketEvent]]:
    yield [Bar("A", n, 1.0, 1.0, 1.0, 1.0, 1.0, 1, "csv") for n in range(1, 4)]
    yield [Bar("A", n, 1.0, 1.0, 1.0, 1.0, 1.0, 1, "csv") for n in range(4, 6)]


async def test_a_feed_takes_its_place_when_opened_and_ends_with_the_recording() -> None:
    shown: list[int] = []
    timeline = Timeline(chunks(), lambda event: shown.append(event.ts), sleepers=0)
    feed = FakeWebSocketClient(timeline).open("A")
    async with feed as batches:
        seen = [[event.ts for event in batch] async for batch in batches]
    assert seen == [[1, 2, 3], [4, 5]]
    assert shown == [1, 2, 3, 4, 5]
    assert timeline.finished
