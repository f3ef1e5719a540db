from pathlib import Path

import pytest

from tradeplat.app.replay_process import Asked, started
from tradeplat.core.errors import BadInput

SAMPLE = Path(__file__).parents[2] / "backtest_data" / "MIRQ"


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is found by the processes that a test starts."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "src"))


def test_what_was_typed_is_handed_on() -> None:
    asked = Asked((Path("a"), Path("-b")), ("x",), ("n=1",), ("1", "2"), Path("c.toml"), ("k=v",))
    command = asked.command(Path("runs"))
    assert command[-3:] == ["--", "a", "-b"]
    for one in (
        "--strategy=x",
        "--param=n=1",
        "--from=1",
        "--to=2",
        "--config=c.toml",
        "--set=k=v",
    ):
        assert one in command
    assert "--set=run.logs=runs" in command


def test_a_replay_is_served_while_it_is_open_and_leaves_its_run(tmp_path: Path) -> None:
    with started(Asked((SAMPLE,), ("ema_cross",)), tmp_path) as served:
        folder = served.find()
        assert (folder / "control.sock").exists()
    assert (folder / "metrics.json").is_file()
    assert (folder / "report.html").is_file()
    assert not (folder / "control.sock").exists()


def test_what_cannot_be_played_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match="nowhere: path: found nothing there"),
        started(Asked((Path("nowhere"),)), tmp_path),
    ):
        raise AssertionError
