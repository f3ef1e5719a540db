import contextlib
import io
import os
import subprocess
from pathlib import Path

import pytest

import terminals
from commands import ran
from tradeplat.app.progress import watched
from tradeplat.core.market import Bar

SAMPLE = Path(__file__).resolve().parents[2] / "backtest_data"
CHUNKS = [[Bar("A", n * 60_000_000_000, 1.0, 1.0, 1.0, 1.0, 1.0, 60, "csv")] for n in range(1, 9)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("show", "terminal"), [(True, False), (False, True), (False, False)])
def test_nothing_is_shown_where_nobody_looks(
    show: bool, terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    with watched(iter(CHUNKS), show=show) as chunks:
        assert list(chunks) == CHUNKS
    assert out.getvalue() == ""


def test_a_terminal_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", out)
    with watched(iter(CHUNKS), show=True) as chunks:
        assert list(chunks) == CHUNKS
    assert "events" in out.getvalue()


@pytest.mark.parametrize("json", [False, True])
def test_a_replay_on_a_real_terminal_shows_its_progress_unless_a_machine_asked(json: bool) -> None:
    ours, theirs = terminals.opened()
    words = ["replay", str(SAMPLE), "-s", "ema_cross", *(["--json"] if json else [])]
    process = terminals.python(
        theirs, "-m", "tradeplat", *words, stdout=subprocess.PIPE, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # a terminal whose last writer has gone reads as an error
        while piece := os.read(ours, 65_536):
            seen += piece
    out, _ = process.communicate(timeout=30)
    os.close(ours)
    assert process.returncode == 0
    assert (b" events  " in seen) is not json
    assert out.startswith("{") is json
    assert "\x1b" not in out


def test_a_replay_whose_errors_go_to_a_pipe_shows_nothing(tmp_path: Path) -> None:
    said = ran("replay", SAMPLE, "-s", "ema_cross", cwd=tmp_path)
    assert (said.code, said.err) == (0, "")
