import asyncio
from contextlib import asynccontextmanager

import pytest

from tradeplat.app.player import GAP, Kept, Player
from tradeplat.app.reel import Reel
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import MINUTE, SECOND, Bar, Quote
from tradeplat.core.record import COMMAND, Commanded

BUY = Commanded.to("A", Intent(Action.ENTER, 1.0, 9.0, 8.0, 10.0))


def instant(second: int) -> list:
    """A bar each minute, a quote at every other second."""
    ts = second * SECOND
    if second % 60 == 0:
        return [Bar("A", ts, 1.0, 2.0, 0.5, 1.5, 9.0, 60, "x")]
    return [Quote("A", ts, 1.0, 1.0, 1.1, 1.0, "x")]


class Stage:
    """Remembers what it was shown and told, in order."""

    def __init__(self, cursor: int) -> None:
        self.cursor = cursor
        self.seen: list[object] = []
        self.finished = False

    def play(self, events: list) -> None:
        self.seen.append(events[0].ts // SECOND)

    def command(self, wish: Commanded, now: int) -> None:
        self.seen.append((wish.symbol, now // SECOND))

    def finish(self) -> None:
        self.finished = True


class Show:
    def __init__(self, seconds: range | list[int] = range(30, 331, 10)) -> None:
        self.stages: list[Stage] = []
        self.minutes = 0
        reel = Reel(lambda: [instant(s) for s in seconds])
        self.player = Player(reel, self._raised, self._minute)

    def _raised(self, cursor: int) -> Stage:
        self.stages.append(Stage(cursor))
        return self.stages[-1]

    def _minute(self) -> None:
        self.minutes += 1

    @property
    def seen(self) -> list[object]:
        return self.stages[-1].seen

    @asynccontextmanager
    async def running(self):
        task = asyncio.create_task(self.player.run())
        try:
            yield self.player
        finally:
            task.cancel()


async def test_a_step_ends_with_a_bar_and_goes_back_by_one() -> None:
    show = Show()
    player = show.player
    assert player.picture().state == "paused"
    await player.step(1)
    assert show.seen == [30, 40, 50, 60]
    await player.step(2)
    assert show.seen[-1] == 180
    await player.step(-1)
    assert show.seen == [*range(30, 130, 10)]
    picture = player.picture()
    assert (picture.bar, picture.bars, picture.behind) == (2, 5, 1)
    assert (picture.cursor, picture.head) == (120 * SECOND, 180 * SECOND)
    assert len(show.stages) == 2


async def test_a_seek_shows_what_a_fresh_run_to_it_shows() -> None:
    show = Show()
    await show.player.end()
    assert show.stages[0].finished
    assert show.player.picture().state == "done"
    await show.player.seek(125 * SECOND)
    assert show.seen == [*range(30, 121, 10)]
    assert not show.stages[-1].finished
    await show.player.go(0)
    assert show.seen == []
    assert show.player.cursor == 30 * SECOND


async def test_what_a_person_commanded_comes_again_at_its_place() -> None:
    show = Show()
    player = show.player
    await player.seek(100 * SECOND)
    player.heard(100 * SECOND, BUY)
    await player.seek(150 * SECOND)
    assert ("A", 100) not in show.seen
    await player.seek(90 * SECOND)
    await player.end()
    before = show.seen.index(("A", 100))
    assert show.seen[before - 1 : before + 2] == [100, ("A", 100), 110]


async def test_a_command_in_the_past_ends_the_future_that_was() -> None:
    show = Show()
    player = show.player
    for ts in (100, 200):
        await player.seek(ts * SECOND)
        player.heard(ts * SECOND, BUY)
    await player.seek(150 * SECOND)
    player.heard(150 * SECOND, BUY)
    assert player.picture().behind == 0
    await player.go(0)
    await player.end()
    assert [one for one in show.seen if isinstance(one, tuple)] == [("A", 100), ("A", 150)]


async def test_restarting_from_here_forgets_what_came_after() -> None:
    show = Show()
    player = show.player
    await player.seek(200 * SECOND)
    player.heard(200 * SECOND, BUY)
    await player.seek_bar(2)
    assert (player.picture().bar, player.picture().behind, show.seen[-1]) == (2, 1, 120)
    player.branch()
    picture = player.picture()
    assert (picture.state, picture.behind, picture.head) == ("running", 0, 120 * SECOND)
    await player.end()
    assert not [one for one in show.seen if isinstance(one, tuple)]
    await player.seek_bar(99)
    assert player.picture().bar == player.picture().bars == 5


async def test_the_way_to_a_cursor_can_be_ended_where_it_is() -> None:
    show = Show(range(0, 600_000, 10))
    going = asyncio.create_task(show.player.end())
    while show.player.picture().state != "busy" or not show.player.at:
        await asyncio.sleep(0)
    with pytest.raises(BadInput, match="wait for it"):
        show.player.branch()
    show.player.pause()
    await going
    picture = show.player.picture()
    assert picture.state == "paused"
    assert 0 < picture.bar < picture.bars


async def test_instants_count_as_bars_where_there_are_none() -> None:
    show = Show([10, 20, 30])
    await show.player.step(2)
    assert (show.player.picture().bar, show.player.picture().bars) == (2, 3)


async def test_time_runs_as_fast_as_it_is_told_and_holds() -> None:
    show = Show()
    async with show.running() as player:
        player.hurry(0.0)
        player.play()
        while player.picture().state != "done":
            await asyncio.sleep(0.01)
        assert show.seen == [*range(30, 331, 10)]
        await player.go(0)
        player.hurry(2_000.0)
        player.play()
        with pytest.raises(BadInput, match="pause it first"):
            await player.step(1)
        while player.at < 10:
            await asyncio.sleep(0)
        player.pause()
        await asyncio.sleep(0.05)
        at = player.at
        await asyncio.sleep(0.05)
        assert player.at == at
    assert show.minutes >= 6


async def test_a_seek_goes_on_running_if_it_ran() -> None:
    show = Show()
    async with show.running() as player:
        player.hurry(0.001)
        player.play()
        await player.seek(60 * SECOND)
        assert player.picture().state == "running"


async def test_nights_are_jumped_over() -> None:
    far = GAP // SECOND * 3
    show = Show([60, 60 + far])
    async with show.running() as player:
        player.hurry(1.0)
        player.play()
        while player.picture().state != "done":
            await asyncio.sleep(0.01)
    assert show.seen == [60, 60 + far]


def test_a_speed_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(BadInput, match="expected 0"):
        Show().player.hurry(-1.0)


def test_only_commands_are_heard() -> None:
    heard: list[tuple[int, Commanded]] = []
    kept = Kept(lambda now, wish: heard.append((now, wish)))
    kept.note(MINUTE, "alarm", {"code": "x"})
    kept.note(MINUTE, COMMAND, BUY.body())
    assert heard == [(MINUTE, BUY)]
