import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.test_listings import floor_of
from commands import typed
from execution.loopback import TestClock
from markets import OPEN, morning
from markets import venue as served_by
from sessions import OURS, trading
from tradeplat.app.volumes import OLDEST, Volumes, averaged, midnight
from tradeplat.core.errors import Corrupt, Denied, Transient
from tradeplat.core.instrument import Instrument
from tradeplat.core.market import SECOND, Bar
from tradeplat.core.premises import PREMISES
from tradeplat.core.record import Noted
from tradeplat.history.sessions import nyse_calendar
from tradeplat.journal.reader import Record
from waits import until

DAY = 86_400 * SECOND
TODAY = midnight(OPEN)
USUAL = Instrument("AAA")


def day(back: int, volume: float, symbol: str = "AAA") -> Bar:
    return Bar(symbol, TODAY - (back - 1) * DAY, 5.0, 5.0, 5.0, 5.0, volume, 86_400, "sip")


class Vendor:
    """Knows daily bars, or says why not."""

    def __init__(self, *answers: list[Bar] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int, int]] = []

    async def days(self, symbol: str, end: int, count: int) -> list[Bar]:
        self.asked.append((symbol, end, count))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_average_is_told_with_its_source_and_age() -> None:
    told = averaged(USUAL, [day(3, 100.0), day(2, 0.0), day(1, 500.0)], TODAY)
    assert (told.volume, told.volume_from, told.volume_at) == (
        300.0, "2 daily bars of sip", TODAY,
    )  # fmt: skip


@pytest.mark.parametrize("bars", [[], [day(1, 0.0)], [day(OLDEST // DAY + 1, 9.0)]])
def test_what_no_day_of_late_tells_is_unknown(bars: list[Bar]) -> None:
    before = averaged(USUAL, [day(1, 9.0)], TODAY)
    assert averaged(before, bars, TODAY) == USUAL
    assert averaged(USUAL, [day(OLDEST // DAY, 9.0)], TODAY).volume == 9.0


def test_a_day_begins_at_midnight_in_new_york() -> None:
    open_ = nyse_calendar().upcoming(OPEN)
    assert open_ is not None
    assert midnight(open_.pre_open) == midnight(open_.post_close - 1) == TODAY
    assert open_.pre_open > TODAY


async def test_each_ticker_is_asked_for_once_a_day() -> None:
    floor, clock = floor_of(), TestClock(OPEN)
    vendor = Vendor([day(1, 50_000.0)], [], [day(0, 70_000.0)])
    volumes = Volumes(vendor, floor, clock)
    for _ in range(3):
        await volumes.look(["AAA", "BBB"])
    terms = floor.house.market.instrument
    assert (terms("AAA").volume, terms("BBB")) == (50_000.0, Instrument("BBB"))
    clock.ts += DAY
    vendor.answers.append([])
    await volumes.look(["AAA", "BBB"])
    assert [end for _, end, _ in vendor.asked] == [TODAY, TODAY, TODAY + DAY, TODAY + DAY]
    assert terms("AAA").volume == 70_000.0


@pytest.mark.parametrize("error", [Denied("no"), Corrupt("what")])
async def test_what_the_vendor_does_not_tell_is_unknown_for_the_day(error: Exception) -> None:
    floor, vendor = floor_of(), Vendor(error)
    volumes = Volumes(vendor, floor, TestClock(OPEN))
    await volumes.look(["AAA"])
    await volumes.look(["AAA"])
    assert floor.house.market.instrument("AAA") == USUAL


async def test_who_gave_no_answer_is_asked_again() -> None:
    floor, vendor = floor_of(), Vendor(Transient("busy"), [day(1, 9.0)])
    volumes = Volumes(vendor, floor, TestClock(OPEN))
    with pytest.raises(Transient):
        await volumes.look(["AAA"])
    await volumes.look(["AAA"])
    assert floor.house.market.instrument("AAA").volume == 9.0


@asynccontextmanager
async def session_of(folder: Path, past: tuple[Bar, ...]) -> AsyncIterator[object]:
    sets = (f"run.logs={folder.parent}",)
    async with (
        served_by(morning(20, ("AAA",)), past=past, accounts=OURS, speed=30.0) as served,
        trading(served, folder, ("AAA",), "coin_flip", *sets) as session,
    ):
        yield session


async def test_a_session_learns_the_volume_from_the_venues_days_and_its_record_tells_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "logs" / "run"
    await asyncio.to_thread(folder.mkdir, parents=True)
    past = (day(2, 3_000.0), day(1, 5_000.0))
    async with session_of(folder, past) as session:
        market = session.live.desks.market
        await until(lambda: market.instrument("AAA").volume)
        assert market.instrument("AAA").volume == 4_000.0
        assert market.instrument("AAA").volume_from == "2 daily bars of builtin"
    (note,) = [e for e in Record(folder) if isinstance(e, Noted) and e.topic == PREMISES]
    assert note.body["instruments"][0]["volume_at"] == past[-1].ts
    again = await asyncio.to_thread(typed, "replay", folder, "--json")
    assert again.numbers["same"]
