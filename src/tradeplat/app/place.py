"""Where a session trades: the built-in venue, started for it or found, or the vendor's hosts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec

from tradeplat.app import attached, credentials, orphans, vendors, venue_process
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import Settings
from tradeplat.app.vendors import Endpoint
from tradeplat.core.errors import BadInput
from tradeplat.journal.shelf import FOLDER

PAPER = "https://paper-api.alpaca.markets"
LIVE = "https://api.alpaca.markets"
DATA = "https://data.alpaca.markets"
STREAM = "wss://stream.data.alpaca.markets"


class Place(msgspec.Struct, frozen=True):
    """Hosts and keys of one account.

    `speed` is how fast its clock runs against the wall's; `end` the instant at which what it
    plays is over, in UTC nanoseconds (0: never). `process` is the venue's, where it is ours.
    """

    name: str
    trading_url: str
    data_url: str
    stream_url: str
    feed: str
    key: str
    secret: str
    speed: float = 1.0
    lockstep: bool = False
    end: int = 0
    process: venue_process.Running | orphans.Adopted | None = None
    data_keys: tuple[str, str] = ("", "")
    """The pair for market data, where it is another one."""
    vendors: Mapping[str, Endpoint] = msgspec.field(default_factory=dict)
    """Services beside the broker: polygon, fmp, alpaca_news."""

    def __repr__(self) -> str:
        return f"Place({self.name}, {self.trading_url})"

    @property
    def data(self) -> tuple[str, str]:
        """Key and secret for market data."""
        return self.data_keys if self.data_keys[0] else (self.key, self.secret)

    def vendor(self, name: str) -> Endpoint:
        """The service `name` (massive is polygon), ready to be asked.

        Raises BadInput when there is no such service, or no key for it.
        """
        known = vendors.ALIASES.get(name, name)
        found = self.vendors.get(known)
        if found is None:
            raise BadInput(f"vendor {name!r}: expected one of {', '.join(sorted(self.vendors))}")
        if not found.key:
            names = " or ".join(credentials.API_KEYS.get(known, ()))
            raise BadInput(f"vendor {name} needs {names} in the environment")
        return found


def check(settings: Settings) -> None:
    """Raise BadInput when the keys for the place that `settings` name are not there."""
    if settings.run.venue == "alpaca":
        _alpaca(settings)


@asynccontextmanager
async def opened(settings: Settings, folder: RunFolder) -> AsyncIterator[Place]:
    """The place that `settings` name, for as long as the context is open."""
    if settings.run.venue == "alpaca":
        yield _alpaca(settings)
        return
    if settings.venue.url:
        yield _builtin(await attached.found(settings.venue.url), None)
        return
    async with venue_process.started(settings.venue, folder.path / "venue.log") as process:
        yield _builtin(process.ready, process)


@asynccontextmanager
async def continued(settings: Settings, folder: RunFolder) -> AsyncIterator[Place]:
    """As `opened`; where the daemon of a built-in venue with these settings was killed, and the
    venue goes on, its account is taken up again.
    """
    if settings.run.venue == "alpaca" or settings.venue.url:
        async with opened(settings, folder) as place:
            yield place
        return
    cards = settings.run.logs / FOLDER
    orphan = await orphans.found(cards, settings.venue)
    if orphan is None:
        async with opened(settings, folder) as place:
            assert place.process is not None
            with orphans.card(cards, settings.venue, place.process):
                yield place
        return
    try:
        with orphans.card(cards, settings.venue, orphan):
            yield _builtin(orphan.ready, orphan)
    finally:
        await orphan.end()


def _builtin(
    ready: venue_process.Ready, process: venue_process.Running | orphans.Adopted | None
) -> Place:
    lockstep = ready.speed == "max"
    name = "built-in venue" if process is not None else f"venue at {ready.url}"
    if isinstance(process, orphans.Adopted):
        name = "built-in venue of a killed run"
    return Place(
        name,
        ready.url,
        ready.url,
        ready.url.replace("http", "ws", 1) + "/v2/sip",
        "builtin",
        venue_process.KEY,
        venue_process.SECRET,
        1.0 if lockstep else float(ready.speed),
        lockstep,
        ready.end,
        process,
        vendors=vendors.at_venue(ready.url, venue_process.KEY, venue_process.SECRET),
    )


def _alpaca(settings: Settings) -> Place:
    live = settings.run.mode == "live"
    use = credentials.Use.LIVE if live else credentials.Use.PAPER
    hosts = settings.alpaca
    trading = hosts.trading_url or (LIVE if live else PAPER)
    if not on_this_machine(trading):
        credentials.check_fit(use)
    key, secret = credentials.needed(use).secrets()
    other = credentials.alpaca(use=credentials.Use.DATA)
    data = other.secrets() if other is not None else (key, secret)
    data_url = (hosts.data_url or DATA).rstrip("/")
    news = Endpoint(data_url, (hosts.news_url or STREAM + vendors.ALPACA_NEWS).rstrip("/"), *data)
    stream = hosts.stream_url or f"{STREAM}/v2/{hosts.feed}"
    name = f"Alpaca {settings.run.mode}"
    return Place(
        name,
        trading,
        data_url,
        stream,
        hosts.feed,
        key,
        secret,
        data_keys=data,
        vendors=vendors.real(settings, news),
    )


def on_this_machine(url: str) -> bool:
    """True for an address of this machine, where there is no vendor and no real money."""
    return (urlsplit(url).hostname or "") in {"localhost", "127.0.0.1", "::1"}
