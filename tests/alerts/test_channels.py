"""Each channel says whether it took the alarm."""

import os
import sys
from pathlib import Path

from tradeplat.alerts import channels
from tradeplat.alerts.channels import CommandAlert, ConsoleAlert, FileAlert


async def test_a_file_gets_a_line(tmp_path: Path) -> None:
    path = tmp_path / "alerts.log"
    assert await FileAlert(path).send("CODE", "words")
    assert path.read_text() == "CODE: words\n"
    assert not await FileAlert(tmp_path / "no" / "where").send("CODE", "words")


async def test_standard_error_gets_a_line(capfd) -> None:
    assert await ConsoleAlert().send("CODE", "words")
    assert capfd.readouterr().err == "tradeplat: CODE: words\n"


async def test_a_command_gets_code_and_words(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    script = f"import sys; open({str(heard)!r}, 'w').write(repr(sys.argv[1:]))"
    assert await CommandAlert((sys.executable, "-c", script), os.environ).send(
        "CODE", "$(rm -rf /)"
    )
    assert heard.read_text() == "['CODE', '$(rm -rf /)']"
    failing = (sys.executable, "-c", "raise SystemExit(1)")
    assert not await CommandAlert(failing, os.environ).send("a", "b")
    assert not await CommandAlert(("no-such-command",), os.environ).send("a", "b")


async def test_a_command_that_hangs_is_ended(monkeypatch) -> None:
    monkeypatch.setattr(channels, "PATIENCE", 0.05)
    assert not await CommandAlert(("sleep", "600"), os.environ).send("a", "b")
