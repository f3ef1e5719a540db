from pathlib import Path

import pytest

from commands import refusal, typed
from tradeplat.app import drills, examination
from tradeplat.app.drills import Drilled
from tradeplat.app.place import LIVE
from tradeplat.app.settings import Settings, load
from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND

WALL = 1_795_000_000 * SECOND  # 2026-11-18 07:06 in New York
DAY = "2026-11-18"
PASSED = Drilled(DAY, "alpaca", "PA1", passed=True, lines=("flat in 1.1 s",))


def live(logs: Path) -> Settings:
    return load(None, ["run.mode=live", "run.venue=alpaca", f"run.logs={logs}"])


def test_a_day_is_one_at_the_exchange() -> None:
    assert drills.today(WALL) == DAY
    assert drills.today(WALL - 8 * 3600 * SECOND) == "2026-11-17"


def test_a_drill_that_passed_today_lets_real_money_be_traded(tmp_path: Path) -> None:
    drills.keep(tmp_path, PASSED)
    assert drills.latest(tmp_path) == PASSED
    drills.required(live(tmp_path), WALL)
    assert [path.name for path in (tmp_path / "journal").iterdir()] == ["drill.json"]


@pytest.mark.parametrize(
    ("drilled", "why"),
    [
        (None, "none was run under"),
        (Drilled("2026-11-17", "alpaca", "PA1", passed=True), "the last was on 2026-11-17"),
        (Drilled(DAY, "builtin", "PA1", passed=True), "today's was on venue builtin, not alpaca"),
        (
            Drilled(DAY, "alpaca", "PA1", passed=False, lines=("bought", "kill: not done")),
            "today's failed: kill: not done",
        ),
        (Drilled(DAY, "alpaca", "PA1", passed=False), "today's failed: no word"),
    ],
)
def test_no_other_drill_does(tmp_path: Path, drilled: Drilled | None, why: str) -> None:
    if drilled is not None:
        drills.keep(tmp_path, drilled)
    with pytest.raises(BadInput, match=f"needs a drill of kill and flatten .*: {why}"):
        drills.required(live(tmp_path), WALL)
    drills.required(load(None, [f"run.logs={tmp_path}"]), WALL)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"day":1}', b"\xff" * 100_000])
def test_what_is_no_drill_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "drill.json").write_bytes(data)
    assert drills.latest(tmp_path) is None


def test_a_live_start_without_a_drill_is_refused_before_anybody_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APCA_LIVE_API_KEY_ID", "AKX7Q2M9Z4T1R8W5V3B6")
    monkeypatch.setenv("APCA_LIVE_API_SECRET_KEY", "u8Kq2ZrT5vXw9LmN3pQs7YbD1fGh4JkC6eRt0AaB")
    logs = tmp_path / "logs"
    sets = [f"run.logs={logs}", "run.account=A9", f"alpaca.trading_url={LIVE}"]
    words = [word for each in sets for word in ("--set", each)]
    said = refusal(typed("run", "--mode", "live", "--venue", "alpaca", *words))
    assert said.startswith("--mode live needs a drill of kill and flatten that passed this morning")
    assert "tradeplat drill runs it" in said
    assert not logs.exists()
    states = examination.run(None, [*sets, "run.mode=live", "run.venue=alpaca"])
    assert states.code == 2
    assert states.numbers["checks"]["drill"]["state"] == "bad"
