"""One REST session and one budget for each vendor of a run, shared by all that ask it."""

from contextlib import AsyncExitStack
from typing import Self

from tradeplat.app import vendors
from tradeplat.app.place import Place
from tradeplat.app.settings import Settings
from tradeplat.app.vendors import Endpoint
from tradeplat.core.ports import Clock
from tradeplat.scanners.alpaca_news import AlpacaNews
from tradeplat.scanners.budget import Budget
from tradeplat.scanners.news import News, Newsroom
from tradeplat.scanners.polygon_news import PolygonNews
from tradeplat.scanners.quota import Quota
from tradeplat.scanners.rest import Rest
from tradeplat.scanners.sentiment import Sentiment, analyzer
from tradeplat.scanners.sources import Headlines

ALPACA_REQUESTS = 200
"""Requests a minute that Alpaca allows on its data host."""
BUILTIN_REQUESTS = 20_000
"""The same at the built-in venue, whose minutes are short."""
COUNTS = "vendors"
"""Folder beside the runs that holds what was used of quotas a day."""
_ACCOUNTS = {"alpaca_news": "alpaca"}
"""Services that are paid from another one's budget."""


class Rests:
    """Opens the REST of a place's vendors when first asked for it; `async with` closes them all.

    `clock` is the wall's: vendors count by it, whatever time is traded.
    """

    def __init__(self, place: Place, settings: Settings, clock: Clock) -> None:
        self._place = place
        self._settings = settings
        self._clock = clock
        self._stack = AsyncExitStack()
        self._open: dict[str, Rest] = {}
        self._budgets: dict[str, Budget] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        self._open.clear()

    async def of(self, name: str) -> Rest | None:
        """The REST of polygon (massive), fmp or alpaca_news; None where there is no key for it."""
        known = vendors.ALIASES.get(name, name)
        place = self._place.vendors.get(known)
        if place is None or not place.key:
            return None
        if known not in self._open:
            label = known.replace("_", " ")
            made = Rest(label, place.url, _login(known, place), self.budget(known), self._clock)
            self._open[known] = await self._stack.enter_async_context(made)
        return self._open[known]

    def budget(self, name: str) -> Budget:
        """What all requests of one key are paid from: alpaca, polygon, fmp."""
        account = _ACCOUNTS.get(name, name)
        if account not in self._budgets:
            self._budgets[account] = self._made(account)
        return self._budgets[account]

    def told(self) -> list[str]:
        """A line a vendor that is in use: its last fault, and what is left of its budget."""
        return [rest.told() for rest in self._open.values()]

    def _made(self, account: str) -> Budget:
        if self._place.feed == "builtin":
            return Budget(BUILTIN_REQUESTS, self._clock)
        settings = self._settings
        limits = {
            "polygon": settings.polygon.requests_minute,
            "fmp": settings.fmp.requests_minute,
        }
        quota = None
        if account == "fmp" and settings.fmp.requests_day:
            quota = Quota(settings.run.logs / COUNTS / "fmp.count", settings.fmp.requests_day)
        return Budget(limits.get(account, ALPACA_REQUESTS), self._clock, allowance=quota)


async def newsroom(rests: Rests, clock: Clock) -> Newsroom:
    """News of every vendor that there is a key for, and who judges them, where it is installed.

    `clock` is that of the session.
    """
    sources: dict[str, Headlines] = {}
    alpaca, polygon = await rests.of("alpaca_news"), await rests.of("polygon")
    if alpaca is not None:
        sources["alpaca"] = AlpacaNews(alpaca)
    if polygon is not None:
        sources["polygon"] = PolygonNews(polygon)
    scorer = Sentiment.load() if analyzer() is not None else None
    return Newsroom(News(sources, clock), scorer, rests.told)


def _login(name: str, place: Endpoint) -> dict[str, str]:
    """The headers that each vendor wants."""
    if name == "polygon":
        return {"Authorization": f"Bearer {place.key}"}
    if name == "fmp":
        return {"apikey": place.key}
    return {"APCA-API-KEY-ID": place.key, "APCA-API-SECRET-KEY": place.secret}
