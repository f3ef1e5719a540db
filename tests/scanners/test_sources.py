from collections.abc import Mapping, Sequence

import msgspec

from tradeplat.scanners.sources import (
    DailyBar,
    Details,
    Halt,
    Halts,
    Headline,
    Headlines,
    Market,
    MinuteVolume,
    Reference,
    SharesFloat,
    Split,
    Splits,
    TickerSnapshot,
)


class Everything:
    """One source that plays every part: the Protocols do not exclude each other."""

    feed = "recorded"
    name = "record"

    async def snapshots(self, symbols: Sequence[str] = ()) -> Sequence[TickerSnapshot]:
        return [TickerSnapshot(symbol) for symbol in symbols]

    async def gainers(self) -> Sequence[TickerSnapshot]:
        return [TickerSnapshot("A", price=2.0, previous=1.0)]

    async def grouped(self, day: int) -> Mapping[str, DailyBar]:
        return {"A": DailyBar(1.0, float(day))}

    async def minutes(self, symbol: str, first: int, last: int) -> Sequence[MinuteVolume]:
        return [MinuteVolume(first, 1.0), MinuteVolume(last, 2.0)]

    async def details(self, symbol: str) -> Details | None:
        return Details(symbol, sic="3826")

    async def shares_float(self, symbol: str) -> SharesFloat | None:
        return SharesFloat(1e6, 0)

    async def splits(self, first: int, last: int) -> Sequence[Split]:
        return [Split("A", first, 0.1)]

    async def since(self, symbols: Sequence[str], ts: int) -> Sequence[Headline]:
        return [Headline("1", ts, tuple(symbols), "A rises")]

    async def halts(self) -> Mapping[str, Halt]:
        return {"A": Halt(1, None, "T1")}


async def test_one_record_can_play_every_source() -> None:
    market: Market = Everything()
    reference: Reference = Everything()
    news: Headlines = Everything()
    splits: Splits = Everything()
    assert (await splits.splits(1, 2))[0].ratio == 0.1
    halts: Halts = Everything()
    assert [row.symbol for row in await market.snapshots(["A", "B"])] == ["A", "B"]
    assert (await market.grouped(20260105))["A"] == DailyBar(1.0, 20260105.0)
    assert (await reference.details("A")) == Details("A", sic="3826")
    assert (await news.since(["A"], 5))[0].ts == 5
    assert (await halts.halts())["A"].resumed is None


def test_facts_survive_the_journey_through_json() -> None:
    for fact in (Details("A", kind="CS", listed_on=20200102), Headline("1", 2, ("A",), "t")):
        raw = msgspec.json.encode(fact)
        assert msgspec.json.decode(raw, type=type(fact)) == fact
