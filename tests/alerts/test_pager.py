"""Alarms reach people once, in bearable numbers, grave ones by two ways."""

import asyncio
from pathlib import Path

import tradeplat
from faultsim.running import run_sim
from tradeplat.alerts.pager import CRITICAL, HOURLY, LONGEST, MOST, SAME, WAITING, Pager


class Channel:
    def __init__(self, *, works: bool = True) -> None:
        self.works = works
        self.heard: list[tuple[str, str]] = []

    async def send(self, title: str, body: str) -> bool:
        self.heard.append((title, body))
        return self.works

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self.heard]


def paged(scene, *channels: Channel) -> Pager:
    pager = Pager(channels)

    async def play() -> None:
        body = asyncio.ensure_future(pager.run())
        await scene(pager)
        await asyncio.sleep(0.1)
        body.cancel()

    run_sim(play, 1)
    return pager


def test_an_ordinary_alarm_goes_to_the_first_channel_that_takes_it() -> None:
    async def scene(pager: Pager) -> None:
        pager.tell("SLOW", "x")

    dead, first, second = Channel(works=False), Channel(), Channel()
    assert paged(scene, dead, first, second).undelivered == 0
    assert (dead.codes, first.codes, second.codes) == (["SLOW"], ["SLOW"], [])


def test_a_grave_one_goes_to_all_and_wants_two() -> None:
    async def scene(pager: Pager) -> None:
        pager.tell("KILLED", "x")

    one, two = Channel(), Channel()
    assert paged(scene, one, two).undelivered == 0
    assert (one.codes, two.codes) == (["KILLED"], ["KILLED"])
    assert paged(scene, Channel(), Channel(works=False)).undelivered == 1


def test_the_same_alarm_again_is_counted() -> None:
    async def scene(pager: Pager) -> None:
        for _ in range(50):
            pager.tell("SLOW", "x")
        await asyncio.sleep(2 * SAME)

    one = Channel()
    paged(scene, one)
    assert one.heard == [("SLOW", "x"), ("SLOW", "x (49 times more)")]


def test_a_flood_is_held_back_but_for_what_is_grave() -> None:
    async def scene(pager: Pager) -> None:
        for number in range(500):
            pager.tell("SLOW", str(number))
        pager.tell("KILLED", "x")
        await asyncio.sleep(2 * SAME)

    one = Channel()
    paged(scene, one)
    assert one.codes.count("SLOW") == MOST
    assert one.codes.count("KILLED") == 1
    assert ("MANY_ALARMS", f"{500 - MOST} alarms were held back") in one.heard


def test_each_hour_a_canary_tries_the_channel() -> None:
    async def scene(pager: Pager) -> None:
        await asyncio.sleep(HOURLY + 1)

    one, two = Channel(), Channel()
    paged(scene, one, two)
    assert (one.codes, two.codes) == (["CANARY"], [])
    silent, other = Channel(works=False), Channel()
    paged(scene, silent, other)
    assert other.codes == ["ALERTS_SILENT"]
    assert paged(scene, Channel(works=False), Channel(works=False)).undelivered == 1


def test_what_never_ceases_is_told_of_and_forgotten_too() -> None:
    async def scene(pager: Pager) -> None:
        for number in range(300):
            pager.tell("SLOW", "x")
            pager.tell("SLOW", f"after {number} s")
            await asyncio.sleep(1.0)

    one = Channel()
    paged(scene, one)
    repeated = [line for code, line in one.heard if code == "SLOW" and "times more" in line]
    assert len(repeated) >= 3
    assert one.codes.count("MANY_ALARMS") >= 3


def test_the_first_alarm_of_a_machine_that_has_just_started_is_sent_at_once() -> None:
    async def scene(pager: Pager) -> None:
        await asyncio.sleep(1.3)
        pager.tell("SLOW", "x")

    one = Channel()
    paged(scene, one)
    assert one.codes == ["SLOW"]


def test_a_flood_of_ordinary_alarms_drops_no_grave_one() -> None:
    async def scene(pager: Pager) -> None:
        pager.tell("KILLED", "x")
        for number in range(3 * WAITING):
            pager.tell("SLOW", str(number))
        await asyncio.sleep(2 * SAME)

    one = Channel()
    paged(scene, one)
    assert one.codes[0] == "KILLED"
    assert ("MANY_ALARMS", f"{3 * WAITING - MOST + 1} alarms were held back") in one.heard


def test_what_waits_when_all_ends_is_drained_and_what_was_cut_off_is_sent_again() -> None:
    class Slow(Channel):
        async def send(self, title: str, body: str) -> bool:
            await asyncio.sleep(1.0)
            return await super().send(title, body)

    slow = Slow()
    pager = Pager([slow])

    async def play() -> None:
        body = asyncio.ensure_future(pager.run())
        pager.tell("KILLED", "x")
        pager.tell("NOT_FLAT", "A +40")
        await asyncio.sleep(0.5)
        body.cancel()
        await asyncio.wait([body])
        assert slow.heard == []
        await pager.drain(5.0)
        pager.tell("SLOW", "too late")
        await pager.drain(0.5)

    run_sim(play, 1)
    assert slow.codes == ["KILLED", "NOT_FLAT"]


def test_a_line_is_made_one_that_every_channel_carries() -> None:
    async def scene(pager: Pager) -> None:
        pager.tell("SLOW", "a\0b\nc \ud800" + "x" * 9_999)

    one = Channel()
    paged(scene, one)
    line = one.heard[0][1]
    assert line.startswith("a b c ?x")
    assert len(line) == LONGEST


def test_every_grave_code_is_one_that_somebody_tells() -> None:
    home = Path(tradeplat.__file__).parent
    told = "".join(path.read_text() for path in home.rglob("*.py") if path.parent.name != "alerts")
    assert [code for code in sorted(CRITICAL) if f'"{code}"' not in told] == []
