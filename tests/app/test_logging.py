import io
import json
import logging as stdlib
from pathlib import Path

import pytest
import structlog

from tradeplat.app import logging
from tradeplat.core.redaction import Redactor

SECRET = "PKSECRET123"


def test_lines_are_json_in_the_runs_folder_and_secrets_are_hidden(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging.logs_to(tmp_path, [SECRET, ""], terminal=True):
        log = structlog.get_logger()
        log.info("order_refused", symbol="BAC", url=f"http://x?key={SECRET}", n=3)
        try:
            int(SECRET)
        except ValueError:
            log.exception("task_quarantined", task="desk:BAC")
    text = (tmp_path / "log.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["event"] for line in lines] == ["order_refused", "task_quarantined"]
    assert (lines[0]["symbol"], lines[0]["n"]) == ("BAC", 3)
    shown = capsys.readouterr().err
    assert "order_refused" in shown
    assert SECRET not in text + shown
    assert "ValueError" in lines[1]["exception"]


def test_nothing_is_written_where_nothing_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with logging.logs_to(None, terminal=False):
        structlog.get_logger().info("quiet")
    assert capsys.readouterr().err == ""


def test_a_line_that_cannot_be_made_or_written_is_let_go_of_in_silence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hide = Redactor([SECRET]).text
    stream = io.StringIO()
    handler = logging._handler(stream, hide, structlog.processors.JSONRenderer())
    bad = stdlib.LogRecord("x", stdlib.ERROR, "f", 1, "%d", (SECRET,), None)
    handler.handle(bad)
    stream.close()
    handler.handle(stdlib.LogRecord("x", stdlib.ERROR, "f", 1, "fine", (), None))
    assert capsys.readouterr().err == ""


def test_libraries_are_heard_when_they_warn_and_only_then(tmp_path: Path) -> None:
    with logging.logs_to(tmp_path, [SECRET], terminal=False):
        stdlib.getLogger("aiohttp.server").info("hello")
        stdlib.getLogger("aiohttp.server").warning("beware of %s", SECRET)
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["event"] == "beware of ***"


def test_keys_of_the_environment_are_hidden_without_being_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APCA_LIVE_API_SECRET_KEY", SECRET)
    with logging.logs_to(tmp_path, terminal=False):
        structlog.get_logger().info("asked", url=f"http://x?key={SECRET}")
    assert SECRET not in (tmp_path / "log.jsonl").read_text()
