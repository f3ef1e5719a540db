"""A small world written down by a test, which plays every source of a scan."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tradeplat.core.errors import TradeplatError
from tradeplat.scanners.sources import (
    DailyBar,
    Details,
    Halt,
    Headline,
    MinuteVolume,
    SharesFloat,
    Split,
    TickerSnapshot,
)


class World:
    """`fail` maps the name of a question to what it raises; `asked` counts questions."""

    name = "world"
    feed = "sip"

    def __init__(self) -> None:
        self.shots: dict[str, TickerSnapshot] = {}
        self.closes: dict[str, float] = {}
        self.volumes: dict[str, float] = {}
        self.usual: dict[str, list[MinuteVolume]] = {}
        self.facts: dict[str, Details] = {}
        self.floats: dict[str, SharesFloat] = {}
        self.told: list[Split] = []
        self.lines: list[Headline] = []
        self.stopped: dict[str, Halt] = {}
        self.listed: dict[str, bool] = {}
        self.fail: dict[str, TradeplatError] = {}
        self.asked: Counter[str] = Counter()

    def put(
        self, symbol: str, price: float, before: float, volume: float = 1e6, ts: int = 0
    ) -> None:
        self.shots[symbol] = TickerSnapshot(symbol, ts, price, volume, before)
        self.closes[symbol] = before
        self.facts.setdefault(symbol, Details(symbol, kind="CS", sic="2834"))
        self.listed.setdefault(symbol, True)

    def _count(self, question: str) -> None:
        self.asked[question] += 1
        if question in self.fail:
            raise self.fail[question]

    async def snapshots(self, symbols: Sequence[str] = ()) -> list[TickerSnapshot]:
        self._count("snapshots")
        return [shot for shot in self.shots.values() if not symbols or shot.symbol in symbols]

    async def gainers(self) -> list[TickerSnapshot]:
        return []

    async def grouped(self, day: int) -> Mapping[str, DailyBar]:
        self._count("grouped")
        volumes = self.volumes
        return {s: DailyBar(close, volumes.get(s, 1.0)) for s, close in self.closes.items()}

    async def minutes(self, symbol: str, first: int, last: int) -> list[MinuteVolume]:
        self._count("minutes")
        return self.usual.get(symbol, [])

    async def details(self, symbol: str) -> Details | None:
        self._count("details")
        return self.facts.get(symbol)

    async def shares_float(self, symbol: str) -> SharesFloat | None:
        self._count("float")
        return self.floats.get(symbol)

    async def splits(self, first: int, last: int) -> list[Split]:
        self._count("splits")
        return self.told

    async def since(self, symbols: Sequence[str], ts: int) -> list[Headline]:
        self._count("news")
        return [line for line in self.lines if line.ts >= ts]

    async def halts(self) -> Mapping[str, Halt]:
        self._count("halts")
        return self.stopped

    async def assets(self) -> dict[str, bool]:
        self._count("assets")
        return self.listed
