from decimal import Decimal

from execution.loopback import TestClock
from execution.trading import FoldingFloor
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.journal import Correction, Kind
from tradeplat.execution.standing import DRIFT, RECONCILE, Standing
from tradeplat.execution.timings import NoJournal


class Kept(NoJournal):
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.modes: list[Condition] = []

    def note(self, kind: str, body: object) -> None:
        self.notes.append(kind)

    async def mode(self, condition: Condition) -> None:
        self.modes.append(condition)


def standing() -> tuple[Standing, FoldingFloor, Kept, list[str]]:
    floor, journal, told = FoldingFloor(), Kept(), []
    made = Standing(floor, journal, TestClock(), lambda code, _: told.append(code))
    return made, floor, journal, told


async def test_a_lock_stands_until_its_own_source_lifts_it() -> None:
    made, floor, journal, _ = standing()
    made.lock(DRIFT, "AAA", "MODE", "differs")
    made.lock(RECONCILE, "", "NOT_RECONCILED", "the session begins")
    made.free(DRIFT)
    assert floor.conditions.mode("AAA") is Mode.REDUCE_ONLY
    made.free(RECONCILE)
    assert floor.conditions.asked(DRIFT, "AAA")
    found = floor.conditions.strictest("AAA")
    assert found is not None
    assert (found.source, found.why) == (DRIFT, "differs")
    made.free(DRIFT, "AAA")
    assert floor.conditions.mode("AAA") is Mode.NORMAL
    assert journal.modes == []


async def test_only_a_lock_for_good_outlives_the_process() -> None:
    made, floor, journal, _ = standing()
    await made.lock_for_good("unexplained", "AAA", "MODE", "why")
    assert [(c.scope, c.mode) for c in journal.modes] == [("AAA", Mode.REDUCE_ONLY)]
    assert floor.conditions.mode("AAA") is Mode.REDUCE_ONLY


async def test_what_was_locked_for_good_is_lifted_for_good() -> None:
    made, floor, journal, _ = standing()
    await made.lock_for_good("unexplained", "AAA", "MODE", "why")
    await made.free_for_good("unexplained", "AAA")
    assert [(c.scope, c.mode) for c in journal.modes][1:] == [("AAA", Mode.NORMAL)]
    assert floor.conditions.mode("AAA") is Mode.NORMAL
    assert not floor.conditions.asked("unexplained", "AAA")


def test_corrections_and_alarms_are_journaled_before_they_take_effect() -> None:
    made, floor, journal, told = standing()
    made.correct(Correction("AAA", "s", Decimal(3), Decimal(5)))
    made.alarm("code", "line")
    assert journal.notes == [Kind.CORRECTION, Kind.ALERT]
    assert (floor.book.net("AAA"), told) == (3, ["code"])
