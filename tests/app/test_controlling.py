from collections.abc import Awaitable, Callable, Collection
from math import nan
from pathlib import Path

import pytest

from app.test_standing import holding, stands
from tradeplat.app.controlling import Desk, _fed
from tradeplat.control.orders import Out, Whom
from tradeplat.control.protocol import Nothing, Permit, Reason, Symbols
from tradeplat.core.conditions import STOPPED, Condition, Mode
from tradeplat.core.errors import BadInput, Corrupt
from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.orders import MANUAL
from tradeplat.core.premises import Override


class Ended:
    flat = False

    def words(self) -> str:
        return "still held: A +40"


class Pulled:
    """Levers that only remember."""

    def __init__(self) -> None:
        self.pulled: list[tuple[str, object, str, str]] = []

    async def kill(self, who: str, why: str) -> str:
        self.pulled.append(("kill", None, who, why))
        return f"killed by {who}"

    async def flatten(self, symbols: Collection[str] | None, who: str, why: str) -> Ended:
        self.pulled.append(("flatten", symbols, who, why))
        return Ended()

    async def resume(self, who: str, why: str) -> str:
        self.pulled.append(("resume", None, who, why))
        return f"resumed by {who}"


def audited(told: list[Override]) -> Callable[[Override], Awaitable[None]]:
    async def audit(override: Override) -> None:
        told.append(override)

    return audit


def unkept(_: Condition) -> None:
    """Keep nothing."""


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "journal").mkdir()
    return tmp_path


async def test_each_command_pulls_its_lever(logs: Path) -> None:
    levers = Pulled()
    deeds = Desk(levers, stands(holding(stop=True)), logs, audited([]), unkept).deeds()
    assert set(deeds) == {
        *("status", "kill", "panic", "flatten", "resume", "override", "out", "stop", "start"),
    }
    assert (await deeds["status"].work(Nothing())).detail["account"] == "acc"
    killed = await deeds["kill"].work(Reason("me", "now"))
    assert (killed.done, killed.text, killed.detail["held"]) == (True, "killed by me", ["A"])
    left = await deeds["flatten"].work(Symbols(("A",), "me", "x"))
    assert (left.done, left.text) == (False, "still held: A +40")
    panic = await deeds["panic"].work(Reason("me", "y"))
    assert (panic.done, panic.text) == (False, "killed by me; still held: A +40")
    assert [one[:2] for one in levers.pulled] == [
        ("kill", None),
        ("flatten", ("A",)),
        ("kill", None),
        ("flatten", None),
    ]


async def test_resume_takes_the_kill_files_away_and_says_what_still_stands(logs: Path) -> None:
    levers = Pulled()
    world = holding(stop=True)
    deeds = Desk(levers, stands(world), logs, audited([]), unkept).deeds()
    for name in ("KILL", "FLATTEN"):
        (logs / "journal" / name).write_text("x")
    world.floor.on_condition(Condition("stream", "A", Mode.REDUCE_ONLY, "STREAM_DOWN", ts=1), 1)
    told = await deeds["resume"].work(Reason("me", "z"))
    assert list((logs / "journal").iterdir()) == []
    assert told.text == "resumed by me; still reduce_only: stream"


async def test_an_override_is_kept_before_it_counts_and_can_be_taken_back(logs: Path) -> None:
    world, told = holding(stop=True), list[Override]()
    work = Desk(Pulled(), stands(world), logs, audited(told), unkept).deeds()["override"].work
    now = 5 * MINUTE
    came = await work(Permit("CHURN", "a storm", "ann", "A", 60))
    assert came.text == "CHURN for A is overridden until 00:06:00 UTC"
    assert told == [Override("CHURN", "A", "ann", "a storm", now + 60 * SECOND)]
    assert world.gate.overridden(now) == told
    came = await work(Permit("CHURN", "it is over", "bob", "A", revoke=True))
    assert came.text == "CHURN for A holds again"
    assert world.gate.overridden(now) == []
    assert [(one.who, one.why) for one in told] == [("ann", "a storm"), ("bob", "it is over")]
    with pytest.raises(BadInput, match="nobody overrides CHURN for A"):
        await work(Permit("CHURN", "again", "bob", "A", revoke=True))


@pytest.mark.parametrize("code", ["KILLED", "DAILY_LOSS", "API_BUDGET", "NO_SUCH"])
async def test_what_no_person_may_override_leaves_no_trace(logs: Path, code: str) -> None:
    world, told = holding(stop=True), list[Override]()
    work = Desk(Pulled(), stands(world), logs, audited(told), unkept).deeds()["override"].work
    with pytest.raises(BadInput, match="no person can override this check, only DUP_SHAPE, CHURN"):
        await work(Permit(code, "please"))
    assert (told, world.gate.overridden(5 * MINUTE)) == ([], [])


async def test_an_override_that_cannot_be_kept_is_not_given(logs: Path) -> None:
    world = holding(stop=True)

    async def dead(_: Override) -> None:
        raise Corrupt("the journal is dead")

    work = Desk(Pulled(), stands(world), logs, dead, unkept).deeds()["override"].work
    with pytest.raises(Corrupt):
        await work(Permit("CHURN", "please"))
    assert world.gate.overridden(5 * MINUTE) == []


async def test_who_wants_out_of_a_ticker_closes_it_and_stops_its_strategies(logs: Path) -> None:
    levers, world, kept = Pulled(), holding(stop=True), list[Condition]()
    deeds = Desk(levers, stands(world), logs, audited([]), kept.append).deeds()
    told = await deeds["out"].work(Out("A", "me", "enough"))
    assert (told.done, told.text) == (False, "still held: A +40; its strategies are stopped")
    assert levers.pulled == [("flatten", ("A",), "me", "enough")]
    conditions = world.house.conditions
    assert conditions.mode("A", "s", 1) is Mode.REDUCE_ONLY
    assert conditions.mode("A", MANUAL, 1) is Mode.NORMAL
    assert conditions.mode("B", "s", 1) is Mode.NORMAL
    assert [(one.scope, one.code, one.who, one.durable) for one in kept] == [
        ("A", STOPPED, "me", True)
    ]


async def test_strategies_are_stopped_and_started_at_a_ticker_or_everywhere(logs: Path) -> None:
    world, kept = holding(stop=True), list[Condition]()
    deeds = Desk(Pulled(), stands(world), logs, audited([]), kept.append).deeds()
    stop, start = deeds["stop"].work, deeds["start"].work
    assert (await start(Whom(strategy="s"))).text == "s: nobody stopped this"
    assert (await stop(Whom(strategy="s", who="me", why="news"))).text == "s: stopped"
    assert (await stop(Whom(strategy="s"))).text == "s: stopped already"
    conditions = world.house.conditions
    assert conditions.mode("B", "s", 1) is Mode.REDUCE_ONLY
    long = Intent(Action.ENTER, 1.0, nan, nan, nan)
    refused = world.house.gate.review("B", "s", long, MINUTE, MINUTE)
    assert (refused.code, "stopped since" in refused.message) == ("STOPPED", True)
    assert (await stop(Whom("A"))).text == "the strategies at A: stopped"
    told = await start(Whom(strategy="s"))
    assert (told.done, told.text) == (True, "s: started")
    assert conditions.mode("A", "s", 1) is Mode.REDUCE_ONLY
    assert (await start(Whom("A"))).done
    assert not conditions.standing
    assert [one.mode for one in kept] == [Mode.REDUCE_ONLY] * 3 + [Mode.NORMAL] * 2


@pytest.mark.parametrize("name", ["t", MANUAL, "external"])
async def test_nobody_is_told_stopped_who_does_not_trade_here(logs: Path, name: str) -> None:
    world = holding(stop=True)
    deeds = Desk(Pulled(), stands(world), logs, audited([]), unkept).deeds()
    with pytest.raises(BadInput, match="no such strategy"):
        await deeds["stop"].work(Whom(strategy=name))
    assert not world.house.conditions.standing


def test_the_market_counts_as_heard_while_one_ticker_is_live() -> None:
    assert _fed({})
    assert _fed({"A": "backfilling", "B": "live"})
    assert not _fed({"A": "stale", "B": "backfilling"})
