"""What may pull the kill switch from outside, on a real session."""

import os
import signal
from pathlib import Path

from daemons import Daemon
from tradeplat.app.killing import Triggers, fallback
from waits import until

SMALL = ("--set", "venue.speed=60", "--set", "venue.tickers=4")


class Pulled:
    def __init__(self) -> None:
        self.pulls: list[tuple[str, str, bool]] = []

    def __call__(self, who: str, why: str, *, flatten: bool = False) -> None:
        self.pulls.append((who.rsplit("/", maxsplit=1)[-1], why, flatten))


def test_a_file_is_obeyed_once_and_again_when_it_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    pulled = Pulled()
    triggers = Triggers(tmp_path, pulled)
    triggers.look()
    assert pulled.pulls == []
    (tmp_path / "journal" / "KILL").write_text("fire in the building\nrun\n")
    triggers.look()
    triggers.look()
    assert pulled.pulls == [("KILL", "fire in the building", False)]
    (tmp_path / "journal" / "KILL").unlink()
    triggers.look()
    (tmp_path / "journal" / "FLATTEN").touch()
    triggers.look()
    assert pulled.pulls[1:] == [("FLATTEN", "no reason given", True)]


async def test_the_signal_kills_and_flattens(tmp_path: Path) -> None:
    pulled = Pulled()
    triggers = Triggers(tmp_path, pulled)
    triggers.listen()
    os.kill(os.getpid(), signal.SIGUSR1)
    await until(lambda: pulled.pulls)
    assert pulled.pulls == [("signal SIGUSR1", "somebody sent it", True)]
    triggers.deaf()
    os.kill(os.getpid(), signal.SIGUSR1)


def test_unjournaled_lines_go_where_something_can_be_written(tmp_path, capfd, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    keep = fallback(tmp_path / "gone")
    keep("tpF-1-AAA-1 sell 5")
    line = "tradeplat: unjournaled: tpF-1-AAA-1 sell 5\n"
    assert (tmp_path / "unjournaled.log").read_text() == line
    assert capfd.readouterr().err == line


def test_a_signal_closes_everything_and_the_session_goes_on_killed(tmp_path: Path) -> None:
    with Daemon(tmp_path, *SMALL) as daemon:
        daemon.until("stream_live")
        daemon.signal(signal.SIGUSR1)
        daemon.until("alarm", 2)
        codes = [line["code"] for line in daemon.events("alarm")]
        assert codes[0] == "KILLED"
        (tmp_path / "logs" / "journal").mkdir(exist_ok=True)
        (tmp_path / "logs" / "journal" / "KILL").write_text("and once more")
        daemon.until("alarm", 3)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0, daemon.errors
        assert "FLAT" in [line["code"] for line in daemon.events("alarm")]
