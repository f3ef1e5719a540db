from collections.abc import Collection
from pathlib import Path

import pytest

from app.test_standing import holding, stands
from tradeplat.app.controlling import Desk
from tradeplat.control.protocol import Nothing, Reason, Symbols


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


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "journal").mkdir()
    return tmp_path


async def test_each_command_pulls_its_lever(logs: Path) -> None:
    levers = Pulled()
    deeds = Desk(levers, stands(holding(stop=True)), logs).deeds()
    assert set(deeds) == {"status", "kill", "panic", "flatten", "resume"}
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
    deeds = Desk(levers, stands(world), logs).deeds()
    for name in ("KILL", "FLATTEN"):
        (logs / "journal" / name).write_text("x")
    told = await deeds["resume"].work(Reason("me", "z"))
    assert list((logs / "journal").iterdir()) == []
    assert told.text == "resumed by me"
