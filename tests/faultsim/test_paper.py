"""What a session believes, held against its journal."""

import pytest

from faultsim.schedule import Kind, Schedule, Step
from faultsim.world import simulate
from tradeplat.journal.writer import JournalWriter

LOST = Step(
    3.0, "venue", {"name": "request_lost", "times": 3, "path": "/v2/orders", "method": "POST"}
)


def test_what_is_known_in_memory_alone_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Schedule(seed=3, kind=Kind.PLAIN, trading=12.0, chance=0.7, steps=(LOST,))
    monkeypatch.setattr(JournalWriter, "moved", lambda *_: None)
    first = simulate(lost).violations[0]
    assert first.invariant == "I11"
    assert "in the journal" in first.words
