"""Whole sessions that lose their venue, or get nonsense from it: no bar lost, none doubled."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from markets import OPEN, control
from markets import morning as printed
from markets import venue as served_by
from sessions import OURS, Delivered, Session, hurried, tape_of, trading
from tradeplat.core.market import MINUTE, TRADE, Trade
from tradeplat.venue.script import Event
from tradeplat.venue.server import Venue
from waits import until

__all__ = ["hurried"]

pytestmark = pytest.mark.usefixtures("hurried")

SYMBOLS = ("AAA", "BBB", "CCC")
SPEED = 60.0


def tape(events: Sequence[Event]) -> dict:
    rows: dict[str, list] = {}
    for event in events:
        if isinstance(event, Trade):
            rows.setdefault(event.symbol, []).append((event.ts, event.price, event.size))
    return tape_of({symbol: np.array(found, TRADE) for symbol, found in rows.items()})


async def live(session: Session, count: int = len(SYMBOLS)) -> None:
    """Return once every desk's stream is live."""
    await until(lambda: session.stages == ["live"] * count)


async def later(session: Session, minutes: float) -> None:
    clock = session.live.clock
    await clock.sleep_until(clock.now() + int(minutes * MINUTE))


@asynccontextmanager
async def lived(
    folder: Path, minutes: int, strategy: str = "sma_cross"
) -> AsyncIterator[tuple[Venue, Session]]:
    """A session of so many minutes, live for one; whatever comes, no bar is lost or doubled."""
    events = printed(minutes, SYMBOLS)
    async with (
        served_by(events, accounts=OURS, speed=SPEED) as served,
        trading(served, folder, SYMBOLS, strategy) as session,
    ):
        await live(session)
        await later(session, 1.0)
        yield served, session
    Delivered(folder).judge(tape(events))


async def cut(served: Venue, path: str, **how: object) -> None:
    """Cut the connections of `path`, of all if it is empty; returns once new ones are there."""
    sockets = served.floor.sockets
    gone = sockets.matching(path)
    await control(served, "disconnect", path=path, **how)

    def replaced() -> bool:
        now = sockets.matching(path)
        return len(now) >= len(gone) and not any(socket in gone for socket in now)

    await until(replaced)


async def test_cut_sockets_are_replaced_and_the_seam_is_closed(tmp_path: Path) -> None:
    async with lived(tmp_path, 8) as (served, session):
        for path in ("/v2/sip", "", "/stream"):
            await cut(served, path, how="abort")
            await live(session)
            await later(session, 0.5)
        assert session.counters["reconnects"] == 2
    delivered = Delivered(tmp_path)
    assert delivered.backfills >= 2 * len(SYMBOLS)
    assert min(ts for _, _, ts in delivered.first) < OPEN + 2 * MINUTE


async def test_a_feed_that_falls_silent_is_given_up_and_joined_again(tmp_path: Path) -> None:
    async with lived(tmp_path, 10) as (served, session):
        assert (await control(served, "mute"))["done"] == 1
        await until(lambda: session.counters["reconnects"] == 1)
        await live(session)
        await later(session, 1.0)


async def test_a_place_that_is_still_taken_is_asked_for_until_it_is_free(tmp_path: Path) -> None:
    async with lived(tmp_path, 10) as (served, session):
        await control(served, "hold", seconds=0.8 * SPEED)
        await control(served, "disconnect", path="/v2/sip", how="abort")
        await until(lambda: session.said("venue_complained"))
        await live(session)
        await later(session, 1.0)
    codes = {line["code"] for line in session.log if line["event"] == "venue_complained"}
    assert codes == {406}


async def test_a_burst_of_server_errors_is_outlived(tmp_path: Path) -> None:
    """The socket is cut in the middle of it: history, clock, account and scanner all fail."""
    async with lived(tmp_path, 10) as (served, session):
        html = {"body": "<html>Bad Gateway</html>", "content_type": "text/html"}
        for path in ("/v2/stocks", "/v2/clock", "/v2/orders", "/v2/account"):
            for harm in (
                {"status": 502, **html},
                {"status": 504, **html},
                {"name": "request_lost"},
            ):
                await control(served, "fault", path=path, times=2, **harm)
        await control(served, "disconnect", path="", how="abort")
        await until(lambda: session.counters["reconnects"] == 1)
        await live(session)
        await session.live.executor.account.until_live()
        await later(session, 1.0)
    assert session.said("history_failed")
    assert all("exception" not in line for line in session.log)


async def test_nonsense_on_the_socket_is_counted_and_left_out(tmp_path: Path) -> None:
    nonsense = [
        {"T": "t", "S": "AAA", "p": "five", "s": 1, "t": "2026-01-05T14:31:00Z", "i": 1},
        {"T": "t", "S": "AAA", "p": float(5), "s": 1, "t": "yesterday", "i": 2},
        {"T": "b", "S": "AAA", "o": 1.0, "h": 0.5, "l": 2.0, "c": 1.0, "v": -1, "t": 7},
        {"T": "q", "S": "AAA"},
        {"T": "no such thing", "S": "AAA"},
        {"T": "t", "S": "NOBODY", "p": 1.0, "s": 1.0, "t": "2026-01-05T14:31:00Z", "i": 3},
        {"S": 5},
        {},
    ]
    async with lived(tmp_path, 8) as (served, session):
        await control(served, "publish", messages=nonsense)
        await later(session, 0.5)
        await control(served, "error", path="/v2/sip", code=500, message="internal error")
        await later(session, 0.5)
        # JSON, though MessagePack was asked for.
        await control(served, "text_frames", on=True)
        await cut(served, "/v2/sip", how="close", code=1011)
        await live(session)
        await later(session, 1.0)
        assert session.counters["decode_errors"] > 0


async def test_orders_go_out_once_through_errors_and_losses(tmp_path: Path) -> None:
    async with lived(tmp_path, 10, "coin_flip") as (served, session):
        for harm in ({"status": 504}, {"name": "response_lost"}, {"status": 500, "body": "<html>"}):
            await later(session, 0.5)
            post = {"path": "/v2/orders", "method": "POST", "times": 2, "after": True}
            await control(served, "fault", **post, **harm)
            await control(served, "disconnect", path="/stream", how="abort")
        await later(session, 1.5)
        await control(served, "clear")
        lines = served.trading.log.lines
        asked = [line.client_id for line in lines if line.kind.startswith("POST")]
        await until(lambda: not session.live.closing().remains().unknown)
    assert len(asked) == len(set(asked)) > 5
    assert session.counters["reconnects"] == 0
