from pathlib import Path

import pytest

from tradeplat.app import credentials, examination


@pytest.fixture(autouse=True)
def keyless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (credentials.KEY, credentials.SECRET, credentials.FILE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def states(*sets: str) -> dict[str, str]:
    outcome = examination.run(None, [f"run.logs={Path.cwd()}/logs", *sets])
    checks = outcome.numbers["checks"]
    assert isinstance(checks, dict)
    return {name: found["state"] for name, found in checks.items()}


def test_the_default_set_up_lacks_nothing_but_data() -> None:
    found = states("scanner.use=constant", "stream.use=fake", "broker.use=alpaca")
    assert found.pop("data") == "warn"
    # A slow disk is a warning of its own, and no fault of the set-up.
    assert found.pop("disk") in ("ok", "warn")
    assert found["keys"] == found["mode"] == "ok"


def test_what_a_run_would_stumble_over_is_bad_and_exits_2() -> None:
    outcome = examination.run(None, ["run.venue=alpaca", "scanner.use=top_gainr"])
    assert outcome.code == 2
    assert "APCA_API_KEY_ID" in outcome.text
    assert "'top_gainr' is unknown" in outcome.text


def test_what_a_commit_of_the_journal_costs_is_measured() -> None:
    outcome = examination.run(None, [f"run.logs={Path.cwd()}/logs"])
    checks = outcome.numbers["checks"]
    assert isinstance(checks, dict)
    assert 0.0 < checks["disk"]["p50_ms"] <= checks["disk"]["p99_ms"] <= checks["disk"]["worst_ms"]
    assert "ms p99" in outcome.text
    assert list(Path.cwd().iterdir()) == []


def test_a_live_switch_left_on_is_pointed_out() -> None:
    assert states("run.mode=live")["mode"] == "warn"
