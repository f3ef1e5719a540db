import io

import pytest

from tradeplat.app.progress import watched
from tradeplat.core.market import Bar

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
