import asyncio

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planes import EPOCH, Daemon
from tradeplat.control.actions import Actions
from tradeplat.control.protocol import Answer, Outcome, Role
from tradeplat.core.market import SECOND
from tradeplat.runtime.supervisor import Supervisor

NOW = 1_700_000_000 * SECOND


class House:
    """Actions over deeds that count, and what was told."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.daemon = Daemon()
        self.actions = Actions(self.daemon.deeds, EPOCH, lambda: NOW, supervisor.start)
        self.told: list[Answer | Outcome] = []

    def ask(self, do: str, n: int, role: Role = Role.TRADER, **changes: object) -> Answer:
        body = {"client": "c", "n": n, "epoch": EPOCH, "ts": NOW, "do": do, **changes}
        at = len(self.told)
        self.actions.take(msgspec.json.encode(body), role, self.told.append)
        found = self.told[at]
        assert isinstance(found, Answer)
        return found

    async def rest(self) -> list[Outcome]:
        for _ in range(5):
            await asyncio.sleep(0)
        return [one for one in self.told if isinstance(one, Outcome)]


@pytest.fixture
async def house():
    async with Supervisor(np.random.default_rng(1)) as supervisor:
        made = House(supervisor)
        yield made
        made.daemon.gate.set()


async def test_the_same_id_twice_has_one_effect_and_one_answer(house: House) -> None:
    assert house.ask("order", 1) == Answer("c", 1, accepted=True)
    assert house.ask("order", 1) == Answer("c", 1, accepted=True, repeated=True)
    assert len(await house.rest()) == 2
    assert house.ask("order", 1).repeated
    assert [one.text for one in await house.rest()] == ["sent"] * 3
    assert house.daemon.count("order") == 1


async def test_numbers_only_grow_for_each_client(house: House) -> None:
    assert house.ask("order", 5).accepted
    assert house.ask("order", 4).code == "OLD_NUMBER"
    assert house.ask("order", 4, client="other").accepted
    assert house.ask("order", 6).accepted
    await house.rest()
    assert house.daemon.count("order") == 3


async def test_an_id_that_named_something_else_does_nothing_new(house: House) -> None:
    house.ask("resume", 1)
    assert house.ask("kill", 1).repeated
    await house.rest()
    assert house.daemon.done == [("resume", "")]


@pytest.mark.parametrize(
    ("do", "age", "accepted"),
    [
        ("order", 1.0, True),
        ("order", 1.01, False),
        ("order", -1.01, False),
        ("resume", 3.0, True),
        ("resume", 3.01, False),
        ("kill", 86_400.0, True),
        ("flatten", 86_400.0, True),
        ("flatten", -86_400.0, True),
    ],
)
async def test_age_is_judged_but_never_of_what_ends_risk(
    house: House, do: str, age: float, accepted: bool
) -> None:
    answer = house.ask(do, 1, ts=NOW - int(age * SECOND))
    assert answer.accepted is accepted
    assert answer.code == ("" if accepted else "TOO_OLD")


@pytest.mark.parametrize("epoch", [0, EPOCH - 1, EPOCH + 1])
@pytest.mark.parametrize("do", ["order", "kill", "flatten", "status"])
async def test_another_epoch_is_refused(house: House, do: str, epoch: int) -> None:
    assert house.ask(do, 1, epoch=epoch).code == "OLD_EPOCH"
    await house.rest()
    assert not house.daemon.done


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, {"status"}),
        (Role.TRADER, {"status", "order", "resume", "flatten", "kill"}),
        (Role.KILL, {"kill"}),
    ],
)
async def test_a_role_may_what_it_may_and_nothing_else(
    house: House, role: Role, may: set[str]
) -> None:
    for n, do in enumerate(("status", "order", "resume", "flatten", "kill"), 1):
        answer = house.ask(do, n, role)
        assert answer.accepted is (do in may)
        assert answer.code == ("" if do in may else "NO_RIGHT")
    await house.rest()
    assert {do for do, _ in house.daemon.done} == may - {"status"}


async def test_a_repeat_by_who_may_not_learns_nothing(house: House) -> None:
    house.ask("order", 1)
    assert house.ask("order", 1, Role.VIEWER).code == "OLD_NUMBER"
    assert house.ask("order", 1, epoch=EPOCH - 1).code == "OLD_NUMBER"


async def test_what_fails_says_why_and_what_breaks_says_so(house: House) -> None:
    house.ask("fails", 1)
    house.ask("breaks", 2)
    assert [(one.done, one.text) for one in await house.rest()] == [
        (False, "the venue is away"),
        (False, "it ended with a fault of ours; see the log"),
    ]
    assert house.ask("fails", 3).accepted


async def test_a_bad_body_is_named_and_uses_no_number(house: House) -> None:
    answer = house.ask("flatten", 1, body={"symbols": "BAC"})
    assert (answer.code, "symbols" in answer.reason) == ("BAD_SHAPE", True)
    assert house.ask("flatten", 1, body={"symbols": ["BAC"]}).accepted


async def test_under_a_flood_memory_is_bounded_and_a_kill_gets_through(house: House) -> None:
    house.daemon.gate.clear()
    for n in range(1, 10_001):
        house.ask("flatten", n, client=f"c{n % 3_000}")
    assert house.actions.refused["BUSY"] > 9_000
    for n in range(1, 5_001):
        assert house.ask("kill", n, client=f"k{n}").accepted
    assert house.actions.remembered <= 4_096 + 1_024 + 1
    await house.rest()
    assert house.daemon.count("kill") == 1
    house.daemon.gate.set()
    outcomes = [one for one in await house.rest() if one.client.startswith("k")]
    assert len(outcomes) == 5_000
    assert house.ask("order", 20_000).accepted


async def test_reading_is_never_counted_as_an_action(house: House) -> None:
    assert house.ask("status", 9).accepted
    assert house.ask("status", 9).accepted
    assert house.ask("order", 1).accepted
    assert [one.text for one in await house.rest()] == ["all is well", "all is well", "sent"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 6)), max_size=40))
def test_whatever_is_repeated_each_id_has_at_most_one_effect(ids: list[tuple[str, int]]) -> None:
    async def drive() -> None:
        async with Supervisor(np.random.default_rng(1)) as supervisor:
            house = House(supervisor)
            for client, n in ids:
                house.ask("order", n, client=client)
            await house.rest()
            assert house.daemon.count("order") <= len(set(ids))
            highest = {client: max(n for c, n in ids if c == client) for client, _ in ids}
            for client, n in highest.items():
                assert house.ask("order", n, client=client).repeated

    asyncio.run(drive())
