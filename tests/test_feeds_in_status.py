"""What a feed meets with stands in `tradeplat status`: the vendor, what, since when, what next."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from markets import OPEN, control, quote, trade, venue
from sessions import OURS, Session, hurried, trading
from tradeplat.app import control_commands
from tradeplat.app.control_commands import Where
from tradeplat.core.market import SECOND
from tradeplat.venue.server import Venue
from waits import until

__all__ = ["hurried"]

pytestmark = pytest.mark.usefixtures("hurried")

TWO = ("stream.use=polygon", "stream.spans=[1]", "quotes.use=alpaca", "desks.warmup_bars=30")
BARS, QUOTES = r"polygon \(bars\)", r"alpaca \(quotes\)"
PATHS = {BARS: "/stocks", QUOTES: "/v2/sip"}
AT = r"\d\d:\d\d:\d\d UTC"


class Watched:
    """A session and the venue it trades on."""

    def __init__(self, served: Venue, session: Session, logs: Path) -> None:
        self.served = served
        self.session = session
        self._where = Where(logs)

    async def until(self, *patterns: str) -> str:
        """The line of `tradeplat status` in which all `patterns` are found."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 30.0
        while True:
            told = await asyncio.to_thread(control_commands.status, self._where)
            for line in told.text.splitlines():
                if all(re.search(pattern, line) for pattern in patterns):
                    return line
            assert loop.time() < deadline, f"{patterns} not in\n{told.text}"
            await asyncio.sleep(0.05)

    async def do(self, deed: str, **body: object) -> None:
        assert (await control(self.served, deed, **body))["status"] == 200


@asynccontextmanager
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    events = [e for k in range(2400) for e in (
        quote(OPEN + k * SECOND // 2, 4.99 + k / 1000, 5.01 + k / 1000),
        trade(OPEN + k * SECOND // 2 + 1000, 5.0 + k / 1000),
    )]  # fmt: skip
    logs = tmp_path / "logs"
    folder = logs / "run"
    folder.mkdir(parents=True)
    async with (
        venue(events, accounts=OURS, speed=10.0) as served,
        trading(served, folder, ["AAA"], "coin_flip", *TWO) as session,
    ):
        made = Watched(served, session, logs)
        for name in ("polygon", "builtin"):
            await made.until(f"feed {name} .*: live, up to ")
        yield made


async def test_what_befalls_the_feeds_of_both_vendors_has_a_line_each(tmp_path: Path) -> None:
    async with watched(tmp_path) as run:
        # 407 and 405 are told, and nothing else where the vendor stays.
        await run.do("error", path="/v2/sip", code=407)
        await run.until(f"{QUOTES}: complained at {AT}", "venue error 407", "connection is kept")
        await run.do("error", path="/v2/sip", code=405)
        await run.until(f"{QUOTES}: complained", "venue error 405", "2 times so far")
        await run.do("error", path="/stocks", code=407)
        await run.until(f"{BARS}: live again since {AT}", "slow_consumer", "lost once so far")
        for vendor, path in PATHS.items():
            # 406 and max_connections: the place is held.
            await run.do("login_error", code=406, times=1000)
            await run.do("disconnect", path=path, how="abort")
            await run.until(
                f"{vendor}: down since {AT}",
                "venue error (406|max_connections)",
                "earlier connection still holds",
                r"connects again in \d+ s|connecting now",
            )
            await run.do("clear")
            await run.until(f"{vendor}: live again since {AT}; was down since {AT}")


@pytest.mark.parametrize("how", ["half_open", "mute"])
async def test_a_socket_that_falls_silent_is_left_and_told(tmp_path: Path, how: str) -> None:
    async with watched(tmp_path) as run:
        client = run.session.live.client
        for vendor, path in PATHS.items():
            feed = client.bars if vendor == BARS else client.quotes
            # Of a feed that has said little nobody expects much.
            await until(lambda feed=feed: feed.received > 40)
            if how == "mute":
                await run.do("mute", path=path, on=True)
            else:
                await run.do("fault", name="half_open", socket="data", seconds=600, times=2)
            await run.until(f"{vendor}: (down|live again) since {AT}", "the peer is dead|mute")
            await run.do("clear")
            await run.until(f"{vendor}: live again since {AT}")


async def test_history_that_fails_is_told_until_it_comes(tmp_path: Path) -> None:
    async with watched(tmp_path) as run:
        for name, status in (("http_status", 503), ("http_429", 429)):
            await run.do("fault", name=name, path="/v2/aggs", status=status, times=1000)
            await run.do("disconnect", path="/stocks", how="abort")
            await run.until(
                f"{BARS}: no history of AAA since {AT}", f"HTTP {status}", "asked again every"
            )
            await run.do("clear")
            await run.until("streams: account LIVE, market 1 live")


@pytest.mark.parametrize("vendor", PATHS)
async def test_a_vendor_that_does_not_let_us_in_any_more_is_told_and_the_session_goes_on(
    tmp_path: Path, vendor: str
) -> None:
    async with watched(tmp_path) as run:
        await run.do("login_error", code=402, times=1000)
        await run.do("disconnect", path=PATHS[vendor], how="abort")
        await run.until(f"{vendor}: down since {AT}", "402|auth_failed", "a person must act")
        await run.until("REDUCE_ONLY  account", "STREAM_DOWN")
        assert run.session.live.supervisor.fatal is None
        assert not run.session.live.supervisor.quarantined
